#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hearth {

/// Hand-written equivalents of the pre-tokenization patterns that most models use. Each pattern
/// covers every text without gaps, so a scanner only says where a word ends.
enum class WordPattern : std::uint8_t {
    Gpt2,   ///< GPT-2, and what ByteLevel uses by itself.
    Llama3, ///< Contractions in any case, numbers of up to three digits.
    Qwen2,  ///< As Llama3, but each digit alone.
};

/// The pattern whose regular expression is `regex`, in one of the spellings in use.
[[nodiscard]] std::optional<WordPattern> knownPattern(std::string_view regex);

/// The end of the word that starts at `position`, which must be inside `text` (valid UTF-8) and at
/// the start of a character.
[[nodiscard]] std::size_t wordEnd(WordPattern pattern, std::string_view text, std::size_t position);

} // namespace hearth
