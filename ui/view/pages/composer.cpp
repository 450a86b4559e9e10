#include "view/pages/composer.h"

#include "view/components/button.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/pages/attachment_tray.h"
#include "view/pages/context_meter.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QBoxLayout>
#include <QEvent>
#include <QPainter>

namespace hearth::ui {

Composer::Composer(QWidget* parent)
    : QWidget(parent)
    , m_tray(new AttachmentTray(this))
    , m_field(new ComposerField(this))
    , m_editRow(new QWidget(this))
    , m_editLabel(new Label({}, TextStyle::Caption, ColorRole::Accent, m_editRow))
    , m_cancelEdit(new Button({}, ButtonKind::Quiet, m_editRow))
    , m_button(new IconButton(Icon::Send, {}, this))
    , m_attach(new IconButton(Icon::Attach, {}, this))
    , m_hint(new Label({}, TextStyle::Caption, ColorRole::Muted, this))
    , m_meter(new ContextMeter(this)) {
    arrange();
    setFocusProxy(m_field);
    setTabOrder(m_field, m_attach);
    setTabOrder(m_attach, m_meter);
    setTabOrder(m_meter, m_button);
    m_editLabel->setWordWrap(true);
    m_button->setPrimary(true);
    m_meter->hide();
    m_hint->setElided(true);

    connect(m_field, &ComposerField::sendRequested, this, &Composer::submit);
    connect(m_field, &ComposerField::focusChanged, this, QOverload<>::of(&QWidget::update));
    connect(m_field, &ComposerField::filesGiven, this, &Composer::filesGiven);
    connect(m_field, &ComposerField::longTextPasted, this, &Composer::attachPaste);
    connect(m_field, &ComposerField::undoPasteRequested, this, &Composer::unfoldLastAttachment);
    connect(m_field, &ComposerField::editLastRequested, this, &Composer::editLastRequested);
    connect(m_tray, &AttachmentTray::changed, this, [this] {
        refreshButton();
        emit contentChanged();
    });
    connect(m_tray, &AttachmentTray::tokensChanged, this, &Composer::contentChanged);
    connect(m_field, &QTextEdit::textChanged, this, [this] {
        refreshButton();
        emit contentChanged();
    });
    connect(m_attach, &QAbstractButton::clicked, this, &Composer::attachRequested);
    connect(m_meter, &QAbstractButton::clicked, this, &Composer::contextRequested);
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

void Composer::arrange() {
    auto* editLayout = new QHBoxLayout(m_editRow);
    editLayout->setContentsMargins(0, 0, 0, 0);
    editLayout->addWidget(m_editLabel, 1);
    editLayout->addWidget(m_cancelEdit);
    m_editRow->hide();

    auto* bottom = new QHBoxLayout;
    bottom->setSpacing(space::kSm);
    bottom->addWidget(m_attach);
    bottom->addWidget(m_hint);
    bottom->addStretch(1);
    bottom->addWidget(m_meter);
    bottom->addWidget(m_button);

    auto* text = new QVBoxLayout;
    text->setContentsMargins(space::kSm, 0, space::kSm, 0);
    text->setSpacing(space::kSm);
    text->addWidget(m_editRow);
    text->addWidget(m_tray);
    text->addWidget(m_field);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(space::kSm, space::kMd, space::kSm, space::kSm);
    layout->setSpacing(space::kSm);
    layout->addLayout(text);
    layout->addLayout(bottom);
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

const QList<Attachment>& Composer::attachments() const {
    return m_tray->attachments();
}

void Composer::setContent(const QString& text, const QList<Attachment>& attachments) {
    m_tray->setAttachments(attachments);
    setText(text);
    refreshButton();
}

void Composer::attach(const Attachment& attachment) {
    m_tray->add(attachment);
}

void Composer::setAttachmentTokens(int index, int tokens) {
    m_tray->setTokens(index, tokens);
}

void Composer::attachPaste(const QString& text) {
    int number = 1;
    for (const Attachment& attachment : attachments())
        number += attachment.name.startsWith(tr("Pasted text")) ? 1 : 0;
    attach({number == 1 ? tr("Pasted text") : tr("Pasted text %1").arg(number), text, 0});
    emit longPasteAttached();
}

void Composer::unfoldLastAttachment() {
    if (attachments().isEmpty())
        return;
    const QString text = attachments().last().text;
    m_tray->removeAt(static_cast<int>(attachments().size()) - 1);
    m_field->textCursor().insertText(text);
    m_field->ensureCursorVisible();
    focusField();
}

bool Composer::isEmpty() const {
    return attachments().isEmpty() && text().trimmed().isEmpty();
}

void Composer::submit() {
    if (!m_replying && !isEmpty())
        emit sendRequested();
}

void Composer::setReplying(bool replying) {
    m_replying = replying;
    m_button->setGlyph(replying ? Icon::Stop : Icon::Send);
    m_button->setName(replying ? tr("Stop (Esc)") : tr("Send (Enter)"));
    refreshButton();
}

void Composer::refreshButton() {
    m_button->setEnabled(m_replying || !isEmpty());
}

void Composer::setContext(qint64 used, qint64 total) {
    m_meter->setVisible(total > 0);
    if (total > 0)
        m_meter->setValue(used, total);
    refreshHint();
}

void Composer::setEditing(bool editing) {
    m_editRow->setVisible(editing);
}

void Composer::setNote(const QString& note) {
    m_note = note;
    refreshHint();
}

void Composer::refreshHint() {
    m_hint->setText(m_note.isEmpty() ? tr("Enter sends, Shift+Enter begins a line") : m_note);
    const int taken = m_attach->sizeHint().width() + m_button->sizeHint().width() +
                      (m_meter->isHidden() ? 0 : m_meter->sizeHint().width() + space::kSm);
    const int room = width() - taken - 5 * space::kSm;
    // The keys are a hint that may go; what becomes of the message is not.
    m_hint->setElided(!m_note.isEmpty());
    m_hint->setVisible(!m_note.isEmpty() || m_hint->QLabel::sizeHint().width() <= room);
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

void Composer::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    refreshHint();
}

void Composer::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void Composer::retranslate() {
    m_field->setPlaceholderText(tr("Write a message…"));
    m_field->setAccessibleName(tr("Message"));
    m_attach->setName(tr("Attach text files"));
    m_editLabel->setText(tr("Editing an earlier message: sending makes a new branch"));
    m_cancelEdit->setText(tr("Cancel"));
    setReplying(m_replying);
    refreshHint();
}

} // namespace hearth::ui
