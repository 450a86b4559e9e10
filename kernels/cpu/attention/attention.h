#pragma once

#include "common/allocation.h"
#include "common/cache_format.h"
#include "common/staged_step.h"
#include "cpu/attention/tile_kernels.h"
#include "cpu/elementwise.h"
#include "cpu/store_kv.h"
#include "cpu/thread_pool.h"
#include "hearth/kernels/cpu_backend.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hearth::kernels::cpu {

/// An AttentionOp with its weights and its cache's layout at hand.
struct AttentionParameters {
    std::int32_t heads = 0;
    std::int32_t kvHeads = 0;
    std::int32_t keyWidth = 0;
    std::int32_t valueWidth = 0;
    float scale = 1.0F;
    float softcap = 0.0F;
    std::int32_t window = 0;
    bool causal = true;
    std::vector<float> alibi;            ///< [heads] or empty.
    const float* sinks = nullptr;        ///< [heads]
    const float* positionBias = nullptr; ///< AttentionOp::positionBias
    std::int32_t positionBiasReach = 0;
    bool latent = false; ///< The values are the first numbers of the keys.
    CacheFormat format = CacheFormat::F16;
    CachePart keys;
    CachePart values;
    std::size_t blockBytes = 0;

    [[nodiscard]] std::int32_t group() const { return heads / kvHeads; }
};

/// Query rows of one sequence and KV head: row r is token r / group, head r % group of the group.
struct AttentionItem {
    std::int32_t sequence = 0;
    std::int32_t kvHead = 0;
    std::int32_t firstRow = 0;
    std::int32_t rows = 0;
    std::int32_t firstTile = 0;
    std::int32_t tiles = 0;
    std::int32_t parts = 1;
    std::int64_t partials = 0; ///< Where its tiles' results lie, in floats; with parts > 1 only.
    std::int32_t pending = 0;  ///< Parts that are not done; an atomic counter.
};

/// Tiles of one item: what a thread takes at a time.
struct AttentionPart {
    std::int32_t item = 0;
    std::int32_t firstTile = 0;
    std::int32_t tiles = 0;
};

/// How a step's attention is shared out: the same for all layers that have the same shape. Rebuilt
/// for every step, in memory reserved once.
class AttentionPlan {
public:
    /// What the sharing depends on besides the step.
    struct Shape {
        std::int32_t kvGroup = 0; ///< Index of the KV group.
        std::int32_t kvHeads = 0;
        std::int32_t group = 0; ///< Query heads a KV head.
        std::int32_t valueWidth = 0;
        std::int32_t window = 0;
        bool causal = true;

        bool operator==(const Shape&) const = default;
    };

    [[nodiscard]] Status reserve(const Shape& shape, const ExecutionLimits& limits,
                                 std::int32_t threads);
    [[nodiscard]] const Shape& shape() const { return m_shape; }
    [[nodiscard]] std::size_t bytes() const;

    void build(std::span<const StagedSequence> sequences);
    [[nodiscard]] std::int64_t partCount() const { return m_partCount; }
    [[nodiscard]] const AttentionPart& part(std::int64_t index) const { return m_parts[index]; }
    [[nodiscard]] AttentionItem& item(std::int32_t index) const { return m_items[index]; }
    /// Floats a row and tile: a padded row of values, its maximum and its sum.
    [[nodiscard]] std::int32_t partialWidth() const { return paddedWidth(m_shape.valueWidth) + 2; }
    [[nodiscard]] float* partials() const { return m_partials.data(); }

private:
    void addItems(std::int32_t sequence, const StagedSequence& step);
    void split();

    Shape m_shape;
    std::int32_t m_threads = 1;
    std::int32_t m_itemCount = 0;
    std::int64_t m_partCount = 0;
    Buffer<AttentionItem> m_items;
    Buffer<AttentionPart> m_parts;
    Buffer<float> m_partials;
};

/// A thread's own memory for attention.
class AttentionScratch {
public:
    [[nodiscard]] Status reserve(std::int32_t keyWidth, std::int32_t valueWidth);
    [[nodiscard]] std::size_t bytes() const {
        return m_floats.bytes() + m_rows.bytes() + m_softmax.bytes();
    }

    float* queries = nullptr;         ///< [kTileRows, padded key width]
    float* scores = nullptr;          ///< [kTileRows, kScoreStride]
    float* tile = nullptr;            ///< [kTileRows, padded value width]
    float* total = nullptr;           ///< [kTileRows, padded value width]
    float* maxima = nullptr;          ///< [kTileRows]
    float* sums = nullptr;            ///< [kTileRows]
    float* expanded = nullptr;        ///< [kTileKeys, padded width] keys or values as float32.
    const std::byte** rows = nullptr; ///< [kTileKeys]
    TileSoftmax* softmax = nullptr;   ///< [kTileRows]

private:
    Buffer<float> m_floats;
    Buffer<const std::byte*> m_rows;
    Buffer<TileSoftmax> m_softmax;
};

/// Where the operation reads and writes.
struct AttentionData {
    const float* queries = nullptr; ///< [tokens, heads, keyWidth] with stride queryStride.
    std::ptrdiff_t queryStride = 0;
    float* out = nullptr; ///< [tokens, heads, valueWidth] with stride outStride.
    std::ptrdiff_t outStride = 0;
    std::byte* cache = nullptr;              ///< First block of the arena.
    const std::int32_t* positions = nullptr; ///< [tokens of the step]
};

/// Paged attention with an online softmax over tiles of kTileKeys positions (Dao et al.,
/// FlashAttention, 2022). Every tile has a softmax of its own, and tiles are joined in order, so
/// that a row's result depends neither on the batch nor on how the work is shared out.
class Attention {
public:
    Attention(const AttentionParameters& parameters, CpuFeature feature);

    [[nodiscard]] const AttentionParameters& parameters() const { return m_parameters; }
    /// Called by all threads of a region, as a phase of its own.
    void run(ThreadPool::Worker& worker, const AttentionPlan& plan,
             std::span<const StagedSequence> sequences, const AttentionData& data,
             AttentionScratch& scratch) const;

private:
    struct Job;

    void loadQueries(const Job& job) const;
    void attendTile(const Job& job, std::int32_t tile) const;
    void gatherValues(const Job& job, const TileRows& keys, bool keysInPlace, std::int32_t firstKey,
                      std::int32_t firstColumn) const;
    void bendRow(const Job& job, std::int32_t row, std::int32_t tileBegin, std::int32_t begin,
                 std::int32_t end) const;
    void maskRow(const Job& job, std::int32_t row, std::int32_t tileBegin, std::int32_t begin,
                 std::int32_t end) const;
    [[nodiscard]] TileRows tileRows(const Job& job, const CachePart& part, std::int32_t width,
                                    std::int32_t firstKey, std::int32_t count, bool inPlace) const;
    void join(const Job& job, std::int32_t row, const TileSoftmax& softmax,
              const float* values) const;
    void keepTile(const Job& job, std::int32_t tile, float* partials) const;
    void joinPartials(const Job& job, const float* partials) const;
    void finish(const Job& job) const;

    AttentionParameters m_parameters;
    TileKernels m_kernels;         ///< For rows that are read in place.
    TileKernels m_expandedKernels; ///< For rows expanded to float32.
    bool m_keysInPlace = false;
    bool m_valuesInPlace = false;
    LoadFunction m_load = nullptr;
    SoftcapFunction m_softcap = nullptr;
};

} // namespace hearth::kernels::cpu
