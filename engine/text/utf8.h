#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth::utf8 {

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD"; ///< U+FFFD

enum class SequenceState : std::uint8_t { Valid, Invalid, Incomplete };

/// The sequence at the front of a text. Invalid: a maximal subpart that becomes one U+FFFD
/// (Unicode 15, section 3.9). Incomplete: valid so far, but the text ends.
struct Sequence {
    char32_t codePoint = 0xFFFD;
    std::uint8_t length = 1; ///< Bytes, at least 1.
    SequenceState state = SequenceState::Invalid;
};

/// `text` must not be empty.
[[nodiscard]] inline Sequence next(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80)
        return {lead, 1, SequenceState::Valid};
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    std::uint8_t length = 0;
    char32_t codePoint = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
        codePoint = lead & 0x1FU;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        codePoint = lead & 0x0FU;
        low = lead == 0xE0 ? 0xA0 : 0x80;
        high = lead == 0xED ? 0x9F : 0xBF;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        codePoint = lead & 0x07U;
        low = lead == 0xF0 ? 0x90 : 0x80;
        high = lead == 0xF4 ? 0x8F : 0xBF;
    } else {
        return {};
    }
    for (std::uint8_t i = 1; i < length; ++i) {
        if (i == text.size())
            return {0xFFFD, i, SequenceState::Incomplete};
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < low || byte > high)
            return {0xFFFD, i, SequenceState::Invalid};
        low = 0x80;
        high = 0xBF;
        codePoint = codePoint << 6 | (byte & 0x3FU);
    }
    return {codePoint, length, SequenceState::Valid};
}

/// The character at byte `position`, which must be inside `text`.
[[nodiscard]] inline Sequence at(std::string_view text, std::size_t position) {
    return next(text.substr(position));
}

/// Where the character that ends before byte `position` (above 0) starts.
[[nodiscard]] inline std::size_t previous(std::string_view text, std::size_t position) {
    --position;
    while (position > 0 && (static_cast<unsigned char>(text[position]) & 0xC0U) == 0x80)
        --position;
    return position;
}

/// How many characters `text`, valid UTF-8, has.
[[nodiscard]] inline std::size_t countCharacters(std::string_view text) {
    std::size_t count = 0;
    for (const char byte : text)
        count += (static_cast<unsigned char>(byte) & 0xC0U) != 0x80 ? 1 : 0;
    return count;
}

void append(std::string& text, char32_t codePoint);
[[nodiscard]] bool isValid(std::string_view text);
/// `text` with every invalid or incomplete sequence replaced by U+FFFD.
[[nodiscard]] std::string sanitized(std::string_view text);

} // namespace hearth::utf8
