#pragma once

#include "common/allocation.h"
#include "hearth/kernels/status.h"
#include "hearth/kernels/weights.h"

#include <memory>
#include <span>

namespace hearth::kernels::cpu {

/// A norm gain, bias or the like as float32: one row of `columns()` numbers.
class PackedVector final : public PackedWeight {
public:
    [[nodiscard]] std::int64_t rows() const override { return 1; }
    [[nodiscard]] std::int64_t columns() const override { return std::int64_t(m_values.size()); }
    [[nodiscard]] std::size_t ownedBytes() const override { return m_values.bytes(); }
    [[nodiscard]] bool refersToSource() const override { return false; }
    [[nodiscard]] std::uint32_t layoutId() const override { return 1; }
    [[nodiscard]] std::uint32_t layoutVersion() const override { return 1; }
    [[nodiscard]] const float* values() const { return m_values.data(); }

private:
    friend Status packVector(std::span<const WeightSource> parts,
                             std::unique_ptr<PackedVector>& out);

    Buffer<float> m_values;
};

/// Joins `parts`, each one row or one column, as float32. Types that dequantize() doesn't know are
/// Unsupported.
[[nodiscard]] Status packVector(std::span<const WeightSource> parts,
                                std::unique_ptr<PackedVector>& out);

} // namespace hearth::kernels::cpu
