#include "cpu/attention/attention.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <utility>

namespace hearth::kernels::cpu {

namespace {

constexpr float kMasked = -std::numeric_limits<float>::infinity();
// From here on the rows of a tile are expanded to float32 once rather than in each pass.
constexpr std::int32_t kRowsThatPayExpanding = 9;

} // namespace

struct Attention::Job {
    const AttentionItem& item;
    const StagedSequence& sequence;
    const AttentionData& data;
    AttentionScratch& scratch;
    std::int32_t group;
    std::int32_t keyWidth;   ///< Padded.
    std::int32_t valueWidth; ///< Padded.

    [[nodiscard]] std::int32_t tokenOf(std::int32_t row) const {
        return (item.firstRow + row) / group;
    }
    [[nodiscard]] std::int32_t headOf(std::int32_t row) const {
        return item.kvHead * group + (item.firstRow + row) % group;
    }
    /// The row's own place in the cache.
    [[nodiscard]] std::int32_t slotOf(std::int32_t row) const {
        return sequence.context - sequence.tokens + tokenOf(row);
    }
};

Status AttentionScratch::reserve(std::int32_t keyWidth, std::int32_t valueWidth) {
    const std::size_t key = std::size_t(paddedWidth(keyWidth));
    const std::size_t value = std::size_t(paddedWidth(valueWidth));
    const std::size_t perRow = key + kScoreStride + 2 * value + 2;
    if (!m_floats.allocate(kTileRows * perRow + kTileKeys * std::max(key, value)) ||
        !m_rows.allocate(kTileKeys) || !m_softmax.allocate(kTileRows))
        return Status::OutOfMemory;
    float* next = m_floats.data();
    const auto take = [&](std::size_t count) { return std::exchange(next, next + count); };
    queries = take(kTileRows * key);
    scores = take(kTileRows * std::size_t{kScoreStride});
    tile = take(kTileRows * value);
    total = take(kTileRows * value);
    expanded = take(kTileKeys * std::max(key, value));
    maxima = take(kTileRows);
    sums = take(kTileRows);
    rows = m_rows.data();
    softmax = m_softmax.data();
    return Status::Ok;
}

Attention::Attention(const AttentionParameters& parameters, CpuFeature feature)
    : m_parameters(parameters)
    , m_kernels(tileKernels(parameters.format, feature))
    , m_expandedKernels(tileKernels(CacheFormat::F32, feature))
    , m_keysInPlace(readsInPlace(parameters.format, parameters.keyWidth, feature))
    , m_valuesInPlace(!parameters.latent &&
                      readsInPlace(parameters.format, parameters.valueWidth, feature))
    , m_load(loadFunction(parameters.format, feature))
    , m_softcap(softcapFunction(feature)) {
}

void Attention::run(ThreadPool::Worker& worker, const AttentionPlan& plan,
                    std::span<const StagedSequence> sequences, const AttentionData& data,
                    AttentionScratch& scratch) const {
    worker.forEach(plan.partCount(), [&](std::int64_t index) {
        const AttentionPart& part = plan.part(index);
        AttentionItem& item = plan.item(part.item);
        const Job job{item,
                      sequences[std::size_t(item.sequence)],
                      data,
                      scratch,
                      m_parameters.group(),
                      paddedWidth(m_parameters.keyWidth),
                      paddedWidth(m_parameters.valueWidth)};
        loadQueries(job);
        float* const partials = item.parts > 1 ? plan.partials() + item.partials : nullptr;
        for (std::int32_t t = part.firstTile; t < part.firstTile + part.tiles; ++t) {
            attendTile(job, t);
            if (partials)
                keepTile(job, t, partials);
            else
                for (std::int32_t row = 0; row < item.rows; ++row)
                    join(job, row, scratch.softmax[row],
                         scratch.tile + std::ptrdiff_t{row} * job.valueWidth);
        }
        if (partials) {
            // Whoever ends last joins the tiles of all, in order, and readies the next layer's
            // count.
            std::atomic_ref<std::int32_t> pending(item.pending);
            if (pending.fetch_sub(1, std::memory_order_acq_rel) > 1)
                return;
            pending.store(item.parts, std::memory_order_relaxed);
            joinPartials(job, partials);
        }
        finish(job);
    });
}

void Attention::loadQueries(const Job& job) const {
    for (std::int32_t row = 0; row < job.item.rows; ++row) {
        const float* in = job.data.queries +
                          (job.sequence.firstToken + job.tokenOf(row)) * job.data.queryStride +
                          std::ptrdiff_t{job.headOf(row)} * m_parameters.keyWidth;
        float* out = job.scratch.queries + std::ptrdiff_t{row} * job.keyWidth;
        for (std::int32_t i = 0; i < m_parameters.keyWidth; ++i)
            out[i] = in[i] * m_parameters.scale;
        std::fill(out + m_parameters.keyWidth, out + job.keyWidth, 0.0F);
    }
    std::fill_n(job.scratch.maxima, job.item.rows, kMasked);
    std::fill_n(job.scratch.sums, job.item.rows, 0.0F);
    std::fill_n(job.scratch.total, std::ptrdiff_t{job.item.rows} * job.valueWidth, 0.0F);
}

/// Leaves each row's softmax and its weighted sum of values, over one tile, in the scratch.
void Attention::attendTile(const Job& job, std::int32_t tile) const {
    const AttentionScratch& scratch = job.scratch;
    const std::int32_t tileBegin = tile * kTileKeys;
    const std::int32_t lastSlot = job.slotOf(job.item.rows - 1);
    const bool plain = m_parameters.causal && !job.sequence.tree;
    const std::int32_t end =
        std::min(tileBegin + kTileKeys, plain ? lastSlot + 1 : job.sequence.context);
    const std::int32_t windowBegin = m_parameters.window > 0 && !job.sequence.tree
                                         ? std::max(0, job.slotOf(0) + 1 - m_parameters.window)
                                         : 0;
    const std::int32_t stored = job.sequence.firstBlock * m_parameters.keys.blockTokens;
    const std::int32_t begin = std::max({tileBegin, windowBegin, stored});
    std::fill_n(scratch.softmax, job.item.rows, TileSoftmax{});
    if (begin >= end)
        return;

    const std::int32_t first = begin - tileBegin;
    const std::int32_t count = end - begin;
    const bool keysInPlace = m_keysInPlace && job.item.rows < kRowsThatPayExpanding;
    const TileRows keys =
        tileRows(job, m_parameters.keys, m_parameters.keyWidth, begin, count, keysInPlace);
    const TileKernels& keyKernels = keysInPlace ? m_kernels : m_expandedKernels;
    keyKernels.score(scratch.queries, job.item.rows, keys, scratch.scores + first);

    const std::int32_t firstLane = first / kLanes * kLanes;
    const std::int32_t endLane = paddedWidth(first + count);
    for (std::int32_t row = 0; row < job.item.rows; ++row) {
        bendRow(job, row, tileBegin, first, first + count);
        maskRow(job, row, tileBegin, firstLane, endLane);
        scratch.softmax[row] =
            m_kernels.softmax(scratch.scores + row * kScoreStride, firstLane, endLane);
    }

    gatherValues(job, keys, keysInPlace, begin, first);
}

/// Sums the values of the tile's keys, from `firstKey` on, by the weights at `firstColumn`.
void Attention::gatherValues(const Job& job, const TileRows& keys, bool keysInPlace,
                             std::int32_t firstKey, std::int32_t firstColumn) const {
    TileRows values = keys;
    bool inPlace = keysInPlace;
    if (m_parameters.latent) {
        // What lies between the values and the next whole vector is summed for nothing.
        values.width = job.valueWidth;
    } else {
        inPlace = m_valuesInPlace && job.item.rows < kRowsThatPayExpanding;
        values = tileRows(job, m_parameters.values, m_parameters.valueWidth, firstKey, keys.count,
                          inPlace);
    }
    const TileKernels& kernels = inPlace ? m_kernels : m_expandedKernels;
    kernels.gather(job.scratch.scores + firstColumn, job.item.rows, values, job.scratch.tile);
}

/// Soft cap and position bias of columns [begin, end).
void Attention::bendRow(const Job& job, std::int32_t row, std::int32_t tileBegin,
                        std::int32_t begin, std::int32_t end) const {
    float* scores = job.scratch.scores + row * kScoreStride;
    if (m_parameters.softcap > 0.0F)
        m_softcap(scores + begin, end - begin, m_parameters.softcap);
    if (!m_parameters.alibi.empty()) {
        const float slope = m_parameters.alibi[std::size_t(job.headOf(row))];
        const std::int32_t own = job.data.positions[job.sequence.firstToken + job.tokenOf(row)];
        for (std::int32_t k = begin; k < end; ++k)
            scores[k] -= slope * static_cast<float>(std::abs(own - (tileBegin + k)));
    }
    if (m_parameters.positionBias) {
        const std::int32_t reach = m_parameters.positionBiasReach;
        const float* const bias =
            m_parameters.positionBias + reach + std::ptrdiff_t{job.headOf(row)} * (2 * reach + 1);
        const std::int32_t own = job.data.positions[job.sequence.firstToken + job.tokenOf(row)];
        for (std::int32_t k = begin; k < end; ++k)
            scores[k] += bias[std::clamp(tileBegin + k - own, -reach, reach)];
    }
}

/// Sets the columns of [begin, end) that the row doesn't see to -infinity.
void Attention::maskRow(const Job& job, std::int32_t row, std::int32_t tileBegin,
                        std::int32_t begin, std::int32_t end) const {
    const StagedSequence& sequence = job.sequence;
    const std::int32_t own = job.slotOf(row);
    const std::int32_t past = sequence.context - sequence.tokens;
    std::int32_t from = sequence.firstBlock * m_parameters.keys.blockTokens;
    std::int32_t to = m_parameters.causal ? own + 1 : sequence.context;
    if (m_parameters.window > 0) {
        const std::int32_t position =
            sequence.tree ? job.data.positions[sequence.firstToken + job.tokenOf(row)] : own;
        from = std::max(from, position + 1 - m_parameters.window);
        if (!m_parameters.causal)
            to = std::min(to, position + m_parameters.window);
    }
    if (sequence.tree)
        to = sequence.context;
    float* scores = job.scratch.scores + row * kScoreStride;
    const std::int32_t seenFrom = std::clamp(from - tileBegin, begin, end);
    const std::int32_t seenTo = std::clamp(to - tileBegin, seenFrom, end);
    std::fill(scores + begin, scores + seenFrom, kMasked);
    std::fill(scores + seenTo, scores + end, kMasked);
    if (!sequence.tree)
        return;
    const std::uint64_t* seen =
        sequence.tree + std::ptrdiff_t{job.tokenOf(row)} * sequence.treeWords;
    for (std::int32_t k = std::max(seenFrom, past - tileBegin); k < seenTo; ++k) {
        const std::int32_t token = tileBegin + k - past;
        if ((seen[token / 64] >> (token % 64) & 1) == 0)
            scores[k] = kMasked;
    }
}

/// Where keys [firstKey, firstKey + count) lie; expanded to padded float32 unless read in place.
TileRows Attention::tileRows(const Job& job, const CachePart& part, std::int32_t width,
                             std::int32_t firstKey, std::int32_t count, bool inPlace) const {
    const std::int32_t padded = paddedWidth(width);
    std::int32_t block = firstKey / part.blockTokens;
    std::int32_t slot = firstKey % part.blockTokens;
    for (std::int32_t k = 0; k < count; ++block, slot = 0) {
        const std::int32_t id = job.sequence.blocks[block - job.sequence.firstBlock];
        std::byte* const base = job.data.cache + std::size_t(id) * m_parameters.blockBytes;
        for (; slot < part.blockTokens && k < count; ++slot, ++k) {
            const std::byte* row = part.row(base, job.item.kvHead, slot);
            if (!inPlace) {
                float* out = job.scratch.expanded + std::ptrdiff_t{k} * padded;
                m_load(row, part.parameters(base, job.item.kvHead, slot), width, out);
                std::fill(out + width, out + padded, 0.0F);
                row = reinterpret_cast<const std::byte*>(out);
            }
            job.scratch.rows[k] = row;
        }
    }
    return {job.scratch.rows, count, padded};
}

/// Adds one tile's result to the row's total.
void Attention::join(const Job& job, std::int32_t row, const TileSoftmax& softmax,
                     const float* values) const {
    if (softmax.masked())
        return;
    float& maximum = job.scratch.maxima[row];
    float& sum = job.scratch.sums[row];
    const float joint = std::max(maximum, softmax.maximum);
    const float keep = maximum == kMasked ? 0.0F : std::exp(maximum - joint);
    const float take = std::exp(softmax.maximum - joint);
    m_kernels.blend(job.scratch.total + std::ptrdiff_t{row} * job.valueWidth, keep, values, take,
                    job.valueWidth);
    sum = sum * keep + softmax.sum * take;
    maximum = joint;
}

/// Partials are [tiles, rows, value width + 2].
void Attention::keepTile(const Job& job, std::int32_t tile, float* partials) const {
    const std::ptrdiff_t width = job.valueWidth + 2;
    for (std::int32_t row = 0; row < job.item.rows; ++row) {
        float* out =
            partials + (std::ptrdiff_t{tile - job.item.firstTile} * job.item.rows + row) * width;
        out[job.valueWidth] = job.scratch.softmax[row].maximum;
        out[job.valueWidth + 1] = job.scratch.softmax[row].sum;
        std::copy_n(job.scratch.tile + std::ptrdiff_t{row} * job.valueWidth, job.valueWidth, out);
    }
}

void Attention::joinPartials(const Job& job, const float* partials) const {
    const std::ptrdiff_t width = job.valueWidth + 2;
    for (std::int32_t tile = 0; tile < job.item.tiles; ++tile)
        for (std::int32_t row = 0; row < job.item.rows; ++row) {
            const float* in = partials + (std::ptrdiff_t{tile} * job.item.rows + row) * width;
            join(job, row, {in[job.valueWidth], in[job.valueWidth + 1]}, in);
        }
}

/// Divides by the sum of the weights, of which a sink takes its share. A row that sees nothing
/// gives zeros.
void Attention::finish(const Job& job) const {
    for (std::int32_t row = 0; row < job.item.rows; ++row) {
        const std::int32_t head = job.headOf(row);
        const float maximum = job.scratch.maxima[row];
        float scale = 1.0F;
        float sum = job.scratch.sums[row];
        if (m_parameters.sinks && sum != 0.0F) {
            const float joint = std::max(maximum, m_parameters.sinks[head]);
            scale = std::exp(maximum - joint);
            sum = sum * scale + std::exp(m_parameters.sinks[head] - joint);
        }
        const float factor = sum == 0.0F ? 0.0F : scale / sum;
        const float* in = job.scratch.total + std::ptrdiff_t{row} * job.valueWidth;
        float* out = job.data.out +
                     (job.sequence.firstToken + job.tokenOf(row)) * job.data.outStride +
                     std::ptrdiff_t{head} * m_parameters.valueWidth;
        for (std::int32_t i = 0; i < m_parameters.valueWidth; ++i)
            out[i] = in[i] * factor;
    }
}

} // namespace hearth::kernels::cpu
