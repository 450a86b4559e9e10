#pragma once

#include "view/chat/math_picture.h"

class QPainter;
class QColor;

namespace hearth::ui {

/// place: where the picture's origin goes, the left of its base line.
void paintMath(QPainter& painter, const MathPicture& picture, const QPointF& place,
               const QColor& color);

} // namespace hearth::ui
