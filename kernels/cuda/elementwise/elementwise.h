#pragma once

#include "common/cache_format.h"
#include "cuda/device/status.h"
#include "cuda/device/tensor.h"
#include "hearth/kernels/program.h"

#include <cuda_runtime.h>

#include <cstdint>

/// Operations in which a row of the result depends on the same row of the operands. Arithmetic is
/// float32; operands may be F32, F16 or BF16 each. Launches only; nothing where rows is 0.
namespace hearth::kernels::cuda {

/// A NormOp; pointers are device memory, [width] or nullptr.
struct NormParameters {
    NormKind kind = NormKind::Rms;
    std::int32_t width = 0;
    const float* gain = nullptr;
    const float* bias = nullptr;
    float gainOffset = 0.0F;
    float epsilon = 1e-5F;
};
Status normalise(cudaStream_t stream, const NormParameters& parameters, const DeviceRows& in,
                 const DeviceRows& out, std::int32_t rows);

/// A RopeOp; pointers are device memory.
struct RopeParameters {
    std::int32_t headWidth = 0;
    std::int32_t rotaryWidth = 0;
    std::int32_t rotaryOffset = 0;
    RopePairing pairing = RopePairing::Halves;
    const float* frequencies = nullptr; ///< [rotaryWidth / 2]
    float magnitude = 1.0F;
    std::int32_t originalLength = 0;
    const float* longFrequencies = nullptr; ///< [rotaryWidth / 2] or nullptr.
    float dynamicFactor = 0.0F;
    const std::int32_t* lengths = nullptr;    ///< [sequences], see HostStep::ropeLengths.
    const std::int32_t* sequenceOf = nullptr; ///< [rows], -1: a row that pads the step.
};
/// False for a rotary width whose cosines and sines don't fit into a block's shared memory.
[[nodiscard]] bool ropeSupported(const RopeParameters& parameters);

/// Where turned keys, and values beside them, are stored on the way: what a StoreKvOp behind a
/// RopeOp would do. Keys are heads [firstKeyHead, firstKeyHead + kvHeads) of those that turn. Not
/// for int8 caches.
struct KvTarget {
    std::byte* cache = nullptr; ///< First block of the arena; nullptr: nothing is stored.
    std::size_t blockBytes = 0;
    CacheFormat format = CacheFormat::F16;
    CachePart keyPart;
    CachePart valuePart;
    DeviceTables tables;
    const std::int32_t* slots = nullptr;
    const std::int32_t* sequenceOf = nullptr; ///< -1: a row that pads the step.
    std::int32_t firstKeyHead = 0;
    std::int32_t kvHeads = 0;
    const void* values = nullptr; ///< [rows, kvHeads, valueWidth], of the heads' type.
    std::int64_t valueStride = 0;
    std::int32_t valueWidth = 0;
};
Status turnHeads(cudaStream_t stream, const RopeParameters& parameters,
                 const std::int32_t* positions, const DeviceRows& heads, const KvTarget& target,
                 std::int32_t rows);

/// out = activation(gate) * up, or activation(gate) where `up` is nullptr.
Status activate(cudaStream_t stream, Activation kind, const DeviceRows& gate, const DeviceRows* up,
                const DeviceRows& out, std::int32_t rows);
/// out += in.
Status addRows(cudaStream_t stream, const DeviceRows& in, const DeviceRows& out, std::int32_t rows);
/// out[i] = in[ids[i]], converted to out's type; `ids` nullptr: in[i].
Status copyRows(cudaStream_t stream, const DeviceRows& in, const std::int32_t* ids,
                const DeviceRows& out, std::int32_t rows);
/// x = tanh(x / cap) * cap.
Status softcapRows(cudaStream_t stream, const DeviceRows& values, float cap, std::int32_t rows);
/// x *= factor.
Status scaleRows(cudaStream_t stream, const DeviceRows& values, float factor, std::int32_t rows);
/// A PositionScaleOp; `positions` [rows] in device memory.
Status scaleByPosition(cudaStream_t stream, const DeviceRows& values, const std::int32_t* positions,
                       std::int32_t originalLength, std::int32_t rows);

/// Columns [offset, offset + width) of each of `heads` heads.
struct HeadColumns {
    std::int32_t heads = 1;
    std::int32_t headWidth = 0;
    std::int32_t offset = 0;
    std::int32_t width = 0;
};
/// A CopyHeadsOp: head h of `out` gets head h of `in`, or its one head.
Status copyHeads(cudaStream_t stream, const DeviceRows& in, const HeadColumns& from,
                 const DeviceRows& out, const HeadColumns& to, std::int32_t rows);

} // namespace hearth::kernels::cuda
