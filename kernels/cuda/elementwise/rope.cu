#include "cuda/device/launch.h"
#include "cuda/device/number.cuh"
#include "cuda/device/ptx.cuh"
#include "cuda/elementwise/elementwise.h"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

constexpr std::int32_t kWarp = 32;
constexpr std::int32_t kWarps = 8;
constexpr std::int32_t kThreads = kWarp * kWarps;
constexpr std::size_t kMaxSharedBytes = std::size_t{48} * 1024; // That every device grants.

std::size_t sharedBytes(const RopeParameters& parameters) {
    return std::size_t(parameters.rotaryWidth) * sizeof(float);
}

/// Where a token's row of one KV head goes.
template<typename Cached>
__device__ Cached* cacheRow(const KvTarget& target, const CachePart& part, std::int32_t sequence,
                            std::int32_t slot, std::int32_t head) {
    const std::int32_t index = slot / part.blockTokens - target.tables.firstBlocks[sequence];
    const std::int32_t block =
        target.tables.blockTables[std::int64_t{sequence} * target.tables.stride + index];
    std::byte* const base = target.cache + static_cast<std::size_t>(block) * target.blockBytes;
    return reinterpret_cast<Cached*>(part.row(base, head, slot % part.blockTokens));
}

/// Turns a head; `copy` gets what it becomes.
template<typename T, typename Cached>
__device__ void turnHead(const RopeParameters& parameters, const float* angles, T* head,
                         Cached* copy, std::int32_t lane) {
    const std::int32_t half = parameters.rotaryWidth / 2;
    const std::int32_t begin = parameters.rotaryOffset;
    const bool halves = parameters.pairing == RopePairing::Halves;
    for (std::int32_t i = lane; i < half; i += kWarp) {
        const std::int32_t first = begin + (halves ? i : 2 * i);
        const std::int32_t second = begin + (halves ? i + half : 2 * i + 1);
        const float a = toFloat(head[first]);
        const float b = toFloat(head[second]);
        const T turnedA = fromFloat<T>(a * angles[i] - b * angles[half + i]);
        const T turnedB = fromFloat<T>(b * angles[i] + a * angles[half + i]);
        head[first] = turnedA;
        head[second] = turnedB;
        if (copy) {
            copy[first] = fromFloat<Cached>(toFloat(turnedA));
            copy[second] = fromFloat<Cached>(toFloat(turnedB));
        }
    }
    if (!copy)
        return;
    for (std::int32_t i = lane; i < parameters.headWidth - parameters.rotaryWidth; i += kWarp) {
        const std::int32_t column = i < begin ? i : i + parameters.rotaryWidth;
        copy[column] = fromFloat<Cached>(toFloat(head[column]));
    }
}

/// How a row's frequencies follow its sequence's length.
struct RowRope {
    const float* frequencies = nullptr;
    double growthLog = 0.0; ///< Dynamic: natural logarithm of what the base grows by.

    __device__ RowRope(const RopeParameters& parameters, std::int64_t row)
        : frequencies(parameters.frequencies) {
        const bool follows = parameters.originalLength > 0 && parameters.lengths;
        const std::int32_t sequence = follows ? parameters.sequenceOf[row] : -1;
        const std::int32_t length = sequence >= 0 ? parameters.lengths[sequence] : 0;
        if (length <= parameters.originalLength)
            return;
        if (parameters.longFrequencies)
            frequencies = parameters.longFrequencies;
        else if (parameters.dynamicFactor > 0.0F)
            growthLog = log(double(parameters.dynamicFactor) * length / parameters.originalLength -
                            (double(parameters.dynamicFactor) - 1.0));
    }
    /// Radians a position for pair i.
    __device__ double at(std::int32_t i, std::int32_t rotaryWidth) const {
        const auto plain = static_cast<double>(frequencies[i]);
        return growthLog == 0.0 ? plain : plain * exp(growthLog * (-2.0 * i / (rotaryWidth - 2)));
    }
};

// A block takes kWarps heads of one row, a warp each: first those that turn, then those of the
// values, which are copied to the cache only.
template<typename T, typename Cached>
__global__ void ropeKernel(RopeParameters parameters, const std::int32_t* positions, T* values,
                           std::int64_t stride, std::int32_t heads, KvTarget target) {
    waitForPrevious();
    HEARTH_DYNAMIC_SHARED(float, angles); // [half] cosines, [half] sines
    const std::int32_t half = parameters.rotaryWidth / 2;
    const std::int64_t row = blockIdx.x;
    const double position = positions[row];
    const RowRope rope(parameters, row);
    for (std::int32_t i = static_cast<std::int32_t>(threadIdx.x); i < half; i += kThreads) {
        // The angle in double: in float32 a position of 100,000 would leave two digits of it.
        const double turns = position * rope.at(i, parameters.rotaryWidth) * 0.15915494309189533577;
        const auto angle = static_cast<float>((turns - floor(turns)) * 6.28318530717958647693);
        float sine = 0.0F;
        float cosine = 0.0F;
        sincosf(angle, &sine, &cosine);
        angles[i] = cosine * parameters.magnitude;
        angles[half + i] = sine * parameters.magnitude;
    }
    __syncthreads();
    const auto lane = static_cast<std::int32_t>(threadIdx.x) % kWarp;
    const auto head = static_cast<std::int32_t>(blockIdx.y * kWarps + threadIdx.x / kWarp);
    const std::int32_t sequence = target.cache ? target.sequenceOf[row] : -1;
    if (head < heads) {
        const std::int32_t key = head - target.firstKeyHead;
        Cached* const copy =
            sequence >= 0 && key >= 0 && key < target.kvHeads
                ? cacheRow<Cached>(target, target.keyPart, sequence, target.slots[row], key)
                : nullptr;
        turnHead(parameters, angles,
                 values + row * stride + std::int64_t{head} * parameters.headWidth, copy, lane);
    } else if (sequence >= 0 && head < heads + target.kvHeads) {
        const std::int32_t own = head - heads;
        Cached* const copy =
            cacheRow<Cached>(target, target.valuePart, sequence, target.slots[row], own);
        const T* const from = static_cast<const T*>(target.values) + row * target.valueStride +
                              std::int64_t{own} * target.valueWidth;
        for (std::int32_t i = lane; i < target.valueWidth; i += kWarp)
            copy[i] = fromFloat<Cached>(toFloat(from[i]));
    }
}

DType numberOf(CacheFormat format) {
    return format == CacheFormat::F32   ? DType::F32
           : format == CacheFormat::F16 ? DType::F16
                                        : DType::BF16;
}

} // namespace

bool ropeSupported(const RopeParameters& parameters) {
    return sharedBytes(parameters) <= kMaxSharedBytes;
}

Status turnHeads(cudaStream_t stream, const RopeParameters& parameters,
                 const std::int32_t* positions, const DeviceRows& heads, const KvTarget& target,
                 std::int32_t rows) {
    if (rows == 0)
        return Status::Ok;
    if (target.cache && target.format == CacheFormat::I8)
        return Status::Unsupported;
    const std::size_t shared = sharedBytes(parameters);
    const std::int32_t count = heads.width / parameters.headWidth;
    const std::int32_t units = count + (target.cache ? target.kvHeads : 0);
    const dim3 grid(static_cast<unsigned>(rows),
                    static_cast<unsigned>((units + kWarps - 1) / kWarps));
    return withNumber(heads.type, [&](auto tag) {
        using T = typename decltype(tag)::Type;
        return withNumber(target.cache ? numberOf(target.format) : heads.type, [&](auto cached) {
            return launchOverlapped(ropeKernel<T, typename decltype(cached)::Type>, grid,
                                    dim3(kThreads), shared, stream, parameters, positions,
                                    heads.as<T>(), heads.stride, count, target);
        });
    });
}

} // namespace hearth::kernels::cuda
