#include "cuda/device/slabs.h"

#include <algorithm>
#include <new>

namespace hearth::kernels::cuda {

namespace {

constexpr std::size_t kAlignment = 256;
constexpr std::size_t kLeastSlab = std::size_t{1} << 20;
constexpr std::size_t kLargestSlab = std::size_t{64} << 20;
// A part of this share of a slab and more is worth an allocation.
constexpr std::size_t kLargeShare = 4;

} // namespace

Status Slabs::open(std::size_t bytes) {
    std::shared_ptr<DeviceBuffer<std::byte>> slab(new (std::nothrow) DeviceBuffer<std::byte>);
    if (!slab)
        return Status::OutOfMemory;
    HEARTH_CUDA_TRY(slab->allocate(bytes));
    m_slab = std::move(slab);
    m_used = 0;
    return Status::Ok;
}

Status Slabs::allocate(std::size_t bytes, SlabPart& out) {
    const std::scoped_lock lock(m_mutex);
    SlabPart part;
    part.m_bytes = bytes;
    if (bytes >= kLargestSlab / kLargeShare) {
        part.m_slab.reset(new (std::nothrow) DeviceBuffer<std::byte>);
        if (!part.m_slab)
            return Status::OutOfMemory;
        HEARTH_CUDA_TRY(part.m_slab->allocate(bytes));
        part.m_data = part.m_slab->data();
    } else {
        if (!m_slab || m_slab->bytes() - m_used < bytes) {
            const std::size_t wanted = std::max(m_nextBytes, kLeastSlab);
            HEARTH_CUDA_TRY(open(std::max(wanted, bytes)));
            m_nextBytes = std::min(2 * wanted, kLargestSlab);
        }
        part.m_slab = m_slab;
        part.m_data = m_slab->data() + m_used;
        const std::size_t next = (m_used + bytes + kAlignment - 1) / kAlignment * kAlignment;
        m_used = std::min(next, m_slab->bytes());
    }
    out = std::move(part);
    return Status::Ok;
}

void Slabs::close() {
    const std::scoped_lock lock(m_mutex);
    m_slab.reset();
    m_used = 0;
    m_nextBytes = 0;
}

} // namespace hearth::kernels::cuda
