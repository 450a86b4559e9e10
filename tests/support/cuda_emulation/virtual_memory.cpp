// The driver's virtual memory. Physical memory is a range of one file in memory, so that it keeps
// its contents while it is not mapped.

#include "device_state.h"

#include <cuda.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace hearth::kernels::cuda::emulation;

namespace {

constexpr std::size_t kGranularity = 64 * 1024;

struct Physical {
    std::size_t bytes = 0;
    int device = 0;
    int references = 1; ///< The handle and each mapping.
};
struct Mapping {
    std::size_t bytes = 0;
    std::uint64_t handle = 0;
};

std::mutex g_mutex;
int g_file = -1;
std::uint64_t g_fileBytes = kGranularity; // A handle is an offset in the file, and never 0.
std::map<std::uint64_t, Physical> g_physical;
std::map<CUdeviceptr, std::size_t> g_reserved;
std::map<CUdeviceptr, Mapping> g_mapped;

bool granular(std::size_t bytes) {
    return bytes != 0 && bytes % kGranularity == 0;
}

void* pointer(CUdeviceptr address) {
    return reinterpret_cast<void*>(address);
}

void dropReference(std::map<std::uint64_t, Physical>::iterator physical) {
    if (--physical->second.references != 0)
        return;
    fallocate(g_file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
              static_cast<off_t>(physical->first), static_cast<off_t>(physical->second.bytes));
    returnMemory(physical->second.device, physical->second.bytes);
    g_physical.erase(physical);
}

/// Whether [address, address + bytes) is made of whole mappings.
bool isMapped(CUdeviceptr address, std::size_t bytes) {
    const CUdeviceptr end = address + bytes;
    while (address < end) {
        const auto mapping = g_mapped.find(address);
        if (mapping == g_mapped.end())
            return false;
        address += mapping->second.bytes;
    }
    return address == end;
}

CUresult CUDAAPI granularity(std::size_t* result, const CUmemAllocationProp*,
                             CUmemAllocationGranularity_flags) {
    *result = kGranularity;
    return CUDA_SUCCESS;
}

CUresult CUDAAPI reserve(CUdeviceptr* address, std::size_t bytes, std::size_t, CUdeviceptr,
                         unsigned long long) {
    if (!granular(bytes))
        return CUDA_ERROR_INVALID_VALUE;
    void* const memory =
        mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return CUDA_ERROR_OUT_OF_MEMORY;
    *address = reinterpret_cast<CUdeviceptr>(memory);
    const std::lock_guard lock(g_mutex);
    g_reserved[*address] = bytes;
    countReserved(bytes, true);
    return CUDA_SUCCESS;
}

CUresult CUDAAPI freeAddress(CUdeviceptr address, std::size_t bytes) {
    const std::lock_guard lock(g_mutex);
    const auto entry = g_reserved.find(address);
    const auto mapping = g_mapped.lower_bound(address);
    if (entry == g_reserved.end() || entry->second != bytes ||
        (mapping != g_mapped.end() && mapping->first < address + bytes))
        return CUDA_ERROR_INVALID_VALUE;
    munmap(pointer(address), bytes);
    countReserved(bytes, false);
    g_reserved.erase(entry);
    return CUDA_SUCCESS;
}

CUresult CUDAAPI create(CUmemGenericAllocationHandle* handle, std::size_t bytes,
                        const CUmemAllocationProp* properties, unsigned long long) {
    if (!granular(bytes) || properties->type != CU_MEM_ALLOCATION_TYPE_PINNED ||
        properties->location.type != CU_MEM_LOCATION_TYPE_DEVICE || properties->location.id < 0 ||
        properties->location.id >= deviceSettings().devices)
        return CUDA_ERROR_INVALID_VALUE;
    const std::lock_guard lock(g_mutex);
    if (g_file < 0)
        g_file = memfd_create("emulated device", MFD_CLOEXEC);
    const std::uint64_t offset = g_fileBytes;
    if (!takeMemory(properties->location.id, bytes))
        return CUDA_ERROR_OUT_OF_MEMORY;
    if (ftruncate(g_file, static_cast<off_t>(offset + bytes)) != 0) {
        returnMemory(properties->location.id, bytes);
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    g_fileBytes += bytes;
    void* const memory =
        mmap(nullptr, bytes, PROT_WRITE, MAP_SHARED, g_file, static_cast<off_t>(offset));
    if (memory != MAP_FAILED) {
        std::memset(memory, kPoison, bytes);
        munmap(memory, bytes);
    }
    g_physical[offset] = {bytes, properties->location.id};
    *handle = offset;
    return CUDA_SUCCESS;
}

CUresult CUDAAPI release(CUmemGenericAllocationHandle handle) {
    const std::lock_guard lock(g_mutex);
    const auto physical = g_physical.find(handle);
    if (physical == g_physical.end())
        return CUDA_ERROR_INVALID_VALUE;
    dropReference(physical);
    return CUDA_SUCCESS;
}

CUresult CUDAAPI map(CUdeviceptr address, std::size_t bytes, std::size_t offset,
                     CUmemGenericAllocationHandle handle, unsigned long long) {
    const std::lock_guard lock(g_mutex);
    const auto physical = g_physical.find(handle);
    auto reserved = g_reserved.upper_bound(address);
    const auto mapping = g_mapped.lower_bound(address);
    if (physical == g_physical.end() || physical->second.bytes != bytes || offset != 0 ||
        reserved == g_reserved.begin() ||
        (mapping != g_mapped.end() && mapping->first < address + bytes))
        return CUDA_ERROR_INVALID_VALUE;
    --reserved;
    if ((address - reserved->first) % kGranularity != 0 ||
        address + bytes > reserved->first + reserved->second)
        return CUDA_ERROR_INVALID_VALUE;
    if (mmap(pointer(address), bytes, PROT_NONE, MAP_SHARED | MAP_FIXED, g_file,
             static_cast<off_t>(handle)) == MAP_FAILED)
        return CUDA_ERROR_OUT_OF_MEMORY;
    ++physical->second.references;
    g_mapped[address] = {bytes, handle};
    return CUDA_SUCCESS;
}

CUresult CUDAAPI setAccess(CUdeviceptr address, std::size_t bytes, const CUmemAccessDesc* access,
                           std::size_t) {
    const std::lock_guard lock(g_mutex);
    const bool writable = access->flags == CU_MEM_ACCESS_FLAGS_PROT_READWRITE;
    if (!isMapped(address, bytes) ||
        mprotect(pointer(address), bytes, writable ? PROT_READ | PROT_WRITE : PROT_NONE) != 0)
        return CUDA_ERROR_INVALID_VALUE;
    for (auto mapping = g_mapped.find(address);
         mapping != g_mapped.end() && mapping->first < address + bytes; ++mapping)
        addDeviceRange(pointer(mapping->first), mapping->second.bytes);
    return CUDA_SUCCESS;
}

CUresult CUDAAPI unmap(CUdeviceptr address, std::size_t bytes) {
    const std::lock_guard lock(g_mutex);
    if (!isMapped(address, bytes) ||
        mmap(pointer(address), bytes, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
        return CUDA_ERROR_INVALID_VALUE;
    for (auto mapping = g_mapped.find(address);
         mapping != g_mapped.end() && mapping->first < address + bytes;) {
        removeDeviceRange(pointer(mapping->first));
        dropReference(g_physical.find(mapping->second.handle));
        mapping = g_mapped.erase(mapping);
    }
    return CUDA_SUCCESS;
}

CUresult CUDAAPI errorString(CUresult, const char** text) {
    *text = "an error of the emulated driver";
    return CUDA_SUCCESS;
}

/// Gives the driver's function where the two have the same type.
void* find(std::string_view name) {
    const std::map<std::string_view, void*> functions = {
        {"cuMemGetAllocationGranularity",
         reinterpret_cast<void*>(decltype(&cuMemGetAllocationGranularity){granularity})},
        {"cuMemAddressReserve", reinterpret_cast<void*>(decltype(&cuMemAddressReserve){reserve})},
        {"cuMemAddressFree", reinterpret_cast<void*>(decltype(&cuMemAddressFree){freeAddress})},
        {"cuMemCreate", reinterpret_cast<void*>(decltype(&cuMemCreate){create})},
        {"cuMemRelease", reinterpret_cast<void*>(decltype(&cuMemRelease){release})},
        {"cuMemMap", reinterpret_cast<void*>(decltype(&cuMemMap){map})},
        {"cuMemSetAccess", reinterpret_cast<void*>(decltype(&cuMemSetAccess){setAccess})},
        {"cuMemUnmap", reinterpret_cast<void*>(decltype(&cuMemUnmap){unmap})},
        {"cuGetErrorString", reinterpret_cast<void*>(decltype(&cuGetErrorString){errorString})},
    };
    const auto function = functions.find(name);
    return function == functions.end() ? nullptr : function->second;
}

} // namespace

extern "C" {

cudaError_t cudaGetDriverEntryPointByVersion(const char* name, void** function, unsigned,
                                             unsigned long long,
                                             cudaDriverEntryPointQueryResult* result) {
    *function = find(name);
    if (result)
        *result = *function ? cudaDriverEntryPointSuccess : cudaDriverEntryPointSymbolNotFound;
    return finish(cudaSuccess);
}

cudaError_t cudaGetDriverEntryPoint(const char* name, void** function, unsigned long long flags,
                                    cudaDriverEntryPointQueryResult* result) {
    return cudaGetDriverEntryPointByVersion(name, function, CUDART_VERSION, flags, result);
}

} // extern "C"
