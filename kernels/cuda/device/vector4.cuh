#pragma once

#include "cuda/device/number.cuh"

namespace hearth::kernels::cuda {

/// Four neighbouring numbers as float32, in one load or store where the address allows it and
/// `count` is 4; else the first `count` of them.
template<typename T>
__device__ inline float4 load4(const T* from, std::int32_t count) {
    struct alignas(4 * sizeof(T)) Vector {
        T values[4];
    };
    float4 out = make_float4(0.0F, 0.0F, 0.0F, 0.0F);
    if (count >= 4 && reinterpret_cast<std::uintptr_t>(from) % sizeof(Vector) == 0) {
        const Vector vector = *reinterpret_cast<const Vector*>(from);
        return make_float4(toFloat(vector.values[0]), toFloat(vector.values[1]),
                           toFloat(vector.values[2]), toFloat(vector.values[3]));
    }
    if (count > 0)
        out.x = toFloat(from[0]);
    if (count > 1)
        out.y = toFloat(from[1]);
    if (count > 2)
        out.z = toFloat(from[2]);
    if (count > 3)
        out.w = toFloat(from[3]);
    return out;
}

template<typename T>
__device__ inline void store4(T* to, std::int32_t count, float4 in) {
    struct alignas(4 * sizeof(T)) Vector {
        T values[4];
    };
    if (count >= 4 && reinterpret_cast<std::uintptr_t>(to) % sizeof(Vector) == 0) {
        *reinterpret_cast<Vector*>(to) = {fromFloat<T>(in.x), fromFloat<T>(in.y),
                                          fromFloat<T>(in.z), fromFloat<T>(in.w)};
        return;
    }
    if (count > 0)
        to[0] = fromFloat<T>(in.x);
    if (count > 1)
        to[1] = fromFloat<T>(in.y);
    if (count > 2)
        to[2] = fromFloat<T>(in.z);
    if (count > 3)
        to[3] = fromFloat<T>(in.w);
}

} // namespace hearth::kernels::cuda
