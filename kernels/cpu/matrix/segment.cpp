#include "cpu/matrix/segment.h"

#include "common/weight_source.h"
#include "cpu/matrix/code_segments.h"
#include "cpu/matrix/tile_packing.h"
#include "hearth/kernels/dequantize.h"

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

namespace hearth::kernels::cpu {

namespace {

// Weights from which on packing is shared out: below, waking the threads takes longer. They are
// packed at about one a nanosecond.
constexpr std::int64_t kSharedWeights = 1 << 20;
// Tokens whose activations are gathered at a time.
constexpr std::int64_t kGatheredTokens = 8;

bool isPlain(DType type) {
    return type == DType::F32 || type == DType::F16 || type == DType::BF16;
}

/// x[permutation[column]] of some tokens, one row a token.
void gather(const Activations& activations, std::int64_t firstToken, std::int64_t tokens,
            const std::int32_t* permutation, std::int64_t columns, float* out) {
    for (std::int64_t token = 0; token < tokens; ++token) {
        const float* values = activations.values + (firstToken + token) * activations.stride;
        for (std::int64_t column = 0; column < columns; ++column)
            out[token * kExpandedColumns + column] = values[permutation[column]];
    }
}

} // namespace

PlainSegment::PlainSegment(const WeightSource& source, CpuFeature feature)
    : Segment(source.rows, source.columns, kPlainRows)
    , m_source(source)
    , m_function(plainFunction(feature, source.type)) {
}

std::uint32_t PlainSegment::layoutWord() const {
    return 0x100U + static_cast<std::uint32_t>(m_source.type);
}

void PlainSegment::multiply(std::int64_t tile, const Activations& activations,
                            std::int64_t firstToken, std::int64_t tokens, float* sums) const {
    const std::int64_t firstRow = tile * kPlainRows;
    PlainCall call;
    call.rows = m_source.data + firstRow * m_source.rowBytes;
    call.rowBytes = m_source.rowBytes;
    call.rowCount = std::min(kPlainRows, rows() - firstRow);
    call.columns = columns();
    call.values = activations.values + firstToken * activations.stride;
    call.stride = activations.stride;
    call.tokens = tokens;
    call.sums = sums;
    m_function(call);
}

void PlainSegment::expandRow(std::int64_t row, float* out) const {
    // Cannot fail: every plain type is known and has blocks of one element.
    (void)dequantize(m_source.type, m_source.data + row * m_source.rowBytes, out,
                     static_cast<std::size_t>(columns()));
}

ExpandedSegment::ExpandedSegment(std::int64_t rows, std::int64_t columns, CpuFeature feature)
    : Segment(rows, columns, kPlainRows)
    , m_function(plainFunction(feature, DType::F32)) {
}

void ExpandedSegment::multiply(std::int64_t tile, const Activations& activations,
                               std::int64_t firstToken, std::int64_t tokens, float* sums) const {
    alignas(64) float weights[kPlainRows * kExpandedColumns];
    alignas(64) float gathered[kGatheredTokens * kExpandedColumns];
    alignas(64) float partial[kTokenTile * kPlainRows];
    const std::int64_t firstRow = tile * kPlainRows;
    PlainCall call;
    call.rows = reinterpret_cast<const std::byte*>(weights);
    call.rowBytes = kExpandedColumns * 4;
    call.rowCount = std::min(kPlainRows, rows() - firstRow);
    call.sums = partial;
    std::fill(sums, sums + tokens * kPlainRows, 0.0F);
    for (std::int64_t first = 0; first < columns(); first += kExpandedColumns) {
        call.columns = std::min(kExpandedColumns, columns() - first);
        for (std::int64_t row = 0; row < call.rowCount; ++row)
            expand(firstRow + row, first, call.columns, weights + row * kExpandedColumns);
        const std::int32_t* order = permutation();
        const std::int64_t step = order ? kGatheredTokens : tokens;
        for (std::int64_t token = 0; token < tokens; token += step) {
            call.tokens = std::min(step, tokens - token);
            call.values = activations.values + (firstToken + token) * activations.stride + first;
            call.stride = activations.stride;
            if (order) {
                gather(activations, firstToken + token, call.tokens, order + first, call.columns,
                       gathered);
                call.values = gathered;
                call.stride = kExpandedColumns;
            }
            m_function(call);
            for (std::int64_t t = 0; t < call.tokens; ++t)
                for (std::int64_t row = 0; row < call.rowCount; ++row)
                    sums[(token + t) * kPlainRows + row] += partial[t * kPlainRows + row];
        }
    }
}

Status TileStore::pack(const WeightSource& source, const TileLayout& layout, ThreadPool* pool) {
    const std::int64_t tiles = (source.rows + layout.width - 1) / layout.width;
    std::size_t bytes = 0;
    if (__builtin_mul_overflow(tiles, layout.tileBytes(), &bytes) || !m_memory.allocate(bytes))
        return Status::OutOfMemory;
    m_layout = layout;
    const auto packOne = [&](std::int64_t index) {
        packTile(source, layout, index, m_memory.data() + index * layout.tileBytes());
    };
    if (pool && source.rows * source.columns >= kSharedWeights) {
        pool->parallelFor(tiles, packOne);
    } else {
        for (std::int64_t index = 0; index < tiles; ++index)
            packOne(index);
    }
    return Status::Ok;
}

std::uint32_t TileStore::layoutWord() const {
    return static_cast<std::uint32_t>(m_layout.codes) |
           static_cast<std::uint32_t>(m_layout.scales) << 8 |
           static_cast<std::uint32_t>(m_layout.width) << 16;
}

TiledSegment::TiledSegment(std::int64_t rows, std::int64_t columns, TileStore store,
                           Buffer<std::int32_t> order, CpuFeature feature)
    : Segment(rows, columns, store.layout().width)
    , m_store(std::move(store))
    , m_order(std::move(order))
    , m_function(tileFunction(feature, m_store.layout().codes, m_store.layout().scales)) {
}

void TiledSegment::multiply(std::int64_t tile, const Activations& activations,
                            std::int64_t firstToken, std::int64_t tokens, float* sums) const {
    TileCall call;
    call.layout = &m_store.layout();
    call.tile = m_store.tile(tile);
    call.codes = activations.codes + firstToken * kBlockCodes;
    call.scales = activations.scales + firstToken;
    call.blockStride = activations.rows;
    call.tokens = tokens;
    call.sums = sums;
    m_function(call);
}

void TiledSegment::expandRow(std::int64_t row, float* out) const {
    const TileLayout& layout = m_store.layout();
    const std::byte* const tile = m_store.tile(row / layout.width);
    if (m_order.size() == 0) {
        cpu::expandRow(layout, tile, row % layout.width, 0, columns(), out);
        return;
    }
    float part[kBlockColumns];
    for (std::int64_t first = 0; first < columns(); first += kBlockColumns) {
        const std::int64_t count = std::min(kBlockColumns, columns() - first);
        cpu::expandRow(layout, tile, row % layout.width, first, count, part);
        for (std::int64_t i = 0; i < count; ++i)
            out[m_order[static_cast<std::size_t>(first + i)]] = part[i];
    }
}

ExactTiledSegment::ExactTiledSegment(std::int64_t rows, std::int64_t columns, TileStore store,
                                     CpuFeature feature)
    : ExpandedSegment(rows, columns, feature)
    , m_store(std::move(store)) {
}

void ExactTiledSegment::expandRow(std::int64_t row, float* out) const {
    expand(row, 0, columns(), out);
}

void ExactTiledSegment::expand(std::int64_t row, std::int64_t first, std::int64_t count,
                               float* out) const {
    const std::int64_t width = m_store.layout().width;
    cpu::expandRow(m_store.layout(), m_store.tile(row / width), row % width, first, count, out);
}

namespace {

Status checkGroups(const WeightSource& source) {
    const GroupQuantisation& groups = *source.groups;
    if ((source.type != DType::U8 && !isFloat8(source.type)) || groups.bits < 2 ||
        groups.bits > 8 || (isFloat8(source.type) && (groups.bits != 8 || groups.codebook)))
        return Status::Unsupported;
    if (groups.groupSize <= 0 || !groups.scales)
        return Status::InvalidArgument;
    return permutesOutside(source) ? Status::InvalidArgument : Status::Ok;
}

Status check(const WeightSource& source) {
    const bool known =
        isPlain(source.type) || isFloat8(source.type) || isBlockQuantised(source.type);
    if (!source.groups && !known)
        return Status::Unsupported;
    if (source.groups) {
        if (const Status status = checkGroups(source); status != Status::Ok)
            return status;
    }
    std::int64_t bytes = 0;
    if (!source.data || source.rows <= 0 || source.columns <= 0 || !rowBytesOf(source, bytes) ||
        (source.rows > 1 && source.rowBytes < bytes))
        return Status::InvalidArgument;
    return Status::Ok;
}

} // namespace

Status makeSegment(const WeightSource& source, const SegmentOptions& options,
                   std::unique_ptr<Segment>& out) {
    if (const Status status = check(source); status != Status::Ok)
        return status;
    const CpuFeature feature = options.feature;
    const std::int32_t* const permutation = source.groups ? source.groups->permutation : nullptr;
    const bool ordered = permutation && options.orderedCodes && !options.exactActivations;
    std::optional<TileLayout> layout;
    if (!source.groups)
        layout = tileLayout(source.type, source.columns, tileWidth(feature));
    else if (!permutation || ordered)
        layout = groupTileLayout(source, tileWidth(feature));
    TileStore store;
    Buffer<std::int32_t> order;
    if (layout) {
        if (const Status status = store.pack(source, *layout, options.pool); status != Status::Ok)
            return status;
        if (ordered && !order.allocate(static_cast<std::size_t>(source.columns)))
            return Status::OutOfMemory;
        std::copy_n(permutation, order.size(), order.data());
    }
    if (!mayAllocate())
        return Status::OutOfMemory;
    try {
        if (Float8Segment::serves(source))
            out = std::make_unique<Float8Segment>(source, feature);
        else if (!layout && !source.groups && isBlockQuantised(source.type))
            out = std::make_unique<BlockSegment>(source, feature);
        else if (!layout && source.groups)
            out = std::make_unique<CodeSegment>(source, feature);
        else if (!layout)
            out = std::make_unique<PlainSegment>(source, feature);
        else if (options.exactActivations)
            out = std::make_unique<ExactTiledSegment>(source.rows, source.columns, std::move(store),
                                                      feature);
        else
            out = std::make_unique<TiledSegment>(source.rows, source.columns, std::move(store),
                                                 std::move(order), feature);
    } catch (const std::bad_alloc&) {
        return Status::OutOfMemory;
    }
    return Status::Ok;
}

} // namespace hearth::kernels::cpu
