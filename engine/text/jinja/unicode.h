#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::jinja {

/// A code point and the bytes it takes. A byte that starts no valid sequence counts as a code
/// point of its own, so that every text can be walked.
struct CodePoint {
    std::int32_t value; ///< −1 for an invalid byte.
    std::size_t length; ///< In bytes, at least 1.
};

/// The code point that starts at `position`, which lies within `text`.
[[nodiscard]] CodePoint codePointAt(std::string_view text, std::size_t position);
[[nodiscard]] std::size_t countCodePoints(std::string_view text);
/// Byte offsets of all code points, and the text's size as the last entry.
[[nodiscard]] std::vector<std::size_t> codePointOffsets(std::string_view text);
[[nodiscard]] bool isAscii(std::string_view text);
void appendUtf8(std::string& text, std::int32_t codePoint);

// What Python's str methods of these names mean by them, for one code point.
[[nodiscard]] bool isSpace(std::int32_t codePoint);
[[nodiscard]] bool isLineBreak(std::int32_t codePoint);
[[nodiscard]] bool isPrintable(std::int32_t codePoint);
[[nodiscard]] bool isAlpha(std::int32_t codePoint);
[[nodiscard]] bool isDecimal(std::int32_t codePoint);
[[nodiscard]] bool isNumeric(std::int32_t codePoint);
[[nodiscard]] bool isUpper(std::int32_t codePoint);
[[nodiscard]] bool isLower(std::int32_t codePoint);
[[nodiscard]] bool isTitle(std::int32_t codePoint);

enum class LetterCase { Upper, Lower, Title };
/// Appends the code point in another case; invalid bytes are the caller's to copy.
void appendInCase(std::string& text, std::int32_t codePoint, LetterCase letterCase);

/// Byte range of `text` without the white space at its ends.
struct Extent {
    std::size_t begin;
    std::size_t end;
};
[[nodiscard]] Extent strippedLeft(std::string_view text, Extent extent);
[[nodiscard]] Extent strippedRight(std::string_view text, Extent extent);

} // namespace hearth::jinja
