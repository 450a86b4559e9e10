#pragma once

#include "hearth/kernels/dtype.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

class StoredMatrix;

/// What a code stands for.
enum class CodeKind : std::uint8_t {
    Integer,
    Float8,       ///< E4M3
    Float8Wide,   ///< E5M2
    NormalFloat4, ///< As Float4, a table of bitsandbytes.
    Float4,
    MxFloat4, ///< E2M1 with powers of two as scales.
    NvFloat4, ///< E2M1 with 8-bit floats as scales.
};

/// Codes that share a scale and perhaps a zero, groupSize columns of a row at a time.
struct GroupFormat {
    std::uint8_t bits = 4;
    std::int32_t groupSize = 128;
    CodeKind kind = CodeKind::Integer;
};

/// A tensor in a mapped file, or one without data. The views live as long as the Checkpoint.
struct TensorView {
    std::string_view name;
    std::vector<std::int64_t> shape; ///< Row-major, outermost first (GGUF's dims reversed).
    kernels::DType type = kernels::DType::F32; ///< U8 with `groups`.
    std::span<const std::byte> data; ///< Of a safetensors file perhaps unaligned: memcpy.
    std::optional<GroupFormat> groups; ///< The shape counts numbers, not bytes of codes.
    std::optional<std::uint64_t> seed; ///< Of a tensor without data.
    /// Of a logical tensor that lies in several tensors of the file; then `groups` is there and
    /// `data` is empty.
    std::shared_ptr<const StoredMatrix> stored = nullptr;

    [[nodiscard]] std::uint64_t elements() const;
    /// Bytes in the file; without data those that a file would need, scales included.
    [[nodiscard]] std::uint64_t bytes() const;
    /// "BF16", "Q4_K", "W4G128" (integers of 4 bits in groups of 128 columns), "W8" (whole rows),
    /// "FP8", "NF4".
    [[nodiscard]] std::string typeName() const;
};

} // namespace hearth
