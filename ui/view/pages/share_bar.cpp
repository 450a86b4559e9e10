#include "view/pages/share_bar.h"

#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace hearth::ui {

namespace {

constexpr int kBarHeight = 8;
constexpr int kDotSide = 8;
constexpr double kLeastWidth = 2.0;

} // namespace

void ShareBar::setParts(const QList<std::pair<ColorRole, double>>& parts) {
    m_parts = parts;
    update();
}

QSize ShareBar::sizeHint() const {
    return {size::kInspector / 2, kBarHeight};
}

void ShareBar::paintEvent(QPaintEvent*) {
    const Tokens& tokens = Theme::current().tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF bar(0, (height() - kBarHeight) / 2.0, width(), kBarHeight);
    QPainterPath outline;
    outline.addRoundedRect(bar, kBarHeight / 2.0, kBarHeight / 2.0);
    painter.setClipPath(outline);
    painter.fillRect(bar, blend(tokens.sunken, tokens.borderStrong, 0.22));
    double left = bar.left();
    for (const auto& [role, share] : std::as_const(m_parts)) {
        if (share <= 0.0)
            continue;
        const double right =
            std::min(bar.right(), left + std::max(kLeastWidth, bar.width() * share));
        painter.fillRect(QRectF(left, bar.top(), right - left, bar.height()), tokens.color(role));
        left = right;
    }
}

PartDot::PartDot(ColorRole role, QWidget* parent)
    : QWidget(parent)
    , m_role(role) {
    setFixedSize(kDotSide, kDotSide);
}

void PartDot::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    paintPanel(painter, rect(), kDotSide / 2.0, Theme::current().color(m_role));
}

} // namespace hearth::ui
