#include "cuda/experts/experts.h"

#include "cuda/elementwise/elementwise.h"
#include "cuda/experts/pairs.h"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

constexpr std::size_t kAlignment = 256;
// More rows take turns: what a turn reads of the experts is nothing beside what so many compute.
constexpr std::size_t kTurnBytes = std::size_t{256} << 20;

std::int64_t aligned(std::int64_t value, std::int64_t alignment) {
    return (value + alignment - 1) / alignment * alignment;
}

/// How scratch is shared out among `rows` rows.
struct Turn {
    Turn(const ExpertsParameters& parameters, std::int32_t rows, DType compute) {
        const std::int64_t pairs = std::int64_t{rows} * parameters.topK;
        innerStride = aligned(2 * std::int64_t{parameters.width}, 64);
        outStride = aligned(parameters.outWidth, 64);
        // Whatever the tiles' size, there are no more of them than pairs.
        tilesAt = take(pairs * std::int64_t(sizeof(GroupTile)));
        countAt = take(sizeof(std::int32_t));
        pairsAt = take(pairs * std::int64_t(sizeof(std::int32_t)));
        innerAt = take(pairs * innerStride * std::int64_t(blockSize(compute).bytes));
        resultsAt = take(pairs * outStride * std::int64_t(sizeof(float)));
    }

    std::size_t take(std::int64_t size) {
        const std::size_t at = bytes;
        bytes += std::size_t(aligned(size, kAlignment));
        return at;
    }

    std::int64_t innerStride = 0;
    std::int64_t outStride = 0;
    std::size_t bytes = 0;
    std::size_t tilesAt = 0;
    std::size_t pairsAt = 0;
    std::size_t countAt = 0;
    std::size_t innerAt = 0;
    std::size_t resultsAt = 0;
};

/// Rows that take a turn together.
std::int32_t turnRows(const ExpertsParameters& parameters, std::int32_t rows, DType compute) {
    constexpr std::int32_t kSample = 64;
    const std::size_t each = Turn(parameters, kSample, compute).bytes / kSample;
    const auto most = std::int32_t(
        std::max<std::size_t>(kTurnBytes / std::max<std::size_t>(each, 1), std::size_t{kSample}));
    return std::min(rows, most);
}

Status runTurn(const ExpertsContext& context, const ExpertsParameters& parameters,
               const DeviceRows& in, const PairRoutes& routes, const DeviceRows& out) {
    const Turn turn(parameters, routes.rows, in.type);
    if (turn.bytes > context.scratchBytes)
        return Status::InvalidArgument;
    const cudaStream_t stream = context.groups.stream;
    const std::int32_t pairs = routes.rows * routes.topK;
    auto* const tiles = reinterpret_cast<GroupTile*>(context.scratch + turn.tilesAt);
    auto* const tileCount = reinterpret_cast<std::int32_t*>(context.scratch + turn.countAt);
    auto* const order = reinterpret_cast<std::int32_t*>(context.scratch + turn.pairsAt);
    const DeviceRows inner{context.scratch + turn.innerAt, turn.innerStride, 2 * parameters.width,
                           in.type};
    const DeviceRows results{context.scratch + turn.resultsAt, turn.outStride, out.width,
                             DType::F32};

    GroupedRows product;
    product.groups = parameters.experts;
    product.tileRows =
        groupTileRows(in.type, (pairs + parameters.experts - 1) / parameters.experts);
    product.maxTiles = maxPairTiles(pairs, parameters.experts, product.tileRows);
    product.tiles = tiles;
    product.tileCount = tileCount;
    product.pairs = order;
    HEARTH_CUDA_TRY(sortPairs(stream, routes, product.tileRows, order, tiles, tileCount));
    product.divisor = routes.topK;
    product.in = in;
    product.out = inner;
    HEARTH_CUDA_TRY(launchGroups(context.groups, parameters.gateUp, context.entries, product));
    const DeviceRows gate = columnsOf(inner, 0, parameters.width);
    const DeviceRows up = columnsOf(inner, parameters.width, parameters.width);
    HEARTH_CUDA_TRY(activate(stream, parameters.activation, gate, &up, gate, pairs));
    product.divisor = 1;
    product.in = gate;
    product.out = results;
    HEARTH_CUDA_TRY(launchGroups(context.groups, parameters.down, context.entries, product));
    return sumPairs(stream, routes, results, out, parameters.accumulate);
}

} // namespace

bool expertsSupported(const ExpertsParameters& parameters) {
    return pairsSupported(parameters.experts);
}

std::size_t expertsScratchBytes(const ExpertsParameters& parameters, std::int32_t maxRows,
                                DType compute) {
    return Turn(parameters, turnRows(parameters, maxRows, compute), compute).bytes;
}

Status runExperts(const ExpertsContext& context, const ExpertsParameters& parameters,
                  const DeviceRows& in, const DeviceRows& routes, const DeviceRows& out,
                  std::int32_t rows) {
    if (rows <= 0)
        return Status::Ok;
    const std::int32_t step = turnRows(parameters, rows, in.type);
    for (std::int32_t first = 0; first < rows; first += step) {
        PairRoutes own;
        own.routes = rowsFrom(routes, first);
        own.rows = std::min(step, rows - first);
        own.topK = parameters.topK;
        own.experts = parameters.experts;
        own.sequenceOf = context.sequenceOf ? context.sequenceOf + first : nullptr;
        HEARTH_CUDA_TRY(
            runTurn(context, parameters, rowsFrom(in, first), own, rowsFrom(out, first)));
    }
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
