#pragma once

#include "common/cache_format.h"
#include "hearth/kernels/cpu_backend.h"

#include <cstddef>
#include <cstdint>
#include <limits>

/// The inner loops of attention: up to kTileRows query rows against the keys of one tile. A number
/// that they give depends on its own row and key alone, not on how many others are at hand.
namespace hearth::kernels::cpu {

inline constexpr std::int32_t kTileKeys = 64; ///< Tiles begin at multiples of it in the sequence.
inline constexpr std::int32_t kTileRows = 48; ///< Query rows (tokens x heads of one KV head).
inline constexpr std::int32_t kScoreStride = kTileKeys + 8; ///< Room for a vector past the end.
inline constexpr std::int32_t kLanes = 8;                   ///< Widths are padded to whole vectors.

[[nodiscard]] constexpr std::int32_t paddedWidth(std::int32_t width) {
    return (width + kLanes - 1) / kLanes * kLanes;
}

/// Rows of keys or values of one tile, where they lie.
struct TileRows {
    const std::byte* const* rows = nullptr;
    std::int32_t count = 0;
    std::int32_t width = 0; ///< Numbers a row.
};

/// scores[r][k] = queries[r] · keys[k]; queries are [rowCount, keys.width], scores have stride
/// kScoreStride and may be written up to 3 columns past the last key.
using ScoreFunction = void (*)(const float* queries, std::int32_t rowCount, const TileRows& keys,
                               float* scores);
/// out[r] = sum over k of weights[r][k] * values[k], in the order of k; out is [rowCount, width].
using GatherFunction = void (*)(const float* weights, std::int32_t rowCount, const TileRows& values,
                                float* out);
/// What a row's softmax over one tile came to. A NaN among the scores makes the sum NaN.
struct TileSoftmax {
    float maximum = -std::numeric_limits<float>::infinity();
    float sum = 0.0F; ///< Of exp(score - maximum).

    [[nodiscard]] bool masked() const { return sum == 0.0F; }
};
/// Replaces scores [begin, end), multiples of kLanes, by exp(score - maximum); masked scores are
/// -infinity. Leaves a row as it is where all are masked.
using SoftmaxFunction = TileSoftmax (*)(float* scores, std::int32_t begin, std::int32_t end);
/// total = total * totalScale + tile * tileScale.
using BlendFunction = void (*)(float* total, float totalScale, const float* tile, float tileScale,
                               std::int32_t width);

struct TileKernels {
    ScoreFunction score = nullptr;
    GatherFunction gather = nullptr;
    SoftmaxFunction softmax = nullptr;
    BlendFunction blend = nullptr;
};

/// True if score and gather read rows of this format and width where they lie; else the rows must
/// be expanded to float32 of padded width first.
[[nodiscard]] bool readsInPlace(CacheFormat format, std::int32_t width, CpuFeature feature);
/// Kernels for rows of `format`, which must be F32 or one that is read in place.
[[nodiscard]] TileKernels tileKernels(CacheFormat format, CpuFeature feature);

} // namespace hearth::kernels::cpu
