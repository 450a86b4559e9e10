#pragma once

#include "hearth/result.h"
#include "text/bpe_tables.h"
#include "text/byte_trie.h"
#include "text/vocabulary.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// What a unigram model is made of. `types` and `scores` by id; characters that no token has become
/// the last token of type Unknown.
struct UnigramSource {
    const Vocabulary& vocabulary;
    std::span<const TokenType> types;
    std::span<const double> scores;
    std::optional<double> lowest; ///< Score below which unknown characters count; without it, the
                                  ///< lowest of a normal token.
    /// Sums are kept in float, as the sentencepiece library keeps them: it decides near ties.
    bool singlePrecision = true;
};

/// The unigram model (Kudo, 2018): the split of a text with the highest sum of token scores, found
/// by Viterbi's algorithm exactly as sentencepiece's EncodeOptimized() does. Linear in the text.
/// Immutable: any thread may encode.
class UnigramModel {
public:
    class Scratch; ///< Buffers of one encode call. For one thread.

    /// Errors: Corrupt naming a token that is longer than the limit of 512 bytes.
    static Result<UnigramModel> create(const UnigramSource& source);

    /// Appends the ids of `text`, valid UTF-8. Unknown characters become byte tokens, or one
    /// unknown token a run.
    void encode(std::string_view text, Scratch& scratch, std::vector<std::int32_t>& ids) const;
    /// What comes before changes how the sums are rounded, so a text stays in one piece.
    [[nodiscard]] std::string_view boundary() const { return {}; }

private:
    static constexpr std::int32_t kNone = -1;

    struct Step { ///< The best way to reach a byte position.
        double score = 0;
        std::int32_t token = kNone;
        std::uint32_t begin = 0;
        bool reached = false;
    };

    UnigramModel() = default;
    [[nodiscard]] std::size_t cutAfter(std::string_view text) const;
    void encodePart(std::string_view text, Scratch& scratch, std::vector<std::int32_t>& ids) const;
    void extend(std::string_view text, std::size_t begin, std::vector<Step>& best) const;
    void output(const Step& step, std::string_view text, Scratch& scratch,
                std::vector<std::int32_t>& ids) const;

    ByteTrie m_trie; ///< Values are ids.
    std::vector<double> m_scores; ///< By id; of user-defined tokens the length's share apart.
    std::vector<bool> m_userDefined;
    std::array<std::int32_t, 256> m_bytes{};
    std::int32_t m_unknown = kNone;
    double m_unknownScore = 0;
    double m_highest = 0; ///< Of normal tokens.
    bool m_singlePrecision = true;
    std::string m_boundary; ///< No token reaches across the place where this begins.
};

class UnigramModel::Scratch {
public:
    explicit Scratch(std::size_t) {}

private:
    friend class UnigramModel;

    std::vector<Step> m_best;
    std::vector<std::uint32_t> m_ends;
    double m_reached = 0;        ///< Score of everything before.
    bool m_afterUnknown = false;
};

} // namespace hearth
