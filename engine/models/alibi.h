#pragma once

#include <cstdint>
#include <vector>

namespace hearth {

/// What GGUF files call max_alibi_bias: the steepest slope is 2^(-8 / heads).
inline constexpr float kAlibiBias = 8.0F;

/// The slope of each head (Press et al. 2022, and their code for head counts that are no power of
/// two: every second slope of twice as many heads follows those of the next lower power).
[[nodiscard]] std::vector<float> alibiSlopes(std::int32_t heads);

} // namespace hearth
