#include "sampling/grammar/text_form.h"

#include <algorithm>
#include <utility>

namespace hearth::grammar {

namespace {

bool mustBeEscaped(char32_t code) {
    return code < 0x20 || code == U'"' || code == U'\\';
}

std::string escaped(char32_t code) {
    static constexpr std::string_view kShort = "b\bf\fn\nr\rt\t\"\"\\\\";
    for (std::size_t i = 0; i < kShort.size(); i += 2)
        if (char32_t(kShort[i + 1]) == code)
            return {'\\', kShort[i]};
    static constexpr std::string_view kDigits = "0123456789abcdef";
    return std::string("\\u00") + kDigits[code >> 4 & 0xF] + kDigits[code & 0xF];
}

} // namespace

ExpressionId addCharacters(Grammar& grammar, std::vector<CodeRange> ranges, TextForm form) {
    ranges = normalised(std::move(ranges));
    if (form == TextForm::Plain)
        return grammar.characters(std::move(ranges));
    std::vector<ExpressionId> choices;
    std::vector<CodeRange> plain;
    for (const CodeRange& range : ranges) {
        char32_t next = range.first;
        // Nothing behind the backslash is escaped.
        for (char32_t code = range.first; code <= std::min(range.last, U'\\'); ++code) {
            if (!mustBeEscaped(code))
                continue;
            choices.push_back(grammar.bytes(escaped(code)));
            if (next < code)
                plain.push_back({next, code - 1});
            next = code + 1;
        }
        if (next <= range.last)
            plain.push_back({next, range.last});
    }
    if (!plain.empty() || choices.empty())
        choices.push_back(grammar.characters(std::move(plain)));
    return grammar.alternatives(std::move(choices));
}

ExpressionId addText(Grammar& grammar, std::string_view text, TextForm form) {
    return grammar.bytes(form == TextForm::Plain ? std::string(text) : insideJson(text));
}

std::string insideJson(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const auto code = char32_t(static_cast<unsigned char>(c));
        if (mustBeEscaped(code))
            result += escaped(code);
        else
            result += c;
    }
    return result;
}

} // namespace hearth::grammar
