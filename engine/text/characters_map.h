#pragma once

#include "hearth/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// sentencepiece's precompiled_charsmap: which sequences of characters a normalizer replaces by
/// which. A Darts-clone double array (https://github.com/s-yata/darts-clone) over the sequences,
/// then the replacements, each ended by a zero byte. Immutable: any thread may call it.
class CharactersMap {
public:
    CharactersMap() = default; ///< Replaces nothing.

    /// Errors: Corrupt if a transition or a value leaves its bounds or a text is not UTF-8.
    static Result<CharactersMap> parse(std::string_view bytes);

    struct Match {
        std::size_t length = 0; ///< Bytes replaced; 0: none.
        std::string_view replacement;
    };
    /// The longest sequence at the front of `text`.
    [[nodiscard]] Match longest(std::string_view text) const;
    /// The shortest one; may be shorter than what longest() gives.
    [[nodiscard]] Match shortest(std::string_view text) const;
    /// So many bytes at the front are ASCII characters other than spaces and line ends that no
    /// sequence replaces, alone or with what follows; characters of their own in any case.
    [[nodiscard]] std::size_t unchangedPrefix(std::string_view text) const;

private:
    [[nodiscard]] static std::size_t offset(std::uint32_t unit) {
        return std::size_t{unit >> 10} << ((unit & (1U << 9)) >> 6);
    }
    [[nodiscard]] Result<void> check() const;
    template<typename Found> void walk(std::string_view text, const Found& found) const;

    void markUnchanged();

    std::array<bool, 256> m_unchanged{}; ///< ASCII, if ASCII follows.
    std::vector<std::uint32_t> m_units; ///< Empty: replaces nothing.
    std::string m_texts;
};

} // namespace hearth
