#include "view/pages/scope_button.h"

#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QKeyEvent>
#include <QPainter>

namespace hearth::ui {

namespace {

constexpr int kHeight = 28;

} // namespace

ScopeButton::ScopeButton(QWidget* parent) : QAbstractButton(parent) {
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

QSize ScopeButton::sizeHint() const {
    const QFontMetrics metrics(Theme::current().font(TextStyle::Ui));
    return {metrics.horizontalAdvance(text()) + 2 * space::kSm + space::kXs + size::kIconSmall,
            qMax(kHeight, Theme::current().lineHeight(TextStyle::Ui) + space::kSm)};
}

QSize ScopeButton::minimumSizeHint() const {
    return {size::kRow, sizeHint().height()};
}

void ScopeButton::paintEvent(QPaintEvent*) {
    const Tokens& tokens = Theme::current().tokens();
    QPainter painter(this);
    const bool isActive = underMouse() || isDown();
    if (isActive)
        paintPanel(painter, rect(), radius::kControl, tokens.wash(isDown() ? 2.0 : 1.0));
    const QColor color = isActive ? tokens.text : tokens.muted;
    const QRectF words = QRectF(rect()).adjusted(
        space::kSm, 0, -(space::kSm + space::kXs + size::kIconSmall), 0);
    paintText(painter, words, TextStyle::Ui, color, text());
    const QFontMetricsF metrics(Theme::current().font(TextStyle::Ui));
    const qreal end =
        qMin(words.right(), words.left() + metrics.horizontalAdvance(text()));
    painter.drawPixmap(
        QPointF(end + space::kXs, (height() - size::kIconSmall) / 2.0),
        iconPixmap(Icon::ChevronDown, color, size::kIconSmall, devicePixelRatioF()));
    if (showsFocusRing(*this))
        paintFocusRing(painter, rect(), radius::kControl);
}

void ScopeButton::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter ||
        event->key() == Qt::Key_Down)
        click();
    else
        QAbstractButton::keyPressEvent(event);
}

void ScopeButton::enterEvent(QEnterEvent* event) {
    QAbstractButton::enterEvent(event);
    update();
}

void ScopeButton::leaveEvent(QEvent* event) {
    QAbstractButton::leaveEvent(event);
    update();
}

} // namespace hearth::ui
