#pragma once

#include "common/cache_format.h"
#include "common/staged_step.h"
#include "cuda/device/memory.h"
#include "cuda/device/tensor.h"
#include "hearth/kernels/backend.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hearth::kernels::cuda {

/// An AttentionOp with its weights and its cache's layout at hand; pointers are device memory.
struct AttentionParameters {
    std::int32_t heads = 0;
    std::int32_t kvHeads = 0;
    std::int32_t keyWidth = 0;
    std::int32_t valueWidth = 0;
    float scale = 1.0F;
    float softcap = 0.0F;
    std::int32_t window = 0;
    bool causal = true;
    const float* alibi = nullptr;        ///< [heads] or nullptr. All kernels know it.
    const float* sinks = nullptr;        ///< [heads] or nullptr.
    const float* positionBias = nullptr; ///< [heads, 2 * positionBiasReach + 1] or nullptr.
    std::int32_t positionBiasReach = 0;
    CacheFormat format = CacheFormat::F16;
    DType compute = DType::F32; ///< Of queries and results.
    CachePart keys;
    CachePart values; ///< A latent's: its keys, of which the values are the first numbers.
    std::size_t blockBytes = 0;
};

/// Query rows of one sequence for the tile kernel.
struct AttentionTile {
    std::int32_t sequence = 0;
    std::int32_t firstRow = 0; ///< Row of the step.
    std::int32_t rows = 0;
};

/// How a step's rows are shared out between the two kernels: rows of long queries go in tiles to
/// the tensor cores, single rows are split along their context. Built on the host for each step;
/// the arrays travel with the step's metadata. The same for all layers.
struct AttentionPlan {
    std::int32_t rowCount = 0;          ///< Rows of the row kernel.
    const std::int32_t* rows = nullptr; ///< [rowCount], device; nullptr: 0, 1, 2, …
    std::int32_t tileCount = 0;
    const AttentionTile* tiles = nullptr; ///< [tileCount], device
    std::int32_t maxContext = 0;          ///< Upper bound of the context of `rows`.
};

/// Counters that attend() needs.
inline constexpr std::int32_t kAttentionTickets = 8192;

/// Query rows a tile.
inline constexpr std::int32_t kAttentionTileRows = 64;

/// True if the row kernels, which run what tiles don't, have one for these widths and this format.
[[nodiscard]] bool rowsSupported(const AttentionParameters& parameters);

/// True if the tile kernel can run an operation with this compute type and these options.
[[nodiscard]] bool tilesSupported(const AttentionParameters& parameters, DType compute,
                                  bool hasTreeMask);

/// Scratch for the partial results of the row kernel, for every step within `limits`.
[[nodiscard]] std::size_t attentionScratchBytes(const AttentionParameters& parameters,
                                                const ExecutionLimits& limits,
                                                std::int32_t multiprocessors);

struct AttentionContext {
    cudaStream_t stream = nullptr;
    DeviceStep step;
    DeviceTables tables; ///< Of the operation's KV group.
    AttentionPlan plan;
    const std::byte* cache = nullptr; ///< First block of the arena.
    float* scratch = nullptr;
    std::size_t scratchBytes = 0;
    /// [kAttentionTickets], all 0 before the first call and after each; nullptr: do without.
    std::int32_t* tickets = nullptr;
    bool deterministic = false; ///< A row's result depends on its own sequence alone.
    std::int32_t multiprocessors = 1;
};

/// To be called once a process and device before attend(), outside of any graph being recorded.
Status prepareAttention();

/// Launches only: can be recorded in a graph, and replayed for any step whose contexts are at most
/// plan.maxContext. Padding rows (sequenceOf -1) are left alone.
Status attend(const AttentionContext& context, const AttentionParameters& parameters,
              const DeviceRows& queries, const DeviceRows& out);

/// Writes keys and values of the step's tokens to their slots, rounded to the cache's format;
/// int8 as the CPU backend does (cpu/store_kv.cpp), numbers and parameters alike. Padding rows
/// write nothing.
struct StoreKvParameters {
    std::int32_t kvHeads = 0;
    std::int32_t keyWidth = 0;
    std::int32_t valueWidth = 0;
    CacheFormat format = CacheFormat::F16;
    CachePart keys;
    CachePart values;
    std::size_t blockBytes = 0;
};
Status storeKv(cudaStream_t stream, const DeviceStep& step, const DeviceTables& tables,
               const StoreKvParameters& parameters, const DeviceRows& keys,
               const DeviceRows& values, std::byte* cache, std::int32_t rows);

} // namespace hearth::kernels::cuda
