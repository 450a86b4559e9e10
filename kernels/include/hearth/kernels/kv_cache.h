#pragma once

#include "hearth/kernels/dtype.h"
#include "hearth/kernels/status.h"

#include <cstddef>
#include <cstdint>

namespace hearth::kernels {

/// What a group of layers keeps for the tokens of a sequence.
enum class KvKind : std::uint8_t {
    Full,          ///< Keys and values of every token.
    SlidingWindow, ///< Only the last `window` tokens are read; older blocks are given back.
    Latent,        ///< MLA: one latent and one rope key a token, no values.
    Cross,         ///< Keys and values of an encoder's output, written once.
    Recurrent,     ///< A state of fixed size a sequence.
};

/// Layers whose cache has one shape share a group, and with it one block table.
/// A block holds `blockTokens` tokens of all layers of the group:
///     [layer][ K data [kvHeads, blockTokens, keyWidth] | K parameters |
///              V data [kvHeads, blockTokens, valueWidth] | V parameters ]
/// where parameters exist for int8 and int4 only: two float16 (scale, zero) a token and head,
/// [kvHeads, blockTokens, 2]. Each part begins at a multiple of 64 bytes.
struct KvLayout {
    KvKind kind = KvKind::Full;
    DType dtype = DType::F16; ///< F32, F16, BF16, I8 (8-bit), U8 with 4-bit codes, F8E4M3.
    std::uint8_t bits = 16;   ///< Bits a number: 32, 16, 8 or 4.
    std::int32_t layers = 0;
    std::int32_t kvHeads = 0;
    std::int32_t keyWidth = 0;   ///< Numbers a head and token in K.
    std::int32_t valueWidth = 0; ///< Likewise in V; 0 for Latent.
    std::int32_t blockTokens = 16;
    std::int32_t window = 0; ///< Tokens that are read, SlidingWindow only.

    static constexpr std::size_t kAlignment = 64;

    bool operator==(const KvLayout&) const = default;

    [[nodiscard]] constexpr bool hasParameters() const { return bits == 4 || dtype == DType::I8; }
    [[nodiscard]] constexpr std::size_t keyBytes() const { return dataBytes(keyWidth); }
    [[nodiscard]] constexpr std::size_t valueBytes() const { return dataBytes(valueWidth); }
    [[nodiscard]] constexpr std::size_t parameterBytes() const {
        return hasParameters() ? aligned(std::size_t(kvHeads) * std::size_t(blockTokens) * 4) : 0;
    }
    /// Offsets inside one layer's part of a block.
    [[nodiscard]] constexpr std::size_t keyParameterOffset() const { return keyBytes(); }
    [[nodiscard]] constexpr std::size_t valueOffset() const {
        return keyBytes() + parameterBytes();
    }
    [[nodiscard]] constexpr std::size_t valueParameterOffset() const {
        return valueOffset() + valueBytes();
    }
    [[nodiscard]] constexpr std::size_t layerBytes() const {
        return valueOffset() + (valueWidth > 0 ? valueBytes() + parameterBytes() : 0);
    }
    [[nodiscard]] constexpr std::size_t blockBytes() const {
        return layerBytes() * std::size_t(layers);
    }

private:
    [[nodiscard]] static constexpr std::size_t aligned(std::size_t bytes) {
        return (bytes + kAlignment - 1) / kAlignment * kAlignment;
    }
    [[nodiscard]] constexpr std::size_t dataBytes(std::int32_t width) const {
        return aligned(std::size_t(kvHeads) * std::size_t(blockTokens) *
                       ((std::size_t(width) * bits + 7) / 8));
    }
};

/// Address space for the blocks of one group. Blocks lie one after another from base(), block b at
/// base() + b * layout().blockBytes(); memory stands behind the first capacity() of them only, so
/// that a pool grows and shrinks without moving a block. Used by the engine thread alone.
class KvArena {
public:
    virtual ~KvArena() = default;

    [[nodiscard]] virtual const KvLayout& layout() const = 0;
    /// Blocks that can be used now.
    [[nodiscard]] virtual std::int32_t capacity() const = 0;
    /// Blocks for which addresses are reserved.
    [[nodiscard]] virtual std::int32_t maximum() const = 0;
    /// Gives memory to blocks [0, blocks) and takes it from the rest. OutOfMemory changes nothing.
    virtual Status resize(std::int32_t blocks) = 0;
    /// Copies one whole block over another, for copy-on-write. Ordered with the steps.
    virtual Status copyBlock(std::int32_t from, std::int32_t to) = 0;
    /// The first block, in the memory of the backend's device.
    [[nodiscard]] virtual std::byte* base() const = 0;
};

} // namespace hearth::kernels
