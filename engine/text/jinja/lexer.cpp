#include "text/jinja/lexer.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "text/jinja/string_literal.h"
#include "text/jinja/template_error.h"
#include "text/jinja/unicode.h"

namespace hearth::jinja {

namespace {

std::string normalizedNewlines(const std::string& source) {
    std::string text;
    text.reserve(source.size());
    for (std::size_t i = 0; i < source.size(); ++i) {
        if (source[i] != '\r') {
            text += source[i];
            continue;
        }
        text += '\n';
        if (i + 1 < source.size() && source[i + 1] == '\n')
            ++i;
    }
    if (text.ends_with('\n'))
        text.pop_back();
    return text;
}

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isNameByte(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

class Lexer {
public:
    explicit Lexer(const std::string& source)
        : m_source(normalizedNewlines(source)) {}

    std::vector<Token> run() {
        while (m_at < m_source.size())
            lexOutside();
        add(TokenKind::End, {});
        return std::move(m_tokens);
    }

private:
    enum class Tag { Variable, Block, Comment };

    std::string_view rest() const { return std::string_view(m_source).substr(m_at); }
    bool startsWith(std::string_view text) const { return rest().starts_with(text); }

    void add(TokenKind kind, std::string text) {
        m_tokens.push_back({kind, std::move(text), m_line});
    }

    void advanceTo(std::size_t position) {
        m_line +=
            static_cast<int>(std::count(m_source.begin() + static_cast<long>(m_at),
                                        m_source.begin() + static_cast<long>(position), '\n'));
        m_lineStarting = position > 0 && m_source[position - 1] == '\n';
        m_at = position;
    }
    void skipSpace() { advanceTo(strippedLeft(m_source, {m_at, m_source.size()}).begin); }
    /// Behind a block's or comment's end: trim_blocks takes one line break.
    void trimLineBreak() {
        if (startsWith("\n"))
            advanceTo(m_at + 1);
    }

    /// Where the next {{, {% or {# starts.
    std::size_t findTag() const {
        for (std::size_t at = m_source.find('{', m_at); at != std::string::npos;
             at = m_source.find('{', at + 1)) {
            const char next = at + 1 < m_source.size() ? m_source[at + 1] : '\0';
            if (next == '{' || next == '%' || next == '#')
                return at;
        }
        return std::string::npos;
    }

    /// Adds the data before the tag at `end`, stripped as the tag's sign and lstrip_blocks say.
    void addData(std::size_t end, char sign, bool stripsLine) {
        Extent extent{m_at, end};
        if (sign == '-') {
            extent = strippedRight(m_source, extent);
        } else if (sign != '+' && stripsLine) {
            const std::size_t newline =
                end == m_at ? std::string::npos : m_source.rfind('\n', end - 1);
            const bool hasNewline = newline != std::string::npos && newline >= m_at;
            const std::size_t lineBegin = hasNewline ? newline + 1 : m_at;
            if ((hasNewline || m_lineStarting) && lineBegin < end &&
                strippedLeft(m_source, {lineBegin, end}).begin == end)
                extent.end = lineBegin;
        }
        if (extent.end > extent.begin)
            add(TokenKind::Data, m_source.substr(extent.begin, extent.end - extent.begin));
        advanceTo(end);
    }

    char signAt(std::size_t position) const {
        const char c = position < m_source.size() ? m_source[position] : '\0';
        return c == '-' || c == '+' ? c : '\0';
    }

    void lexOutside() {
        const std::size_t tagBegin = findTag();
        if (tagBegin == std::string::npos) {
            add(TokenKind::Data, m_source.substr(m_at));
            advanceTo(m_source.size());
            return;
        }
        const char kind = m_source[tagBegin + 1];
        const char sign = signAt(tagBegin + 2);
        addData(tagBegin, sign, kind != '{');
        if (kind == '%' && lexRaw())
            return;
        advanceTo(tagBegin + 2 + (sign != '\0' ? 1 : 0));
        if (kind == '#')
            skipComment();
        else
            lexTag(kind == '%' ? Tag::Block : Tag::Variable);
    }

    void skipComment() {
        const std::size_t end = m_source.find("#}", m_at);
        if (end == std::string::npos)
            throw TemplateError("missing end of comment tag", m_line);
        const char sign = end > m_at ? signAt(end - 1) : '\0';
        advanceTo(end + 2);
        if (sign == '-')
            skipSpace();
        else if (sign != '+')
            trimLineBreak();
    }

    /// Whether a block tag that consists of `word` alone starts at `position`; then `end` is the
    /// position behind it, `endSign` the sign before its end.
    bool matchBareTag(std::size_t position, std::string_view word, std::size_t& end,
                      char& endSign) const {
        position += 2 + (signAt(position + 2) != '\0' ? 1 : 0);
        position = strippedLeft(m_source, {position, m_source.size()}).begin;
        if (std::string_view(m_source).substr(position, word.size()) != word)
            return false;
        position += word.size();
        position = strippedLeft(m_source, {position, m_source.size()}).begin;
        endSign = signAt(position);
        position += endSign != '\0' ? 1 : 0;
        if (std::string_view(m_source).substr(position, 2) != "%}")
            return false;
        end = position + 2;
        return true;
    }

    bool lexRaw() {
        std::size_t bodyBegin = 0;
        char sign = '\0';
        if (!matchBareTag(m_at, "raw", bodyBegin, sign) || sign == '+')
            return false;
        const int line = m_line;
        advanceTo(bodyBegin);
        if (sign == '-')
            skipSpace();
        for (std::size_t at = m_source.find("{%", m_at); at != std::string::npos;
             at = m_source.find("{%", at + 1)) {
            std::size_t end = 0;
            char endSign = '\0';
            if (!matchBareTag(at, "endraw", end, endSign))
                continue;
            addData(at, signAt(at + 2), true);
            advanceTo(end);
            if (endSign == '-')
                skipSpace();
            else if (endSign != '+')
                trimLineBreak();
            return true;
        }
        throw TemplateError("missing end of raw directive", line);
    }

    /// Tokens from behind the tag's begin to behind its end.
    void lexTag(Tag tag) {
        add(tag == Tag::Block ? TokenKind::BlockBegin : TokenKind::VariableBegin, {});
        std::string brackets;
        while (true) {
            if (m_at >= m_source.size())
                throw TemplateError("unexpected end of template inside a tag", m_line);
            if (brackets.empty() && lexTagEnd(tag))
                return;
            skipSpaceOrLexToken(brackets);
        }
    }

    bool lexTagEnd(Tag tag) {
        const std::string_view closing = tag == Tag::Block ? "%}" : "}}";
        char sign = signAt(m_at);
        if (sign == '+' && tag == Tag::Variable)
            return false;
        if (rest().substr(sign != '\0' ? 1 : 0, 2) != closing)
            return false;
        add(tag == Tag::Block ? TokenKind::BlockEnd : TokenKind::VariableEnd, {});
        advanceTo(m_at + 2 + (sign != '\0' ? 1 : 0));
        if (sign == '-')
            skipSpace();
        else if (sign != '+' && tag == Tag::Block)
            trimLineBreak();
        return true;
    }

    void skipSpaceOrLexToken(std::string& brackets) {
        const std::size_t begin = m_at;
        skipSpace();
        if (m_at != begin)
            return;
        const char c = m_source[m_at];
        if (isDigit(c))
            lexNumber();
        else if (isNameByte(c))
            lexName();
        else if (c == '\'' || c == '"')
            lexString(c);
        else
            lexOperator(brackets);
    }

    void lexName() {
        std::size_t end = m_at;
        while (end < m_source.size() && isNameByte(m_source[end]))
            ++end;
        add(TokenKind::Name, m_source.substr(m_at, end - m_at));
        advanceTo(end);
    }

    void lexString(char quote) {
        std::size_t end = m_at + 1;
        while (end < m_source.size() && m_source[end] != quote)
            end += m_source[end] == '\\' ? 2 : 1;
        if (end >= m_source.size())
            throw TemplateError("a string is not closed", m_line);
        add(TokenKind::String, unescapeLiteral(rest().substr(1, end - m_at - 1), m_line));
        advanceTo(end + 1);
    }

    /// Behind digits with single underscores between them.
    std::size_t digitsEnd(std::size_t at, bool (*accepts)(char)) const {
        while (at < m_source.size()) {
            if (accepts(m_source[at]))
                ++at;
            else if (m_source[at] == '_' && at + 1 < m_source.size() && accepts(m_source[at + 1]))
                ++at;
            else
                break;
        }
        return at;
    }

    void lexNumber() {
        if (lexPrefixedInteger())
            return;
        std::size_t end = digitsEnd(m_at, isDigit);
        bool isFloat = false;
        const auto digitAt = [&](std::size_t at) {
            return at < m_source.size() && isDigit(m_source[at]);
        };
        const bool behindDot = m_at > 0 && m_source[m_at - 1] == '.';
        if (!behindDot) {
            if (m_source[std::min(end, m_source.size() - 1)] == '.' && digitAt(end + 1)) {
                end = digitsEnd(end + 1, isDigit);
                isFloat = true;
            }
            const char e = end < m_source.size() ? m_source[end] : '\0';
            const std::size_t exponent = end + 1 + (signAt(end + 1) != '\0' ? 1 : 0);
            if ((e == 'e' || e == 'E') && digitAt(exponent)) {
                end = digitsEnd(exponent, isDigit);
                isFloat = true;
            }
        }
        std::string digits = m_source.substr(m_at, end - m_at);
        std::erase(digits, '_');
        if (!isFloat && digits.size() > 1 && digits[0] == '0' &&
            digits.find_first_not_of('0') != std::string::npos)
            throw TemplateError("a number starts with 0", m_line);
        add(isFloat ? TokenKind::Float : TokenKind::Integer, std::move(digits));
        advanceTo(end);
    }

    /// 0x…, 0o… and 0b…, turned into decimal digits.
    bool lexPrefixedInteger() {
        if (m_source[m_at] != '0' || m_at + 2 >= m_source.size())
            return false;
        const char letter = static_cast<char>(m_source[m_at + 1] | 0x20);
        const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
        const auto accepts =
            base == 16  ? +[](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }
            : base == 8 ? +[](char c) { return c >= '0' && c <= '7'; }
                        : +[](char c) { return c == '0' || c == '1'; };
        if (base == 0)
            return false;
        const std::size_t end = digitsEnd(m_at + 2, accepts);
        if (end == m_at + 2)
            return false;
        std::string digits = m_source.substr(m_at + 2, end - m_at - 2);
        std::erase(digits, '_');
        if (digits.size() > (base == 16 ? 15u : base == 8 ? 20u : 62u))
            throw TemplateError("an integer is too large", m_line);
        add(TokenKind::Integer, std::to_string(std::stoll(digits, nullptr, base)));
        advanceTo(end);
        return true;
    }

    void lexOperator(std::string& brackets) {
        static constexpr std::array<std::string_view, 25> kOperators = {
            "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[",
            "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ","};
        const auto found =
            std::find_if(kOperators.begin(), kOperators.end(),
                         [this](std::string_view spelling) { return startsWith(spelling); });
        if (found == kOperators.end())
            throw TemplateError("unexpected character '" + std::string(1, m_source[m_at]) + "'",
                                m_line);
        balance(found->front(), brackets);
        add(TokenKind::Operator, std::string(*found));
        advanceTo(m_at + found->size());
    }

    void balance(char c, std::string& brackets) const {
        if (c == '(' || c == '[' || c == '{') {
            brackets += c == '(' ? ')' : c == '[' ? ']' : '}';
        } else if (c == ')' || c == ']' || c == '}') {
            if (brackets.empty() || brackets.back() != c)
                throw TemplateError("unexpected '" + std::string(1, c) + "'", m_line);
            brackets.pop_back();
        }
    }

    const std::string m_source;
    std::size_t m_at = 0;
    int m_line = 1;
    bool m_lineStarting = true;
    std::vector<Token> m_tokens;
};

} // namespace

std::vector<Token> tokenize(const std::string& source) {
    return Lexer(source).run();
}

} // namespace hearth::jinja
