#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hearth {

/// What BPE works with. Symbols are token ids; above them come symbols that are no tokens.
struct BpeTables {
    static constexpr std::int32_t kNone = -1;

    struct Merge {
        std::int32_t left = kNone;
        std::int32_t right = kNone;
        std::int32_t result = kNone;
        std::uint32_t rank = 0; ///< Lower merges first; of equals the leftmost.
    };
    std::vector<Merge> merges;

    bool byteLevel = false; ///< Symbols start as bytes, otherwise as characters.
    /// The symbol of each byte; without byteLevel the byte token that stands in for a byte of an
    /// unknown character, all kNone if there are none.
    std::array<std::int32_t, 256> bytes = [] {
        std::array<std::int32_t, 256> none{};
        none.fill(kNone);
        return none;
    }();
    std::unordered_map<char32_t, std::int32_t> characters; ///< Without byteLevel.
    /// Where tokens carry affixes that tell their place in a word, the symbols of characters (with
    /// byteLevel: of GPT-2's characters for the bytes) by place: 1 first, 2 last, 3 both, 0 none.
    std::array<std::unordered_map<char32_t, std::int32_t>, 4> placed;
    bool hasAffixes = false;
    std::optional<std::int32_t> unknown; ///< For what has no symbol; without it, nothing.
    bool fuseUnknown = false;            ///< A run of unknowns is one.

    /// Texts of the symbols from `firstPrivate` on: characters that occur in tokens but are none.
    std::vector<std::string> privateSymbols;
    std::int32_t firstPrivate = 0;
    /// Tokens that merging may pass through but that are never output: what they fall apart into.
    std::unordered_map<std::int32_t, std::pair<std::int32_t, std::int32_t>> unused;

    /// Words that are one token whatever the merges say, by their text.
    std::unordered_map<std::string, std::int32_t> words;
    /// If not empty, no merge reaches across the place where this begins after something else.
    std::string boundary;
};

/// Byte-pair encoding of words (Sennrich et al., 2016): merges the adjacent pair of lowest rank
/// until none is left. O(n log n) in a word of n bytes. Immutable: any thread may encode, each
/// with its own scratch.
class BpeModel {
public:
    class Scratch; ///< Buffers of one encode call. For one thread.

    explicit BpeModel(BpeTables tables);

    /// Appends the ids of one word.
    void encode(std::string_view word, Scratch& scratch, std::vector<std::int32_t>& ids) const;
    /// A word may be cut where this begins after something else; empty: nowhere.
    [[nodiscard]] std::string_view boundary() const { return m_tables.boundary; }

private:
    struct Pair {
        std::uint64_t key = kEmpty;
        std::uint32_t rank = kNoMerge;
        std::int32_t result = BpeTables::kNone;
    };
    static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
    static constexpr std::uint32_t kNoMerge = ~std::uint32_t{0};

    [[nodiscard]] const Pair& pair(std::int32_t left, std::int32_t right) const;
    void start(std::string_view word, Scratch& scratch) const;
    void startPlaced(std::string_view word, Scratch& scratch) const;
    void startCharacter(std::string_view character, char32_t codePoint, Scratch& scratch) const;
    void addSymbol(std::int32_t id, Scratch& scratch) const;
    void refresh(Scratch& scratch, std::uint32_t index) const;
    void mergePair(Scratch& scratch, std::uint32_t index) const;
    void mergeShort(Scratch& scratch) const;
    void mergeLong(Scratch& scratch) const;
    void output(std::int32_t symbol, std::vector<std::int32_t>& ids, std::size_t wordBegin) const;
    void outputUnknown(std::string_view text, std::vector<std::int32_t>& ids,
                       std::size_t wordBegin) const;

    [[nodiscard]] std::int32_t characterSymbol(char32_t codePoint) const;

    BpeTables m_tables;
    std::vector<std::int32_t> m_common; ///< Symbols of the first code points, for speed.
    std::vector<Pair> m_pairs; ///< Open addressing; a power of two, at most half full.
    Pair m_noPair;
};

class BpeModel::Scratch {
public:
    explicit Scratch(std::size_t) {}

private:
    friend class BpeModel;

    struct Symbol {
        std::int32_t id = 0;
        std::uint32_t previous = 0;
        std::uint32_t next = 0;
        std::uint32_t rank = 0;  ///< Of the merge with the next symbol.
        std::int32_t merged = 0; ///< Its result.
    };

    std::vector<Symbol> m_symbols;
    std::vector<std::uint64_t> m_queue;
};

} // namespace hearth
