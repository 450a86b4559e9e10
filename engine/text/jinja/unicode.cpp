#include "text/jinja/unicode.h"

#include <algorithm>

#include <utf8proc.h>

namespace hearth::jinja {

CodePoint codePointAt(std::string_view text, std::size_t position) {
    const auto lead = static_cast<unsigned char>(text[position]);
    if (lead < 0x80)
        return {lead, 1};
    utf8proc_int32_t value = -1;
    const auto available =
        static_cast<utf8proc_ssize_t>(std::min<std::size_t>(text.size() - position, 4));
    const utf8proc_ssize_t length = utf8proc_iterate(
        reinterpret_cast<const utf8proc_uint8_t*>(text.data() + position), available, &value);
    if (length <= 0)
        return {-1, 1};
    return {value, static_cast<std::size_t>(length)};
}

std::size_t countCodePoints(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); at += codePointAt(text, at).length)
        ++count;
    return count;
}

std::vector<std::size_t> codePointOffsets(std::string_view text) {
    std::vector<std::size_t> offsets;
    offsets.reserve(text.size() + 1);
    for (std::size_t at = 0; at < text.size(); at += codePointAt(text, at).length)
        offsets.push_back(at);
    offsets.push_back(text.size());
    return offsets;
}

bool isAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void appendUtf8(std::string& text, std::int32_t codePoint) {
    utf8proc_uint8_t buffer[4];
    const utf8proc_ssize_t length = utf8proc_encode_char(codePoint, buffer);
    text.append(reinterpret_cast<const char*>(buffer), static_cast<std::size_t>(length));
}

bool isSpace(std::int32_t c) {
    if (c < 0x80)
        return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20);
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool isLineBreak(std::int32_t c) {
    return (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 ||
           c == 0x2029;
}

bool isPrintable(std::int32_t c) {
    if (c < 0)
        return false;
    if (c < 0x7f)
        return c >= 0x20;
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return false;
    default:
        return true;
    }
}

bool isAlpha(std::int32_t c) {
    if (c < 0)
        return false;
    const utf8proc_category_t category = utf8proc_category(c);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool isDecimal(std::int32_t c) {
    return c >= 0 && utf8proc_category(c) == UTF8PROC_CATEGORY_ND;
}

bool isNumeric(std::int32_t c) {
    if (c < 0)
        return false;
    const utf8proc_category_t category = utf8proc_category(c);
    return category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
}

bool isUpper(std::int32_t c) {
    return c >= 0 && utf8proc_category(c) == UTF8PROC_CATEGORY_LU;
}

bool isLower(std::int32_t c) {
    return c >= 0 && utf8proc_category(c) == UTF8PROC_CATEGORY_LL;
}

bool isTitle(std::int32_t c) {
    return c >= 0 && utf8proc_category(c) == UTF8PROC_CATEGORY_LT;
}

void appendInCase(std::string& text, std::int32_t codePoint, LetterCase letterCase) {
    constexpr std::int32_t kSharpS = 0xdf;
    if (codePoint == kSharpS && letterCase != LetterCase::Lower) {
        text += letterCase == LetterCase::Upper ? "SS" : "Ss";
        return;
    }
    switch (letterCase) {
    case LetterCase::Upper:
        appendUtf8(text, utf8proc_toupper(codePoint));
        return;
    case LetterCase::Lower:
        appendUtf8(text, utf8proc_tolower(codePoint));
        return;
    case LetterCase::Title:
        appendUtf8(text, utf8proc_totitle(codePoint));
        return;
    }
}

Extent strippedLeft(std::string_view text, Extent extent) {
    while (extent.begin < extent.end) {
        const CodePoint point = codePointAt(text.substr(0, extent.end), extent.begin);
        if (!isSpace(point.value))
            break;
        extent.begin += point.length;
    }
    return extent;
}

Extent strippedRight(std::string_view text, Extent extent) {
    while (extent.begin < extent.end) {
        std::size_t last = extent.end - 1;
        while (last > extent.begin && (static_cast<unsigned char>(text[last]) & 0xc0) == 0x80)
            --last;
        const CodePoint point = codePointAt(text.substr(0, extent.end), last);
        if (last + point.length != extent.end || !isSpace(point.value))
            break;
        extent.end = last;
    }
    return extent;
}

} // namespace hearth::jinja
