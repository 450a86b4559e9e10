#pragma once

#include <cstdint>
#include <vector>

namespace hearth {

/// What pre-tokenizers and normalizers ask about a code point (Unicode data of utf8proc).
class CharacterClasses {
public:
    enum Flag : std::uint16_t {
        Letter = 1,       ///< \p{L}
        Number = 2,       ///< \p{N}
        Space = 4,        ///< \s: White_Space
        Mark = 8,         ///< \p{M}
        Punctuation = 16, ///< \p{P}
        Symbol = 32,      ///< \p{S}
        NfcInert = 64,    ///< A text of such characters only is in NFC.
        Word = 128,       ///< \w: letters, marks, decimal digits, connectors
        BertPunctuation = 256, ///< \p{P}, and all of ASCII's punctuation
        NonSpacing = 512,      ///< \p{Mn}
        Other = 1024,          ///< \p{Cc}, \p{Cf}, \p{Co}
        Han = 2048,            ///< The blocks of ideographs that BERT sets apart.
        NfdInert = 4096,       ///< Its canonical decomposition is itself, wherever it stands.
        Combining = 8192,      ///< Takes part in canonical reordering.
    };

    /// The one table, built at the first call. Any thread.
    static const CharacterClasses& instance();

    /// All flags of a code point below 0x110000.
    [[nodiscard]] std::uint16_t operator[](char32_t codePoint) const { return m_flags[codePoint]; }

private:
    CharacterClasses();
    void markForBert();
    void markNfcInert();

    std::vector<std::uint16_t> m_flags;
};

} // namespace hearth
