#include "view/components/popover.h"

#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QKeyEvent>
#include <QPainter>
#include <QScreen>
#include <QVBoxLayout>

namespace hearth::ui {

Popover::Popover(QWidget* parent)
    : QWidget(parent, Qt::Popup | Qt::FramelessWindowHint | Qt::NoDropShadowWindowHint)
    , m_body(new QVBoxLayout(this)) {
    setAttribute(Qt::WA_TranslucentBackground);
    m_body->setContentsMargins(shadowMargins() +
                               QMargins(space::kMd, space::kMd, space::kMd, space::kMd));
    m_body->setSpacing(space::kSm);
}

void Popover::openAt(const QWidget& anchor) {
    const QMargins shadow = shadowMargins();
    adjustSize();
    const QSize body = QRect(QPoint(), size()).marginsRemoved(shadow).size();
    const QWidget* window = anchor.window();
    const QRect screen = anchor.screen()->availableGeometry();
    // Inside the window, unless that is smaller than the popover.
    const QRect inside =
        screen & QRect(window->mapToGlobal(QPoint()), window->size())
                     .marginsRemoved({space::kXs, space::kXs, space::kXs, space::kXs});
    const QRect bounds =
        inside.width() >= body.width() && inside.height() >= body.height() ? inside : screen;
    const QPoint below = anchor.mapToGlobal(QPoint(0, anchor.height() + space::kXs));
    const QPoint above = anchor.mapToGlobal(QPoint(0, -space::kXs)) - QPoint(0, body.height());
    const bool fitsBelow = below.y() + body.height() <= bounds.bottom() + 1;
    const int wantedTop = fitsBelow ? below.y() : above.y();
    const int top =
        qBound(bounds.top(), wantedTop, qMax(bounds.top(), bounds.bottom() + 1 - body.height()));
    const int left =
        qBound(bounds.left(), below.x(), qMax(bounds.left(), bounds.right() + 1 - body.width()));
    move(left - shadow.left(), top - shadow.top());
    show();
    focusNextChild();
}

void Popover::paintEvent(QPaintEvent*) {
    const Tokens& t = Theme::current().tokens();
    QPainter painter(this);
    const QRectF rounded = QRectF(rect()).marginsRemoved(shadowMargins());
    paintShadow(painter, rounded, radius::kCard);
    paintPanel(painter, rounded, radius::kCard, t.surface, t.border);
}

void Popover::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    emit closed();
}

void Popover::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape)
        hide();
    else
        QWidget::keyPressEvent(event);
}

} // namespace hearth::ui
