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
    const QRect screen = anchor.screen()->availableGeometry();
    const QPoint below = anchor.mapToGlobal(QPoint(0, anchor.height() + space::kXs));
    const QPoint above = anchor.mapToGlobal(QPoint(0, -space::kXs));
    const int bodyHeight = height() - shadow.top() - shadow.bottom();
    const bool fitsBelow = below.y() + bodyHeight <= screen.bottom();
    const int top = fitsBelow ? below.y() - shadow.top() : above.y() - bodyHeight - shadow.top();
    const int left = qBound(screen.left(), below.x() - shadow.left(),
                            qMax(screen.left(), screen.right() - width()));
    move(left, qMax(screen.top() - shadow.top(), top));
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
