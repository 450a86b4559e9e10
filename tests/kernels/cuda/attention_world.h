#pragma once

#include "cuda/attention/attention.h"
#include "hearth/kernels/half.h"
#include "hearth/kernels/kv_cache.h"
#include "kernels/cuda/device_arrays.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

namespace hearth::kernels::cuda::testing {

/// Rows of numbers of any activation type, in host memory.
class HostRows {
public:
    HostRows() = default;
    HostRows(DType type, std::size_t rows, std::size_t stride)
        : m_type(type)
        , m_stride(stride)
        , m_bytes(rows * stride * elementBytes(), std::uint8_t{0xff}) {}

    [[nodiscard]] std::size_t elementBytes() const { return m_type == DType::F32 ? 4 : 2; }
    [[nodiscard]] std::vector<std::uint8_t>& bytes() { return m_bytes; }
    [[nodiscard]] std::size_t stride() const { return m_stride; }
    void set(std::size_t row, std::size_t column, float value) {
        std::uint8_t* const at = &m_bytes[(row * m_stride + column) * elementBytes()];
        if (m_type == DType::F32) {
            std::memcpy(at, &value, 4);
            return;
        }
        const std::uint16_t bits = m_type == DType::F16 ? f32ToF16(value) : f32ToBf16(value);
        std::memcpy(at, &bits, 2);
    }
    [[nodiscard]] float get(std::size_t row, std::size_t column) const {
        const std::uint8_t* const at = &m_bytes[(row * m_stride + column) * elementBytes()];
        if (m_type == DType::F32) {
            float value = 0.0F;
            std::memcpy(&value, at, 4);
            return value;
        }
        std::uint16_t bits = 0;
        std::memcpy(&bits, at, 2);
        return m_type == DType::F16 ? f16ToF32(bits) : bf16ToF32(bits);
    }

private:
    DType m_type = DType::F32;
    std::size_t m_stride = 0;
    std::vector<std::uint8_t> m_bytes;
};

struct Scene {
    std::int32_t heads = 4;
    std::int32_t kvHeads = 2;
    std::int32_t keyWidth = 64;
    std::int32_t valueWidth = 64;
    std::int32_t blockTokens = 16;
    DType cache = DType::F32;
    DType compute = DType::F32;
    float softcap = 0.0F;
    std::int32_t window = 0;
    bool causal = true;
    bool alibi = false;
    bool sinks = false;
    std::int32_t biasReach = 0;    ///< Of position biases; 0: none.
    std::int32_t columnOffset = 0; ///< Of queries, keys and values in their activations.
    std::int32_t nanToken = -1;    ///< Of sequence 0: its key and value are NaN.
};

/// Tokens [context - queries, context) of a sequence.
struct Chunk {
    std::size_t sequence = 0;
    std::int32_t context = 0;
    std::int32_t queries = 1;
};

struct StepOptions {
    std::int32_t padding = 0; ///< Rows at the end that belong to no sequence.
    bool tree = false;        ///< A random tree within each chunk.
    bool blind = false;       ///< The tree's tokens don't even see themselves.
    bool tiles = false;       ///< Chunks of two tokens and more go to the tile kernel.
    bool deterministic = false;
    std::int32_t multiprocessors = 2;
    std::int32_t maxContext = 0; ///< 0: the largest context.
    std::size_t mostScratch = SIZE_MAX;
};

/// Sequences with random keys, values and queries, whose cache lies in randomly chosen blocks, and
/// the attention of any of their tokens: by the kernels, and by a naive computation in double on
/// the numbers that the cache holds.
class AttentionWorld {
public:
    struct Sequence {
        std::int32_t length = 0;
        std::int32_t firstBlock = 0; ///< Blocks before it are gone.
        std::vector<std::int32_t> blocks;
    };

    AttentionWorld(const Scene& wanted, const std::vector<std::int32_t>& lengths,
                   std::uint32_t seed = 1, std::int32_t droppedBlocks = 0)
        : scene(wanted)
        , m_random(seed) {
        layout.dtype = scene.cache;
        layout.bits = scene.cache == DType::F32 ? 32 : scene.cache == DType::I8 ? 8 : 16;
        layout.layers = 2;
        layout.kvHeads = scene.kvHeads;
        layout.keyWidth = scene.keyWidth;
        layout.valueWidth = scene.valueWidth;
        layout.blockTokens = scene.blockTokens;
        std::int32_t blocks = 3; // That nobody uses.
        for (const std::int32_t length : lengths) {
            sequences.push_back({length, std::min(droppedBlocks, length / scene.blockTokens), {}});
            blocks += (length + scene.blockTokens - 1) / scene.blockTokens;
        }
        std::vector<std::int32_t> ids(std::size_t(blocks), 0);
        std::iota(ids.begin(), ids.end(), 0);
        std::shuffle(ids.begin(), ids.end(), m_random);
        std::size_t next = 0;
        for (Sequence& sequence : sequences)
            for (std::int32_t b = sequence.firstBlock * scene.blockTokens; b < sequence.length;
                 b += scene.blockTokens)
                sequence.blocks.push_back(ids[next++]);
        m_arena = DeviceArray<std::uint8_t>(
            std::vector<std::uint8_t>(std::size_t(blocks) * layout.blockBytes(), 0xff));
        fillParameters();
        store();
    }

    /// Runs the kernels; out has a row a token of the chunks, then the padding.
    Status attend(const std::vector<Chunk>& chunks, const StepOptions& options) {
        const std::int32_t tokens = stage(chunks, options);
        const std::size_t rows = std::size_t(tokens + options.padding);
        const auto offset = std::size_t(scene.columnOffset);
        const std::size_t width = std::size_t(scene.heads) * std::size_t(scene.keyWidth);
        const std::size_t outWidth = std::size_t(scene.heads) * std::size_t(scene.valueWidth);
        HostRows in(scene.compute, rows, width + offset + 64 - width % 64);
        out = HostRows(scene.compute, rows, outWidth + offset + 64 - outWidth % 64);
        std::size_t row = 0;
        for (const Chunk& chunk : chunks)
            for (std::int32_t t = chunk.context - chunk.queries; t < chunk.context; ++t, ++row)
                for (std::size_t i = 0; i < width; ++i)
                    in.set(row, offset + i, query(chunk.sequence, t, i));
        const DeviceArray<std::uint8_t> queries(in.bytes());
        const DeviceArray<std::uint8_t> outDevice(out.bytes());

        AttentionContext context;
        context.step = m_step;
        context.tables = m_tableView;
        context.cache = reinterpret_cast<const std::byte*>(m_arena.data());
        context.deterministic = options.deterministic;
        context.multiprocessors = options.multiprocessors;
        context.plan = plan(chunks, options);
        const ExecutionLimits limits{tokens + options.padding, 64, 0, context.plan.maxContext,
                                     options.deterministic};
        const DeviceArray<std::uint8_t> scratch(
            std::min(options.mostScratch,
                     attentionScratchBytes(parameters, limits, options.multiprocessors)));
        context.scratch = reinterpret_cast<float*>(scratch.data());
        context.scratchBytes = scratch.size();
        const Status status = cuda::attend(context, parameters, rowsOf(queries, in, offset, width),
                                           rowsOf(outDevice, out, offset, outWidth));
        out.bytes() = outDevice.download();
        return status;
    }

    /// The largest error of a row and head as a share of its largest number; checks that nothing
    /// beside the result was written.
    double compare(const std::vector<Chunk>& chunks, const StepOptions& options) {
        const std::vector<std::uint8_t> bytes = m_arena.download();
        double worst = 0.0;
        std::size_t row = 0;
        for (const Chunk& chunk : chunks)
            for (std::int32_t t = 0; t < chunk.queries; ++t, ++row)
                for (std::int32_t head = 0; head < scene.heads; ++head)
                    worst = std::max(worst, compareHead(bytes, chunk, t, row, head));
        const std::size_t offset = std::size_t(scene.columnOffset);
        const std::size_t width = std::size_t(scene.heads) * std::size_t(scene.valueWidth);
        for (std::size_t r = 0; r < row + std::size_t(options.padding); ++r)
            for (std::size_t i = 0; i < out.stride(); ++i)
                if (r >= row || i < offset || i >= offset + width) {
                    EXPECT_TRUE(std::isnan(out.get(r, i))) << "row " << r << " column " << i;
                }
        return worst;
    }
    double attendAndCompare(const std::vector<Chunk>& chunks, const StepOptions& options) {
        EXPECT_EQ(attend(chunks, options), Status::Ok);
        return compare(chunks, options);
    }
    [[nodiscard]] std::vector<float> row(std::size_t index) const {
        std::vector<float> values;
        for (std::int32_t i = 0; i < scene.heads * scene.valueWidth; ++i)
            values.push_back(out.get(index, std::size_t(scene.columnOffset + i)));
        return values;
    }

    const Scene scene;
    KvLayout layout;
    AttentionParameters parameters;
    std::vector<Sequence> sequences;
    HostRows out;

private:
    [[nodiscard]] DeviceRows rowsOf(const DeviceArray<std::uint8_t>& device, const HostRows& host,
                                    std::size_t offset, std::size_t width) const {
        return {device.data() + offset * host.elementBytes(), std::int64_t(host.stride()),
                std::int32_t(width), scene.compute};
    }
    /// A token's numbers, the same whenever they are asked for.
    [[nodiscard]] static float number(std::size_t sequence, std::int32_t token, std::size_t column,
                                      std::uint32_t kind) {
        std::uint32_t x = kind * 0x9e3779b9U + std::uint32_t(sequence) * 0x85ebca6bU +
                          std::uint32_t(token) * 0xc2b2ae35U + std::uint32_t(column) * 0x27d4eb2fU;
        x ^= x >> 15;
        x *= 0x2c1b3c6dU;
        x ^= x >> 12;
        x *= 0x297a2d39U;
        x ^= x >> 15;
        return float(x % 4001U) / 1000.0F - 2.0F;
    }
    [[nodiscard]] float query(std::size_t sequence, std::int32_t token, std::size_t column) const {
        HostRows rounded(scene.compute, 1, 1);
        rounded.set(0, 0, number(sequence, token, column, 1));
        return rounded.get(0, 0);
    }

    void fillParameters() {
        parameters.heads = scene.heads;
        parameters.kvHeads = scene.kvHeads;
        parameters.keyWidth = scene.keyWidth;
        parameters.valueWidth = scene.valueWidth;
        parameters.scale = 1.0F / std::sqrt(float(scene.keyWidth));
        parameters.softcap = scene.softcap;
        parameters.window = scene.window;
        parameters.causal = scene.causal;
        ASSERT_TRUE(cacheFormat(layout, parameters.format));
        parameters.keys = keyPart(layout, 1);
        parameters.values = valuePart(layout, 1);
        parameters.blockBytes = layout.blockBytes();
        for (std::int32_t head = 0; head < scene.heads; ++head) {
            m_slopes.push_back(0.5F / float(head + 1));
            m_sinks.push_back(number(0, head, 0, 4));
            for (std::int32_t entry = 0; entry <= 2 * scene.biasReach; ++entry)
                m_biases.push_back(number(0, head, std::size_t(entry), 5));
        }
        m_biasesDevice = DeviceArray<float>(m_biases);
        parameters.positionBias = scene.biasReach > 0 ? m_biasesDevice.data() : nullptr;
        parameters.positionBiasReach = scene.biasReach;
        m_slopesDevice = DeviceArray<float>(m_slopes);
        m_sinksDevice = DeviceArray<float>(m_sinks);
        parameters.alibi = scene.alibi ? m_slopesDevice.data() : nullptr;
        parameters.sinks = scene.sinks ? m_sinksDevice.data() : nullptr;
    }

    /// Every token that still has its block, and two rows of padding.
    void store() {
        std::vector<Chunk> chunks;
        for (std::size_t s = 0; s < sequences.size(); ++s)
            chunks.push_back({s, sequences[s].length,
                              sequences[s].length - sequences[s].firstBlock * scene.blockTokens});
        const std::int32_t tokens = stage(chunks, {.padding = 2});
        const auto rows = std::size_t(tokens + 2);
        const auto offset = std::size_t(scene.columnOffset);
        const std::size_t keyColumns = std::size_t(scene.kvHeads) * std::size_t(scene.keyWidth);
        const std::size_t valueColumns = std::size_t(scene.kvHeads) * std::size_t(scene.valueWidth);
        HostRows in(scene.compute, rows, keyColumns + valueColumns + offset + 3);
        std::size_t row = 0;
        for (const Chunk& chunk : chunks)
            for (std::int32_t t = chunk.context - chunk.queries; t < chunk.context; ++t, ++row) {
                if (chunk.sequence == 0 && t == scene.nanToken)
                    continue; // Fresh rows are NaN.
                for (std::size_t i = 0; i < keyColumns; ++i)
                    in.set(row, offset + i, number(chunk.sequence, t, i, 2));
                for (std::size_t i = 0; i < valueColumns; ++i)
                    in.set(row, offset + keyColumns + i, number(chunk.sequence, t, i, 3));
            }
        const DeviceArray<std::uint8_t> device(in.bytes());
        const StoreKvParameters storing{scene.kvHeads,        scene.keyWidth,  scene.valueWidth,
                                        parameters.format,    parameters.keys, parameters.values,
                                        parameters.blockBytes};
        EXPECT_EQ(storeKv(nullptr, m_step, m_tableView, storing,
                          rowsOf(device, in, offset, keyColumns),
                          rowsOf(device, in, offset + keyColumns, valueColumns),
                          reinterpret_cast<std::byte*>(m_arena.data()), std::int32_t(rows)),
                  Status::Ok);
        EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    }

    std::int32_t stage(const std::vector<Chunk>& chunks, const StepOptions& options) {
        m_positions.clear();
        m_slots.clear();
        m_tree.clear();
        std::vector<std::int32_t> sequenceOf, starts{0}, contexts, tables, firsts;
        std::int32_t longest = 1;
        std::size_t stride = 1;
        for (const Chunk& chunk : chunks) {
            longest = std::max(longest, chunk.queries);
            stride = std::max(stride, sequences[chunk.sequence].blocks.size());
        }
        const std::int32_t words = (longest + 63) / 64;
        for (std::size_t c = 0; c < chunks.size(); ++c) {
            const Chunk& chunk = chunks[c];
            const std::int32_t past = chunk.context - chunk.queries;
            for (std::int32_t t = 0; t < chunk.queries; ++t) {
                m_slots.push_back(past + t);
                m_positions.push_back(options.tree ? past + t - t / 3 : past + t);
                sequenceOf.push_back(std::int32_t(c));
                std::vector<std::uint64_t> mask(std::size_t(words), 0);
                for (std::int32_t j = 0; j <= t && !options.blind; ++j)
                    if (j == t || m_random() % 2 == 0)
                        mask[std::size_t(j / 64)] |= std::uint64_t{1} << (j % 64);
                m_tree.insert(m_tree.end(), mask.begin(), mask.end());
            }
            starts.push_back(std::int32_t(m_slots.size()));
            contexts.push_back(chunk.context);
            const Sequence& sequence = sequences[chunk.sequence];
            firsts.push_back(sequence.firstBlock);
            tables.insert(tables.end(), sequence.blocks.begin(), sequence.blocks.end());
            tables.resize((c + 1) * stride, 1 << 28); // Never to be followed.
        }
        const auto tokens = std::int32_t(m_slots.size());
        std::vector<std::int32_t> slots = m_slots;
        std::vector<std::int32_t> positions = m_positions;
        for (std::int32_t i = 0; i < options.padding; ++i) {
            slots.push_back(1 << 28);
            positions.push_back(1 << 28);
            sequenceOf.push_back(-1);
        }
        m_words = words;
        m_ints.clear();
        const auto upload = [&](const std::vector<std::int32_t>& values) {
            m_ints.push_back(DeviceArray<std::int32_t>(values));
            return m_ints.back().data();
        };
        m_treeDevice = DeviceArray<std::uint64_t>(m_tree);
        m_step = {};
        m_step.positions = upload(positions);
        m_step.slots = upload(slots);
        m_step.sequenceOf = upload(sequenceOf);
        m_step.queryStarts = upload(starts);
        m_step.contextLengths = upload(contexts);
        m_step.treeMask = options.tree ? m_treeDevice.data() : nullptr;
        m_step.treeWords = options.tree ? words : 0;
        m_tableView = {upload(tables), upload(firsts), std::int32_t(stride)};
        m_hasTree = options.tree;
        return tokens;
    }

    AttentionPlan plan(const std::vector<Chunk>& chunks, const StepOptions& options) {
        AttentionPlan plan;
        std::int32_t first = 0;
        std::vector<std::int32_t> rows;
        std::vector<AttentionTile> tiles;
        for (std::size_t c = 0; c < chunks.size(); ++c) {
            const Chunk& chunk = chunks[c];
            for (std::int32_t t = 0; t < chunk.queries; ++t) {
                if (!options.tiles || chunk.queries == 1)
                    rows.push_back(first + t);
                else if (t % kAttentionTileRows == 0)
                    tiles.push_back({std::int32_t(c), first + t,
                                     std::min(kAttentionTileRows, chunk.queries - t)});
            }
            first += chunk.queries;
            plan.maxContext = std::max(plan.maxContext, chunk.context);
        }
        for (std::int32_t i = 0; i < options.padding; ++i)
            rows.push_back(first + i);
        if (options.maxContext > 0)
            plan.maxContext = options.maxContext;
        plan.rowCount = std::int32_t(rows.size());
        m_ints.push_back(DeviceArray<std::int32_t>(rows));
        m_tiles = DeviceArray<AttentionTile>(tiles);
        plan.rows = options.tiles ? m_ints.back().data() : nullptr;
        plan.tileCount = std::int32_t(tiles.size());
        plan.tiles = m_tiles.data();
        return plan;
    }

    /// Number `column` of a cached key or value.
    [[nodiscard]] double cached(const std::vector<std::uint8_t>& arena, const CachePart& part,
                                const Sequence& sequence, std::int32_t head, std::int32_t token,
                                std::int32_t column) const {
        const std::int32_t block =
            sequence.blocks[std::size_t(token / scene.blockTokens - sequence.firstBlock)];
        const std::size_t base = std::size_t(block) * layout.blockBytes();
        const std::size_t row = std::size_t(head * scene.blockTokens + token % scene.blockTokens);
        const std::uint8_t* const numbers = &arena[base + part.dataOffset + row * part.rowBytes];
        if (scene.cache == DType::I8) {
            std::uint16_t pair[2];
            std::memcpy(pair, &arena[base + part.parameterOffset + row * 4], 4);
            return double(f16ToF32(pair[0])) * numbers[column] + double(f16ToF32(pair[1]));
        }
        if (scene.cache == DType::F32) {
            float value = 0.0F;
            std::memcpy(&value, numbers + 4 * column, 4);
            return double(value);
        }
        std::uint16_t bits = 0;
        std::memcpy(&bits, numbers + 2 * column, 2);
        return double(scene.cache == DType::F16 ? f16ToF32(bits) : bf16ToF32(bits));
    }

    [[nodiscard]] bool sees(const Chunk& chunk, std::int32_t query, std::size_t row,
                            std::int32_t key) const {
        const std::int32_t slot = m_slots[row];
        const std::int32_t past = chunk.context - chunk.queries;
        if (m_hasTree) {
            if (scene.window > 0 && key <= m_positions[row] - scene.window)
                return false;
            const std::size_t word = row * std::size_t(m_words) + std::size_t(key - past) / 64;
            return key < past || (m_tree[word] >> ((key - past) % 64) & 1) != 0;
        }
        static_cast<void>(query);
        return (!scene.causal || key <= slot) &&
               (scene.window == 0 || std::abs(slot - key) < scene.window);
    }

    double compareHead(const std::vector<std::uint8_t>& arena, const Chunk& chunk, std::int32_t t,
                       std::size_t row, std::int32_t head) const {
        const Sequence& sequence = sequences[chunk.sequence];
        const std::int32_t token = chunk.context - chunk.queries + t;
        const std::int32_t kvHead = head / (scene.heads / scene.kvHeads);
        std::vector<std::int32_t> keys;
        std::vector<double> scores;
        for (std::int32_t key = sequence.firstBlock * scene.blockTokens; key < chunk.context;
             ++key) {
            if (!sees(chunk, t, row, key))
                continue;
            double score = 0.0;
            for (std::int32_t i = 0; i < scene.keyWidth; ++i)
                score +=
                    double(query(chunk.sequence, token, std::size_t(head * scene.keyWidth + i))) *
                    cached(arena, parameters.keys, sequence, kvHead, key, i);
            score *= double(parameters.scale);
            if (scene.softcap > 0.0F)
                score = std::tanh(score / double(scene.softcap)) * double(scene.softcap);
            if (scene.alibi)
                score -= double(m_slopes[std::size_t(head)]) * std::abs(m_positions[row] - key);
            if (scene.biasReach > 0) {
                const std::int32_t distance =
                    std::clamp(key - m_positions[row], -scene.biasReach, scene.biasReach);
                score += double(m_biases[std::size_t(head * (2 * scene.biasReach + 1) +
                                                     scene.biasReach + distance)]);
            }
            keys.push_back(key);
            scores.push_back(score);
        }
        double total = scene.sinks ? std::exp(double(m_sinks[std::size_t(head)])) : 0.0;
        for (double& score : scores)
            total += score = std::exp(score);
        double largest = 1e-30;
        double worst = 0.0;
        for (std::int32_t i = 0; i < scene.valueWidth; ++i) {
            double expected = 0.0;
            for (std::size_t k = 0; k < keys.size(); ++k)
                expected += scores[k] / total *
                            cached(arena, parameters.values, sequence, kvHead, keys[k], i);
            const double got =
                double(out.get(row, std::size_t(scene.columnOffset + head * scene.valueWidth + i)));
            largest = std::max(largest, std::abs(expected));
            const double error = std::abs(got - expected);
            worst = std::max(worst, std::isnan(error) ? 1e30 : error);
        }
        return worst / largest;
    }

    std::mt19937 m_random;
    DeviceArray<std::uint8_t> m_arena;
    std::vector<float> m_slopes;
    std::vector<float> m_sinks;
    std::vector<float> m_biases;
    DeviceArray<float> m_biasesDevice;
    DeviceArray<float> m_slopesDevice;
    DeviceArray<float> m_sinksDevice;

    // The step at hand.
    std::vector<std::int32_t> m_slots;
    std::vector<std::int32_t> m_positions;
    std::vector<std::uint64_t> m_tree;
    std::int32_t m_words = 0;
    bool m_hasTree = false;
    std::vector<DeviceArray<std::int32_t>> m_ints;
    DeviceArray<std::uint64_t> m_treeDevice;
    DeviceArray<AttentionTile> m_tiles;
    DeviceStep m_step;
    DeviceTables m_tableView;
};

} // namespace hearth::kernels::cuda::testing
