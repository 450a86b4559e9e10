#include "text/unicode.h"

#include <utf8proc.h>

#include <array>
#include <utility>

namespace hearth {

namespace {

constexpr utf8proc_int32_t kCodePoints = 0x110000;
constexpr utf8proc_int32_t kFirstHangul = 0xAC00;
constexpr utf8proc_int32_t kLastHangul = 0xD7A3;
// BERT's blocks as the tokenizers library has them, whose sixth begins later than Unicode's.
constexpr std::array<std::pair<std::size_t, std::size_t>, 8> kHan = {{{0x4E00, 0x9FFF},
                                                                      {0x3400, 0x4DBF},
                                                                      {0x20000, 0x2A6DF},
                                                                      {0x2A700, 0x2B73F},
                                                                      {0x2B740, 0x2B81F},
                                                                      {0x2B920, 0x2CEAF},
                                                                      {0xF900, 0xFAFF},
                                                                      {0x2F800, 0x2FA1F}}};

std::uint16_t flagsOf(utf8proc_category_t category) {
    using C = CharacterClasses;
    switch (category) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return C::Letter | C::Word;
    case UTF8PROC_CATEGORY_MN:
        return C::Mark | C::Word | C::NonSpacing;
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return C::Mark | C::Word;
    case UTF8PROC_CATEGORY_ND:
        return C::Number | C::Word;
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return C::Number;
    case UTF8PROC_CATEGORY_PC:
        return C::Punctuation | C::Word | C::BertPunctuation;
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
        return C::Punctuation | C::BertPunctuation;
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SK:
    case UTF8PROC_CATEGORY_SO:
        return C::Symbol;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return C::Space;
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CO:
        return C::Other;
    default:
        return 0;
    }
}

// Canonical decomposition, one level deep: how many code points, and the last of them.
int decompose(utf8proc_int32_t codePoint, std::array<utf8proc_int32_t, 8>& parts) {
    int boundary = 0;
    return static_cast<int>(utf8proc_decompose_char(codePoint, parts.data(),
                                                    static_cast<utf8proc_ssize_t>(parts.size()),
                                                    UTF8PROC_DECOMPOSE, &boundary));
}

bool composesToItself(utf8proc_int32_t codePoint, std::array<utf8proc_int32_t, 8> parts,
                      int count) {
    const utf8proc_ssize_t length = utf8proc_normalize_utf32(
        parts.data(), count, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    return length == 1 && parts[0] == codePoint;
}

} // namespace

const CharacterClasses& CharacterClasses::instance() {
    static const CharacterClasses classes;
    return classes;
}

CharacterClasses::CharacterClasses()
    : m_flags(kCodePoints) {
    for (utf8proc_int32_t c = 0; c < kCodePoints; ++c)
        m_flags[static_cast<std::size_t>(c)] = flagsOf(utf8proc_category(c));
    for (const char32_t c : {U'\t', U'\n', U'\v', U'\f', U'\r', U'\x85'})
        m_flags[c] |= Space;
    markForBert();
    markNfcInert();
}

void CharacterClasses::markForBert() {
    for (std::size_t c = '!'; c <= '~'; ++c) {
        if ((m_flags[c] & (Letter | Number)) == 0)
            m_flags[c] |= BertPunctuation;
    }
    for (const auto& [first, last] : kHan) {
        for (std::size_t c = first; c <= last; ++c)
            m_flags[c] |= Han;
    }
    for (utf8proc_int32_t c = 0; c < kCodePoints; ++c) {
        const utf8proc_property_t* property = utf8proc_get_property(c);
        if (property->combining_class != 0)
            m_flags[static_cast<std::size_t>(c)] |= Combining;
        else if (property->decomp_seqindex == UINT16_MAX && (c < kFirstHangul || c > kLastHangul))
            m_flags[static_cast<std::size_t>(c)] |= NfdInert;
    }
}

void CharacterClasses::markNfcInert() {
    std::array<utf8proc_int32_t, 8> parts{};
    std::vector<bool> composesWithPrevious(kCodePoints);
    for (utf8proc_int32_t c = 0; c < kCodePoints; ++c) {
        auto& flags = m_flags[static_cast<std::size_t>(c)];
        const utf8proc_property_t* property = utf8proc_get_property(c);
        if (property->combining_class != 0)
            continue;
        if (property->decomp_seqindex == UINT16_MAX && (c < kFirstHangul || c > kLastHangul)) {
            flags |= NfcInert;
            continue;
        }
        const int count = decompose(c, parts);
        for (int i = 1; i < count && i < static_cast<int>(parts.size()); ++i)
            composesWithPrevious[static_cast<std::size_t>(parts[static_cast<std::size_t>(i)])] =
                true;
        if (count == 1 ? parts[0] == c : composesToItself(c, parts, count))
            flags |= NfcInert;
    }
    for (std::size_t c = 0; c < composesWithPrevious.size(); ++c) {
        if (composesWithPrevious[c])
            m_flags[c] &= static_cast<std::uint16_t>(~NfcInert);
    }
}

} // namespace hearth
