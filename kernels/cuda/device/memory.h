#pragma once

#include "common/allocation.h"
#include "cuda/device/status.h"

#include <cuda_runtime.h>

#include <cstddef>
#include <utility>

namespace hearth::kernels::cuda {

/// Owns device memory (cudaMalloc), aligned to 256 bytes. Empty after a failed allocate().
template<typename T>
class DeviceBuffer {
public:
    DeviceBuffer() = default;
    DeviceBuffer(DeviceBuffer&& other) noexcept { swap(other); }
    DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
        DeviceBuffer(std::move(other)).swap(*this);
        return *this;
    }
    ~DeviceBuffer() { free(); }

    /// Replaces the memory by `count` elements, uninitialised; 0 leaves it empty.
    [[nodiscard]] Status allocate(std::size_t count) {
        free();
        std::size_t bytes = 0;
        if (count == 0)
            return Status::Ok;
        if (__builtin_mul_overflow(count, sizeof(T), &bytes) || !mayAllocate())
            return Status::OutOfMemory;
        void* memory = nullptr;
        const Status status = toStatus(cudaMalloc(&memory, bytes));
        if (status == Status::Ok) {
            m_data = static_cast<T*>(memory);
            m_size = count;
        }
        return status;
    }
    [[nodiscard]] T* data() const { return m_data; }
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] std::size_t bytes() const { return m_size * sizeof(T); }

private:
    void free() {
        if (m_data)
            static_cast<void>(cudaFree(std::exchange(m_data, nullptr)));
        m_size = 0;
    }
    void swap(DeviceBuffer& other) noexcept {
        std::swap(m_data, other.m_data);
        std::swap(m_size, other.m_size);
    }

    T* m_data = nullptr;
    std::size_t m_size = 0;
};

/// Owns page-locked host memory, which copies to and from the device run from without a detour.
template<typename T>
class PinnedBuffer {
public:
    PinnedBuffer() = default;
    PinnedBuffer(PinnedBuffer&& other) noexcept { swap(other); }
    PinnedBuffer& operator=(PinnedBuffer&& other) noexcept {
        PinnedBuffer(std::move(other)).swap(*this);
        return *this;
    }
    ~PinnedBuffer() { free(); }

    [[nodiscard]] Status allocate(std::size_t count) {
        free();
        std::size_t bytes = 0;
        if (count == 0)
            return Status::Ok;
        if (__builtin_mul_overflow(count, sizeof(T), &bytes) || !mayAllocate())
            return Status::OutOfMemory;
        void* memory = nullptr;
        const Status status = toStatus(cudaHostAlloc(&memory, bytes, cudaHostAllocDefault));
        if (status == Status::Ok) {
            m_data = static_cast<T*>(memory);
            m_size = count;
        }
        return status;
    }
    [[nodiscard]] T* data() const { return m_data; }
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] std::size_t bytes() const { return m_size * sizeof(T); }
    [[nodiscard]] T& operator[](std::size_t index) const { return m_data[index]; }

private:
    void free() {
        if (m_data)
            static_cast<void>(cudaFreeHost(std::exchange(m_data, nullptr)));
        m_size = 0;
    }
    void swap(PinnedBuffer& other) noexcept {
        std::swap(m_data, other.m_data);
        std::swap(m_size, other.m_size);
    }

    T* m_data = nullptr;
    std::size_t m_size = 0;
};

} // namespace hearth::kernels::cuda
