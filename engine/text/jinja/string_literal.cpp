#include "text/jinja/string_literal.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "text/jinja/template_error.h"
#include "text/jinja/unicode.h"

namespace hearth::jinja {

namespace {

std::optional<char> simpleEscape(char c) {
    switch (c) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case 'a':
        return '\a';
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'v':
        return '\v';
    case '\\':
    case '\'':
    case '"':
        return c;
    default:
        return std::nullopt;
    }
}

std::size_t hexDigits(char c) {
    return c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
}

/// Parses all of `digits`; throws if they are no code point.
std::int32_t parseCodePoint(std::string_view digits, int base, int line) {
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    if (error != std::errc() || end != digits.data() + digits.size() || value > 0x10ffff ||
        surrogate)
        throw TemplateError("a string has an escape that is no character", line);
    return static_cast<std::int32_t>(value);
}

std::size_t octalDigits(std::string_view text) {
    std::size_t count = 0;
    while (count < std::min<std::size_t>(text.size(), 3) && text[count] >= '0' &&
           text[count] <= '7')
        ++count;
    return count;
}

} // namespace

std::string unescapeLiteral(std::string_view body, int line) {
    std::string text;
    text.reserve(body.size());
    for (std::size_t at = 0; at < body.size();) {
        if (body[at] != '\\' || at + 1 >= body.size()) {
            text += body[at++];
            continue;
        }
        const char c = body[at + 1];
        at += 2;
        if (const auto plain = simpleEscape(c)) {
            text += *plain;
        } else if (c == '\n') {
            continue;
        } else if (const std::size_t digits = hexDigits(c); digits != 0) {
            if (body.size() - at < digits)
                throw TemplateError("a string has an escape that is no character", line);
            appendUtf8(text, parseCodePoint(body.substr(at, digits), 16, line));
            at += digits;
        } else if (const std::size_t octals = octalDigits(body.substr(at - 1)); octals != 0) {
            appendUtf8(text, parseCodePoint(body.substr(at - 1, octals), 8, line));
            at += octals - 1;
        } else {
            text += '\\';
            text += c;
        }
    }
    return text;
}

} // namespace hearth::jinja
