#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// The tokens of words that one encode call has met. Bounded: a newer word takes the place of an
/// older one, and everything goes when the texts fill their share. For one thread.
class WordCache {
public:
    static constexpr std::size_t kMaxWordBytes = 128; ///< Longer words are not worth a place.

    /// `textBytes`: how much is going to be encoded; sizes the cache.
    explicit WordCache(std::size_t textBytes);

    [[nodiscard]] static std::uint64_t hashOf(std::string_view word);
    /// Appends the tokens of `word`; false if it is not there. `hash` is hashOf(word).
    [[nodiscard]] bool recall(std::string_view word, std::uint64_t hash,
                              std::vector<std::int32_t>& ids) const;
    void remember(std::string_view word, std::uint64_t hash, std::span<const std::int32_t> ids);

private:
    struct Slot {
        std::uint64_t hash = 0;
        std::uint32_t key = 0; ///< Begin in m_keys.
        std::uint32_t keyBytes = 0;
        std::uint32_t ids = 0; ///< Begin in m_ids.
        std::uint32_t idCount = 0;
    };

    std::vector<Slot> m_slots; ///< A power of two.
    std::string m_keys;
    std::vector<std::int32_t> m_ids;
};

} // namespace hearth
