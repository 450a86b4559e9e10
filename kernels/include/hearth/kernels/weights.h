#pragma once

#include "hearth/kernels/dtype.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace hearth::kernels {

/// Affine or codebook codes of 2 to 8 bits in groups along a row: the form of AWQ, GPTQ,
/// compressed-tensors and of our own quantizers. Element (n, k) is
///     (codebook ? codebook[code] : code) * scale(n, k / groupSize) + offset(n, k / groupSize),
/// read at column permutation[k] where a permutation is given.
/// Codes are packed densely along each row, lowest bits first, rows padded to whole bytes.
struct GroupQuantisation {
    std::uint8_t bits = 4;
    std::int32_t groupSize = 128;              ///< Columns that share a scale; K for a whole row.
    const float* scales = nullptr;             ///< [N, ceil(K / groupSize)]
    const float* offsets = nullptr;            ///< [N, ceil(K / groupSize)], nullptr: 0.
    const float* codebook = nullptr;           ///< [2^bits], nullptr: the code itself.
    const std::int32_t* permutation = nullptr; ///< [K], nullptr: identity.
};

/// A weight matrix as it lies in a file: `rows` = outputs N, `columns` = inputs K, row-major, so
/// that y = x · Wᵀ. Nothing is copied or owned; the memory must live until packing returns, and as
/// long as the packed weight if packing says that it refers to its source.
struct WeightSource {
    const std::byte* data = nullptr; ///< nullptr: random numbers of `seed`, for measuring speed.
    DType type = DType::F32;         ///< U8 with `groups`: packed codes.
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::int64_t rowBytes = 0; ///< Distance of two rows; lets a shard take a slice of columns.
    const GroupQuantisation* groups = nullptr;
    std::uint64_t seed = 0; ///< Without data only. Codes come from it too; groups need no scales.
};

/// A weight in the layout that a backend likes best. Opaque outside of that backend.
class PackedWeight {
public:
    virtual ~PackedWeight() = default;

    [[nodiscard]] virtual std::int64_t rows() const = 0;
    [[nodiscard]] virtual std::int64_t columns() const = 0;
    /// Bytes of backend memory that it owns (0 where it refers to its source).
    [[nodiscard]] virtual std::size_t ownedBytes() const = 0;
    /// True if it reads its source's memory for as long as it lives.
    [[nodiscard]] virtual bool refersToSource() const = 0;
    /// Names the layout, so that packed bytes can be kept in a file; changes with its version.
    [[nodiscard]] virtual std::uint32_t layoutId() const = 0;
    [[nodiscard]] virtual std::uint32_t layoutVersion() const = 0;
};

} // namespace hearth::kernels
