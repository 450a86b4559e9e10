#include "cuda/runtime/kv_arena.h"

#include "common/allocation.h"
#include "common/cache_format.h"

#include <cuda.h>

#include <algorithm>
#include <new>

namespace hearth::kernels::cuda {

namespace {

// An arena has at most about this many chunks, each one call to the driver.
constexpr std::size_t kMostChunks = 4096;

/// The driver's functions for virtual memory, found through the runtime so that nothing links to
/// the driver.
struct VirtualMemory {
    decltype(&cuMemGetAllocationGranularity) granularity = nullptr;
    decltype(&cuMemAddressReserve) reserve = nullptr;
    decltype(&cuMemAddressFree) free = nullptr;
    decltype(&cuMemCreate) create = nullptr;
    decltype(&cuMemRelease) release = nullptr;
    decltype(&cuMemMap) map = nullptr;
    decltype(&cuMemUnmap) unmap = nullptr;
    decltype(&cuMemSetAccess) setAccess = nullptr;
    bool found = true;

    VirtualMemory() {
        find("cuMemGetAllocationGranularity", granularity);
        find("cuMemAddressReserve", reserve);
        find("cuMemAddressFree", free);
        find("cuMemCreate", create);
        find("cuMemRelease", release);
        find("cuMemMap", map);
        find("cuMemUnmap", unmap);
        find("cuMemSetAccess", setAccess);
    }

    template<typename Function>
    void find(const char* name, Function& function) {
        constexpr unsigned kVersion = 12000;
        void* address = nullptr;
        cudaDriverEntryPointQueryResult result = cudaDriverEntryPointSymbolNotFound;
        const cudaError_t error =
            cudaGetDriverEntryPointByVersion(name, &address, kVersion, cudaEnableDefault, &result);
        function = reinterpret_cast<Function>(address);
        found = found && error == cudaSuccess && result == cudaDriverEntryPointSuccess && address;
    }
};

const VirtualMemory& driver() {
    static const VirtualMemory functions;
    return functions;
}

Status toStatus(CUresult result) {
    switch (result) {
    case CUDA_SUCCESS:
        return Status::Ok;
    case CUDA_ERROR_OUT_OF_MEMORY:
        return Status::OutOfMemory;
    case CUDA_ERROR_INVALID_VALUE:
        return Status::InvalidArgument;
    case CUDA_ERROR_NOT_SUPPORTED:
        return Status::Unsupported;
    default:
        return Status::DeviceLost;
    }
}

CUmemAllocationProp properties(std::int32_t device) {
    CUmemAllocationProp properties{};
    properties.type = CU_MEM_ALLOCATION_TYPE_PINNED;
    properties.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
    properties.location.id = device;
    return properties;
}

constexpr std::size_t divideUp(std::size_t value, std::size_t by) {
    return value / by + (value % by != 0 ? 1 : 0);
}

} // namespace

Status CudaKvArena::create(const KvLayout& layout, std::int32_t maximumBlocks, DeviceTurn& turn,
                           std::unique_ptr<KvArena>& out) {
    if (const Status status = checkLayout(layout); status != Status::Ok)
        return status;
    if (maximumBlocks < 1)
        return Status::InvalidArgument;
    if (!driver().found)
        return Status::Unsupported;
    std::size_t bytes = 0;
    if (__builtin_mul_overflow(layout.blockBytes(), std::size_t(maximumBlocks), &bytes) ||
        !mayAllocate())
        return Status::OutOfMemory;
    const DeviceTurn::Scope scope(turn);
    HEARTH_CUDA_TRY(scope.status());
    const CUmemAllocationProp wanted = properties(turn.device);
    std::size_t granularity = 0;
    HEARTH_CUDA_TRY(
        toStatus(driver().granularity(&granularity, &wanted, CU_MEM_ALLOC_GRANULARITY_MINIMUM)));
    std::unique_ptr<CudaKvArena> arena(new (std::nothrow) CudaKvArena(turn));
    if (!arena)
        return Status::OutOfMemory;
    arena->m_layout = layout;
    arena->m_maximum = maximumBlocks;
    arena->m_chunkBytes = divideUp(divideUp(bytes, kMostChunks), granularity) * granularity;
    const std::size_t reserved = divideUp(bytes, arena->m_chunkBytes) * arena->m_chunkBytes;
    CUdeviceptr base = 0;
    HEARTH_CUDA_TRY(toStatus(driver().reserve(&base, reserved, 0, 0, 0)));
    arena->m_reservedBytes = reserved;
    arena->m_base = reinterpret_cast<std::byte*>(base);
    out = std::move(arena);
    return Status::Ok;
}

CudaKvArena::~CudaKvArena() {
    if (!m_base)
        return;
    const DeviceTurn::Scope scope(m_turn);
    static_cast<void>(cudaStreamSynchronize(m_turn.stream));
    while (!m_chunks.empty())
        unmapChunk();
    static_cast<void>(driver().free(reinterpret_cast<CUdeviceptr>(m_base), m_reservedBytes));
}

Status CudaKvArena::mapChunk() {
    const CUmemAllocationProp wanted = properties(m_turn.device);
    const auto at = reinterpret_cast<CUdeviceptr>(m_base + m_chunks.size() * m_chunkBytes);
    m_chunks.reserve(m_chunks.size() + 1);
    CUmemGenericAllocationHandle handle = 0;
    HEARTH_CUDA_TRY(toStatus(driver().create(&handle, m_chunkBytes, &wanted, 0)));
    Status status = toStatus(driver().map(at, m_chunkBytes, 0, handle, 0));
    if (status == Status::Ok) {
        CUmemAccessDesc access{};
        access.location = wanted.location;
        access.flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE;
        status = toStatus(driver().setAccess(at, m_chunkBytes, &access, 1));
        if (status != Status::Ok)
            static_cast<void>(driver().unmap(at, m_chunkBytes));
    }
    if (status == Status::Ok)
        m_chunks.push_back(handle);
    else
        static_cast<void>(driver().release(handle));
    return status;
}

void CudaKvArena::unmapChunk() {
    const auto at = reinterpret_cast<CUdeviceptr>(m_base + (m_chunks.size() - 1) * m_chunkBytes);
    static_cast<void>(driver().unmap(at, m_chunkBytes));
    static_cast<void>(driver().release(m_chunks.back()));
    m_chunks.pop_back();
}

Status CudaKvArena::resize(std::int32_t blocks) {
    if (blocks < 0 || blocks > m_maximum)
        return Status::InvalidArgument;
    const DeviceTurn::Scope scope(m_turn);
    HEARTH_CUDA_TRY(scope.status());
    const std::size_t before = m_chunks.size();
    const std::size_t wanted = divideUp(m_layout.blockBytes() * std::size_t(blocks), m_chunkBytes);
    if (wanted < before) {
        // Steps that read the blocks have been queued, but may not have run.
        HEARTH_CUDA_TRY(cuda::toStatus(cudaStreamSynchronize(m_turn.stream)));
        while (m_chunks.size() > wanted)
            unmapChunk();
    }
    if (wanted > before && !mayAllocate())
        return Status::OutOfMemory;
    while (m_chunks.size() < wanted) {
        if (const Status status = mapChunk(); status != Status::Ok) {
            while (m_chunks.size() > before)
                unmapChunk();
            return status;
        }
    }
    m_capacity = blocks;
    return Status::Ok;
}

Status CudaKvArena::copyBlock(std::int32_t from, std::int32_t to) {
    if (from < 0 || from >= m_capacity || to < 0 || to >= m_capacity)
        return Status::InvalidArgument;
    if (from == to)
        return Status::Ok;
    const DeviceTurn::Scope scope(m_turn);
    HEARTH_CUDA_TRY(scope.status());
    const std::size_t bytes = m_layout.blockBytes();
    return cuda::toStatus(cudaMemcpyAsync(m_base + bytes * std::size_t(to),
                                          m_base + bytes * std::size_t(from), bytes,
                                          cudaMemcpyDeviceToDevice, m_turn.stream));
}

} // namespace hearth::kernels::cuda
