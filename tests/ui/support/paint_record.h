#pragma once

#include <QColor>
#include <QImage>
#include <QList>
#include <QPointer>
#include <QRectF>
#include <QString>
#include <QStringList>
#include <QWidget>

namespace hearth::test {

/// One text, glyph or line as a widget really drew it, with the ground that was under it at that
/// moment. Rectangles in device pixels of the picture.
struct PaintedMark {
    enum class Kind { Text, Glyph, Ring };

    Kind kind = Kind::Text;
    QString text;  ///< Text only: the run as it was drawn (after eliding).
    QColor ink;    ///< As it stands on the ground: opacity counted in.
    QColor ground; ///< The commonest colour under the mark.
    QRectF rect;   ///< What the mark covers.
    QRectF room;   ///< What of the picture its widget may draw on.
    QPointer<QWidget> widget;
    bool isEnabled = true; ///< Of the widget and of what it drew (opacity).

    double contrast() const;
    QString describe() const;
};

struct PaintRecord {
    QImage image;
    QList<PaintedMark> marks;
};

/// Draws a widget with its children as they are now and keeps every mark. What no widget paints
/// cannot be in it, and what one paints cannot escape it: it stands where the painter draws.
PaintRecord recordPainting(QWidget& widget, qreal scale = 1.0);

/// Texts below 4.5:1, icons and focus rings below 3:1; what can't be used may be faint.
QStringList faintMarks(const PaintRecord& record);

} // namespace hearth::test
