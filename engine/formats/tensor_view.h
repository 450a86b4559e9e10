#pragma once

#include "hearth/kernels/dtype.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// Codes that share a scale and a zero, groupSize columns of a row at a time.
struct GroupFormat {
    std::uint8_t bits = 4;
    std::int32_t groupSize = 128;
};

/// A tensor in a mapped file, or one without data. The views live as long as the Checkpoint.
struct TensorView {
    std::string_view name;
    std::vector<std::int64_t> shape; ///< Row-major, outermost first (GGUF's dims reversed).
    kernels::DType type = kernels::DType::F32; ///< U8 with `groups`.
    std::span<const std::byte> data; ///< Of a safetensors file perhaps unaligned: memcpy.
    std::optional<GroupFormat> groups; ///< The shape counts numbers, not bytes of codes.
    std::optional<std::uint64_t> seed; ///< Of a tensor without data.

    [[nodiscard]] std::uint64_t elements() const;
    /// Bytes in the file; without data those that a file would need, scales included.
    [[nodiscard]] std::uint64_t bytes() const;
    /// "BF16", "Q4_K", "W4G128".
    [[nodiscard]] std::string typeName() const;
};

} // namespace hearth
