#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

namespace hearth {

template<typename T>
concept FixedWidth = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

/// The little-endian value at the front of `bytes`, which must hold at least sizeof(T).
template<FixedWidth T>
[[nodiscard]] T loadLittleEndian(std::span<const std::byte> bytes) {
    std::array<std::byte, sizeof(T)> raw;
    std::copy_n(bytes.begin(), sizeof(T), raw.begin());
    if constexpr (std::endian::native == std::endian::big)
        std::ranges::reverse(raw);
    return std::bit_cast<T>(raw);
}

/// A position in bytes from outside that can never leave them.
class ByteReader {
public:
    explicit ByteReader(std::span<const std::byte> bytes)
        : m_bytes(bytes) {}

    [[nodiscard]] std::uint64_t offset() const { return m_offset; }
    [[nodiscard]] std::uint64_t remaining() const { return m_bytes.size() - m_offset; }

    /// The next `count` bytes; nothing, and no step, if fewer are left.
    [[nodiscard]] std::optional<std::span<const std::byte>> take(std::uint64_t count) {
        if (count > remaining())
            return std::nullopt;
        const auto taken = m_bytes.subspan(m_offset, static_cast<std::size_t>(count));
        m_offset += taken.size();
        return taken;
    }
    template<FixedWidth T>
    [[nodiscard]] std::optional<T> read() {
        const auto raw = take(sizeof(T));
        if (!raw)
            return std::nullopt;
        return loadLittleEndian<T>(*raw);
    }

private:
    std::span<const std::byte> m_bytes;
    std::size_t m_offset = 0;
};

} // namespace hearth
