#pragma once

#include "cuda/device/slabs.h"
#include "cuda/device/uploader.h"
#include "hearth/kernels/weights.h"

#include <cstdint>
#include <memory>
#include <span>

namespace hearth::kernels::cuda {

/// A norm's gain, a bias or sinks as float32 in device memory. Immutable.
class CudaVector final : public PackedWeight {
public:
    [[nodiscard]] std::int64_t rows() const override { return 1; }
    [[nodiscard]] std::int64_t columns() const override {
        return std::int64_t(m_memory.bytes() / sizeof(float));
    }
    [[nodiscard]] std::size_t ownedBytes() const override { return m_memory.bytes(); }
    [[nodiscard]] bool refersToSource() const override { return false; }
    [[nodiscard]] std::uint32_t layoutId() const override { return 1; }
    [[nodiscard]] std::uint32_t layoutVersion() const override { return 1; }
    [[nodiscard]] const float* values() const {
        return reinterpret_cast<const float*>(m_memory.data());
    }

private:
    friend Status packVector(std::span<const WeightSource> parts, Uploader& uploader,
                             std::unique_ptr<CudaVector>& out);
    CudaVector() = default;

    SlabPart m_memory;
};

/// Joins `parts` as float32. A part without data becomes ones. Ready once the uploader has
/// finished.
Status packVector(std::span<const WeightSource> parts, Uploader& uploader,
                  std::unique_ptr<CudaVector>& out);

} // namespace hearth::kernels::cuda
