#pragma once

#include "text/normalizer.h"

#include <string>
#include <string_view>

namespace hearth {

/// What BertNormalizer of the tokenizers library makes of `text`, valid UTF-8: clean, spaces around
/// ideographs, canonical decomposition without non-spacing marks, lower case, in this order.
[[nodiscard]] std::string bertNormalized(const Normalizer::Bert& rules, std::string_view text);

/// Appends the lower case of one character.
void appendLower(std::string& text, char32_t codePoint);

} // namespace hearth
