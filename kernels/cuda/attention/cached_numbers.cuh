#pragma once

#include "common/cache_format.h"
#include "cuda/device/number.cuh"
#include "cuda/device/ptx.cuh"

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

/// Reading cached keys and values as float32.
namespace hearth::kernels::cuda {

/// int8 codes stand for code * scale + zero.
struct CodeParameters {
    float scale = 0.0F;
    float zero = 0.0F;
};

__device__ inline CodeParameters unpackParameters(std::uint32_t pair) {
    return {halfToFloat(pair & 0xffffU), halfToFloat(pair >> 16)};
}

/// One number of a row.
template<CacheFormat Format>
__device__ inline float loadCached(const std::byte* row, std::int32_t index,
                                   const CodeParameters& parameters) {
    if constexpr (Format == CacheFormat::F32)
        return reinterpret_cast<const float*>(row)[index];
    else if constexpr (Format == CacheFormat::F16)
        return toFloat(reinterpret_cast<const Half*>(row)[index]);
    else if constexpr (Format == CacheFormat::BF16)
        return toFloat(reinterpret_cast<const BFloat*>(row)[index]);
    else
        return fmaf(float(reinterpret_cast<const std::uint8_t*>(row)[index]), parameters.scale,
                    parameters.zero);
}

/// Eight numbers as they lie in the cache.
template<CacheFormat Format>
struct Raw8 {
    static constexpr std::size_t kBytes = 16;

    __device__ void load(const std::byte* from) { bits = loadStreaming(from); }
    __device__ void unpack(float (&out)[8], const CodeParameters&) const {
        const std::uint32_t words[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            if constexpr (Format == CacheFormat::BF16) {
                out[2 * i] = __uint_as_float(words[i] << 16);
                out[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000U);
            } else {
                out[2 * i] = halfToFloat(words[i] & 0xffffU);
                out[2 * i + 1] = halfToFloat(words[i] >> 16);
            }
        }
    }

    uint4 bits;
};

template<>
struct Raw8<CacheFormat::I8> {
    static constexpr std::size_t kBytes = 8;

    __device__ void load(const std::byte* from) {
        bits = __ldg(reinterpret_cast<const uint2*>(from));
    }
    __device__ void unpack(float (&out)[8], const CodeParameters& parameters) const {
        // A byte in the low bits of 2^23 as float32 makes 2^23 + byte: faster than a conversion.
        constexpr std::uint32_t kMagicBits = 0x4b000000U;
        constexpr float kMagic = 8388608.0F;
#pragma unroll
        for (int i = 0; i < 8; ++i) {
            const std::uint32_t word = i < 4 ? bits.x : bits.y;
            const float code = __uint_as_float((word >> (i % 4 * 8) & 0xffU) | kMagicBits) - kMagic;
            out[i] = fmaf(code, parameters.scale, parameters.zero);
        }
    }

    uint2 bits;
};

} // namespace hearth::kernels::cuda
