#include "cuda/device/launch.h"
#include "cuda/device/number.cuh"
#include "cuda/elementwise/elementwise.h"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

constexpr std::int32_t kThreads = 256;

// A block turns the heads of one row: cosines and sines once for all of them.
template<typename T>
__global__ void ropeKernel(RopeParameters parameters, const std::int32_t* positions, T* values,
                           std::int64_t stride, std::int32_t heads) {
    HEARTH_DYNAMIC_SHARED(float, shared); // [half] cosines, [half] sines
    const std::int32_t half = parameters.rotaryWidth / 2;
    const std::int64_t row = blockIdx.x;
    const double position = positions[row];
    for (std::int32_t i = static_cast<std::int32_t>(threadIdx.x); i < half; i += kThreads) {
        // The angle in double: in float32 a position of 100,000 would leave two digits of it.
        const double turns = position * static_cast<double>(parameters.frequencies[i]) *
                             0.15915494309189533577;
        const auto angle = static_cast<float>((turns - floor(turns)) * 6.28318530717958647693);
        float sine = 0.0F;
        float cosine = 0.0F;
        sincosf(angle, &sine, &cosine);
        shared[i] = cosine * parameters.magnitude;
        shared[half + i] = sine * parameters.magnitude;
    }
    __syncthreads();
    const bool halves = parameters.pairing == RopePairing::Halves;
    for (std::int32_t pair = static_cast<std::int32_t>(threadIdx.x); pair < heads * half;
         pair += kThreads) {
        const std::int32_t head = pair / half;
        const std::int32_t i = pair - head * half;
        T* const at = values + row * stride + std::int64_t{head} * parameters.headWidth;
        T& first = at[halves ? i : 2 * i];
        T& second = at[halves ? i + half : 2 * i + 1];
        const float a = toFloat(first);
        const float b = toFloat(second);
        first = fromFloat<T>(a * shared[i] - b * shared[half + i]);
        second = fromFloat<T>(b * shared[i] + a * shared[half + i]);
    }
}

} // namespace

Status turnHeads(cudaStream_t stream, const RopeParameters& parameters,
                 const std::int32_t* positions, const DeviceRows& heads, std::int32_t rows) {
    if (rows == 0)
        return Status::Ok;
    const std::size_t shared = std::size_t(parameters.rotaryWidth) * sizeof(float);
    return withNumber(heads.type, [&](auto tag) {
        using T = typename decltype(tag)::Type;
        return launch(ropeKernel<T>, dim3(static_cast<unsigned>(rows)), dim3(kThreads), shared,
                      stream, parameters, positions, heads.as<T>(), heads.stride,
                      heads.width / parameters.headWidth);
    });
}

} // namespace hearth::kernels::cuda
