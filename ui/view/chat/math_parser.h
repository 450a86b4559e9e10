#pragma once

#include "view/chat/math_node.h"

#include <QStringView>

#include <optional>

namespace hearth::ui {

inline constexpr int kMathLongest = 4'000; ///< Characters.
inline constexpr int kMathDeepest = 24;
inline constexpr int kMathMostNodes = 3'000;

/// Reads a subset of LaTeX's mathematics; nothing where the source is beyond it or beyond the
/// limits above. Linear in the source: there are no macros. Any thread.
std::optional<MathNode> parseMath(QStringView source);

} // namespace hearth::ui
