#pragma once

#include "sampling/grammar/expression.h"

#include <string_view>

namespace hearth::grammar {

/// How the characters of a text are written into the reply.
enum class TextForm : std::uint8_t {
    Plain,
    InsideJson, ///< As between the quotes of a JSON string.
};

/// One character out of `ranges`. Inside JSON only what must be escaped is, in its shortest way.
[[nodiscard]] ExpressionId addCharacters(Grammar& grammar, std::vector<CodeRange> ranges,
                                         TextForm form);
/// `text`, which is valid UTF-8.
[[nodiscard]] ExpressionId addText(Grammar& grammar, std::string_view text, TextForm form);
/// `text` as it stands between the quotes of a JSON string.
[[nodiscard]] std::string insideJson(std::string_view text);

} // namespace hearth::grammar
