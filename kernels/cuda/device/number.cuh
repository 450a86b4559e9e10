#pragma once

#include "hearth/kernels/dtype.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>

/// The three types of activations and of plain weights.
namespace hearth::kernels::cuda {

using Half = __half;
using BFloat = __nv_bfloat16;

__host__ __device__ inline float toFloat(float value) {
    return value;
}
__host__ __device__ inline float toFloat(Half value) {
    return __half2float(value);
}
__host__ __device__ inline float toFloat(BFloat value) {
    return __bfloat162float(value);
}

/// The float16 in the lower half of `bits`.
__device__ inline float halfToFloat(std::uint32_t bits) {
    __half_raw raw;
    raw.x = static_cast<unsigned short>(bits);
    return toFloat(Half(raw));
}

template<typename T>
__host__ __device__ inline T fromFloat(float value);
template<>
__host__ __device__ inline float fromFloat<float>(float value) {
    return value;
}
template<>
__host__ __device__ inline Half fromFloat<Half>(float value) {
    return __float2half_rn(value);
}
template<>
__host__ __device__ inline BFloat fromFloat<BFloat>(float value) {
    return __float2bfloat16_rn(value);
}

template<typename T>
struct TypeTag {
    using Type = T;
};

/// Calls body(TypeTag<T>{}) with the C++ type of F32, F16 or BF16.
template<typename Body>
auto withNumber(DType type, Body&& body) {
    switch (type) {
    case DType::F16:
        return body(TypeTag<Half>{});
    case DType::BF16:
        return body(TypeTag<BFloat>{});
    default:
        return body(TypeTag<float>{});
    }
}

/// 16 bytes of numbers, loaded and stored at once.
template<typename T>
struct alignas(16) Packed16 {
    static constexpr int kCount = 16 / sizeof(T);
    T values[kCount];
};

} // namespace hearth::kernels::cuda
