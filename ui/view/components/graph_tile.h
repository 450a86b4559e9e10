#pragma once

#include "view/theme/tokens.h"

#include <QPolygonF>
#include <QWidget>

#include <vector>

namespace hearth::ui {

/// A live figure and how it went: title, number in Mono, and a line of the last points. It keeps a
/// fixed ring of points and has no timer: it paints when it is given something. Points that are not
/// finite leave a gap.
class GraphTile : public QWidget {
    Q_OBJECT

public:
    static constexpr int kPoints = 600;

    explicit GraphTile(const QString& title, QWidget* parent = nullptr, int capacity = kPoints);

    void setTitle(const QString& title);
    /// The number as it is shown, unit included ("212 tok/s").
    void setFigure(const QString& figure);
    void setColor(ColorRole role);
    /// The value at the top; 0: the greatest point.
    void setCeiling(float ceiling);
    /// Replaces all; of more points than the ring holds, the last are kept.
    void setValues(const std::vector<float>& values);
    void append(float value);
    /// Oldest first.
    std::vector<float> values() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    float at(std::size_t index) const { return m_ring[(m_first + index) % m_ring.size()]; }
    float top() const;
    void paintLine(QPainter& painter, const QRectF& area);

    QString m_title;
    QString m_figure;
    ColorRole m_role = ColorRole::Accent;
    float m_ceiling = 0.0F;
    std::vector<float> m_ring;
    std::size_t m_first = 0;
    std::size_t m_count = 0;
    QPolygonF m_line; ///< Kept for its memory.
};

} // namespace hearth::ui
