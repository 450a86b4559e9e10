#include "text/scanner.h"

#include "text/unicode.h"
#include "text/utf8.h"

namespace hearth {

namespace {

using Classes = CharacterClasses;

struct Character {
    char32_t codePoint = 0;
    std::uint16_t flags = 0;
    std::size_t end = 0; ///< Byte after the character.

    [[nodiscard]] bool is(int wanted) const { return (flags & wanted) != 0; }
    [[nodiscard]] bool isNewline() const { return codePoint == '\n' || codePoint == '\r'; }
};

class Scanner {
public:
    explicit Scanner(std::string_view text)
        : m_text(text)
        , m_classes(Classes::instance()) {}

    [[nodiscard]] std::size_t gpt2(std::size_t start) const;
    [[nodiscard]] std::size_t llama3(std::size_t start, std::size_t digits) const;

private:
    [[nodiscard]] bool inside(std::size_t position) const { return position < m_text.size(); }
    [[nodiscard]] Character at(std::size_t position) const {
        const utf8::Sequence sequence = utf8::at(m_text, position);
        return {sequence.codePoint, m_classes[sequence.codePoint], position + sequence.length};
    }
    [[nodiscard]] std::size_t runOf(int flags, std::size_t position) const {
        while (inside(position)) {
            const Character c = at(position);
            if (!c.is(flags))
                break;
            position = c.end;
        }
        return position;
    }
    /// [^\s\p{L}\p{N}]*
    [[nodiscard]] std::size_t runOfOthers(std::size_t position) const {
        while (inside(position)) {
            const Character c = at(position);
            if (c.is(Classes::Space | Classes::Letter | Classes::Number))
                break;
            position = c.end;
        }
        return position;
    }
    /// \s+(?!\S)|\s+ : leaves the last space of a longer run to the word that follows.
    [[nodiscard]] std::size_t spaces(std::size_t start) const {
        const std::size_t end = runOf(Classes::Space, start);
        if (!inside(end))
            return end;
        const std::size_t last = utf8::previous(m_text, end);
        return last > start ? last : end;
    }
    /// 's|'t|'re|'ve|'m|'ll|'d : the end, or `start` where there is none.
    [[nodiscard]] std::size_t contraction(std::size_t start, bool anyCase) const;

    std::string_view m_text;
    const Classes& m_classes;
};

std::size_t Scanner::contraction(std::size_t start, bool anyCase) const {
    if (m_text[start] != '\'' || !inside(start + 1))
        return start;
    // The long s is the one other character that folds to a letter of these.
    if (anyCase && m_text.substr(start + 1, 2) == "\xC5\xBF")
        return start + 3;
    const auto letter = [&](std::size_t offset) {
        const char c = inside(start + offset) ? m_text[start + offset] : '\0';
        return anyCase && c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    };
    const char first = letter(1);
    const char second = letter(2);
    if (first == 's' || first == 't' || first == 'm' || first == 'd')
        return start + 2;
    if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') ||
        (first == 'l' && second == 'l'))
        return start + 3;
    return start;
}

std::size_t Scanner::gpt2(std::size_t start) const {
    if (const std::size_t end = contraction(start, false); end > start)
        return end;
    std::size_t body = start;
    if (m_text[start] == ' ' && inside(start + 1) && !at(start + 1).is(Classes::Space))
        body = start + 1;
    const Character c = at(body);
    if (c.is(Classes::Letter))
        return runOf(Classes::Letter, c.end);
    if (c.is(Classes::Number))
        return runOf(Classes::Number, c.end);
    return c.is(Classes::Space) ? spaces(start) : runOfOthers(c.end);
}

std::size_t Scanner::llama3(std::size_t start, std::size_t digits) const {
    if (const std::size_t end = contraction(start, true); end > start)
        return end;
    const Character first = at(start);
    if (first.is(Classes::Letter))
        return runOf(Classes::Letter, first.end);
    if (first.is(Classes::Number)) {
        std::size_t end = first.end;
        for (std::size_t i = 1; i < digits && inside(end); ++i) {
            const Character c = at(end);
            if (!c.is(Classes::Number))
                break;
            end = c.end;
        }
        return end;
    }
    if (!first.isNewline() && inside(first.end) && at(first.end).is(Classes::Letter))
        return runOf(Classes::Letter, first.end);

    const std::size_t body = m_text[start] == ' ' ? start + 1 : start;
    if (std::size_t end = runOfOthers(body); end > body) {
        while (inside(end) && (m_text[end] == '\n' || m_text[end] == '\r'))
            ++end;
        return end;
    }
    const std::size_t end = runOf(Classes::Space, start);
    if (const std::size_t newline = m_text.substr(start, end - start).find_last_of("\r\n");
        newline != std::string_view::npos)
        return start + newline + 1;
    return spaces(start);
}

constexpr std::string_view kGpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kGpt2Grouped =
    R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kContractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
constexpr std::string_view kContractionsSpelt =
    "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
constexpr std::string_view kLlama3Tail =
    R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2Tail =
    R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

} // namespace

std::optional<WordPattern> knownPattern(std::string_view regex) {
    if (regex == kGpt2 || regex == kGpt2Grouped)
        return WordPattern::Gpt2;
    for (const std::string_view head : {kContractions, kContractionsSpelt}) {
        if (!regex.starts_with(head))
            continue;
        const std::string_view tail = regex.substr(head.size());
        if (tail == kLlama3Tail)
            return WordPattern::Llama3;
        if (tail == kQwen2Tail)
            return WordPattern::Qwen2;
    }
    return std::nullopt;
}

std::size_t wordEnd(WordPattern pattern, std::string_view text, std::size_t position) {
    const Scanner scanner(text);
    switch (pattern) {
    case WordPattern::Gpt2:
        return scanner.gpt2(position);
    case WordPattern::Llama3:
        return scanner.llama3(position, 3);
    case WordPattern::Qwen2:
        return scanner.llama3(position, 1);
    }
    return text.size();
}

} // namespace hearth
