#include "view/components/graph_tile.h"

#include "view/components/accessible.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace hearth::ui {
namespace {

constexpr int kLineHeight = 48;

} // namespace

GraphTile::GraphTile(const QString& title, QWidget* parent, int capacity)
    : QWidget(parent)
    , m_ring(static_cast<std::size_t>(qMax(2, capacity))) {
    registerAccessibleComponents();
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setTitle(title);
    connect(&Theme::current(), &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

void GraphTile::setTitle(const QString& title) {
    m_title = title;
    setAccessibleName(title);
    update();
}

void GraphTile::setFigure(const QString& figure) {
    m_figure = figure;
    setAccessibleDescription(figure);
    update();
}

void GraphTile::setColor(ColorRole role) {
    m_role = role;
    update();
}

void GraphTile::setCeiling(float ceiling) {
    m_ceiling = ceiling;
    update();
}

void GraphTile::setValues(const std::vector<float>& values) {
    m_count = std::min(values.size(), m_ring.size());
    m_first = 0;
    std::copy(values.end() - static_cast<std::ptrdiff_t>(m_count), values.end(), m_ring.begin());
    update();
}

void GraphTile::append(float value) {
    if (m_count < m_ring.size()) {
        m_ring[(m_first + m_count++) % m_ring.size()] = value;
    } else {
        m_ring[m_first] = value;
        m_first = (m_first + 1) % m_ring.size();
    }
    update();
}

std::vector<float> GraphTile::values() const {
    std::vector<float> all(m_count);
    for (std::size_t i = 0; i < m_count; ++i)
        all[i] = at(i);
    return all;
}

QSize GraphTile::sizeHint() const {
    return {size::kInspector - 2 * space::kLg, minimumSizeHint().height()};
}

QSize GraphTile::minimumSizeHint() const {
    return {3 * space::k3xl, Theme::current().lineHeight(TextStyle::Figure) + kLineHeight +
                                 space::kSm + 2 * space::kMd};
}

float GraphTile::top() const {
    if (m_ceiling > 0)
        return m_ceiling;
    float greatest = 0.0F;
    for (std::size_t i = 0; i < m_count; ++i)
        if (std::isfinite(at(i)))
            greatest = std::max(greatest, at(i));
    return greatest > 0 ? greatest : 1.0F;
}

void GraphTile::paintLine(QPainter& painter, const QRectF& area) {
    // A pen wider than one device pixel takes Qt's raster engine 30 times as long.
    QPen pen(Theme::current().color(m_role), 1.0);
    pen.setCosmetic(true);
    pen.setJoinStyle(Qt::BevelJoin);
    painter.setPen(pen);
    painter.setRenderHint(QPainter::Antialiasing);
    const float greatest = top();
    const qreal step = area.width() / static_cast<qreal>(m_ring.size() - 1);
    const qreal left = area.right() - step * static_cast<qreal>(m_count > 0 ? m_count - 1 : 0);
    m_line.clear();
    const auto finish = [&] {
        if (m_line.size() > 1)
            painter.drawPolyline(m_line);
        else if (m_line.size() == 1)
            painter.drawPoint(m_line.first());
        m_line.clear();
    };
    for (std::size_t i = 0; i < m_count; ++i) {
        const float value = at(i);
        if (!std::isfinite(value)) {
            finish();
            continue;
        }
        const qreal share = std::clamp(value / greatest, 0.0F, 1.0F);
        m_line.append(
            QPointF(left + step * static_cast<qreal>(i), area.bottom() - share * area.height()));
    }
    finish();
}

void GraphTile::paintEvent(QPaintEvent*) {
    const Tokens& t = Theme::current().tokens();
    QPainter painter(this);
    paintPanel(painter, rect(), radius::kCard, t.surface, t.border);
    const QRectF inner = QRectF(rect()).adjusted(space::kMd, space::kMd, -space::kMd, -space::kMd);
    const int line = Theme::current().lineHeight(TextStyle::Figure);
    QRectF words(inner.left(), inner.top(), inner.width(), line);
    const qreal figure =
        QFontMetricsF(Theme::current().font(TextStyle::Figure)).horizontalAdvance(m_figure) + 1;
    paintText(painter, words, TextStyle::Figure, t.text, m_figure,
              Qt::AlignRight | Qt::AlignVCenter);
    words.setRight(words.right() - figure - space::kSm);
    paintText(painter, words, TextStyle::Caption, t.muted, m_title);
    const QRectF area = inner.adjusted(0, line + space::kSm, 0, 0);
    painter.fillRect(QRectF(area.left(), area.bottom(), area.width(), 1), t.border);
    paintLine(painter, area.adjusted(0, 1, 0, -1));
}

} // namespace hearth::ui
