#pragma once

#include <QPainterPath>
#include <QPointF>
#include <QRawFont>
#include <QRectF>

#include <vector>

namespace hearth::ui {

/// What a box needs above and below its base line, logical pixels.
struct MathExtent {
    qreal ascent = 0.0;
    qreal descent = 0.0;
};

/// A formula ready to paint: glyphs, filled rectangles, lines. The origin is at the left of the
/// base line, y downwards.
struct MathPicture {
    struct Glyph {
        QRawFont font;
        quint32 index = 0;
        QPointF position;
    };
    struct Stroke {
        QPainterPath path;
        qreal width = 0.0; ///< 0: filled.
    };

    qreal width = 0.0;
    qreal ascent = 0.0;
    qreal descent = 0.0;
    std::vector<Glyph> glyphs;
    std::vector<QRectF> rules;
    std::vector<Stroke> strokes;

    /// Adds another one, its origin at a place in this one; the extents are the caller's to keep.
    void add(const MathPicture& other, const QPointF& place);
    /// The same, and the ascent and descent grow where they must.
    void include(const MathPicture& other, const QPointF& place);
};

} // namespace hearth::ui
