#pragma once

#include "view/chat/math_setter.h"

namespace hearth::ui {

/// Matrices, cases, aligned equations: columns as wide as their widest cell, the whole centred on
/// the axis.
MathPicture setMathGrid(const MathSetter& setter, const MathNode& grid, MathSize size);

} // namespace hearth::ui
