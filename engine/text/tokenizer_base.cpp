#include "text/tokenizer_base.h"

#include "text/utf8.h"

#include <algorithm>
#include <utility>

namespace hearth {

namespace {

struct JoinedText {
    std::string text;
    std::vector<TextRange> trusted; ///< Sorted, apart from each other.
};

JoinedText joined(std::span<const TextSegment> segments) {
    JoinedText result;
    for (const TextSegment& segment : segments) {
        const std::size_t begin = result.text.size();
        if (utf8::isValid(segment.text))
            result.text.append(segment.text);
        else
            result.text.append(utf8::sanitized(segment.text));
        const std::size_t end = result.text.size();
        if (!segment.trusted || begin == end)
            continue;
        if (!result.trusted.empty() && result.trusted.back().end == begin)
            result.trusted.back().end = end;
        else
            result.trusted.push_back({begin, end});
    }
    return result;
}

std::vector<TextRange> clipped(const std::vector<TextRange>& ranges, TextRange scope) {
    std::vector<TextRange> result;
    for (const TextRange range : ranges) {
        const std::size_t begin = std::max(range.begin, scope.begin);
        const std::size_t end = std::min(range.end, scope.end);
        if (begin < end)
            result.push_back({begin - scope.begin, end - scope.begin});
    }
    return result;
}

std::vector<AddedToken> foundInRawText(const std::vector<AddedToken>& tokens) {
    std::vector<AddedToken> raw;
    std::copy_if(tokens.begin(), tokens.end(), std::back_inserter(raw),
                 [](const AddedToken& token) { return !token.normalized; });
    return raw;
}

} // namespace

TokenizerBase::TokenizerBase(TokenizerParts parts)
    : m_parts(std::move(parts))
    , m_added(foundInRawText(m_parts.addedTokens)) {
    for (std::size_t i = 0; i < m_parts.vocabulary.size(); ++i) {
        const std::string_view text = m_parts.vocabulary.text(static_cast<std::int32_t>(i));
        const std::string bytes = m_parts.decoder.bytesOf(text);
        m_bytes.add(m_parts.special[i] ? text : bytes);
        m_joinsBytes = m_joinsBytes && (!m_parts.special[i] || bytes == text);
    }
    m_joinsBytes = m_joinsBytes && m_parts.decoder.joinsBytes() && m_parts.unknownSurface.empty();
}

Result<std::vector<std::int32_t>>
TokenizerBase::encodeSegments(std::span<const TextSegment> segments, bool addSpecialTokens) const {
    const JoinedText whole = joined(segments);
    std::vector<Section> sections;
    TextPosition position;
    for (const AddedTokenPart& part : m_added.split(whole.text, whole.trusted)) {
        Section section;
        section.id = part.id;
        section.text = std::string_view(whole.text)
                           .substr(part.range.begin, part.range.end - part.range.begin);
        section.position = position;
        if (!part.id)
            section.trusted = clipped(whole.trusted, part.range);
        sections.push_back(std::move(section));
        position = {false, part.id && isSpecial(*part.id)};
    }
    std::vector<std::int32_t> ids;
    if (addSpecialTokens)
        ids = m_parts.prefix;
    HEARTH_TRY(encodeSections(sections, ids));
    if (addSpecialTokens)
        ids.insert(ids.end(), m_parts.suffix.begin(), m_parts.suffix.end());
    return ids;
}

std::string TokenizerBase::decode(std::span<const std::int32_t> ids, DecodeOptions options) const {
    if (m_joinsBytes) {
        std::string bytes;
        for (const std::int32_t id : ids) {
            if (m_parts.vocabulary.contains(id) && (!options.skipSpecial || !isSpecial(id)))
                bytes.append(m_bytes[static_cast<std::size_t>(id)]);
        }
        return utf8::isValid(bytes) ? bytes : utf8::sanitized(bytes);
    }
    std::vector<std::string> tokens;
    tokens.reserve(ids.size());
    for (const std::int32_t id : ids) {
        if (!m_parts.vocabulary.contains(id))
            continue;
        const bool isUnknown = !m_parts.unknownSurface.empty() && id == m_parts.specialTokens.unk;
        if (isUnknown)
            tokens.push_back(m_parts.unknownSurface);
        else if (!options.skipSpecial || !isSpecial(id))
            tokens.emplace_back(m_parts.vocabulary.text(id));
    }
    return m_parts.decoder.decode(std::move(tokens));
}

std::string_view TokenizerBase::tokenBytes(std::int32_t id) const {
    return m_parts.vocabulary.contains(id) ? m_bytes[static_cast<std::size_t>(id)]
                                           : std::string_view();
}

} // namespace hearth
