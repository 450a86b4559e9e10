#include "view/components/chip.h"

#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

namespace hearth::ui {
namespace {

constexpr int kHeight = 24;
constexpr int kPadding = 9;
constexpr int kDot = 7;
constexpr int kCross = 12;

} // namespace

Chip::Chip(const QString& text, QWidget* parent)
    : QAbstractButton(parent) {
    setText(text);
    setFocusPolicy(Qt::NoFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void Chip::setDot(ColorRole role) {
    m_dot = role;
    m_hasDot = true;
    updateGeometry();
    update();
}

void Chip::setRemovable(bool removable) {
    m_removable = removable;
    setFocusPolicy(isActive() ? Qt::StrongFocus : Qt::NoFocus);
    updateGeometry();
    update();
}

QSize Chip::sizeHint() const {
    const QFontMetrics metrics(Theme::current().font(TextStyle::Caption));
    int width = metrics.horizontalAdvance(text()) + 2 * kPadding + 1;
    if (m_hasDot)
        width += kDot + space::kXs + 2;
    if (m_removable)
        width += kCross + space::kXs;
    return {width, qMax(kHeight, Theme::current().lineHeight(TextStyle::Caption) + space::kSm)};
}

QRectF Chip::crossRect() const {
    return {width() - kPadding - kCross + 2.0, (height() - kCross) / 2.0, kCross, kCross};
}

void Chip::paintEvent(QPaintEvent*) {
    const Tokens& t = Theme::current().tokens();
    QPainter painter(this);
    if (!isEnabled())
        painter.setOpacity(0.5);
    const bool chosen = isCheckable() && isChecked();
    const bool hovered = isActive() && isEnabled() && underMouse();
    const qreal corner = height() / 2.0;
    paintPanel(painter, rect(), corner, chosen ? t.tint(t.accent) : t.surface,
               chosen    ? t.accent
               : hovered ? t.borderStrong
                         : t.border);
    if (hovered)
        paintPanel(painter, rect(), corner, t.wash(isDown() ? 2.0 : 1.0));
    QRectF words = QRectF(rect()).adjusted(kPadding, 0, -kPadding + 2, 0);
    if (m_hasDot) {
        paintPanel(painter, QRectF(words.left(), (height() - kDot) / 2.0, kDot, kDot), kDot / 2.0,
                   t.color(m_dot));
        words.setLeft(words.left() + kDot + space::kXs + 2);
    }
    if (m_removable) {
        const QRectF cross = crossRect();
        painter.drawPixmap(cross.topLeft(), iconPixmap(Icon::Close, hovered ? t.text : t.muted,
                                                       kCross, devicePixelRatioF()));
        words.setRight(cross.left() - space::kXs + 2);
    }
    paintText(painter, words, TextStyle::Caption, chosen ? t.accent : t.text, text());
    if (showsFocusRing(*this))
        paintFocusRing(painter, rect(), corner);
}

void Chip::keyPressEvent(QKeyEvent* event) {
    if (m_removable && (event->key() == Qt::Key_Delete || event->key() == Qt::Key_Backspace))
        emit removeRequested();
    else
        QAbstractButton::keyPressEvent(event);
}

void Chip::mouseReleaseEvent(QMouseEvent* event) {
    const bool onCross = m_removable && isDown() &&
                         crossRect()
                             .adjusted(-space::kXs, -space::kXs, space::kXs, space::kXs)
                             .contains(event->position());
    QAbstractButton::mouseReleaseEvent(event);
    if (onCross)
        emit removeRequested();
}

void Chip::enterEvent(QEnterEvent* event) {
    QAbstractButton::enterEvent(event);
    update();
}

void Chip::leaveEvent(QEvent* event) {
    QAbstractButton::leaveEvent(event);
    update();
}

} // namespace hearth::ui
