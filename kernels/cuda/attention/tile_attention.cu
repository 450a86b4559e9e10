#include "cuda/attention/row_problem.cuh"
#include "cuda/attention/tile_kernel.cuh"

#include <algorithm>
#include <span>

namespace hearth::kernels::cuda {

namespace {

using tile::TileProblem;

struct TileKernel {
    void (*kernel)(TileProblem) = nullptr;
    std::size_t sharedBytes = 0;
};

template<typename T, int Width, int Keys>
constexpr TileKernel tileKernel() {
    return {tile::attendTile<T, Width, Keys>, tile::TileShape<Width, Keys>::kSharedBytes};
}

/// Kernels for a width, the fastest first: the others need less shared memory.
template<typename T>
std::span<const TileKernel> tileKernels(std::int32_t width) {
    static const TileKernel kernels32[] = {tileKernel<T, 32, 64>()};
    static const TileKernel kernels64[] = {tileKernel<T, 64, 64>()};
    static const TileKernel kernels80[] = {tileKernel<T, 80, 64>()};
    static const TileKernel kernels96[] = {tileKernel<T, 96, 64>()};
    static const TileKernel kernels112[] = {tileKernel<T, 112, 64>()};
    static const TileKernel kernels128[] = {tileKernel<T, 128, 64>(), tileKernel<T, 128, 32>()};
    static const TileKernel kernels192[] = {tileKernel<T, 192, 32>()};
    static const TileKernel kernels256[] = {tileKernel<T, 256, 32>()};
    switch (width) {
    case 32:
        return kernels32;
    case 64:
        return kernels64;
    case 80:
        return kernels80;
    case 96:
        return kernels96;
    case 112:
        return kernels112;
    case 128:
        return kernels128;
    case 192:
        return kernels192;
    case 256:
        return kernels256;
    default:
        return {};
    }
}

std::span<const TileKernel> tileKernels(DType type, std::int32_t width) {
    if (type == DType::F16)
        return tileKernels<Half>(width);
    return type == DType::BF16 ? tileKernels<BFloat>(width) : std::span<const TileKernel>{};
}

struct DeviceAbilities {
    std::size_t sharedBytes = 0; ///< That a block can have.
    bool multipliesBf16 = false;
};

DeviceAbilities deviceAbilities() {
    int device = 0;
    int bytes = 0;
    int major = 0;
    if (cudaGetDevice(&device) != cudaSuccess ||
        cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device) !=
            cudaSuccess ||
        cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) != cudaSuccess)
        return {};
    return {std::size_t(std::max(0, bytes)), major >= 8};
}

/// The fastest kernel that the device at hand can run; {}: none.
TileKernel kernelFor(DType type, std::int32_t width) {
    const DeviceAbilities device = deviceAbilities();
    if (type == DType::BF16 && !device.multipliesBf16)
        return {};
    for (const TileKernel& kernel : tileKernels(type, width)) {
        // Beside the stages stand the keys' offsets.
        if (kernel.sharedBytes + 2 * 64 * sizeof(std::int64_t) <= device.sharedBytes)
            return kernel;
    }
    return {};
}

TileKernel chooseTileKernel(const AttentionParameters& parameters, DType compute,
                            bool hasTreeMask) {
    const CacheFormat format = compute == DType::F16 ? CacheFormat::F16 : CacheFormat::BF16;
    if (hasTreeMask || parameters.format != format || parameters.keyWidth != parameters.valueWidth)
        return {};
    return kernelFor(compute, parameters.keyWidth);
}

} // namespace

bool tilesSupported(const AttentionParameters& parameters, DType compute, bool hasTreeMask) {
    return chooseTileKernel(parameters, compute, hasTreeMask).kernel;
}

Status prepareTiles() {
    for (const DType type : {DType::F16, DType::BF16})
        for (const std::int32_t width : {32, 64, 80, 96, 112, 128, 192, 256})
            if (const TileKernel chosen = kernelFor(type, width); chosen.kernel)
                HEARTH_CUDA_TRY(allowSharedBytes(chosen.kernel, chosen.sharedBytes));
    return Status::Ok;
}

Status attendTiles(const AttentionContext& context, const AttentionParameters& parameters,
                   const AttentionProblem& attention) {
    const TileKernel kernel =
        chooseTileKernel(parameters, attention.queryType, context.step.treeMask != nullptr);
    if (!kernel.kernel || attention.outType != attention.queryType)
        return Status::Unsupported;
    const dim3 grid(unsigned(parameters.heads), unsigned(context.plan.tileCount));
    return launch(kernel.kernel, grid, dim3(kAttentionThreads), kernel.sharedBytes, context.stream,
                  TileProblem{attention, context.plan.tiles});
}

} // namespace hearth::kernels::cuda
