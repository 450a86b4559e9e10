#include "cuda/weights/number_check.h"

#include "cuda/device/launch.h"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

constexpr int kThreads = 256;
constexpr std::int64_t kBlocks = 1024;

/// Whether a word holds a number whose exponent is all ones: one of 32 bits, or two of 16 bits.
template<DType kType>
__device__ bool isNonFinite(std::uint32_t word) {
    if constexpr (kType == DType::F32)
        return (word & 0x7f800000U) == 0x7f800000U;
    constexpr std::uint32_t kExponent = kType == DType::F16 ? 0x7c00U : 0x7f80U;
    return (word & kExponent) == kExponent || (word >> 16 & kExponent) == kExponent;
}

template<DType kType>
__global__ void lookKernel(const std::byte* data, std::int64_t bytes, std::uint32_t* found) {
    const std::int64_t step = std::int64_t{gridDim.x} * kThreads;
    const std::int64_t first = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
    const auto* quads = reinterpret_cast<const uint4*>(data);
    bool bad = false;
    for (std::int64_t i = first; i < bytes / 16; i += step) {
        const uint4 words = quads[i];
        bad = bad || isNonFinite<kType>(words.x) || isNonFinite<kType>(words.y) ||
              isNonFinite<kType>(words.z) || isNonFinite<kType>(words.w);
    }
    // What is left is less than 16 bytes, the last word perhaps half.
    const std::int64_t tail = bytes / 16 * 16;
    if (first < (bytes - tail) / 2) {
        const auto* halves = reinterpret_cast<const std::uint16_t*>(data + tail);
        if constexpr (kType == DType::F32)
            bad = bad || (first % 2 == 1 && (halves[first] & 0x7f80U) == 0x7f80U);
        else
            bad = bad || isNonFinite<kType>(halves[first]);
    }
    if (bad)
        *found = 1;
}

} // namespace

Status NumberCheck::look(cudaStream_t stream, DType type, const std::byte* data,
                         std::int64_t bytes) {
    if (bytes == 0)
        return Status::Ok;
    {
        const std::scoped_lock lock(m_mutex);
        if (m_found.size() == 0) {
            DeviceBuffer<std::uint32_t> flag;
            HEARTH_CUDA_TRY(flag.allocate(1));
            HEARTH_CUDA_TRY(
                toStatus(cudaMemsetAsync(flag.data(), 0, sizeof(std::uint32_t), stream)));
            m_found = std::move(flag);
        }
    }
    const auto blocks = static_cast<unsigned>(
        std::clamp<std::int64_t>(bytes / (16 * kThreads), 1, kBlocks));
    switch (type) {
    case DType::F32:
        return launch(lookKernel<DType::F32>, dim3(blocks), dim3(kThreads), 0, stream, data, bytes,
                      m_found.data());
    case DType::F16:
        return launch(lookKernel<DType::F16>, dim3(blocks), dim3(kThreads), 0, stream, data, bytes,
                      m_found.data());
    case DType::BF16:
        return launch(lookKernel<DType::BF16>, dim3(blocks), dim3(kThreads), 0, stream, data, bytes,
                      m_found.data());
    default:
        return Status::InvalidArgument;
    }
}

Status NumberCheck::take(cudaStream_t stream, bool& found) {
    const std::scoped_lock lock(m_mutex);
    found = false;
    if (m_found.size() == 0)
        return Status::Ok;
    std::uint32_t flag = 0;
    HEARTH_CUDA_TRY(toStatus(
        cudaMemcpyAsync(&flag, m_found.data(), sizeof(flag), cudaMemcpyDeviceToHost, stream)));
    HEARTH_CUDA_TRY(toStatus(cudaStreamSynchronize(stream)));
    m_found = {};
    found = flag != 0;
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
