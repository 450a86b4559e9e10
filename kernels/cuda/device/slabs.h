#pragma once

#include "cuda/device/memory.h"

#include <cstddef>
#include <memory>
#include <mutex>

namespace hearth::kernels::cuda {

/// A part of a slab, or an allocation of its own. Its memory goes back to the device with the last
/// part of the slab.
class SlabPart {
public:
    [[nodiscard]] std::byte* data() const { return m_data; }
    [[nodiscard]] std::size_t bytes() const { return m_bytes; }

private:
    friend class Slabs;

    std::shared_ptr<DeviceBuffer<std::byte>> m_slab;
    std::byte* m_data = nullptr;
    std::size_t m_bytes = 0;
};

/// Device memory for weights: small parts share large allocations, since each allocation costs as
/// much as packing a small matrix, and a model of experts has thousands. Safe from any thread.
class Slabs {
public:
    /// `bytes` bytes, aligned to 256.
    [[nodiscard]] Status allocate(std::size_t bytes, SlabPart& out);
    /// Parts from here on share nothing with those so far, so that what one model took is given
    /// back when it goes.
    void close();

private:
    [[nodiscard]] Status open(std::size_t bytes);

    std::mutex m_mutex; ///< Guards what follows.
    std::shared_ptr<DeviceBuffer<std::byte>> m_slab;
    std::size_t m_used = 0;
    std::size_t m_nextBytes = 0; ///< Of the next slab: they grow with what has been asked for.
};

} // namespace hearth::kernels::cuda
