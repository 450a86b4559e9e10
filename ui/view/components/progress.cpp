#include "view/components/progress.h"

#include "view/theme/theme.h"

#include <QStyleOptionProgressBar>
#include <QStylePainter>
#include <QTime>
#include <QTimer>

#include <cmath>
#include <numbers>

namespace hearth::ui {
namespace {

constexpr int kShareSteps = 1000;
constexpr int kBusyFrame = 33;
constexpr int kSwing = 2 * motion::kPulse;

} // namespace

Progress::Progress(const QString& name, QWidget* parent)
    : QProgressBar(parent) {
    setAccessibleName(name);
    setTextVisible(false);
    setRange(0, kShareSteps);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void Progress::setShare(double share) {
    setRange(0, kShareSteps);
    setValue(static_cast<int>(std::lround(qBound(0.0, share, 1.0) * kShareSteps)));
}

QSize Progress::sizeHint() const {
    return {8 * space::k2xl, size::kProgress + 2};
}

QSize Progress::minimumSizeHint() const {
    return {space::k3xl, size::kProgress + 2};
}

void Progress::paintEvent(QPaintEvent*) {
    QStylePainter painter(this);
    QStyleOptionProgressBar option;
    initStyleOption(&option);
    if (minimum() == maximum()) {
        // Half way where motion is reduced; else a slow swing, each frame asking for the next.
        const bool still = Theme::current().reducedMotion();
        const double turn =
            static_cast<double>(QTime::currentTime().msecsSinceStartOfDay() % kSwing) / kSwing;
        const double place = still ? 0.5 : 0.5 - 0.5 * std::cos(2 * std::numbers::pi * turn);
        option.progress = static_cast<int>(std::lround(place * kShareSteps));
        if (!still)
            QTimer::singleShot(kBusyFrame, this, qOverload<>(&QWidget::update));
    }
    painter.drawControl(QStyle::CE_ProgressBar, option);
}

} // namespace hearth::ui
