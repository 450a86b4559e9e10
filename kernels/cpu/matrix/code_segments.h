#pragma once

#include "cpu/matrix/code_expansion.h"
#include "cpu/matrix/segment.h"

#include <cstdint>

/// Segments that leave their source where it lies and expand it for every product.
namespace hearth::kernels::cpu {

[[nodiscard]] constexpr bool isFloat8(DType type) {
    return type == DType::F8E4M3 || type == DType::F8E5M2;
}

/// 8-bit floats where they lie, with a scale a group of columns or none.
class Float8Segment final : public Segment {
public:
    Float8Segment(const WeightSource& source, CpuFeature feature);

    /// True for groups as large as this multiplies well, without offsets or another order.
    [[nodiscard]] static bool serves(const WeightSource& source);
    [[nodiscard]] std::size_t ownedBytes() const override { return 0; }
    [[nodiscard]] bool readsCodes() const override { return false; }
    [[nodiscard]] std::uint32_t layoutWord() const override;
    void multiply(std::int64_t tile, const Activations& activations, std::int64_t firstToken,
                  std::int64_t tokens, float* sums) const override;
    void expandRow(std::int64_t row, float* out) const override;

private:
    [[nodiscard]] float scale(std::int64_t row, std::int64_t group) const {
        return m_scales ? m_scales[row * m_groupCount + group] : 1.0F;
    }

    WeightSource m_source;
    GroupQuantisation m_groups;
    std::int64_t m_groupSize = 0;
    std::int64_t m_groupCount = 1;
    const float* m_scales = nullptr;
    float m_unit = 1.0F; ///< Of the sums of m_function.
    PlainFunction m_function;
    PlainFunction m_expandedFunction;
    ExpandFunction m_expand = nullptr;
};

/// Codes with group quantisation that no tile layout fits and 8-bit floats, where they lie.
class CodeSegment final : public ExpandedSegment {
public:
    CodeSegment(const WeightSource& source, CpuFeature feature);

    [[nodiscard]] std::size_t ownedBytes() const override { return 0; }
    [[nodiscard]] std::uint32_t layoutWord() const override;
    void expandRow(std::int64_t row, float* out) const override;

protected:
    void expand(std::int64_t row, std::int64_t first, std::int64_t count,
                float* out) const override;
    [[nodiscard]] const std::int32_t* permutation() const override { return m_groups.permutation; }

private:
    WeightSource m_source;
    GroupQuantisation m_groups;
    bool m_hasGroups;
    std::int64_t m_rowBytes = 0;   ///< Of codes.
    std::int64_t m_groupCount = 0; ///< A row.
    ExpandFunction m_expand;
};

/// Block formats of GGUF that no tile layout fits (ternary and i-quants).
class BlockSegment final : public ExpandedSegment {
public:
    BlockSegment(const WeightSource& source, CpuFeature feature);

    [[nodiscard]] std::size_t ownedBytes() const override { return 0; }
    [[nodiscard]] std::uint32_t layoutWord() const override;
    void expandRow(std::int64_t row, float* out) const override;

protected:
    void expand(std::int64_t row, std::int64_t first, std::int64_t count,
                float* out) const override;

private:
    WeightSource m_source;
};

} // namespace hearth::kernels::cpu
