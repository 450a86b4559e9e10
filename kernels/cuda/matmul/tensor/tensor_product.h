#pragma once

#include "cuda/device/status.h"
#include "cuda/matmul/grouped.h"
#include "cuda/weights/layout.h"

#include <cuda_runtime.h>

#include <cstdint>

/// Products of few rows of F16 or BF16 on tensor cores, for every layout of weights. Sums, scales
/// and offsets are float32; codes enter the tensor cores as exact small numbers.
namespace hearth::kernels::cuda {

inline constexpr int kTensorWarps = 8;
inline constexpr int kTensorUnroll = 2; ///< Tiles in flight a warp; stages are multiples of it.

/// How a block's warps share out K, and how it stages x in shared memory.
struct TensorStages {
    std::int64_t columns = 0; ///< Of x; the layout's beyond meet zeros.
    std::int32_t depthWarps = 1;
    std::int32_t stageTiles = 0; ///< Tiles of columns of x that are staged at a time.
    std::int32_t buffers = 1;    ///< 2: the next stage is copied while one is used.
    std::int32_t pitch = 0;      ///< Of staged rows, in numbers.
    std::uint32_t bufferBytes = 0;
    std::uint32_t tableOffset = 0;
    bool aligned = false; ///< Rows of x allow loads of 16 bytes.
};

/// out[m, n] for x rows m < rows, weight rows n. A block has 16 * kTensorWarps / depthWarps rows of
/// weights and 8 * columnTiles rows of x; its warps share out K `depthWarps` ways, and the grid
/// once more `splits` ways. A sum's order depends on K, depthWarps and splits alone.
struct TensorCall : TensorStages {
    WeightLayout weights;
    const void* in = nullptr;
    std::int64_t inStride = 0;
    void* out = nullptr;
    std::int64_t outStride = 0;
    const float* bias = nullptr;
    float* partials = nullptr; ///< [splits, rows, n] where splits > 1.
    std::int32_t rows = 0;
    std::int32_t splits = 1;
    std::int32_t tilesPerSplit = 0;
    bool floatOut = false;
    bool accumulate = false;
};

/// A product of many matrices at once, each with rows of its own: see grouped.h, whose tasks lie in
/// blockIdx.x and whose rows of weights in blockIdx.y. Sums are those of TensorCall.
struct TensorGroups : TensorStages {
    GroupedRows rows;
    bool floatOut = false;
};

using TensorKernel = void (*)(TensorCall);
using GroupsKernel = void (*)(TensorGroups);
/// Writes rows [firstRow, firstRow + rows) as numbers with a stride of layout.columns.
using BandKernel = void (*)(WeightLayout layout, std::int64_t firstRow, std::int64_t rows,
                            void* out);

/// One instance for a type, a layout and a number of column tiles (1 or 4).
struct TensorInstance {
    TensorKernel kernel = nullptr;
    std::int32_t columnTiles = 0;
    BandKernel band = nullptr; ///< Quantised layouts only.
    GroupsKernel groups = nullptr;
};

/// The instance for `rows` rows of x.
[[nodiscard]] TensorInstance tensorInstance(DType compute, const WeightLayout& layout,
                                            std::int32_t rows);

/// Fills in how the call is shared out, and launches it. `scratch` holds partial sums.
Status launchTensor(cudaStream_t stream, DType compute, TensorCall call, bool deterministic,
                    std::int32_t multiprocessors, float* scratch, std::size_t scratchBytes);

/// Fills in how the groups of a class are shared out, and launches them; see launchGroups().
Status launchTensorGroups(cudaStream_t stream, DType compute, const GroupClass& groups,
                          TensorGroups call, bool deterministic, std::int32_t multiprocessors);

/// As expandBand() of row_kernels.h, for F16 and BF16.
Status launchBand(cudaStream_t stream, const WeightLayout& layout, std::int64_t firstRow,
                  std::int64_t rows, DType type, void* out);

// By layout, for tensorInstance().
[[nodiscard]] TensorInstance plainTensor(DType compute, std::int32_t columnTiles);
[[nodiscard]] TensorInstance bits4Tensor(DType compute, const WeightLayout& layout,
                                         std::int32_t columnTiles);
[[nodiscard]] TensorInstance bits8Tensor(DType compute, const WeightLayout& layout,
                                         std::int32_t columnTiles);
[[nodiscard]] TensorInstance tableTensor(DType compute, const WeightLayout& layout,
                                         std::int32_t columnTiles);
[[nodiscard]] TensorInstance e4m3Tensor(DType compute, const WeightLayout& layout,
                                        std::int32_t columnTiles);

} // namespace hearth::kernels::cuda
