#pragma once

#include "cuda/device/memory.h"
#include "cuda_emulation/emulation.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace hearth::kernels::cuda {

template<typename T>
struct OnDevice {
    explicit OnDevice(const std::vector<T>& values)
        : OnDevice(values.size()) {
        EXPECT_EQ(cudaMemcpy(buffer.data(), values.data(), buffer.bytes(), cudaMemcpyHostToDevice),
                  cudaSuccess);
    }
    explicit OnDevice(std::size_t count) { EXPECT_EQ(buffer.allocate(count), Status::Ok); }
    std::vector<T> read() const {
        std::vector<T> values(buffer.size());
        EXPECT_EQ(cudaMemcpy(values.data(), buffer.data(), buffer.bytes(), cudaMemcpyDeviceToHost),
                  cudaSuccess);
        return values;
    }
    T* data() const { return buffer.data(); }

    DeviceBuffer<T> buffer;
};

class CudaEmulation : public testing::Test {
protected:
    void TearDown() override {
        emulation::setDevice({});
        emulation::failLaunchesAfter(-1);
        EXPECT_EQ(emulation::statistics().deviceBytes, 0u);
        EXPECT_EQ(emulation::statistics().objects, 0);
    }
};
using CudaEmulationDeathTest = CudaEmulation;

inline std::vector<float> numbers(std::size_t count) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 16;
    return values;
}

} // namespace hearth::kernels::cuda
