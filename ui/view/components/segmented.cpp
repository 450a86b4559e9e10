#include "view/components/segmented.h"

#include "view/components/accessible.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <numeric>

namespace hearth::ui {
namespace {

constexpr int kInset = 3;

} // namespace

Segmented::Segmented(const QString& name, const QStringList& segments, QWidget* parent)
    : QWidget(parent)
    , m_name(name)
    , m_segments(segments) {
    registerAccessibleComponents();
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAccessibleName(m_name);
    setAccessibleDescription(m_segments.value(0));
}

void Segmented::setCurrent(int index) {
    if (index < 0 || index >= m_segments.size() || index == m_current)
        return;
    m_current = index;
    setAccessibleDescription(m_segments.at(index));
    update();
    emit currentChanged(index);
}

void Segmented::setSegments(const QStringList& segments) {
    m_segments = segments;
    m_current = qBound(0, m_current, qMax(0, static_cast<int>(segments.size()) - 1));
    setAccessibleDescription(m_segments.value(m_current));
    updateGeometry();
    update();
}

QList<int> Segmented::segmentWidths(int padding) const {
    const QFontMetrics metrics(Theme::current().font(TextStyle::UiStrong));
    QList<int> widths;
    for (const QString& segment : m_segments)
        widths.append(metrics.horizontalAdvance(segment) + 2 * padding);
    return widths;
}

QSize Segmented::sizeHint() const {
    const QList<int> widths = segmentWidths(space::kMd);
    const int widest = widths.isEmpty() ? 0 : *std::max_element(widths.begin(), widths.end());
    return {widest * static_cast<int>(widths.size()) + 2 * kInset, size::kControl};
}

QSize Segmented::minimumSizeHint() const {
    const QList<int> widths = segmentWidths(space::kSm);
    return {std::accumulate(widths.begin(), widths.end(), 2 * kInset), size::kControl};
}

QRectF Segmented::segmentRect(int index) const {
    const qreal height = this->height() - 2.0 * kInset;
    const qreal room = width() - 2.0 * kInset;
    if (width() >= sizeHint().width()) {
        const qreal each = room / qMax(1, static_cast<int>(m_segments.size()));
        return {kInset + each * index, kInset, each, height};
    }
    // All of one width is too much: each takes what its text does, and a part of the rest.
    const QList<int> widths = segmentWidths(space::kSm);
    const auto at = widths.begin() + index;
    const qreal spare = (width() - minimumSizeHint().width()) / static_cast<qreal>(widths.size());
    return {kInset + std::accumulate(widths.begin(), at, 0) + spare * index, kInset, *at + spare,
            height};
}

int Segmented::segmentAt(const QPointF& position) const {
    for (int i = 0; i < m_segments.size(); ++i)
        if (segmentRect(i).contains(position))
            return i;
    return -1;
}

void Segmented::paintEvent(QPaintEvent*) {
    const Tokens& t = Theme::current().tokens();
    QPainter painter(this);
    if (!isEnabled())
        painter.setOpacity(kDisabledOpacity);
    paintPanel(painter, rect(), radius::kControl + kInset - 1, t.sunken, t.border);
    for (int i = 0; i < m_segments.size(); ++i) {
        const QRectF segment = segmentRect(i);
        const bool chosen = i == m_current;
        if (chosen)
            paintPanel(painter, segment, radius::kControl, t.dark ? t.border : t.surface,
                       t.dark ? QColor() : blend(t.border, t.borderStrong, 0.3));
        else if (i == m_hovered && isEnabled())
            paintPanel(painter, segment, radius::kControl, t.wash(1.0));
        paintText(painter, segment, chosen ? TextStyle::UiStrong : TextStyle::Ui,
                  chosen ? t.text : t.muted, m_segments.at(i), Qt::AlignCenter);
    }
    if (showsFocusRing(*this))
        paintFocusRing(painter, rect(), radius::kControl + kInset - 1);
}

void Segmented::keyPressEvent(QKeyEvent* event) {
    const int last = static_cast<int>(m_segments.size()) - 1;
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Up:
        return setCurrent(qMax(0, m_current - 1));
    case Qt::Key_Right:
    case Qt::Key_Down:
        return setCurrent(qMin(last, m_current + 1));
    case Qt::Key_Home:
        return setCurrent(0);
    case Qt::Key_End:
        return setCurrent(last);
    default:
        QWidget::keyPressEvent(event);
    }
}

void Segmented::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton)
        setCurrent(segmentAt(event->position()));
}

void Segmented::mouseMoveEvent(QMouseEvent* event) {
    m_hovered = segmentAt(event->position());
    update();
}

void Segmented::leaveEvent(QEvent*) {
    m_hovered = -1;
    update();
}

} // namespace hearth::ui
