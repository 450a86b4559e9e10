#include "cpu/kv_arena.h"

#include "common/allocation.h"
#include "common/cache_format.h"
#include "cpu/memory_info.h"

#include <cstring>
#include <new>

#include <sys/mman.h>
#include <unistd.h>

namespace hearth::kernels::cpu {

namespace {

std::size_t pageBytes() {
    static const std::size_t bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return bytes;
}

} // namespace

Status CpuKvArena::create(const KvLayout& layout, std::int32_t maximumBlocks,
                          std::unique_ptr<KvArena>& out) {
    if (const Status status = checkLayout(layout); status != Status::Ok)
        return status;
    if (maximumBlocks < 1)
        return Status::InvalidArgument;
    std::size_t bytes = 0;
    if (__builtin_mul_overflow(layout.blockBytes(), std::size_t(maximumBlocks), &bytes) ||
        __builtin_add_overflow(bytes, pageBytes() - 1, &bytes))
        return Status::OutOfMemory;
    bytes = bytes / pageBytes() * pageBytes();
    if (!mayAllocate())
        return Status::OutOfMemory;
    std::unique_ptr<CpuKvArena> arena(new (std::nothrow) CpuKvArena);
    if (!arena)
        return Status::OutOfMemory;
    // Pages without access don't count as committed, so that the kernel can refuse a resize.
    void* const base = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return Status::OutOfMemory;
    arena->m_layout = layout;
    arena->m_maximum = maximumBlocks;
    arena->m_blockBytes = layout.blockBytes();
    arena->m_reservedBytes = bytes;
    arena->m_base = static_cast<std::byte*>(base);
    out = std::move(arena);
    return Status::Ok;
}

CpuKvArena::~CpuKvArena() {
    if (m_base)
        munmap(m_base, m_reservedBytes);
}

std::size_t CpuKvArena::committedBytes(std::int32_t blocks) const {
    const std::size_t bytes = m_blockBytes * std::size_t(blocks);
    return (bytes + pageBytes() - 1) / pageBytes() * pageBytes();
}

Status CpuKvArena::resize(std::int32_t blocks) {
    if (blocks < 0 || blocks > m_maximum)
        return Status::InvalidArgument;
    const std::size_t before = committedBytes(m_capacity);
    const std::size_t after = committedBytes(blocks);
    if (after > before) {
        // The kernel promises more than there is; the first touch would then end the process.
        const std::size_t growth = after - before;
        if (!mayAllocate() || growth > availableMemory() ||
            mprotect(m_base + before, growth, PROT_READ | PROT_WRITE) != 0)
            return Status::OutOfMemory;
    } else if (after < before) {
        // A fresh mapping gives back both the pages and their commitment.
        void* const closed = mmap(m_base + after, before - after, PROT_NONE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        if (closed == MAP_FAILED)
            return Status::OutOfMemory;
    }
    m_capacity = blocks;
    return Status::Ok;
}

Status CpuKvArena::copyBlock(std::int32_t from, std::int32_t to) {
    if (from < 0 || from >= m_capacity || to < 0 || to >= m_capacity)
        return Status::InvalidArgument;
    if (from != to)
        std::memcpy(m_base + m_blockBytes * std::size_t(to),
                    m_base + m_blockBytes * std::size_t(from), m_blockBytes);
    return Status::Ok;
}

} // namespace hearth::kernels::cpu
