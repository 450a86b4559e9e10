#include "text/normalizer.h"

#include "text/bert_normalizer.h"
#include "text/byte_level.h"
#include "text/unicode.h"
#include "text/utf8.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace hearth {

namespace {

bool isAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool isInert(std::string_view text) {
    const CharacterClasses& classes = CharacterClasses::instance();
    for (std::size_t position = 0; position < text.size();) {
        const utf8::Sequence c = utf8::at(text, position);
        if ((classes[c.codePoint] & CharacterClasses::NfcInert) == 0)
            return false;
        position += c.length;
    }
    return true;
}

int optionsOf(Normalizer::Form form) {
    switch (form) {
    case Normalizer::Form::Nfc:
        return UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    case Normalizer::Form::Nfd:
        return UTF8PROC_STABLE | UTF8PROC_DECOMPOSE;
    case Normalizer::Form::Nfkc:
        return UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT;
    case Normalizer::Form::Nfkd:
        return UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT;
    }
    return 0;
}

Result<std::string_view> step(Normalizer::Form form, std::string_view text, TextArena& arena) {
    if (form == Normalizer::Form::Nfc ? isInert(text) : isAscii(text))
        return text;
    utf8proc_uint8_t* mapped = nullptr;
    const utf8proc_ssize_t length =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                     static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                     static_cast<utf8proc_option_t>(optionsOf(form)));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
    if (length < 0)
        return fail(ErrorCode::Internal, utf8proc_errmsg(length));
    return std::string_view(arena.emplace_back(reinterpret_cast<const char*>(mapped),
                                               static_cast<std::size_t>(length)));
}

Result<std::string_view> step(Normalizer::Lowercase, std::string_view text, TextArena& arena) {
    std::string& lower = arena.emplace_back();
    lower.reserve(text.size());
    for (std::size_t position = 0; position < text.size();) {
        const utf8::Sequence c = utf8::at(text, position);
        if (c.length == 1)
            lower.push_back(c.codePoint >= 'A' && c.codePoint <= 'Z'
                                ? static_cast<char>(c.codePoint | 0x20)
                                : static_cast<char>(c.codePoint));
        else
            appendLower(lower, c.codePoint);
        position += c.length;
    }
    return std::string_view(lower);
}

Result<std::string_view> step(Normalizer::StripAccents, std::string_view text, TextArena& arena) {
    const CharacterClasses& classes = CharacterClasses::instance();
    std::string& plain = arena.emplace_back();
    for (std::size_t position = 0; position < text.size();) {
        const utf8::Sequence c = utf8::at(text, position);
        if ((classes[c.codePoint] & CharacterClasses::Mark) == 0)
            plain.append(text.substr(position, c.length));
        position += c.length;
    }
    return std::string_view(plain);
}

Result<std::string_view> step(Normalizer::Strip strip, std::string_view text, TextArena&) {
    const CharacterClasses& classes = CharacterClasses::instance();
    const auto isSpace = [&](std::size_t position) {
        return (classes[utf8::at(text, position).codePoint] & CharacterClasses::Space) != 0;
    };
    while (strip.left && !text.empty() && isSpace(0))
        text.remove_prefix(utf8::at(text, 0).length);
    while (strip.right && !text.empty() && isSpace(utf8::previous(text, text.size())))
        text = text.substr(0, utf8::previous(text, text.size()));
    return text;
}

Result<std::string_view> step(const Normalizer::Replace& replace, std::string_view text,
                              TextArena& arena) {
    const auto find = [&](std::size_t from) -> Result<std::optional<TextRange>> {
        if (const auto* regex = std::get_if<Regex>(&replace.pattern))
            return regex->find(text, from);
        const auto& literal = std::get<std::string>(replace.pattern);
        const std::size_t begin = text.find(literal, from);
        if (begin == std::string_view::npos)
            return std::optional<TextRange>();
        return std::optional<TextRange>(TextRange{begin, begin + literal.size()});
    };
    std::string replaced;
    std::size_t position = 0;
    while (true) {
        HEARTH_TRY_ASSIGN(const std::optional<TextRange> match, find(position));
        if (!match)
            break;
        replaced.append(text.substr(position, match->begin - position));
        replaced.append(replace.content);
        position = match->end;
    }
    if (position == 0)
        return text;
    replaced.append(text.substr(position));
    return std::string_view(arena.emplace_back(std::move(replaced)));
}

Result<std::string_view> step(const Normalizer::SentencePiece& rules, std::string_view text,
                              TextArena& arena) {
    std::string& result = arena.emplace_back();
    result.reserve(text.size());
    bool afterSpace = rules.removeExtraSpaces;
    while (!text.empty()) {
        if (const std::size_t run = rules.map.unchangedPrefix(text); run > 0) {
            result.append(text.substr(0, run));
            text.remove_prefix(run);
            afterSpace = false;
            continue;
        }
        CharactersMap::Match match = rules.map.longest(text);
        if (match.length == 0) {
            match.length = utf8::next(text).length;
            match.replacement = text.substr(0, match.length);
        }
        text.remove_prefix(match.length);
        std::string_view next = match.replacement;
        while (afterSpace && next.starts_with(' '))
            next.remove_prefix(1);
        if (!next.empty())
            afterSpace = rules.removeExtraSpaces && next.ends_with(' ');
        result.append(next);
    }
    while (rules.removeExtraSpaces && result.ends_with(' '))
        result.pop_back();
    return std::string_view(result);
}

Result<std::string_view> step(const Normalizer::Bert& rules, std::string_view text,
                              TextArena& arena) {
    return std::string_view(arena.emplace_back(bertNormalized(rules, text)));
}

bool isNmtDropped(char32_t c) {
    return (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F ||
           c == 0x8F || c == 0x9F;
}

bool isNmtSpace(char32_t c) {
    return c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 ||
           (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 ||
           c == 0xFEFF || c == 0xFFFD;
}

Result<std::string_view> step(Normalizer::Nmt, std::string_view text, TextArena& arena) {
    std::string& result = arena.emplace_back();
    result.reserve(text.size());
    for (std::size_t position = 0; position < text.size();) {
        const utf8::Sequence c = utf8::at(text, position);
        if (isNmtSpace(c.codePoint))
            result.push_back(' ');
        else if (!isNmtDropped(c.codePoint))
            result.append(text.substr(position, c.length));
        position += c.length;
    }
    return std::string_view(result);
}

// Bytes of the first grapheme cluster.
std::size_t graphemeBytes(std::string_view text) {
    utf8::Sequence c = utf8::next(text);
    std::size_t end = c.length;
    utf8proc_int32_t state = 0;
    while (end < text.size()) {
        const utf8::Sequence next = utf8::at(text, end);
        if (utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(c.codePoint),
                                             static_cast<utf8proc_int32_t>(next.codePoint),
                                             &state))
            break;
        end += next.length;
        c = next;
    }
    return end;
}

Result<std::string_view> step(const Normalizer::Precompiled& rules, std::string_view text,
                              TextArena& arena) {
    constexpr std::size_t kWholeClusterBytes = 6;
    std::string& result = arena.emplace_back();
    result.reserve(text.size());
    const auto replace = [&](std::string_view part) {
        const CharactersMap::Match match = rules.map.shortest(part);
        if (match.length > 0)
            result.append(match.replacement);
        return match.length > 0;
    };
    while (!text.empty()) {
        if (const std::size_t run = rules.map.unchangedPrefix(text); run > 0) {
            result.append(text.substr(0, run));
            text.remove_prefix(run);
            continue;
        }
        std::string_view cluster = text.substr(0, graphemeBytes(text));
        text.remove_prefix(cluster.size());
        if (cluster.size() < kWholeClusterBytes && replace(cluster))
            continue;
        while (!cluster.empty()) {
            const std::string_view part = cluster.substr(0, utf8::next(cluster).length);
            if (!replace(part))
                result.append(part);
            cluster.remove_prefix(part.size());
        }
    }
    return std::string_view(result);
}

Result<std::string_view> step(Normalizer::ByteAlphabet, std::string_view text, TextArena& arena) {
    return std::string_view(arena.emplace_back(byte_level::textOf(text)));
}

std::string_view prefixed(const std::string& prefix, std::string_view text, TextArena& arena) {
    if (text.empty())
        return text;
    std::string& whole = arena.emplace_back(prefix);
    whole.append(text);
    return whole;
}

} // namespace

Result<std::string_view> Normalizer::apply(std::string_view text, TextPosition position,
                                           TextArena& arena) const {
    for (const Step& each : m_steps) {
        if (const auto* dummy = std::get_if<DummyPrefix>(&each)) {
            if (position.first || position.afterSpecial)
                text = prefixed(dummy->content, text, arena);
            continue;
        }
        if (const auto* prepend = std::get_if<Prepend>(&each)) {
            text = prefixed(prepend->content, text, arena);
            continue;
        }
        HEARTH_TRY_ASSIGN(text, std::visit(
                                    [&]<typename T>(const T& s) -> Result<std::string_view> {
                                        if constexpr (std::is_same_v<T, DummyPrefix> ||
                                                      std::is_same_v<T, Prepend>)
                                            return text;
                                        else
                                            return step(s, text, arena);
                                    },
                                    each));
    }
    return text;
}

} // namespace hearth
