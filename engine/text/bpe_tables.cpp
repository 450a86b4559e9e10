#include "text/bpe_tables.h"

#include "base/field_failure.h"
#include "text/added_tokens.h"
#include "text/byte_level.h"
#include "text/space_marker.h"
#include "text/utf8.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace hearth {

namespace {

constexpr std::size_t kMaxMergedBytes = 512;

std::string quoted(std::string_view token) {
    return "token \"" + std::string(token.substr(0, 64)) + "\"";
}

bool isOneCharacter(std::string_view text) {
    return !text.empty() && utf8::next(text).length == text.size() &&
           utf8::next(text).state == utf8::SequenceState::Valid;
}

bool endsOutsideMarker(std::string_view left, std::string_view right) {
    return right.starts_with(kSpaceMarker) && !left.ends_with(kSpaceMarker);
}

class MergeListBuilder {
public:
    explicit MergeListBuilder(const MergeListSource& source)
        : m_source(source) {}

    Result<BpeTables> build() {
        m_tables.byteLevel = m_source.byteLevel;
        m_tables.firstPrivate = static_cast<std::int32_t>(m_source.vocabulary.size());
        if (m_source.byteLevel)
            addBytes();
        else
            addCharacters();
        if (!m_source.continuingPrefix.empty() || !m_source.wordSuffix.empty())
            addPlaced();
        HEARTH_TRY(addMerges());
        if (m_source.wholeWordsFirst)
            addWords();
        return std::move(m_tables);
    }

private:
    [[nodiscard]] std::optional<std::int32_t> find(std::string_view text) const {
        const auto id = m_source.vocabulary.find(text);
        return id && !m_source.excluded[static_cast<std::size_t>(*id)] ? id : std::nullopt;
    }

    void addBytes() {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            std::string character;
            utf8::append(character, byte_level::characterOf(static_cast<unsigned char>(byte)));
            m_tables.bytes[byte] = find(character).value_or(BpeTables::kNone);
        }
    }

    void addCharacters() {
        for (std::size_t i = 0; i < m_source.vocabulary.size(); ++i) {
            const auto id = static_cast<std::int32_t>(i);
            const std::string_view text = m_source.vocabulary.text(id);
            if (isOneCharacter(text) && !m_source.excluded[i])
                m_tables.characters.emplace(utf8::next(text).codePoint, id);
        }
        if (!m_source.byteFallback)
            return;
        std::array<std::int32_t, 256> bytes{};
        for (std::size_t byte = 0; byte < 256; ++byte) {
            constexpr std::string_view kDigits = "0123456789ABCDEF";
            const std::string name = {'<', '0', 'x', kDigits[byte / 16], kDigits[byte % 16], '>'};
            const auto id = m_source.vocabulary.find(name);
            if (!id)
                return; // Incomplete: unknown characters are unknown.
            bytes[byte] = *id;
        }
        m_tables.bytes = bytes;
    }

    void addPlaced() {
        m_tables.hasAffixes = true;
        for (std::size_t place = 0; place < m_tables.placed.size(); ++place) {
            const std::string_view prefix = (place & 1) == 0 ? m_source.continuingPrefix : "";
            const std::string_view suffix = (place & 2) != 0 ? m_source.wordSuffix : "";
            for (std::size_t i = 0; i < m_source.vocabulary.size(); ++i) {
                const auto id = static_cast<std::int32_t>(i);
                std::string_view text = m_source.vocabulary.text(id);
                if (m_source.excluded[i] || !text.starts_with(prefix))
                    continue;
                text.remove_prefix(prefix.size());
                if (!text.ends_with(suffix))
                    continue;
                text.remove_suffix(suffix.size());
                if (isOneCharacter(text))
                    m_tables.placed[place].emplace(utf8::next(text).codePoint, id);
            }
        }
    }

    Result<void> addMerges() {
        bool crossesMarker = false;
        m_tables.merges.reserve(m_source.merges.size());
        std::string merged;
        for (std::size_t i = 0; i < m_source.merges.size(); ++i) {
            const auto [left, right] = m_source.merges[i];
            merged = left;
            merged += right.substr(std::min(m_source.continuingPrefix.size(), right.size()));
            const auto leftId = m_source.vocabulary.find(left);
            const auto rightId = m_source.vocabulary.find(right);
            const auto result = m_source.vocabulary.find(merged);
            if (!leftId || !rightId || !result)
                return fieldFailure(ErrorCode::Corrupt, "merge " + std::to_string(i),
                                    quoted(!leftId    ? left
                                           : !rightId ? right
                                                      : merged) +
                                        " is not in the vocabulary");
            crossesMarker = crossesMarker || endsOutsideMarker(left, right);
            if (!m_source.excluded[static_cast<std::size_t>(*result)])
                m_tables.merges.push_back(
                    {*leftId, *rightId, *result, static_cast<std::uint32_t>(i)});
        }
        if (!m_source.byteLevel && !crossesMarker && !m_source.wholeWordsFirst &&
            !m_tables.hasAffixes)
            m_tables.boundary = kSpaceMarker;
        return {};
    }

    void addWords() {
        for (std::size_t i = 0; i < m_source.vocabulary.size(); ++i) {
            const auto id = static_cast<std::int32_t>(i);
            const std::string_view text = m_source.vocabulary.text(id);
            if (text.empty() || m_source.excluded[i])
                continue;
            if (!m_source.byteLevel)
                m_tables.words.emplace(text, id);
            else if (auto bytes = byte_level::bytesOf(text))
                m_tables.words.emplace(std::move(*bytes), id);
        }
    }

    const MergeListSource& m_source;
    BpeTables m_tables;
};

class RankBuilder {
public:
    explicit RankBuilder(const RankSource& source)
        : m_source(source) {}

    Result<BpeTables> build() {
        m_tables.byteLevel = true;
        m_tables.firstPrivate = static_cast<std::int32_t>(m_source.vocabulary.size());
        for (std::size_t byte = 0; byte < 256; ++byte) {
            std::string character;
            utf8::append(character, byte_level::characterOf(static_cast<unsigned char>(byte)));
            const auto id = m_source.vocabulary.find(character);
            if (!id)
                return fieldFailure(ErrorCode::Corrupt, "byte " + std::to_string(byte),
                                    "has no token");
            m_tables.bytes[byte] = *id;
        }
        m_tables.words.reserve(m_source.tokens);
        for (std::size_t i = 0; i < m_source.vocabulary.size(); ++i) {
            if (!m_source.special[i])
                HEARTH_TRY(addToken(static_cast<std::int32_t>(i)));
        }
        return std::move(m_tables);
    }

private:
    Result<void> addToken(std::int32_t id) {
        const std::string_view text = m_source.vocabulary.text(id);
        if (text.empty())
            return {}; // A rank that is left out.
        if (text.size() > kMaxMergedBytes)
            return fieldFailure(ErrorCode::Corrupt, quoted(text),
                                "longer than " + std::to_string(kMaxMergedBytes));
        if (auto bytes = byte_level::bytesOf(text))
            m_tables.words.emplace(std::move(*bytes), id);
        std::size_t cut = 0;
        while ((cut += utf8::at(text, cut).length) < text.size()) {
            const auto left = m_source.vocabulary.find(text.substr(0, cut));
            const auto right = m_source.vocabulary.find(text.substr(cut));
            if (left && right)
                m_tables.merges.push_back({*left, *right, id, static_cast<std::uint32_t>(id)});
        }
        return {};
    }

    const RankSource& m_source;
    BpeTables m_tables;
};

class ScoreBuilder {
public:
    explicit ScoreBuilder(const ScoreSource& source)
        : m_source(source) {}

    Result<BpeTables> build() {
        m_tables.firstPrivate = static_cast<std::int32_t>(m_source.vocabulary.size());
        m_tables.fuseUnknown = true;
        m_tables.boundary = kSpaceMarker;
        rankScores();
        for (std::size_t i = 0; i < m_source.vocabulary.size(); ++i)
            HEARTH_TRY(addToken(static_cast<std::int32_t>(i)));
        if (m_byteCount != 0 && m_byteCount != 256)
            return fieldFailure(ErrorCode::Corrupt, "byte tokens",
                                std::to_string(m_byteCount) + " of 256 are there");
        return std::move(m_tables);
    }

private:
    [[nodiscard]] TokenType type(std::int32_t id) const {
        return m_source.types[static_cast<std::size_t>(id)];
    }
    [[nodiscard]] bool merges(std::int32_t id) const {
        switch (type(id)) {
        case TokenType::Normal:
        case TokenType::Unused:
            return true;
        case TokenType::UserDefined:
            return !isMarkup(m_source.vocabulary.text(id));
        default:
            return false;
        }
    }

    void rankScores() {
        m_ranks.assign(m_source.scores.begin(), m_source.scores.end());
        std::erase_if(m_ranks, [](float score) { return !std::isfinite(score); });
        std::sort(m_ranks.begin(), m_ranks.end(), std::greater<>());
        m_ranks.erase(std::unique(m_ranks.begin(), m_ranks.end()), m_ranks.end());
    }
    [[nodiscard]] std::uint32_t rank(float score) const {
        const auto place =
            std::lower_bound(m_ranks.begin(), m_ranks.end(), score, std::greater<>());
        return static_cast<std::uint32_t>(place - m_ranks.begin());
    }

    Result<void> addToken(std::int32_t id) {
        const std::string_view text = m_source.vocabulary.text(id);
        if (!std::isfinite(m_source.scores[static_cast<std::size_t>(id)]))
            return fieldFailure(ErrorCode::Corrupt, quoted(text), "its score is not a number");
        if (type(id) == TokenType::Byte)
            return addByte(id, text);
        if (type(id) == TokenType::Unknown)
            m_tables.unknown = m_tables.unknown.value_or(id);
        if (!merges(id) || m_source.vocabulary.find(text) != id)
            return {};
        if (isOneCharacter(text)) {
            m_tables.characters[utf8::next(text).codePoint] = id;
            return {};
        }
        if (text.size() > kMaxMergedBytes)
            return fieldFailure(ErrorCode::Corrupt, quoted(text),
                                "longer than " + std::to_string(kMaxMergedBytes));
        addMerges(id, text);
        return {};
    }

    Result<void> addByte(std::int32_t id, std::string_view text) {
        const auto byte = byteOfToken(text);
        if (!byte)
            return fieldFailure(ErrorCode::Corrupt, quoted(text),
                                "a byte token has the form <0x0A>");
        if (m_tables.bytes[*byte] != BpeTables::kNone)
            return fieldFailure(ErrorCode::Corrupt, quoted(text), "the byte has two tokens");
        m_tables.bytes[*byte] = id;
        ++m_byteCount;
        return {};
    }

    void addMerges(std::int32_t id, std::string_view text) {
        const std::uint32_t priority = rank(m_source.scores[static_cast<std::size_t>(id)]);
        std::size_t cut = 0;
        while ((cut += utf8::at(text, cut).length) < text.size()) {
            const std::string_view left = text.substr(0, cut);
            const std::string_view right = text.substr(cut);
            if (endsOutsideMarker(left, right))
                m_tables.boundary.clear();
            const auto leftSymbol = symbol(left);
            const auto rightSymbol = symbol(right);
            if (!leftSymbol || !rightSymbol)
                continue;
            m_tables.merges.push_back({*leftSymbol, *rightSymbol, id, priority});
            if (type(id) == TokenType::Unused)
                m_tables.unused.try_emplace(id, *leftSymbol, *rightSymbol);
        }
    }

    std::optional<std::int32_t> symbol(std::string_view text) {
        if (const auto id = m_source.vocabulary.find(text); id && merges(*id))
            return id;
        if (!isOneCharacter(text))
            return std::nullopt;
        const auto id =
            m_tables.firstPrivate + static_cast<std::int32_t>(m_tables.privateSymbols.size());
        const auto [entry, added] = m_private.try_emplace(utf8::next(text).codePoint, id);
        if (added) {
            m_tables.privateSymbols.emplace_back(text);
            m_tables.characters.emplace(entry->first, id);
        }
        return entry->second;
    }

    const ScoreSource& m_source;
    BpeTables m_tables;
    std::vector<float> m_ranks; ///< Distinct scores, the best first.
    std::unordered_map<char32_t, std::int32_t> m_private;
    int m_byteCount = 0;
};

} // namespace

Result<BpeTables> bpeTables(const MergeListSource& source) {
    return MergeListBuilder(source).build();
}

Result<BpeTables> bpeTables(const RankSource& source) {
    return RankBuilder(source).build();
}

Result<BpeTables> bpeTables(const ScoreSource& source) {
    return ScoreBuilder(source).build();
}

} // namespace hearth
