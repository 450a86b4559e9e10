#include "view/pages/composer.h"

#include "view/components/button.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/components/meter.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QAbstractTextDocumentLayout>
#include <QBoxLayout>
#include <QEvent>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QTextDocument>

#include <algorithm>
#include <cmath>

namespace hearth::ui {

namespace {

constexpr int kMostLines = 9;

} // namespace

ComposerField::ComposerField(QWidget* parent) : QTextEdit(parent) {
    setAcceptRichText(false);
    setFrameShape(QFrame::NoFrame);
    setTabChangesFocus(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setAutoFillBackground(false);
    document()->setDocumentMargin(0);
    setFont(Theme::current().font(TextStyle::Chat));
    connect(document()->documentLayout(), &QAbstractTextDocumentLayout::documentSizeChanged, this,
            &ComposerField::fitHeight);
    connect(&Theme::current(), &Theme::changed, this, [this] {
        setFont(Theme::current().font(TextStyle::Chat));
        fitHeight();
    });
    fitHeight();
}

void ComposerField::fitHeight() {
    const int line = Theme::current().lineHeight(TextStyle::Chat);
    const int wanted = static_cast<int>(std::ceil(document()->size().height()));
    setFixedHeight(std::clamp(wanted, line, kMostLines * line));
    setVerticalScrollBarPolicy(wanted > kMostLines * line ? Qt::ScrollBarAsNeeded
                                                          : Qt::ScrollBarAlwaysOff);
}

void ComposerField::keyPressEvent(QKeyEvent* event) {
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (!isEnter) {
        QTextEdit::keyPressEvent(event);
        return;
    }
    event->accept();
    if (m_composing)
        return;
    if (event->modifiers() & (Qt::ShiftModifier | Qt::ControlModifier | Qt::AltModifier))
        textCursor().insertBlock();
    else
        emit sendRequested();
}

void ComposerField::inputMethodEvent(QInputMethodEvent* event) {
    m_composing = !event->preeditString().isEmpty();
    QTextEdit::inputMethodEvent(event);
}

void ComposerField::focusInEvent(QFocusEvent* event) {
    QTextEdit::focusInEvent(event);
    emit focusChanged();
}

void ComposerField::focusOutEvent(QFocusEvent* event) {
    m_composing = false;
    QTextEdit::focusOutEvent(event);
    emit focusChanged();
}

void ComposerField::resizeEvent(QResizeEvent* event) {
    QTextEdit::resizeEvent(event);
    fitHeight();
}

void ComposerField::changeEvent(QEvent* event) {
    QTextEdit::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        fitHeight();
}

Composer::Composer(QWidget* parent)
    : QWidget(parent)
    , m_field(new ComposerField(this))
    , m_editRow(new QWidget(this))
    , m_editLabel(new Label({}, TextStyle::Caption, ColorRole::Accent, m_editRow))
    , m_cancelEdit(new Button({}, ButtonKind::Quiet, m_editRow))
    , m_hint(new Label({}, TextStyle::Caption, ColorRole::Muted, this))
    , m_meter(new Meter({}, this))
    , m_button(new IconButton(Icon::Send, {}, this)) {
    auto* editLayout = new QHBoxLayout(m_editRow);
    editLayout->setContentsMargins(0, 0, 0, 0);
    editLayout->addWidget(m_editLabel, 1);
    editLayout->addWidget(m_cancelEdit);
    m_editRow->hide();

    auto* bottom = new QHBoxLayout;
    bottom->setSpacing(space::kMd);
    bottom->addWidget(m_hint, 1);
    bottom->addWidget(m_meter);
    bottom->addWidget(m_button);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(space::kLg, space::kMd, space::kSm, space::kSm);
    layout->setSpacing(space::kSm);
    layout->addWidget(m_editRow);
    layout->addWidget(m_field);
    layout->addLayout(bottom);
    setFocusProxy(m_field);
    m_button->setPrimary(true);
    m_meter->hide();

    connect(m_field, &ComposerField::sendRequested, this, &Composer::submit);
    connect(m_field, &ComposerField::focusChanged, this, QOverload<>::of(&QWidget::update));
    connect(m_field, &QTextEdit::textChanged, this, [this] {
        refreshButton();
        emit textChanged();
    });
    connect(m_cancelEdit, &QAbstractButton::clicked, this, &Composer::editCancelled);
    connect(m_button, &QAbstractButton::clicked, this, [this] {
        if (m_replying)
            emit stopRequested();
        else
            submit();
    });
    connect(&Theme::current(), &Theme::changed, this, QOverload<>::of(&QWidget::update));
    retranslate();
    refreshButton();
}

QString Composer::text() const {
    return m_field->toPlainText();
}

void Composer::setText(const QString& text) {
    if (text == this->text())
        return;
    m_field->setPlainText(text);
    m_field->moveCursor(QTextCursor::End);
}

void Composer::submit() {
    if (!m_replying && !text().trimmed().isEmpty())
        emit sendRequested(text());
}

void Composer::setReplying(bool replying) {
    m_replying = replying;
    m_button->setGlyph(replying ? Icon::Stop : Icon::Send);
    m_button->setName(replying ? tr("Stop (Esc)") : tr("Send (Enter)"));
    refreshButton();
}

void Composer::refreshButton() {
    m_button->setEnabled(m_replying || !text().trimmed().isEmpty());
}

void Composer::setContext(qint64 used, qint64 total) {
    m_meter->setVisible(total > 0);
    if (total > 0)
        m_meter->setValue(static_cast<double>(used) / static_cast<double>(total),
                          tokensText(used) + QStringLiteral(" / ") + tokensText(total));
}

void Composer::setEditing(bool editing) {
    m_editRow->setVisible(editing);
}

void Composer::focusField() {
    m_field->setFocus(Qt::OtherFocusReason);
}

void Composer::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens& tokens = Theme::current().tokens();
    paintPanel(painter, rect(), radius::kComposer, tokens.surface,
               m_field->hasFocus() ? tokens.accent : tokens.borderStrong);
}

void Composer::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void Composer::retranslate() {
    m_field->setPlaceholderText(tr("Write a message…"));
    m_field->setAccessibleName(tr("Message"));
    m_hint->setText(tr("Enter sends, Shift+Enter begins a line"));
    m_editLabel->setText(tr("Editing an earlier message: sending makes a new branch"));
    m_cancelEdit->setText(tr("Cancel"));
    m_meter->setAccessibleName(tr("Context used"));
    setReplying(m_replying);
}

} // namespace hearth::ui
