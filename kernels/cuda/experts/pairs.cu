#include "cuda/experts/pairs.h"

#include "cuda/device/launch.h"
#include "cuda/device/ptx.cuh"
#include "cuda/device/vector4.cuh"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

constexpr std::int32_t kWarp = 32;
constexpr std::int32_t kSortThreads = 1024;
constexpr std::int32_t kSumThreads = 256;
constexpr std::size_t kMaxSharedBytes = std::size_t{48} * 1024; // That every device grants.

std::size_t counterBytes(std::int32_t experts) {
    return 2 * std::size_t(experts) * sizeof(std::int32_t);
}

/// The sum of the values of lower lanes.
__device__ std::int32_t sumBefore(std::int32_t value, std::int32_t lane) {
    std::int32_t sum = value;
    for (int offset = 1; offset < kWarp; offset *= 2) {
        const std::int32_t lower = __shfl_up_sync(0xffffffffU, sum, static_cast<unsigned>(offset));
        if (lane >= offset)
            sum += lower;
    }
    return sum - value;
}

/// One warp: counts become the places where each expert's pairs begin; tiles those of its tiles.
/// Returns how many tiles there are.
__device__ std::int32_t placeExperts(std::int32_t* counts, std::int32_t* tiles,
                                     std::int32_t experts, std::int32_t tileRows) {
    const auto lane = static_cast<std::int32_t>(threadIdx.x) % kWarp;
    const std::int32_t share = (experts + kWarp - 1) / kWarp;
    const std::int32_t begin = min(lane * share, experts);
    const std::int32_t end = min(begin + share, experts);
    std::int32_t ownPairs = 0;
    std::int32_t ownTiles = 0;
    for (std::int32_t e = begin; e < end; ++e) {
        ownPairs += counts[e];
        ownTiles += (counts[e] + tileRows - 1) / tileRows;
    }
    std::int32_t pair = sumBefore(ownPairs, lane);
    std::int32_t tile = sumBefore(ownTiles, lane);
    const std::int32_t all = __shfl_sync(0xffffffffU, tile + ownTiles, kWarp - 1);
    for (std::int32_t e = begin; e < end; ++e) {
        const std::int32_t count = counts[e];
        counts[e] = pair;
        tiles[e] = tile;
        pair += count;
        tile += (count + tileRows - 1) / tileRows;
    }
    return all;
}

/// One block: a counting sort.
__global__ void __launch_bounds__(kSortThreads)
    sortPairsKernel(const PairRoutes routes, std::int32_t tileRows, std::int32_t* pairs,
                    GroupTile* tiles, std::int32_t* tileCount) {
    waitForPrevious();
    HEARTH_DYNAMIC_SHARED(std::int32_t, counters);
    std::int32_t* const places = counters;
    std::int32_t* const firstTiles = counters + routes.experts;
    const auto thread = static_cast<std::int32_t>(threadIdx.x);
    const auto threads = static_cast<std::int32_t>(blockDim.x);
    const std::int32_t count = routes.rows * routes.topK;
    for (std::int32_t e = thread; e < routes.experts; e += threads)
        places[e] = 0;
    __syncthreads();
    for (std::int32_t pair = thread; pair < count; pair += threads)
        if (const std::int32_t expert = routes.expertOf(pair); expert >= 0)
            atomicAdd(&places[expert], 1);
    __syncthreads();
    if (thread < kWarp) {
        const std::int32_t all = placeExperts(places, firstTiles, routes.experts, tileRows);
        if (thread == 0)
            *tileCount = all;
    }
    __syncthreads();
    for (std::int32_t pair = thread; pair < count; pair += threads)
        if (const std::int32_t expert = routes.expertOf(pair); expert >= 0)
            pairs[atomicAdd(&places[expert], 1)] = pair;
    __syncthreads();
    // A place is now where the next expert's pairs begin.
    for (std::int32_t e = thread; e < routes.experts; e += threads) {
        const std::int32_t begin = e == 0 ? 0 : places[e - 1];
        const std::int32_t end = places[e];
        GroupTile* out = tiles + firstTiles[e];
        for (std::int32_t first = begin; first < end; first += tileRows)
            *out++ = {e, first, min(tileRows, end - first)};
    }
}

/// A thread takes four columns of one row.
template<typename Out>
__global__ void __launch_bounds__(kSumThreads)
    sumPairsKernel(const PairRoutes routes, const DeviceRows results, const DeviceRows out,
                   bool accumulate) {
    waitForPrevious();
    const std::int32_t chunks = (out.width + 3) / 4;
    const std::int64_t index = std::int64_t{blockIdx.x} * kSumThreads + threadIdx.x;
    const std::int64_t row = index / chunks;
    const auto column = static_cast<std::int32_t>(index - row * chunks) * 4;
    if (row >= routes.rows || (routes.sequenceOf && routes.sequenceOf[row] < 0))
        return;
    const std::int32_t count = out.width - column;
    const float* const weights =
        static_cast<const float*>(routes.routes.data) + row * routes.routes.stride + routes.topK;
    float4 sum = make_float4(0.0F, 0.0F, 0.0F, 0.0F);
    for (std::int32_t k = 0; k < routes.topK; ++k) {
        const std::int64_t pair = row * routes.topK + k;
        if (routes.expertOf(static_cast<std::int32_t>(pair)) < 0)
            continue;
        const float4 x =
            load4(static_cast<const float*>(results.data) + pair * results.stride + column, count);
        const float weight = weights[k];
        sum = make_float4(fmaf(weight, x.x, sum.x), fmaf(weight, x.y, sum.y),
                          fmaf(weight, x.z, sum.z), fmaf(weight, x.w, sum.w));
    }
    Out* const at = static_cast<Out*>(out.data) + row * out.stride + column;
    if (accumulate) {
        const float4 before = load4(at, count);
        sum = make_float4(sum.x + before.x, sum.y + before.y, sum.z + before.z, sum.w + before.w);
    }
    store4(at, count, sum);
}

} // namespace

bool pairsSupported(std::int32_t experts) {
    return counterBytes(experts) <= kMaxSharedBytes;
}

std::int32_t maxPairTiles(std::int64_t pairs, std::int32_t experts, std::int32_t tileRows) {
    return static_cast<std::int32_t>(std::min<std::int64_t>(pairs, experts) + pairs / tileRows);
}

Status sortPairs(cudaStream_t stream, const PairRoutes& routes, std::int32_t tileRows,
                 std::int32_t* pairs, GroupTile* tiles, std::int32_t* tileCount) {
    const std::int64_t count = std::int64_t{routes.rows} * routes.topK;
    const auto threads = static_cast<unsigned>(std::clamp<std::int64_t>(
        (std::max<std::int64_t>(count, routes.experts) + kWarp - 1) / kWarp * kWarp, kWarp,
        kSortThreads));
    return launchOverlapped(sortPairsKernel, dim3(1), dim3(threads), counterBytes(routes.experts),
                            stream, routes, tileRows, pairs, tiles, tileCount);
}

Status sumPairs(cudaStream_t stream, const PairRoutes& routes, const DeviceRows& results,
                const DeviceRows& out, bool accumulate) {
    const std::int64_t threads = std::int64_t{routes.rows} * ((out.width + 3) / 4);
    const dim3 grid(static_cast<unsigned>((threads + kSumThreads - 1) / kSumThreads));
    return withNumber(out.type, [&](auto tag) {
        return launchOverlapped(sumPairsKernel<typename decltype(tag)::Type>, grid,
                                dim3(kSumThreads), 0, stream, routes, results, out, accumulate);
    });
}

} // namespace hearth::kernels::cuda
