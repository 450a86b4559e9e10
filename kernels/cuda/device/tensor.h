#pragma once

#include "hearth/kernels/dtype.h"

#include <cstddef>
#include <cstdint>

namespace hearth::kernels::cuda {

/// Columns of an activation in device memory: element (row, column) lies at
/// data + row * stride + column. F32, F16 or BF16. An activation begins at a multiple of 256 bytes
/// and has a stride of a multiple of 128 bytes; a view's data need not be aligned beyond its type.
struct DeviceRows {
    void* data = nullptr;
    std::int64_t stride = 0; ///< Elements.
    std::int32_t width = 0;
    DType type = DType::F32;

    template<typename T>
    [[nodiscard]] T* as() const {
        return static_cast<T*>(data);
    }
};

/// Columns [first, first + width) of `rows`.
[[nodiscard]] inline DeviceRows columnsOf(DeviceRows rows, std::int32_t first, std::int32_t width) {
    rows.data =
        rows.as<std::byte>() + std::int64_t{first} * std::int64_t(blockSize(rows.type).bytes);
    rows.width = width;
    return rows;
}

/// Rows from `first` on.
[[nodiscard]] inline DeviceRows rowsFrom(DeviceRows rows, std::int64_t first) {
    rows.data =
        rows.as<std::byte>() + first * rows.stride * std::int64_t(blockSize(rows.type).bytes);
    return rows;
}

/// Entries of a block table of one KV group, in device memory.
struct DeviceTables {
    const std::int32_t* blockTables = nullptr; ///< [sequences, stride]
    const std::int32_t* firstBlocks = nullptr; ///< [sequences]: logical index of the first entry.
    std::int32_t stride = 0;
    /// [sequences]: tokens of a Cross group that earlier steps wrote; nullptr: as the step's.
    const std::int32_t* contextLengths = nullptr;
};

/// A staged step in device memory. Rows beyond the step's tokens pad it to the size of a recorded
/// graph: their sequence is -1, and whatever is written for them is never read.
struct DeviceStep {
    const std::int32_t* tokens = nullptr;         ///< [tokens]
    const std::int32_t* positions = nullptr;      ///< [tokens], what rope turns by
    const std::int32_t* slots = nullptr;          ///< [tokens], index in the token's sequence
    const std::int32_t* sequenceOf = nullptr;     ///< [tokens], -1: padding
    const std::int32_t* queryStarts = nullptr;    ///< [sequences + 1]
    const std::int32_t* contextLengths = nullptr; ///< [sequences], with this step's tokens
    const std::int32_t* logitRows = nullptr;      ///< [logits]
    const std::int32_t* ropeLengths = nullptr;    ///< [sequences], see HostStep
    const std::uint64_t* treeMask = nullptr;      ///< [tokens, treeWords], nullptr: causal order
    std::int32_t treeWords = 0;
};

} // namespace hearth::kernels::cuda
