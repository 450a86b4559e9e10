#include "view/components/switch.h"

#include "view/components/accessible.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QKeyEvent>
#include <QPainter>

namespace hearth::ui {
namespace {

constexpr int kTrackWidth = 36;
constexpr int kTrackHeight = 20;
constexpr int kKnobInset = 3;

} // namespace

Switch::Switch(const QString& text, QWidget* parent)
    : QAbstractButton(parent) {
    registerAccessibleComponents();
    setText(text);
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    m_slide.setStartValue(0.0);
    m_slide.setEndValue(1.0);
    connect(&m_slide, &QVariantAnimation::valueChanged, this, qOverload<>(&QWidget::update));
    connect(this, &QAbstractButton::toggled, this, [this](bool on) {
        m_slide.stop();
        m_slide.setDuration(Theme::current().motion(motion::kHover));
        m_slide.setDirection(on ? QAbstractAnimation::Forward : QAbstractAnimation::Backward);
        if (isVisible() && m_slide.duration() > 0)
            m_slide.start();
    });
}

QSize Switch::sizeHint() const {
    const QFontMetrics metrics(Theme::current().font(TextStyle::Ui));
    const int words = text().isEmpty() ? 0 : space::kMd + metrics.horizontalAdvance(text());
    return {kTrackWidth + 2 * size::kFocusRing + words, size::kControl};
}

void Switch::paintEvent(QPaintEvent*) {
    const Tokens& t = Theme::current().tokens();
    QPainter painter(this);
    if (!isEnabled())
        painter.setOpacity(kDisabledOpacity);
    const bool moving = m_slide.state() == QAbstractAnimation::Running;
    const qreal on = moving ? m_slide.currentValue().toReal() : isChecked() ? 1.0 : 0.0;
    const QRectF track(2 * size::kFocusRing, (height() - kTrackHeight) / 2.0, kTrackWidth,
                       kTrackHeight);
    const bool hovered = underMouse() && isEnabled();
    const qreal strength = isDown() ? 2.0 : hovered ? 1.0 : 0.0;
    const QColor off = blend(t.borderStrong, t.text, 0.12 * strength);
    paintPanel(painter, track, kTrackHeight / 2.0, blend(off, t.accentAt(strength), on));
    const qreal side = kTrackHeight - 2 * kKnobInset;
    const qreal travel = kTrackWidth - 2 * kKnobInset - side;
    paintPanel(
        painter,
        QRectF(track.left() + kKnobInset + travel * on, track.top() + kKnobInset, side, side),
        side / 2, blend(t.surface, t.onAccent, on));
    if (showsFocusRing(*this))
        paintFocusRing(painter, track.adjusted(-4, -4, 4, 4), kTrackHeight / 2.0 + 4);
    paintText(painter, QRectF(rect()).adjusted(track.right() + space::kMd - 2, 0, 0, 0),
              TextStyle::Ui, t.text, text());
}

void Switch::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        click();
    else
        QAbstractButton::keyPressEvent(event);
}

void Switch::enterEvent(QEnterEvent* event) {
    QAbstractButton::enterEvent(event);
    update();
}

void Switch::leaveEvent(QEvent* event) {
    QAbstractButton::leaveEvent(event);
    update();
}

} // namespace hearth::ui
