#pragma once

#include "view/chat/math_node.h"
#include "view/chat/math_picture.h"

namespace hearth::ui {

/// Sets a formula (after the TeXbook's appendix G, simplified). pixelSize: of its letters. A
/// display formula wider than maximumWidth is broken before relations and signs at its top level,
/// then, like any other, made smaller down to kMathSmallest of its size. GUI thread.
MathPicture layOutMath(const MathNode& formula, qreal pixelSize, bool display,
                       qreal maximumWidth = 1e9);

inline constexpr qreal kMathSmallest = 0.6;

} // namespace hearth::ui
