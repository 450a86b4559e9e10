#include "sampling/grammar/regex.h"

#include "text/utf8.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace hearth::grammar {

namespace {

constexpr std::int32_t kMaxRegexRepeat = 100'000;
constexpr int kMaxRegexDepth = 100;
constexpr std::string_view kSyntax = "^$\\.*+?()[]{}|/-";

using Ranges = std::vector<CodeRange>;

const Ranges kDigits{{U'0', U'9'}};
const Ranges kWord{{U'0', U'9'}, {U'A', U'Z'}, {U'_', U'_'}, {U'a', U'z'}};
const Ranges kSpace{{U'\t', U'\r'}, {U' ', U' '}};
const Ranges kLineEnds{{U'\n', U'\n'}, {U'\r', U'\r'}, {0x2028, 0x2029}};

/// Reads a pattern by recursive descent.
class Reader {
public:
    Reader(Grammar& grammar, std::string_view pattern, RegexMatch match, TextForm form)
        : m_grammar(grammar), m_pattern(pattern), m_match(match), m_form(form) {}

    Result<ExpressionId> read() {
        if (!utf8::isValid(m_pattern))
            return invalid("it is not valid UTF-8");
        std::vector<ExpressionId> choices;
        do {
            HEARTH_TRY_ASSIGN(const ExpressionId branch, outermostBranch());
            choices.push_back(branch);
        } while (take('|'));
        if (m_at < m_pattern.size())
            return invalid("an unopened )");
        return m_grammar.alternatives(std::move(choices));
    }

private:
    [[nodiscard]] Failure failure(ErrorCode code, const char* what) const {
        Error error;
        error.code = code;
        error.field = "pattern";
        error.detail = fmt::format("{} at offset {}", what, m_at);
        return fail(std::move(error));
    }
    [[nodiscard]] Failure invalid(const char* what) const {
        return failure(ErrorCode::InvalidArgument, what);
    }
    [[nodiscard]] Failure unsupported(const char* what) const {
        return failure(ErrorCode::Unsupported, what);
    }
    [[nodiscard]] bool atEnd() const { return m_at >= m_pattern.size(); }
    [[nodiscard]] char peek() const { return atEnd() ? '\0' : m_pattern[m_at]; }
    bool take(char c) {
        if (atEnd() || m_pattern[m_at] != c)
            return false;
        ++m_at;
        return true;
    }
    bool take(std::string_view text) {
        if (!m_pattern.substr(m_at).starts_with(text))
            return false;
        m_at += text.size();
        return true;
    }
    char32_t takeCharacter() {
        const utf8::Sequence sequence = utf8::at(m_pattern, m_at);
        m_at += sequence.length;
        return sequence.codePoint;
    }
    ExpressionId one(Ranges ranges) { return addCharacters(m_grammar, std::move(ranges), m_form); }
    ExpressionId anything() {
        return m_grammar.repeat(one({{0, kLastCodePoint}}), 0, kUnbounded);
    }

    Result<ExpressionId> outermostBranch();
    Result<ExpressionId> choice();
    Result<std::vector<ExpressionId>> branch();
    Result<ExpressionId> atom();
    Result<ExpressionId> quantified(ExpressionId atom);
    Result<std::optional<std::pair<std::int32_t, std::int32_t>>> counts();
    std::optional<std::int32_t> number();
    Result<ExpressionId> group();
    Result<Ranges> escape(bool insideClass);
    Result<char32_t> hexadecimal(int digits);
    Result<Ranges> characterClass();

    Grammar& m_grammar;
    const std::string_view m_pattern;
    const RegexMatch m_match;
    const TextForm m_form;
    std::size_t m_at = 0;
    int m_depth = 0;
};

Result<ExpressionId> Reader::outermostBranch() {
    const bool isBound = take('^') || m_match == RegexMatch::Whole;
    HEARTH_TRY_ASSIGN(std::vector<ExpressionId> parts, branch());
    const bool endsBound = take('$') || m_match == RegexMatch::Whole;
    if (peek() == '$' || peek() == '^' || (!atEnd() && peek() != '|' && peek() != ')'))
        return unsupported("an anchor inside of the pattern");
    if (!isBound)
        parts.insert(parts.begin(), anything());
    if (!endsBound)
        parts.push_back(anything());
    return m_grammar.sequence(std::move(parts));
}

Result<ExpressionId> Reader::choice() {
    std::vector<ExpressionId> choices;
    do {
        HEARTH_TRY_ASSIGN(std::vector<ExpressionId> parts, branch());
        choices.push_back(m_grammar.sequence(std::move(parts)));
    } while (take('|'));
    return m_grammar.alternatives(std::move(choices));
}

Result<std::vector<ExpressionId>> Reader::branch() {
    std::vector<ExpressionId> parts;
    while (!atEnd() && peek() != '|' && peek() != ')' && peek() != '$' && peek() != '^') {
        HEARTH_TRY_ASSIGN(const ExpressionId simple, atom());
        HEARTH_TRY_ASSIGN(const ExpressionId whole, quantified(simple));
        parts.push_back(whole);
    }
    return parts;
}

Result<ExpressionId> Reader::atom() {
    switch (peek()) {
    case '(':
        return group();
    case '.':
        ++m_at;
        return one(complement(kLineEnds));
    case '[': {
        HEARTH_TRY_ASSIGN(Ranges ranges, characterClass());
        return one(std::move(ranges));
    }
    case '\\': {
        HEARTH_TRY_ASSIGN(Ranges ranges, escape(false));
        return one(std::move(ranges));
    }
    case '*':
    case '+':
    case '?':
        return invalid("nothing to repeat");
    default: {
        const char32_t code = takeCharacter();
        return one({{code, code}});
    }
    }
}

Result<ExpressionId> Reader::quantified(ExpressionId atom) {
    std::int32_t min = 0;
    std::int32_t max = kUnbounded;
    if (take('+')) {
        min = 1;
    } else if (take('?')) {
        max = 1;
    } else if (!take('*')) {
        HEARTH_TRY_ASSIGN(const auto range, counts());
        if (!range)
            return atom;
        min = range->first;
        max = range->second;
    }
    // Lazy or not, the same texts match.
    static_cast<void>(take('?'));
    if (peek() == '*' || peek() == '+')
        return unsupported("a possessive or doubled quantifier");
    return m_grammar.repeat(atom, min, max);
}

/// Nothing where the brace is no quantifier and so stands for itself.
Result<std::optional<std::pair<std::int32_t, std::int32_t>>> Reader::counts() {
    const std::size_t begin = m_at;
    if (!take('{'))
        return std::optional<std::pair<std::int32_t, std::int32_t>>();
    const std::optional<std::int32_t> min = number();
    const bool isRange = take(',');
    const std::optional<std::int32_t> max = isRange ? number() : min;
    if (!min || !take('}')) {
        m_at = begin;
        return std::optional<std::pair<std::int32_t, std::int32_t>>();
    }
    if (*min > kMaxRegexRepeat || max.value_or(0) > kMaxRegexRepeat)
        return unsupported("a repeat of more than 100000 times");
    if (max && *max < *min)
        return invalid("a repeat whose numbers are out of order");
    return std::optional(std::pair(*min, max.value_or(kUnbounded)));
}

/// Above kMaxRegexRepeat whatever is larger.
std::optional<std::int32_t> Reader::number() {
    std::optional<std::int32_t> value;
    for (; peek() >= '0' && peek() <= '9'; ++m_at)
        value = std::min(value.value_or(0) * 10 + (peek() - '0'), kMaxRegexRepeat + 1);
    return value;
}

Result<ExpressionId> Reader::group() {
    ++m_at;
    if (take('?') && !take(':')) {
        const bool isNamed = take('<') && peek() != '=' && peek() != '!';
        const std::size_t end = m_pattern.find('>', m_at);
        if (!isNamed || end == std::string_view::npos)
            return unsupported("look-around or a flag");
        m_at = end + 1;
    }
    if (++m_depth > kMaxRegexDepth)
        return unsupported("more than 100 groups inside each other");
    HEARTH_TRY_ASSIGN(const ExpressionId inside, choice());
    --m_depth;
    if (peek() == '^' || peek() == '$')
        return unsupported("an anchor inside of a group");
    if (!take(')'))
        return invalid("an unclosed (");
    return inside;
}

Result<Ranges> Reader::escape(bool insideClass) {
    ++m_at;
    if (atEnd())
        return invalid("a \\ at the end");
    const char32_t code = takeCharacter();
    const auto single = [](char32_t c) { return Ranges{{c, c}}; };
    switch (code) {
    case U'd':
        return kDigits;
    case U'D':
        return complement(kDigits);
    case U'w':
        return kWord;
    case U'W':
        return complement(kWord);
    case U's':
        return kSpace;
    case U'S':
        return complement(kSpace);
    case U'n':
        return single(U'\n');
    case U'r':
        return single(U'\r');
    case U't':
        return single(U'\t');
    case U'f':
        return single(U'\f');
    case U'v':
        return single(U'\v');
    case U'b':
        if (insideClass)
            return single(U'\b');
        return unsupported("\\b");
    case U'x':
    case U'u': {
        HEARTH_TRY_ASSIGN(const char32_t value, hexadecimal(code == U'x' ? 2 : 4));
        return single(value);
    }
    default:
        break;
    }
    if (code == U'0' && (peek() < '0' || peek() > '9'))
        return single(0);
    if (code < 0x80 && kSyntax.find(char(code)) == std::string_view::npos &&
        ((code >= U'0' && code <= U'9') || (code >= U'A' && code <= U'Z') ||
         (code >= U'a' && code <= U'z')))
        return unsupported("an escape that is not known");
    return single(code);
}

Result<char32_t> Reader::hexadecimal(int digits) {
    const bool isBraced = digits == 4 && take('{');
    char32_t value = 0;
    int count = 0;
    for (; count < (isBraced ? 6 : digits); ++count, ++m_at) {
        const char c = peek();
        if (c >= '0' && c <= '9')
            value = value * 16 + char32_t(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            value = value * 16 + char32_t((c | 0x20) - 'a' + 10);
        else
            break;
    }
    if (isBraced ? count == 0 || !take('}') : count < digits)
        return invalid("too few hexadecimal digits");
    if (value > kLastCodePoint || (value >= 0xD800 && value <= 0xDFFF))
        return unsupported("a code that is no character");
    return value;
}

Result<Ranges> Reader::characterClass() {
    ++m_at;
    const bool isNegated = take('^');
    Ranges ranges;
    const auto member = [&]() -> Result<Ranges> {
        if (peek() == '\\')
            return escape(true);
        const char32_t code = takeCharacter();
        return Ranges{{code, code}};
    };
    while (!atEnd() && peek() != ']') {
        if (take("[:"))
            return unsupported("a POSIX class");
        HEARTH_TRY_ASSIGN(const Ranges first, member());
        const bool isRange = peek() == '-' && m_at + 1 < m_pattern.size() &&
                             m_pattern[m_at + 1] != ']' && first.size() == 1 &&
                             first.front().first == first.front().last;
        if (!isRange) {
            ranges.insert(ranges.end(), first.begin(), first.end());
            continue;
        }
        ++m_at;
        HEARTH_TRY_ASSIGN(const Ranges last, member());
        if (last.size() != 1 || last.front().first < first.front().first)
            return invalid("a range that is out of order");
        ranges.push_back({first.front().first, last.front().last});
    }
    if (!take(']'))
        return invalid("an unclosed [");
    return isNegated ? complement(std::move(ranges)) : ranges;
}

} // namespace

Result<ExpressionId> addRegex(Grammar& grammar, std::string_view pattern, RegexMatch match,
                              TextForm form) {
    return Reader(grammar, pattern, match, form).read();
}

} // namespace hearth::grammar
