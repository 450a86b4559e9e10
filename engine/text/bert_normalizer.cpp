#include "text/bert_normalizer.h"

#include "text/unicode.h"
#include "text/utf8.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <vector>

namespace hearth {

namespace {

constexpr std::int16_t kDropped = -1;
constexpr std::size_t kLongestDecomposition = 16;

bool isAsciiByte(char byte) {
    return static_cast<unsigned char>(byte) < 0x80;
}

class Writer {
public:
    Writer(const Normalizer::Bert& rules, std::size_t bytes)
        : m_rules(rules)
        , m_classes(CharacterClasses::instance()) {
        m_result.reserve(bytes + bytes / 8);
        for (std::size_t c = 0; c < m_ascii.size(); ++c) {
            m_ascii[c] = static_cast<std::int16_t>(c);
            if (rules.lowercase && c >= 'A' && c <= 'Z')
                m_ascii[c] = static_cast<std::int16_t>(c + ('a' - 'A'));
            if (rules.cleanText)
                m_ascii[c] = c == '\t' || c == '\n' || c == '\r' ? std::int16_t{' '}
                             : isControl(static_cast<char32_t>(c)) ? kDropped
                                                                   : m_ascii[c];
        }
    }

    void add(char ascii) {
        if (const std::int16_t c = m_ascii[static_cast<std::size_t>(ascii)]; c != kDropped)
            m_result.push_back(static_cast<char>(c));
    }
    void addRun(std::string_view run); ///< No character of it is ASCII.
    std::string take() { return std::move(m_result); }

private:
    [[nodiscard]] bool isControl(char32_t c) const {
        return c == 0xFFFD || (m_classes[c] & CharacterClasses::Other) != 0;
    }
    void clean(char32_t c);
    void decompose();
    void finish(char32_t c);

    const Normalizer::Bert& m_rules;
    const CharacterClasses& m_classes;
    std::array<std::int16_t, 128> m_ascii{};
    std::vector<char32_t> m_run;
    std::vector<char32_t> m_decomposed;
    std::string m_result;
};

void Writer::addRun(std::string_view run) {
    m_run.clear();
    for (std::size_t position = 0; position < run.size();) {
        const utf8::Sequence c = utf8::at(run, position);
        clean(c.codePoint);
        position += c.length;
    }
    if (m_rules.stripAccents)
        decompose();
    for (const char32_t c : m_run)
        finish(c);
}

void Writer::clean(char32_t c) {
    const int flags = m_classes[c];
    if (m_rules.cleanText && isControl(c))
        return;
    if (m_rules.cleanText && (flags & CharacterClasses::Space) != 0)
        c = ' ';
    const bool spaced = m_rules.spaceHan && (flags & CharacterClasses::Han) != 0;
    if (spaced)
        m_run.push_back(' ');
    m_run.push_back(c);
    if (spaced)
        m_run.push_back(' ');
}

void Writer::decompose() {
    m_decomposed.clear();
    bool anyCombining = false;
    for (const char32_t c : m_run) {
        if ((m_classes[c] & CharacterClasses::NfdInert) != 0) {
            m_decomposed.push_back(c);
            continue;
        }
        anyCombining = anyCombining || (m_classes[c] & CharacterClasses::Combining) != 0;
        std::array<utf8proc_int32_t, kLongestDecomposition> parts{};
        int boundary = 0;
        const auto count = utf8proc_decompose_char(
            static_cast<utf8proc_int32_t>(c), parts.data(),
            static_cast<utf8proc_ssize_t>(parts.size()), UTF8PROC_DECOMPOSE, &boundary);
        for (utf8proc_ssize_t i = 0; i < count; ++i)
            m_decomposed.push_back(static_cast<char32_t>(parts[static_cast<std::size_t>(i)]));
    }
    const auto order = [](char32_t c) {
        return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
    };
    const auto combines = [&](char32_t c) {
        return (m_classes[c] & CharacterClasses::Combining) != 0;
    };
    for (auto begin = m_decomposed.begin(); anyCombining && begin != m_decomposed.end();) {
        begin = std::find_if(begin, m_decomposed.end(), combines);
        const auto end = std::find_if_not(begin, m_decomposed.end(), combines);
        std::stable_sort(begin, end,
                         [&](char32_t a, char32_t b) { return order(a) < order(b); });
        begin = end;
    }
    m_run.swap(m_decomposed);
    std::erase_if(m_run,
                  [&](char32_t c) { return (m_classes[c] & CharacterClasses::NonSpacing) != 0; });
}

void Writer::finish(char32_t c) {
    if (m_rules.lowercase)
        appendLower(m_result, c);
    else
        utf8::append(m_result, c);
}

} // namespace

void appendLower(std::string& text, char32_t codePoint) {
    if (codePoint == 0x130) // The one character whose lower case is two characters.
        text += "i\xCC\x87";
    else
        utf8::append(text, static_cast<char32_t>(utf8proc_tolower(
                               static_cast<utf8proc_int32_t>(codePoint))));
}

std::string bertNormalized(const Normalizer::Bert& rules, std::string_view text) {
    Writer writer(rules, text.size());
    for (std::size_t position = 0; position < text.size();) {
        if (isAsciiByte(text[position])) {
            writer.add(text[position++]);
            continue;
        }
        std::size_t end = position;
        while (end < text.size() && !isAsciiByte(text[end]))
            ++end;
        writer.addRun(text.substr(position, end - position));
        position = end;
    }
    return writer.take();
}

} // namespace hearth
