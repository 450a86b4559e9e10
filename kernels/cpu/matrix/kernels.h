#pragma once

#include "cpu/matrix/activations.h"
#include "cpu/matrix/tile_layout.h"
#include "hearth/kernels/cpu_backend.h"
#include "hearth/kernels/dtype.h"

#include <cstddef>
#include <cstdint>

/// The inner loops, one set an instruction set. A sum adds in one fixed order, whatever the number
/// of tokens or rows beside it.
namespace hearth::kernels::cpu {

/// Most tokens of one call: their sums stay in the first-level cache.
inline constexpr std::int64_t kTokenTile = 64;
/// Most rows of one call, of tiles and of plain rows.
inline constexpr std::int64_t kMaxTileRows = 16;
inline constexpr std::int64_t kPlainRows = 8;

/// A block of activations below this becomes zeros: the inverse of its scale would overflow.
inline constexpr float kLeastMagnitude = 1e-30F;

/// One tile times some tokens. sums[token * width + row].
struct TileCall {
    const TileLayout* layout = nullptr;
    const std::byte* tile = nullptr;
    const std::int8_t* codes = nullptr; ///< Of the first token and block.
    const BlockScale* scales = nullptr; ///< Likewise.
    std::int64_t blockStride = 0;       ///< Tokens from block to block: Activations::rows.
    std::int64_t tokens = 0;
    float* sums = nullptr;
};
using TileFunction = void (*)(const TileCall& call);

/// Some rows of a plain type times some tokens. sums[token * kPlainRows + row], all rows written.
struct PlainCall {
    const std::byte* rows = nullptr;
    std::int64_t rowBytes = 0;
    std::int64_t rowCount = 0; ///< Up to kPlainRows.
    std::int64_t columns = 0;
    const float* values = nullptr;
    std::int64_t stride = 0; ///< Floats from token to token of `values`.
    std::int64_t tokens = 0;
    float* sums = nullptr;
};
using PlainFunction = void (*)(const PlainCall& call);

/// Quantises one row; block b goes to codes[b * blockStride * kBlockCodes]
/// and scales[b * blockStride].
using QuantiseFunction = void (*)(const float* values, std::int64_t columns, std::int8_t* codes,
                                  BlockScale* scales, std::int64_t blockStride);

/// Rows of a tile that suit the path's vectors.
[[nodiscard]] std::int64_t tileWidth(CpuFeature feature);

/// `layout` is one of tileLayout() or groupTileLayout() with the path's tileWidth().
[[nodiscard]] TileFunction tileFunction(CpuFeature feature, Codes codes, Scales scales);
/// What sums of F8E4M3 must be multiplied with.
inline constexpr float kE4m3Unit = 256.0F;
/// `type`: F32, F16, BF16, F8E5M2, or F8E4M3, of which it gives sums in units of kE4m3Unit.
[[nodiscard]] PlainFunction plainFunction(CpuFeature feature, DType type);
[[nodiscard]] QuantiseFunction quantiseFunction(CpuFeature feature);

namespace scalar {
void tile(const TileCall& call);
[[nodiscard]] PlainFunction plainFunction(DType type);
void quantise(const float* values, std::int64_t columns, std::int8_t* codes, BlockScale* scales,
              std::int64_t blockStride);
} // namespace scalar

#if defined(__x86_64__)
namespace avx2 {
[[nodiscard]] TileFunction tileFunction(Codes codes, Scales scales);
[[nodiscard]] PlainFunction plainFunction(DType type);
void quantise(const float* values, std::int64_t columns, std::int8_t* codes, BlockScale* scales,
              std::int64_t blockStride);
} // namespace avx2

namespace avx512 {
[[nodiscard]] TileFunction tileFunction(Codes codes, Scales scales);
[[nodiscard]] PlainFunction plainFunction(DType type);
} // namespace avx512
#endif

} // namespace hearth::kernels::cpu
