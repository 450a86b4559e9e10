#pragma once

#include "cuda/device/status.h"
#include "cuda/device/tensor.h"
#include "cuda/matmul/grouped.h"

#include <cuda_runtime.h>

#include <cstdint>

/// Small kernels around the products of experts. A pair is a row and one of the experts that it was
/// routed to: pair row * topK + k. Launches only.
namespace hearth::kernels::cuda {

/// Where a step's rows were routed to.
struct PairRoutes {
    DeviceRows routes; ///< RouteOp::out, float32.
    std::int32_t rows = 0;
    std::int32_t topK = 0;
    std::int32_t experts = 0;
    const std::int32_t* sequenceOf = nullptr; ///< [rows], -1: the row counts nothing; nullptr: all.

    /// The expert of a pair, -1: none.
    __device__ std::int32_t expertOf(std::int32_t pair) const {
        const std::int32_t row = pair / topK;
        if (sequenceOf && sequenceOf[row] < 0)
            return -1;
        const float expert =
            static_cast<const float*>(routes.data)[row * routes.stride + pair % topK];
        return expert >= 0.0F && expert < static_cast<float>(experts)
                   ? static_cast<std::int32_t>(expert)
                   : -1;
    }
};

/// False for more experts than a block's shared memory has counters of.
[[nodiscard]] bool pairsSupported(std::int32_t experts);

/// Tiles that pairs make at most.
[[nodiscard]] std::int32_t maxPairTiles(std::int64_t pairs, std::int32_t experts,
                                        std::int32_t tileRows);

/// Sorts the pairs by expert, and cuts them in tiles of at most `tileRows`. The order of an
/// expert's pairs is any: each makes a row of its own.
Status sortPairs(cudaStream_t stream, const PairRoutes& routes, std::int32_t tileRows,
                 std::int32_t* pairs, GroupTile* tiles, std::int32_t* tileCount);

/// out[row] = (out[row] +) the sum over k, in order, of weight k of the row * results[row * topK +
/// k].
Status sumPairs(cudaStream_t stream, const PairRoutes& routes, const DeviceRows& results,
                const DeviceRows& out, bool accumulate);

} // namespace hearth::kernels::cuda
