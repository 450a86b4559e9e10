#pragma once

#include "common/allocation.h"
#include "cuda/device/status.h"

#include <cuda_runtime.h>

#include <cstddef>
#include <utility>

namespace hearth::kernels::cuda {

/// Owns an uninitialised array in memory that `Memory` gives out. Empty after a failed allocate().
template<typename T, typename Memory>
class CudaBuffer {
public:
    CudaBuffer() = default;
    CudaBuffer(CudaBuffer&& other) noexcept { swap(other); }
    CudaBuffer& operator=(CudaBuffer&& other) noexcept {
        CudaBuffer(std::move(other)).swap(*this);
        return *this;
    }
    ~CudaBuffer() { free(); }

    /// Replaces the memory by `count` elements; 0 leaves it empty.
    [[nodiscard]] Status allocate(std::size_t count) {
        free();
        std::size_t bytes = 0;
        if (count == 0)
            return Status::Ok;
        if (__builtin_mul_overflow(count, sizeof(T), &bytes) || !mayAllocate())
            return Status::OutOfMemory;
        void* memory = nullptr;
        const Status status = toStatus(Memory::allocate(&memory, bytes));
        if (status == Status::Ok) {
            m_data = static_cast<T*>(memory);
            m_size = count;
        } else if (memory) {
            Memory::free(memory); // The failure was injected.
        }
        return status;
    }
    [[nodiscard]] T* data() const { return m_data; }
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] std::size_t bytes() const { return m_size * sizeof(T); }

private:
    void free() {
        if (m_data)
            Memory::free(std::exchange(m_data, nullptr));
        m_size = 0;
    }
    void swap(CudaBuffer& other) noexcept {
        std::swap(m_data, other.m_data);
        std::swap(m_size, other.m_size);
    }

    T* m_data = nullptr;
    std::size_t m_size = 0;
};

struct DeviceMemory {
    static cudaError_t allocate(void** memory, std::size_t bytes) {
        return cudaMalloc(memory, bytes);
    }
    static void free(void* memory) { static_cast<void>(cudaFree(memory)); }
};

struct PinnedMemory {
    static cudaError_t allocate(void** memory, std::size_t bytes) {
        return cudaHostAlloc(memory, bytes, cudaHostAllocDefault);
    }
    static void free(void* memory) { static_cast<void>(cudaFreeHost(memory)); }
};

/// Device memory, aligned to 256 bytes.
template<typename T>
using DeviceBuffer = CudaBuffer<T, DeviceMemory>;

/// Page-locked host memory, which copies to and from the device run from without a detour.
template<typename T>
using PinnedBuffer = CudaBuffer<T, PinnedMemory>;

} // namespace hearth::kernels::cuda
