#pragma once

#include "hearth/kernels/kv_cache.h"
#include "hearth/kernels/status.h"

#include <cstddef>
#include <cstdint>

namespace hearth::kernels {

/// The forms of cached numbers that our backends read and write.
enum class CacheFormat : std::uint8_t { F32, F16, BF16, I8 };

/// False where a layout's dtype and bits are none of them.
[[nodiscard]] constexpr bool cacheFormat(const KvLayout& layout, CacheFormat& out) {
    switch (layout.dtype) {
    case DType::F32:
        out = CacheFormat::F32;
        return layout.bits == 32;
    case DType::F16:
        out = CacheFormat::F16;
        return layout.bits == 16;
    case DType::BF16:
        out = CacheFormat::BF16;
        return layout.bits == 16;
    case DType::I8:
        out = CacheFormat::I8;
        return layout.bits == 8;
    default:
        return false;
    }
}

/// Ok if every field makes sense, sizes fit, and its numbers have a CacheFormat.
[[nodiscard]] Status checkLayout(const KvLayout& layout);

/// Keys or values of one layer in one block: rows [kvHeads, blockTokens] of `rowBytes`, and for I8
/// as many (scale, zero) pairs of float16.
struct CachePart {
    std::size_t dataOffset = 0;
    std::size_t parameterOffset = 0;
    std::size_t rowBytes = 0;
    std::int32_t blockTokens = 0;

    [[nodiscard]] constexpr std::byte* row(std::byte* block, std::int32_t head,
                                           std::int32_t slot) const {
        return block + dataOffset + (std::size_t(head) * blockTokens + slot) * rowBytes;
    }
    [[nodiscard]] constexpr std::byte* parameters(std::byte* block, std::int32_t head,
                                                  std::int32_t slot) const {
        return block + parameterOffset + (std::size_t(head) * blockTokens + slot) * 4;
    }
};

[[nodiscard]] constexpr CachePart keyPart(const KvLayout& layout, std::int32_t layer) {
    const std::size_t base = layout.layerBytes() * std::size_t(layer);
    return {base, base + layout.keyParameterOffset(),
            std::size_t(layout.keyWidth) * layout.bits / 8, layout.blockTokens};
}

[[nodiscard]] constexpr CachePart valuePart(const KvLayout& layout, std::int32_t layer) {
    const std::size_t base = layout.layerBytes() * std::size_t(layer);
    return {base + layout.valueOffset(), base + layout.valueParameterOffset(),
            std::size_t(layout.valueWidth) * layout.bits / 8, layout.blockTokens};
}

} // namespace hearth::kernels
