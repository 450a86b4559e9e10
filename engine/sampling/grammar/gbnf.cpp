#include "sampling/grammar/gbnf.h"

#include "text/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace hearth::grammar {

namespace {

constexpr std::int32_t kMaxGbnfRepeat = 100'000;
constexpr int kMaxGbnfDepth = 100;
constexpr std::size_t kMaxRules = 10'000;

bool isNameByte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_';
}

class Reader {
public:
    Reader(Grammar& grammar, std::string_view text) : m_grammar(grammar), m_text(text) {}

    Result<ExpressionId> read() {
        if (!utf8::isValid(m_text))
            return invalid("text that is not valid UTF-8");
        for (skip(Lines::All); m_at < m_text.size(); skip(Lines::All))
            HEARTH_TRY(rule());
        for (const auto& [name, rule] : m_rules)
            if (!rule.isDefined)
                return invalid(fmt::format("the rule {} is not there", name));
        const auto root = m_rules.find("root");
        if (root == m_rules.end())
            return invalid("the rule root is not there");
        return m_grammar.call(root->second.id);
    }

private:
    enum class Lines : std::uint8_t { One, All };
    struct Rule {
        RuleId id = 0;
        bool isDefined = false;
    };

    [[nodiscard]] Failure failure(ErrorCode code, std::string what) const {
        Error error;
        error.code = code;
        error.field = "grammar";
        const auto line = std::count(m_text.begin(), m_text.begin() + std::ptrdiff_t(m_at), '\n');
        error.detail = fmt::format("{} (line {})", what, line + 1);
        return fail(std::move(error));
    }
    [[nodiscard]] Failure invalid(std::string what) const {
        return failure(ErrorCode::InvalidArgument, std::move(what));
    }
    [[nodiscard]] char peek() const { return m_at < m_text.size() ? m_text[m_at] : '\0'; }
    bool take(std::string_view text) {
        if (!m_text.substr(m_at).starts_with(text))
            return false;
        m_at += text.size();
        return true;
    }
    /// Spaces and comments; line ends where a rule may go on behind them.
    void skip(Lines lines) {
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            if (c == '#')
                m_at = std::min(m_text.find('\n', m_at), m_text.size());
            else if (c == ' ' || c == '\t' || c == '\r' || (c == '\n' && lines == Lines::All))
                ++m_at;
            else
                return;
        }
    }
    std::string name() {
        std::string result;
        for (; isNameByte(peek()); ++m_at)
            result += peek();
        return result;
    }
    Result<RuleId> ruleNamed(const std::string& name);
    Result<void> rule();
    Result<ExpressionId> choice(Lines lines);
    Result<ExpressionId> branch(Lines lines);
    Result<ExpressionId> atom();
    Result<ExpressionId> quantified(ExpressionId atom);
    std::optional<std::int32_t> number();
    Result<char32_t> character(char end);
    Result<ExpressionId> literal();
    Result<ExpressionId> characterClass();

    Grammar& m_grammar;
    const std::string_view m_text;
    std::map<std::string, Rule> m_rules;
    std::size_t m_at = 0;
    int m_depth = 0;
};

Result<RuleId> Reader::ruleNamed(const std::string& name) {
    const auto [entry, added] = m_rules.try_emplace(name);
    if (added) {
        if (m_rules.size() > kMaxRules)
            return failure(ErrorCode::Unsupported, "more than 10000 rules");
        entry->second.id = m_grammar.addRule(name);
        m_grammar.setRule(entry->second.id, m_grammar.nothing());
    }
    return entry->second.id;
}

Result<void> Reader::rule() {
    const std::string ruleName = name();
    if (ruleName.empty())
        return invalid("a rule's name is missing");
    HEARTH_TRY_ASSIGN(const RuleId id, ruleNamed(ruleName));
    if (std::exchange(m_rules[ruleName].isDefined, true))
        return invalid(fmt::format("the rule {} is there twice", ruleName));
    skip(Lines::All);
    if (!take("::="))
        return invalid("::= is missing");
    skip(Lines::All);
    HEARTH_TRY_ASSIGN(const ExpressionId expression, choice(Lines::One));
    m_grammar.setRule(id, expression);
    if (m_at < m_text.size() && peek() != '\n')
        return invalid("something that is no part of a rule");
    return {};
}

Result<ExpressionId> Reader::choice(Lines lines) {
    std::vector<ExpressionId> choices;
    for (;;) {
        HEARTH_TRY_ASSIGN(const ExpressionId part, branch(lines));
        choices.push_back(part);
        // A rule may go on in the next line with another choice.
        const std::size_t end = m_at;
        skip(Lines::All);
        if (!take("|")) {
            m_at = end;
            return m_grammar.alternatives(std::move(choices));
        }
        skip(Lines::All);
    }
}

Result<ExpressionId> Reader::branch(Lines lines) {
    std::vector<ExpressionId> parts;
    for (;;) {
        skip(lines);
        const char c = peek();
        if (c != '"' && c != '[' && c != '(' && c != '.' && !isNameByte(c))
            return m_grammar.sequence(std::move(parts));
        HEARTH_TRY_ASSIGN(const ExpressionId simple, atom());
        HEARTH_TRY_ASSIGN(const ExpressionId whole, quantified(simple));
        parts.push_back(whole);
    }
}

Result<ExpressionId> Reader::atom() {
    if (peek() == '"')
        return literal();
    if (peek() == '[')
        return characterClass();
    if (take("."))
        return m_grammar.characters({{0, kLastCodePoint}});
    if (take("(")) {
        if (++m_depth > kMaxGbnfDepth)
            return failure(ErrorCode::Unsupported, "more than 100 groups inside each other");
        HEARTH_TRY_ASSIGN(const ExpressionId inside, choice(Lines::All));
        --m_depth;
        skip(Lines::All);
        if (!take(")"))
            return invalid("an unclosed (");
        return inside;
    }
    HEARTH_TRY_ASSIGN(const RuleId rule, ruleNamed(name()));
    return m_grammar.call(rule);
}

Result<ExpressionId> Reader::quantified(ExpressionId atom) {
    if (take("*"))
        return m_grammar.repeat(atom, 0, kUnbounded);
    if (take("+"))
        return m_grammar.repeat(atom, 1, kUnbounded);
    if (take("?"))
        return m_grammar.repeat(atom, 0, 1);
    if (!take("{"))
        return atom;
    const std::optional<std::int32_t> min = number();
    const bool isRange = take(",");
    const std::optional<std::int32_t> max = isRange ? number() : min;
    if (!take("}") || (!min && !max))
        return invalid("a repeat that is none");
    if (min.value_or(0) > kMaxGbnfRepeat || max.value_or(0) > kMaxGbnfRepeat)
        return failure(ErrorCode::Unsupported, "a repeat of more than 100000 times");
    if (max && *max < min.value_or(0))
        return invalid("a repeat whose numbers are out of order");
    return m_grammar.repeat(atom, min.value_or(0), max.value_or(kUnbounded));
}

std::optional<std::int32_t> Reader::number() {
    std::optional<std::int32_t> value;
    for (; peek() >= '0' && peek() <= '9'; ++m_at)
        value = std::min(value.value_or(0) * 10 + (peek() - '0'), kMaxGbnfRepeat + 1);
    return value;
}

/// One character of a text or class, escapes resolved.
Result<char32_t> Reader::character(char end) {
    if (m_at >= m_text.size() || peek() == '\n')
        return invalid(fmt::format("a missing {}", end));
    const utf8::Sequence sequence = utf8::at(m_text, m_at);
    m_at += sequence.length;
    if (sequence.codePoint != U'\\')
        return sequence.codePoint;
    if (m_at >= m_text.size())
        return invalid("a \\ at the end");
    const char kind = m_text[m_at];
    const int digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    if (digits == 0) {
        const utf8::Sequence escaped = utf8::at(m_text, m_at);
        m_at += escaped.length;
        static constexpr std::string_view kKnown = "n\nr\rt\t";
        for (std::size_t i = 0; i < kKnown.size(); i += 2)
            if (kKnown[i] == kind)
                return char32_t(kKnown[i + 1]);
        return escaped.codePoint;
    }
    ++m_at;
    char32_t code = 0;
    for (int i = 0; i < digits; ++i, ++m_at) {
        const char c = peek();
        const bool isDigit = c >= '0' && c <= '9';
        if (!isDigit && ((c | 0x20) < 'a' || (c | 0x20) > 'f'))
            return invalid("too few hexadecimal digits");
        code = code * 16 + char32_t(isDigit ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    if (code > kLastCodePoint || (code >= 0xD800 && code <= 0xDFFF))
        return invalid("a code that is no character");
    return code;
}

Result<ExpressionId> Reader::literal() {
    ++m_at;
    std::string text;
    while (peek() != '"') {
        HEARTH_TRY_ASSIGN(const char32_t code, character('"'));
        utf8::append(text, code);
    }
    ++m_at;
    return m_grammar.bytes(std::move(text));
}

Result<ExpressionId> Reader::characterClass() {
    ++m_at;
    const bool isNegated = take("^");
    std::vector<CodeRange> ranges;
    while (peek() != ']') {
        HEARTH_TRY_ASSIGN(const char32_t first, character(']'));
        char32_t last = first;
        if (peek() == '-' && m_at + 1 < m_text.size() && m_text[m_at + 1] != ']') {
            ++m_at;
            HEARTH_TRY_ASSIGN(const char32_t end, character(']'));
            last = end;
            if (last < first)
                return invalid("a range that is out of order");
        }
        ranges.push_back({first, last});
    }
    ++m_at;
    return m_grammar.characters(isNegated ? complement(std::move(ranges)) : std::move(ranges));
}

} // namespace

Result<ExpressionId> addGbnf(Grammar& grammar, std::string_view text) {
    return Reader(grammar, text).read();
}

} // namespace hearth::grammar
