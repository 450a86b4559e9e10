#include "text/pretokenizer.h"

#include "text/unicode.h"
#include "text/utf8.h"

#include <utility>

namespace hearth {

namespace {

using Pieces = std::vector<std::string_view>;

struct Span {
    TextRange range;
    bool delimiter = false;
};

Pieces joined(std::string_view text, const std::vector<Span>& spans, SplitBehavior behavior) {
    Pieces pieces;
    const auto cut = [&](std::size_t begin, std::size_t end) {
        pieces.push_back(text.substr(begin, end - begin));
    };
    const auto extend = [&](std::size_t end) {
        const auto begin = static_cast<std::size_t>(pieces.back().data() - text.data());
        pieces.back() = text.substr(begin, end - begin);
    };
    bool previousIsDelimiter = false;
    constexpr std::size_t kNone = std::string_view::npos;
    std::size_t waiting = kNone; // Start of a delimiter that belongs to the next piece.
    for (const auto& [range, delimiter] : spans) {
        const bool follows = !pieces.empty();
        switch (behavior) {
        case SplitBehavior::Removed:
            if (!delimiter)
                cut(range.begin, range.end);
            break;
        case SplitBehavior::Isolated:
            cut(range.begin, range.end);
            break;
        case SplitBehavior::Contiguous:
            if (follows && delimiter == previousIsDelimiter)
                extend(range.end);
            else
                cut(range.begin, range.end);
            break;
        case SplitBehavior::MergedWithPrevious:
            if (follows && delimiter && !previousIsDelimiter)
                extend(range.end);
            else
                cut(range.begin, range.end);
            break;
        case SplitBehavior::MergedWithNext:
            if (delimiter) {
                if (waiting != kNone)
                    cut(waiting, range.begin);
                waiting = range.begin;
            } else {
                cut(waiting != kNone ? waiting : range.begin, range.end);
                waiting = kNone;
            }
            break;
        }
        previousIsDelimiter = delimiter;
    }
    if (waiting != kNone)
        cut(waiting, text.size());
    return pieces;
}

Result<std::optional<TextRange>> find(const PreTokenizer::Split& step, std::string_view text,
                                      std::size_t from) {
    if (const auto* regex = std::get_if<Regex>(&step.pattern))
        return regex->find(text, from);
    const auto& literal = std::get<std::string>(step.pattern);
    const std::size_t begin = text.find(literal, from);
    if (begin == std::string_view::npos)
        return std::optional<TextRange>();
    return std::optional<TextRange>(TextRange{begin, begin + literal.size()});
}

Result<Pieces> cutBy(const PreTokenizer::Split& step, std::string_view text) {
    std::vector<Span> spans;
    std::size_t position = 0;
    while (position < text.size()) {
        HEARTH_TRY_ASSIGN(const std::optional<TextRange> match, find(step, text, position));
        const std::size_t begin = match ? match->begin : text.size();
        if (begin > position)
            spans.push_back({{position, begin}, step.invert});
        if (!match)
            break;
        spans.push_back({*match, !step.invert});
        position = match->end;
    }
    return joined(text, spans, step.behavior);
}

Result<Pieces> cutBy(const PreTokenizer::Words& step, std::string_view text) {
    Pieces pieces;
    for (std::size_t position = 0; position < text.size();) {
        const std::size_t end = wordEnd(step.pattern, text, position);
        pieces.push_back(text.substr(position, end - position));
        position = end;
    }
    return pieces;
}

Result<Pieces> cutBy(const PreTokenizer::Classes& step, std::string_view text) {
    const CharacterClasses& classes = CharacterClasses::instance();
    std::vector<Span> spans;
    for (std::size_t position = 0; position < text.size();) {
        const utf8::Sequence c = utf8::at(text, position);
        const std::size_t end = position + c.length;
        const bool delimiter = (classes[c.codePoint] & step.flags) != 0;
        if (!delimiter && !spans.empty() && !spans.back().delimiter)
            spans.back().range.end = end;
        else
            spans.push_back({{position, end}, delimiter});
        position = end;
    }
    return joined(text, spans, step.behavior);
}

Result<Pieces> cutBy(const PreTokenizer::Bert&, std::string_view text) {
    const CharacterClasses& classes = CharacterClasses::instance();
    constexpr int kEnds = CharacterClasses::Space | CharacterClasses::BertPunctuation;
    Pieces pieces;
    std::size_t begin = 0; // Of the word that is open.
    for (std::size_t position = 0; position < text.size();) {
        const utf8::Sequence c = utf8::at(text, position);
        const std::size_t end = position + c.length;
        if (const int flags = classes[c.codePoint] & kEnds; flags != 0) {
            if (position > begin)
                pieces.push_back(text.substr(begin, position - begin));
            if ((flags & CharacterClasses::Space) == 0)
                pieces.push_back(text.substr(position, c.length));
            begin = end;
        }
        position = end;
    }
    if (begin < text.size())
        pieces.push_back(text.substr(begin));
    return pieces;
}

Result<Pieces> cutBy(const PreTokenizer::FixedLength& step, std::string_view text) {
    Pieces pieces;
    while (!text.empty()) {
        std::size_t end = 0;
        for (std::size_t i = 0; i < step.characters && end < text.size(); ++i)
            end += utf8::at(text, end).length;
        pieces.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return pieces;
}

Result<Pieces> cutBy(const PreTokenizer::PrefixSpace&, std::string_view text, TextArena& arena) {
    if (text.empty() || text.front() == ' ')
        return Pieces{text};
    std::string& prefixed = arena.emplace_back(1, ' ');
    prefixed += text;
    return Pieces{prefixed};
}

Result<Pieces> cutBy(const PreTokenizer::Metaspace& step, std::string_view text, bool first,
                     TextArena& arena) {
    std::string& marked = arena.emplace_back();
    marked.reserve(text.size() + step.marker.size());
    if (step.prepend == PrependScheme::Always || (step.prepend == PrependScheme::First && first)) {
        if (!text.starts_with(' ') && !text.starts_with(step.marker))
            marked += step.marker;
    }
    for (const char c : text) {
        if (c == ' ')
            marked += step.marker;
        else
            marked += c;
    }
    if (!step.split)
        return Pieces{marked};
    return cutBy(PreTokenizer::Split{step.marker, SplitBehavior::MergedWithNext, false}, marked);
}

Result<Pieces> applyStep(const PreTokenizer::Step& step, std::string_view text, bool first,
                         TextArena& arena) {
    return std::visit(
        [&]<typename T>(const T& s) -> Result<Pieces> {
            if constexpr (std::is_same_v<T, PreTokenizer::Metaspace>)
                return cutBy(s, text, first, arena);
            else if constexpr (std::is_same_v<T, PreTokenizer::PrefixSpace>)
                return cutBy(s, text, arena);
            else
                return cutBy(s, text);
        },
        step);
}

} // namespace

Result<std::vector<std::string_view>> PreTokenizer::split(std::string_view text, bool first,
                                                          TextArena& arena) const {
    Pieces pieces{text};
    for (const Step& step : m_steps) {
        Pieces next;
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            HEARTH_TRY_ASSIGN(Pieces cut, applyStep(step, pieces[i], first && i == 0, arena));
            if (pieces.size() == 1)
                next = std::move(cut);
            else
                next.insert(next.end(), cut.begin(), cut.end());
        }
        pieces = std::move(next);
    }
    return pieces;
}

} // namespace hearth
