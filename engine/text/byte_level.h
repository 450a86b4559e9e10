#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth {

/// GPT-2's alphabet: each byte is written as one printable character (space as Ġ), so that
/// vocabularies are valid text.
namespace byte_level {

/// The character that stands for `byte`.
[[nodiscard]] char32_t characterOf(unsigned char byte);
/// `bytes` in the alphabet.
[[nodiscard]] std::string textOf(std::string_view bytes);
/// The bytes that `token` stands for; nothing if a character is not of the alphabet.
[[nodiscard]] std::optional<std::string> bytesOf(std::string_view token);

} // namespace byte_level

/// The byte of a sentencepiece byte token (`<0x0A>`); nothing for other texts.
[[nodiscard]] std::optional<unsigned char> byteOfToken(std::string_view token);

} // namespace hearth
