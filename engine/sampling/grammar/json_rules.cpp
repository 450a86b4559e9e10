#include "sampling/grammar/json_rules.h"

#include "sampling/grammar/text_form.h"
#include "text/utf8.h"

#include <algorithm>
#include <map>
#include <utility>

namespace hearth::grammar {

namespace {

constexpr std::int32_t kMaxIndent = 32;
constexpr std::int32_t kMaxTabs = 12;

const std::vector<CodeRange> kHexDigit{{U'0', U'9'}, {U'A', U'F'}, {U'a', U'f'}};
/// What a string holds without a backslash.
const std::vector<CodeRange> kPlain{{0x20, 0x21}, {0x23, 0x5B}, {0x5D, kLastCodePoint}};

std::vector<CodeRange> anyOf(std::string_view characters) {
    std::vector<CodeRange> ranges;
    for (const char c : characters)
        ranges.push_back({char32_t(c), char32_t(c)});
    return ranges;
}

} // namespace

ExpressionId JsonRules::space() {
    return shared(m_space, "space", [this] {
        const ExpressionId indent =
            m_grammar.alternatives({m_grammar.repeat(m_grammar.bytes(" "), 0, kMaxIndent),
                                    m_grammar.repeat(m_grammar.bytes("\t"), 0, kMaxTabs)});
        return m_grammar.alternatives({m_grammar.empty(), m_grammar.bytes(" "),
                                       m_grammar.sequence({m_grammar.bytes("\n"), indent})});
    });
}

ExpressionId JsonRules::comma() {
    return m_grammar.sequence({m_grammar.bytes(","), space()});
}

ExpressionId JsonRules::colon() {
    return m_grammar.sequence({m_grammar.bytes(":"), m_grammar.optional(m_grammar.bytes(" "))});
}

ExpressionId JsonRules::enclosed(const char* open, ExpressionId inside, const char* close) {
    return m_grammar.sequence({m_grammar.bytes(open), space(), inside, m_grammar.bytes(close)});
}

ExpressionId JsonRules::value() {
    return shared(m_value, "value", [this] {
        return m_grammar.alternatives(
            {object(), array(), string(), number(), boolean(), m_grammar.bytes("null")});
    });
}

ExpressionId JsonRules::object() {
    return shared(m_object, "object", [this] {
        const ExpressionId member = m_grammar.sequence({string(), colon(), value()});
        const ExpressionId members = m_grammar.list({member}, {ItemUse::Repeated}, comma());
        return enclosed("{", m_grammar.optional(m_grammar.sequence({members, space()})), "}");
    });
}

ExpressionId JsonRules::array() {
    return shared(m_array, "array", [this] {
        const ExpressionId items = m_grammar.list({value()}, {ItemUse::Repeated}, comma());
        return enclosed("[", m_grammar.optional(m_grammar.sequence({items, space()})), "]");
    });
}

ExpressionId JsonRules::boolean() {
    return m_grammar.alternatives({m_grammar.bytes("true"), m_grammar.bytes("false")});
}

/// One character inside of quotes. Surrogates come in pairs: parsers refuse single ones.
ExpressionId JsonRules::character() {
    const auto set = [this](std::vector<CodeRange> ranges) {
        return m_grammar.characters(std::move(ranges));
    };
    const ExpressionId hex = set(kHexDigit);
    const ExpressionId plainCode = m_grammar.alternatives(
        {m_grammar.sequence({set({{U'0', U'9'}, {U'A', U'C'}, {U'a', U'c'}, {U'E', U'F'},
                                  {U'e', U'f'}}),
                             hex, hex, hex}),
         m_grammar.sequence({set(anyOf("dD")), set({{U'0', U'7'}}), hex, hex})});
    const ExpressionId pair = m_grammar.sequence(
        {set(anyOf("dD")), set({{U'8', U'9'}, {U'A', U'B'}, {U'a', U'b'}}), hex, hex,
         m_grammar.bytes("\\u"), set(anyOf("dD")), set({{U'C', U'F'}, {U'c', U'f'}}), hex, hex});
    const ExpressionId escape = m_grammar.sequence(
        {m_grammar.bytes("\\"),
         m_grammar.alternatives(
             {set(anyOf("\"\\/bfnrt")),
              m_grammar.sequence(
                  {m_grammar.bytes("u"), m_grammar.alternatives({plainCode, pair})})})});
    return m_grammar.alternatives({set(kPlain), escape});
}

ExpressionId JsonRules::string() {
    return shared(m_string, "string", [this] { return string(0, kUnbounded); });
}

ExpressionId JsonRules::string(std::int32_t min, std::int32_t max) {
    return m_grammar.sequence({m_grammar.bytes("\""), m_grammar.repeat(character(), min, max),
                               m_grammar.bytes("\"")});
}

ExpressionId JsonRules::stringExcept(const std::vector<std::string>& texts) {
    std::vector<std::string> sorted = texts;
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    const RuleId rule = m_grammar.addRule("name");
    m_grammar.setRule(rule, m_grammar.sequence({m_grammar.bytes("\""), exceptBelow(sorted, 0),
                                                m_grammar.bytes("\"")}));
    return m_grammar.call(rule);
}

/// What may follow where `texts` share their first `depth` bytes, which have been read: the rest
/// of none of them.
ExpressionId JsonRules::exceptBelow(const std::vector<std::string>& texts, std::size_t depth) {
    std::map<std::string, std::vector<std::string>> below; ///< By their next character.
    std::vector<CodeRange> taken;
    bool isText = false;
    for (const std::string& text : texts) {
        if (text.size() == depth) {
            isText = true;
            continue;
        }
        const utf8::Sequence next = utf8::at(text, depth);
        below[text.substr(depth, next.length)].push_back(text);
        taken.push_back({next.codePoint, next.codePoint});
    }
    const ExpressionId rest = shared(m_rest, "rest", [this] {
        const ExpressionId escape = m_grammar.sequence(
            {m_grammar.bytes("\\"), m_grammar.characters(anyOf("\"\\bfnrt"))});
        return m_grammar.repeat(
            m_grammar.alternatives({m_grammar.characters(kPlain), escape}), 0, kUnbounded);
    });
    std::vector<ExpressionId> choices;
    if (!isText)
        choices.push_back(m_grammar.empty());
    // Another character sets it free; one of a shorter form would be the same text again.
    std::vector<CodeRange> others = complement(taken);
    std::erase_if(others, [](const CodeRange& range) { return range.last < 8; });
    std::vector<CodeRange> written;
    for (CodeRange range : others) {
        for (char32_t c : {U'\b', U'\f', U'\n', U'\r', U'\t'})
            if (range.first <= c && c <= range.last)
                written.push_back({c, c});
        range.first = std::max(range.first, U' ');
        if (range.first <= range.last)
            written.push_back(range);
    }
    choices.push_back(m_grammar.sequence(
        {addCharacters(m_grammar, std::move(written), TextForm::InsideJson), rest}));
    for (const auto& [character, group] : below)
        choices.push_back(
            m_grammar.sequence({addText(m_grammar, character, TextForm::InsideJson),
                                exceptBelow(group, depth + character.size())}));
    return m_grammar.alternatives(std::move(choices));
}

} // namespace hearth::grammar
