#pragma once

#include "cuda/device/memory.h"
#include "cuda/device/status.h"
#include "hearth/kernels/dtype.h"

#include <cstdint>
#include <mutex>

namespace hearth::kernels::cuda {

/// Looks for NaN and infinities among numbers that lie on the device already: there a pass costs a
/// twentieth of what it costs the host. Owns the flag that the passes raise. Safe from any thread.
class NumberCheck {
public:
    [[nodiscard]] static bool knows(DType type) {
        return type == DType::F32 || type == DType::F16 || type == DType::BF16;
    }
    /// Looks at `bytes` bytes (whole numbers of a known type) at `data`, aligned to 16, on
    /// `stream`.
    Status look(cudaStream_t stream, DType type, const std::byte* data, std::int64_t bytes);
    /// Whether any look so far found one; then forgets it. Waits for `stream`, which must be that
    /// of the looks.
    Status take(cudaStream_t stream, bool& found);

private:
    std::mutex m_mutex;
    DeviceBuffer<std::uint32_t> m_found; ///< [1]; from the first look on.
};

} // namespace hearth::kernels::cuda
