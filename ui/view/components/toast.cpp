#include "view/components/toast.h"

#include "view/components/accessible.h"
#include "view/components/button.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>

#include <utility>

namespace hearth::ui {
namespace {

constexpr int kWidest = 560;

} // namespace

Toast::Toast(QWidget* parent)
    : QWidget(parent)
    , m_text(new Label(QString(), TextStyle::Ui, ColorRole::Text, this))
    , m_action(new Button(QString(), ButtonKind::Quiet, this))
    , m_close(new IconButton(Icon::Close, tr("Dismiss"), this, IconButton::Size::Small)) {
    registerAccessibleComponents();
    auto* row = new QHBoxLayout(this);
    const QMargins shadow = shadowMargins();
    row->setContentsMargins(shadow.left() + space::kLg, shadow.top() + space::kSm,
                            shadow.right() + space::kSm, shadow.bottom() + space::kSm);
    row->setSpacing(space::kSm);
    m_text->setWordWrap(true);
    row->addWidget(m_text, 1);
    row->addWidget(m_action);
    row->addWidget(m_close);
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &Toast::dismiss);
    connect(m_close, &QToolButton::clicked, this, &Toast::dismiss);
    connect(m_action, &QPushButton::clicked, this, [this] { finish(true); });
    parent->installEventFilter(this);
    hide();
}

void Toast::show(const QString& text, const QString& actionText, std::function<void()> action,
                 std::function<void()> expired, int milliseconds) {
    if (isVisible() && m_onAction && !action) {
        m_waiting = text;
        m_waitingMilliseconds = milliseconds;
        return;
    }
    if (isVisible())
        finish(false);
    m_text->setText(text);
    setAccessibleName(text);
    m_action->setText(actionText);
    m_action->setVisible(!actionText.isEmpty());
    m_onAction = std::move(action);
    m_onExpired = std::move(expired);
    place();
    QWidget::show();
    raise();
    QAccessibleEvent said(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&said);
    m_timer.start(milliseconds);
}

void Toast::dismiss() {
    finish(false);
}

void Toast::finish(bool taken) {
    m_timer.stop();
    hide();
    const auto action = std::exchange(m_onAction, {});
    const auto expired = std::exchange(m_onExpired, {});
    if (taken && action)
        action();
    else if (!taken && expired)
        expired();
    if (const QString waiting = std::exchange(m_waiting, {}); !waiting.isEmpty() && !isVisible())
        show(waiting, {}, {}, {}, m_waitingMilliseconds);
}

void Toast::place() {
    const QMargins shadow = shadowMargins();
    const int widest =
        qMin(kWidest + shadow.left() + shadow.right(), parentWidget()->width() - 2 * space::kLg);
    const QFontMetrics metrics(Theme::current().font(TextStyle::Ui));
    m_text->setMinimumWidth(qMin(metrics.horizontalAdvance(m_text->text()) + 2, widest / 2));
    QSize wanted = sizeHint();
    wanted.setWidth(qMin(wanted.width(), widest));
    if (layout()->hasHeightForWidth())
        wanted.setHeight(layout()->totalHeightForWidth(wanted.width()));
    resize(wanted);
    move((parentWidget()->width() - width()) / 2,
         parentWidget()->height() - height() - space::kLg + shadow.bottom());
}

void Toast::paintEvent(QPaintEvent*) {
    const Tokens& t = Theme::current().tokens();
    QPainter painter(this);
    const QRectF body = QRectF(rect()).marginsRemoved(shadowMargins());
    paintShadow(painter, body, radius::kCard);
    paintPanel(painter, body, radius::kCard, t.surface, t.border);
}

void Toast::enterEvent(QEnterEvent* event) {
    m_timer.stop();
    QWidget::enterEvent(event);
}

void Toast::leaveEvent(QEvent* event) {
    if (isVisible() && !m_action->hasFocus())
        m_timer.start(kUndoMilliseconds / 2);
    QWidget::leaveEvent(event);
}

void Toast::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape)
        dismiss();
    else
        QWidget::keyPressEvent(event);
}

bool Toast::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize && isVisible())
        place();
    return QWidget::eventFilter(watched, event);
}

} // namespace hearth::ui
