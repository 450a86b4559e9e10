#pragma once

#include "cuda/device/slabs.h"
#include "cuda/weights/number_check.h"
#include "hearth/kernels/status.h"

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace hearth::kernels::cuda {

/// Takes weights from host memory (a mapped file) to the device: threads copy into a ring of
/// page-locked slots, which the device empties in order. Host memory stays at the ring's size
/// whatever the size of the model. A call returns when the source has been read, so that the next
/// one's reading hides behind its copying; finish() waits for the device. Calls take turns.
class Uploader {
public:
    /// For the device at hand, which must be so for every call.
    static Status create(std::unique_ptr<Uploader>& out);
    virtual ~Uploader() = default;

    /// Rows of a matrix in host memory.
    struct Source {
        const std::byte* data = nullptr;
        std::size_t rowBytes = 0; ///< Bytes of a row that are taken.
        std::size_t rowPitch = 0; ///< From one row to the next.
        std::size_t rows = 0;
    };

    /// Work on rows [firstRow, firstRow + rows) that lie packed (pitch rowBytes) at `raw` on the
    /// device; launched on `stream`, after which `raw` is used again.
    using Consumer = std::function<Status(const std::byte* raw, std::size_t firstRow,
                                          std::size_t rows, cudaStream_t stream)>;

    /// Copies rows to `device` with a pitch of `devicePitch` bytes.
    virtual Status copy(const Source& source, std::byte* device, std::size_t devicePitch) = 0;
    /// Hands the rows over to `consumer` in pieces of whole rows.
    virtual Status convert(const Source& source, const Consumer& consumer) = 0;
    /// Memory for what comes.
    [[nodiscard]] virtual Slabs& slabs() = 0;
    /// What is wrong with the numbers that came.
    [[nodiscard]] virtual NumberCheck& numbers() = 0;
    /// Waits until everything so far is in its place, frees the slots' memory, which the next
    /// transfer takes anew, and closes the slabs.
    virtual Status finish() = 0;
    /// The stream on which everything above is ordered.
    [[nodiscard]] virtual cudaStream_t stream() const = 0;
};

} // namespace hearth::kernels::cuda
