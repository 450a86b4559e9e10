#pragma once

#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace hearth::kernels::cuda::testing {

/// A vector in device memory. A failed call fails the test.
template<typename T>
class DeviceArray {
public:
    DeviceArray() = default;
    explicit DeviceArray(std::size_t count)
        : m_size(count) {
        void* memory = nullptr;
        // One element at least, so that an empty array has an address.
        EXPECT_EQ(cudaMalloc(&memory, (count > 0 ? count : 1) * sizeof(T)), cudaSuccess);
        m_data = static_cast<T*>(memory);
    }
    explicit DeviceArray(const std::vector<T>& values)
        : DeviceArray(values.size()) {
        upload(values);
    }
    DeviceArray(DeviceArray&& other) noexcept
        : m_data(std::exchange(other.m_data, nullptr))
        , m_size(std::exchange(other.m_size, 0)) {}
    DeviceArray& operator=(DeviceArray&& other) noexcept {
        std::swap(m_data, other.m_data);
        std::swap(m_size, other.m_size);
        return *this;
    }
    ~DeviceArray() {
        if (m_data) {
            EXPECT_EQ(cudaFree(m_data), cudaSuccess);
        }
    }

    [[nodiscard]] T* data() const { return m_data; }
    [[nodiscard]] std::size_t size() const { return m_size; }

    void upload(const std::vector<T>& values) {
        ASSERT_LE(values.size(), m_size);
        EXPECT_EQ(
            cudaMemcpy(m_data, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice),
            cudaSuccess);
    }
    /// Waits for everything launched before.
    [[nodiscard]] std::vector<T> download() const {
        EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
        std::vector<T> values(m_size);
        EXPECT_EQ(cudaMemcpy(values.data(), m_data, m_size * sizeof(T), cudaMemcpyDeviceToHost),
                  cudaSuccess);
        return values;
    }

private:
    T* m_data = nullptr;
    std::size_t m_size = 0;
};

} // namespace hearth::kernels::cuda::testing
