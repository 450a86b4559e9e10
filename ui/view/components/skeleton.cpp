#include "view/components/skeleton.h"

#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>
#include <QTime>

#include <array>
#include <cmath>
#include <numbers>

namespace hearth::ui {
namespace {

constexpr int kFrame = 50;
constexpr int kBar = 12;
constexpr int kPitch = 24;
constexpr std::array kWidths{0.94, 0.82, 0.89, 0.55};

} // namespace

Skeleton::Skeleton(int lines, QWidget* parent)
    : QWidget(parent)
    , m_lines(qMax(1, lines)) {
    setAccessibleName(tr("Loading"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_breath.setInterval(kFrame);
    connect(&m_breath, &QTimer::timeout, this, qOverload<>(&QWidget::update));
}

QSize Skeleton::sizeHint() const {
    return {size::kList, m_lines * kPitch};
}

void Skeleton::paintEvent(QPaintEvent*) {
    const Tokens& t = Theme::current().tokens();
    QPainter painter(this);
    qreal breath = 0.5;
    if (!Theme::current().reducedMotion()) {
        const double turn = static_cast<double>(QTime::currentTime().msecsSinceStartOfDay() %
                                                (2 * motion::kPulse)) /
                            (2 * motion::kPulse);
        breath = 0.5 + 0.5 * std::sin(2 * std::numbers::pi * turn);
    }
    const QColor color = blend(t.sunken, t.borderStrong, 0.12 + 0.14 * breath);
    for (int i = 0; i < m_lines; ++i) {
        const bool last = i == m_lines - 1 && m_lines > 1;
        const double share = last ? kWidths.back() : kWidths.at(static_cast<std::size_t>(i) % 3);
        paintPanel(painter, QRectF(0, i * kPitch + (kPitch - kBar) / 2.0, width() * share, kBar),
                   kBar / 2.0, color);
    }
}

void Skeleton::showEvent(QShowEvent* event) {
    if (!Theme::current().reducedMotion())
        m_breath.start();
    QWidget::showEvent(event);
}

void Skeleton::hideEvent(QHideEvent* event) {
    m_breath.stop();
    QWidget::hideEvent(event);
}

} // namespace hearth::ui
