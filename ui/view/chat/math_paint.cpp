#include "view/chat/math_paint.h"

#include <QGlyphRun>
#include <QPainter>

namespace hearth::ui {

void paintMath(QPainter& painter, const MathPicture& picture, const QPointF& place,
               const QColor& color) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(color);
    QVector<quint32> indexes;
    QVector<QPointF> positions;
    for (std::size_t i = 0; i < picture.glyphs.size(); ++i) {
        indexes.append(picture.glyphs[i].index);
        positions.append(picture.glyphs[i].position);
        const bool last = i + 1 == picture.glyphs.size();
        if (!last && picture.glyphs[i + 1].font == picture.glyphs[i].font)
            continue;
        QGlyphRun run;
        run.setRawFont(picture.glyphs[i].font);
        run.setGlyphIndexes(indexes);
        run.setPositions(positions);
        painter.drawGlyphRun(place, run);
        indexes.clear();
        positions.clear();
    }
    for (const QRectF& rule : picture.rules)
        painter.fillRect(rule.translated(place), color);
    for (const MathPicture::Stroke& stroke : picture.strokes) {
        const QPainterPath path = stroke.path.translated(place);
        if (stroke.width > 0)
            painter.strokePath(
                path, QPen(color, stroke.width, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin));
        else
            painter.fillPath(path, color);
    }
    painter.restore();
}

} // namespace hearth::ui
