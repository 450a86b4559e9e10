#include "text/jinja/string_methods.h"

#include <algorithm>

#include "text/jinja/search.h"
#include "text/jinja/unicode.h"

namespace hearth::jinja {

namespace {

bool isContinuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// The code point that ends at `end`, as its first byte's position.
std::size_t previousCodePoint(const std::string& bytes, std::size_t begin, std::size_t end) {
    std::size_t at = end - 1;
    while (at > begin && end - at < 4 && isContinuation(bytes[at]))
        --at;
    return at + codePointAt(bytes, at).length == end ? at : end - 1;
}

std::vector<Text> splitAtSpace(Budget& budget, const Text& text, std::int64_t limit) {
    std::vector<Text> parts;
    const std::string& bytes = text.bytes();
    std::size_t at = strippedLeft(bytes, {0, bytes.size()}).begin;
    while (at < bytes.size()) {
        std::size_t end = at;
        if (limit >= 0 && static_cast<std::int64_t>(parts.size()) >= limit) {
            end = bytes.size();
        } else {
            while (end < bytes.size() && !isSpace(codePointAt(bytes, end).value))
                end += codePointAt(bytes, end).length;
        }
        budget.build(sizeof(Text));
        parts.push_back(text.slice(at, end));
        at = strippedLeft(bytes, {end, bytes.size()}).begin;
    }
    return parts;
}

std::vector<Text> splitAtSpaceFromRight(Budget& budget, const Text& text, std::int64_t limit) {
    std::vector<Text> parts;
    const std::string& bytes = text.bytes();
    std::size_t end = strippedRight(bytes, {0, bytes.size()}).end;
    while (end > 0) {
        std::size_t begin = end;
        if (static_cast<std::int64_t>(parts.size()) >= limit) {
            begin = 0;
        } else {
            while (begin > 0) {
                const std::size_t previous = previousCodePoint(bytes, 0, begin);
                if (isSpace(codePointAt(bytes, previous).value))
                    break;
                begin = previous;
            }
        }
        budget.build(sizeof(Text));
        parts.push_back(text.slice(begin, end));
        end = strippedRight(bytes, {0, begin}).end;
    }
    std::reverse(parts.begin(), parts.end());
    return parts;
}

std::vector<std::size_t> occurrences(Budget& budget, const std::string& bytes,
                                     const std::string& needle) {
    std::vector<std::size_t> found;
    for (std::size_t at = findBytes(bytes, needle, 0); at != std::string::npos;
         at = findBytes(bytes, needle, at + needle.size())) {
        budget.build(sizeof(at));
        found.push_back(at);
    }
    return found;
}

/// str.replace() of an empty string: `with` between all code points and at both ends.
Text interspersed(Budget& budget, const Text& text, const Text& with, std::int64_t limit) {
    TextBuilder builder(budget);
    std::int64_t done = 0;
    std::size_t at = 0;
    while (limit < 0 || done < limit) {
        builder.append(with);
        ++done;
        if (at >= text.size())
            return builder.take();
        const std::size_t end = at + codePointAt(text.bytes(), at).length;
        builder.append(text, at, end);
        at = end;
    }
    builder.append(text, at, text.size());
    return builder.take();
}

/// The case that a letter takes on, given whether a letter stands before it.
LetterCase caseFor(CaseChange change, std::int32_t codePoint, bool first, bool behindLetter) {
    switch (change) {
    case CaseChange::Upper:
        return LetterCase::Upper;
    case CaseChange::Lower:
        return LetterCase::Lower;
    case CaseChange::Title:
        return behindLetter ? LetterCase::Lower : LetterCase::Title;
    case CaseChange::Capitalize:
        return first ? LetterCase::Title : LetterCase::Lower;
    case CaseChange::Swap:
        return isUpper(codePoint) ? LetterCase::Lower : LetterCase::Upper;
    }
    return LetterCase::Lower;
}

bool isCased(std::int32_t c) {
    return isUpper(c) || isLower(c) || isTitle(c);
}

} // namespace

Text stripped(const Text& text, const Text* characters, Side side) {
    const std::string& bytes = text.bytes();
    Extent extent{0, bytes.size()};
    if (characters == nullptr) {
        if (side != Side::Right)
            extent = strippedLeft(bytes, extent);
        if (side != Side::Left)
            extent = strippedRight(bytes, extent);
        return text.slice(extent.begin, extent.end);
    }
    const auto listed = [&](std::size_t at, std::size_t end) {
        const std::string_view wanted = std::string_view(bytes).substr(at, end - at);
        return findBytes(characters->bytes(), wanted, 0) != std::string::npos;
    };
    while (side != Side::Right && extent.begin < extent.end) {
        const std::size_t end = extent.begin + codePointAt(bytes, extent.begin).length;
        if (!listed(extent.begin, end))
            break;
        extent.begin = end;
    }
    while (side != Side::Left && extent.begin < extent.end) {
        const std::size_t last = previousCodePoint(bytes, extent.begin, extent.end);
        if (!listed(last, extent.end))
            break;
        extent.end = last;
    }
    return text.slice(extent.begin, extent.end);
}

std::vector<Text> splitText(Budget& budget, const Text& text, const Text* separator,
                            std::int64_t limit, SplitFrom from) {
    if (separator == nullptr)
        return from == SplitFrom::Right && limit >= 0 ? splitAtSpaceFromRight(budget, text, limit)
                                                      : splitAtSpace(budget, text, limit);
    if (separator->size() == 0)
        throw TemplateError("empty separator");
    std::vector<std::size_t> cuts = occurrences(budget, text.bytes(), separator->bytes());
    if (limit >= 0 && cuts.size() > static_cast<std::size_t>(limit)) {
        const auto surplus = static_cast<std::ptrdiff_t>(cuts.size()) - limit;
        if (from == SplitFrom::Left)
            cuts.resize(static_cast<std::size_t>(limit));
        else
            cuts.erase(cuts.begin(), cuts.begin() + surplus);
    }
    std::vector<Text> parts;
    budget.build((cuts.size() + 1) * sizeof(Text));
    std::size_t begin = 0;
    for (const std::size_t cut : cuts) {
        parts.push_back(text.slice(begin, cut));
        begin = cut + separator->size();
    }
    parts.push_back(text.slice(begin, text.size()));
    return parts;
}

std::vector<Text> splitLines(Budget& budget, const Text& text, LineEnds lineEnds) {
    std::vector<Text> lines;
    const std::string& bytes = text.bytes();
    std::size_t begin = 0;
    std::size_t at = 0;
    const auto addLine = [&](std::size_t end) {
        budget.build(sizeof(Text));
        lines.push_back(text.slice(begin, end));
    };
    while (at < bytes.size()) {
        const CodePoint point = codePointAt(bytes, at);
        std::size_t next = at + point.length;
        if (isLineBreak(point.value)) {
            if (point.value == '\r' && next < bytes.size() && bytes[next] == '\n')
                ++next;
            addLine(lineEnds == LineEnds::Keep ? next : at);
            begin = next;
        }
        at = next;
    }
    if (begin < bytes.size())
        addLine(bytes.size());
    return lines;
}

Text replaced(Budget& budget, const Text& text, const Text& old, const Text& with,
              std::int64_t limit) {
    if (old.size() == 0)
        return interspersed(budget, text, with, limit);
    TextBuilder builder(budget);
    std::size_t begin = 0;
    std::int64_t done = 0;
    while (limit < 0 || done < limit) {
        const std::size_t found = findBytes(text.bytes(), old.bytes(), begin);
        if (found == std::string::npos)
            break;
        builder.append(text, begin, found);
        builder.append(with);
        begin = found + old.size();
        ++done;
    }
    builder.append(text, begin, text.size());
    return builder.take();
}

Text changedCase(Budget& budget, const Text& text, CaseChange change) {
    TextBuilder builder(budget);
    const std::string& bytes = text.bytes();
    bool behindLetter = false;
    std::string letter;
    for (std::size_t at = 0; at < bytes.size();) {
        const CodePoint point = codePointAt(bytes, at);
        if (point.value < 0) {
            builder.append(text, at, at + point.length);
        } else {
            letter.clear();
            appendInCase(letter, point.value, caseFor(change, point.value, at == 0, behindLetter));
            builder.append(letter, text.trustAt(at));
        }
        behindLetter = isCased(point.value);
        at += point.length;
    }
    return builder.take();
}

Text padded(Budget& budget, const Text& text, std::int64_t width, const Text& fill,
            Padding padding) {
    const auto length = static_cast<std::int64_t>(countCodePoints(text.bytes()));
    const auto missing = static_cast<std::size_t>(std::max<std::int64_t>(width - length, 0));
    std::size_t before = 0;
    if (padding == Padding::Left)
        before = missing;
    else if (padding == Padding::Center)
        before = missing / 2 + (missing & static_cast<std::size_t>(width) & 1);
    TextBuilder builder(budget);
    builder.repeat(fill, before);
    builder.append(text);
    builder.repeat(fill, missing - before);
    return builder.take();
}

} // namespace hearth::jinja
