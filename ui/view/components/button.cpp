#include "view/components/button.h"

#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QKeyEvent>
#include <QPainter>
#include <QStyleOptionButton>
#include <QStylePainter>
#include <QTime>

namespace hearth::ui {
namespace {

constexpr int kSpinFrame = 40;
constexpr int kSpinTurn = 900;
constexpr qreal kSpinPen = 2.0;

} // namespace

Button::Button(const QString& text, ButtonKind kind, QWidget* parent)
    : QPushButton(text, parent) {
    setAutoDefault(false);
    setKind(kind);
    m_spin.setInterval(kSpinFrame);
    connect(&m_spin, &QTimer::timeout, this, qOverload<>(&QWidget::update));
    connect(&Theme::current(), &Theme::changed, this, &Button::applyTheme);
}

void Button::setKind(ButtonKind kind) {
    setButtonKind(*this, kind);
    applyTheme();
}

void Button::setGlyph(Icon glyph) {
    m_glyph = glyph;
    applyTheme();
}

void Button::setBusy(bool busy) {
    m_busy = busy;
    if (busy && !Theme::current().reducedMotion())
        m_spin.start();
    else
        m_spin.stop();
    setAccessibleDescription(busy ? tr("Working") : QString());
    update();
}

void Button::applyTheme() {
    setFont(Theme::current().font(TextStyle::UiStrong));
    if (m_glyph) {
        const ButtonKind kind = buttonKind(this);
        setIcon(themeIcon(*m_glyph, kind == ButtonKind::Primary  ? ColorRole::OnAccent
                                    : kind == ButtonKind::Danger ? ColorRole::Error
                                                                 : ColorRole::Text));
    }
    updateGeometry();
}

void Button::paintEvent(QPaintEvent* event) {
    if (!m_busy)
        return QPushButton::paintEvent(event);
    QStylePainter painter(this);
    QStyleOptionButton option;
    initStyleOption(&option);
    painter.drawControl(QStyle::CE_PushButtonBevel, option);
    const Tokens& t = Theme::current().tokens();
    QRectF ring(0, 0, size::kIconSmall, size::kIconSmall);
    ring.moveCenter(QRectF(rect()).center());
    const int turn = Theme::current().reducedMotion()
                         ? 0
                         : QTime::currentTime().msecsSinceStartOfDay() % kSpinTurn;
    constexpr int kDegree = 16; // QPainter's arcs are in sixteenths.
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(buttonKind(this) == ButtonKind::Primary ? t.onAccent : t.text, kSpinPen,
                        Qt::SolidLine, Qt::RoundCap));
    painter.drawArc(ring.adjusted(1, 1, -1, -1), -360 * kDegree * turn / kSpinTurn, 270 * kDegree);
}

void Button::keyPressEvent(QKeyEvent* event) {
    if (m_busy)
        return;
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        animateClick();
    else
        QPushButton::keyPressEvent(event);
}

bool Button::hitButton(const QPoint& position) const {
    return !m_busy && QPushButton::hitButton(position);
}

} // namespace hearth::ui
