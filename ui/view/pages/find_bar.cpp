#include "view/pages/find_bar.h"

#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/theme/hearth_style.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QLocale>
#include <QPainter>

namespace hearth::ui {

namespace {

constexpr int kFieldWidth = 220;

} // namespace

FindBar::FindBar(QWidget* parent)
    : QWidget(parent)
    , m_field(new QLineEdit(this))
    , m_count(new Label({}, TextStyle::Figure, ColorRole::Muted, this))
    , m_previous(new IconButton(Icon::ChevronUp, {}, this))
    , m_next(new IconButton(Icon::ChevronDown, {}, this))
    , m_close(new IconButton(Icon::Close, {}, this)) {
    m_field->setFixedWidth(kFieldWidth);
    m_field->addAction(themeIcon(Icon::Search), QLineEdit::LeadingPosition);
    m_field->installEventFilter(this);
    m_count->setMinimumWidth(m_count->fontMetrics().horizontalAdvance(QStringLiteral("000 / 000")));
    m_count->setAlignment(Qt::AlignCenter);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(shadowMargins() +
                               QMargins(space::kSm, space::kSm, space::kSm, space::kSm));
    layout->setSpacing(space::kXs);
    layout->addWidget(m_field);
    layout->addWidget(m_count);
    layout->addWidget(m_previous);
    layout->addWidget(m_next);
    layout->addWidget(m_close);
    connect(m_field, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_current = m_total = 0;
        refresh();
        emit textChanged(text);
    });
    connect(m_previous, &QAbstractButton::clicked, this, &FindBar::previousRequested);
    connect(m_next, &QAbstractButton::clicked, this, &FindBar::nextRequested);
    connect(m_close, &QAbstractButton::clicked, this, &FindBar::close);
    retranslate();
    hide();
}

void FindBar::open(const QString& text) {
    if (!text.isEmpty())
        m_field->setText(text);
    const bool wasHidden = isHidden();
    show();
    raise();
    if (wasHidden)
        emit textChanged(m_field->text());
    m_field->setFocus(Qt::ShortcutFocusReason);
    m_field->selectAll();
}

void FindBar::close() {
    if (isHidden())
        return;
    hide();
    emit closed();
}

QString FindBar::text() const {
    return isHidden() ? QString() : m_field->text();
}

void FindBar::setFound(int current, int total) {
    m_current = current;
    m_total = total;
    refresh();
}

void FindBar::refresh() {
    const QLocale locale;
    const bool isEmpty = m_field->text().isEmpty();
    const bool isMissing = !isEmpty && m_total == 0;
    m_count->setText(isEmpty     ? QString()
                     : isMissing ? tr("None")
                                 : QStringLiteral("%1 / %2").arg(locale.toString(m_current),
                                                                 locale.toString(m_total)));
    m_field->setAccessibleDescription(
        isEmpty ? QString() : tr("%1 of %2").arg(m_current).arg(m_total));
    m_previous->setEnabled(m_total > 0);
    m_next->setEnabled(m_total > 0);
    setRefused(*m_field, isMissing);
}

bool FindBar::eventFilter(QObject* watched, QEvent* event) {
    const auto* key = static_cast<QKeyEvent*>(event);
    // Before the window's own Esc.
    if (event->type() == QEvent::ShortcutOverride && key->key() == Qt::Key_Escape) {
        event->accept();
        return true;
    }
    if (event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const bool isBack = key->modifiers() & Qt::ShiftModifier;
    switch (key->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_F3:
        if (isBack)
            emit previousRequested();
        else
            emit nextRequested();
        return true;
    case Qt::Key_Escape:
        close();
        return true;
    case Qt::Key_Up:
        emit previousRequested();
        return true;
    case Qt::Key_Down:
        emit nextRequested();
        return true;
    default:
        return QWidget::eventFilter(watched, event);
    }
}

void FindBar::paintEvent(QPaintEvent*) {
    const Tokens& tokens = Theme::current().tokens();
    QPainter painter(this);
    const QRectF panel = QRectF(rect()).marginsRemoved(shadowMargins());
    paintShadow(painter, panel, radius::kCard);
    paintPanel(painter, panel, radius::kCard, tokens.surface, tokens.border);
}

void FindBar::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void FindBar::retranslate() {
    m_field->setPlaceholderText(tr("Find in this chat"));
    m_field->setAccessibleName(tr("Find in this chat"));
    m_previous->setName(tr("Previous (Shift+Enter)"));
    m_next->setName(tr("Next (Enter)"));
    m_close->setName(tr("Close (Esc)"));
    refresh();
}

} // namespace hearth::ui
