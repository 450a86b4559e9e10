#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

/// Codes of 2 to 8 bits packed densely, lowest bits first, as bytes of a little-endian file have
/// them.
namespace hearth {

[[nodiscard]] inline std::uint32_t loadWord(const std::byte* words, std::int64_t index) {
    std::uint32_t word = 0;
    std::memcpy(&word, words + index * 4, 4);
    return word;
}

/// The least number of `by` that hold `value`; both positive.
[[nodiscard]] constexpr std::int64_t divideUp(std::int64_t value, std::int64_t by) {
    return (value + by - 1) / by;
}

/// Bytes that `count` codes take.
[[nodiscard]] constexpr std::int64_t codeBytes(std::int64_t count, std::uint8_t bits) {
    return (count * bits + 7) / 8;
}

/// Code `index`; reads no byte beyond its last.
[[nodiscard]] inline std::uint8_t codeAt(const std::byte* codes, std::uint8_t bits,
                                         std::int64_t index) {
    const std::int64_t bit = index * bits;
    const std::int64_t byte = bit / 8;
    const auto shift = static_cast<std::uint32_t>(bit % 8);
    auto value = std::to_integer<std::uint32_t>(codes[byte]);
    if (shift + bits > 8)
        value |= std::to_integer<std::uint32_t>(codes[byte + 1]) << 8U;
    return static_cast<std::uint8_t>(value >> shift & ((1U << bits) - 1));
}

/// Codes [first, first + count) as a byte each.
void expandCodes(const std::byte* codes, std::uint8_t bits, std::int64_t first, std::int64_t count,
                 std::uint8_t* out);
/// The other way round, from code 0 on; the last byte's spare bits are 0.
void packCodes(const std::uint8_t* codes, std::uint8_t bits, std::int64_t count, std::byte* out);
/// Copies codes [first, first + count) to the beginning of `out`.
void copyCodes(const std::byte* codes, std::uint8_t bits, std::int64_t first, std::int64_t count,
               std::byte* out);

/// Copies rows of codes in the order of GroupQuantisation::permutation. Keeps scratch memory: one
/// thread.
class CodeSorter {
public:
    /// `permutation` may be empty and must outlive the sorter.
    CodeSorter(std::uint8_t bits, std::span<const std::int32_t> permutation)
        : m_bits(bits)
        , m_permutation(permutation)
        , m_stored(permutation.size())
        , m_sorted(permutation.size()) {}

    /// Codes [first, first + count) of a row; all of them where there is a permutation.
    void copy(const std::byte* codes, std::int64_t first, std::int64_t count, std::byte* out);

private:
    std::uint8_t m_bits;
    std::span<const std::int32_t> m_permutation;
    std::vector<std::uint8_t> m_stored;
    std::vector<std::uint8_t> m_sorted;
};

} // namespace hearth
