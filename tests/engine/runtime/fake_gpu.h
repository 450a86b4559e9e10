#pragma once

#include "hearth/kernels/cuda_backend.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace hearth::test {

/// What a FakeGpu does, and how often it was asked. Counts go on over all of its backends.
struct GpuScript {
    std::uint64_t freeMemory = std::uint64_t{1} << 30;
    bool hasBFloat16 = true;
    std::vector<std::int32_t> devices{0};
    kernels::Status createStatus = kernels::Status::Ok;
    kernels::Status prepareStatus = kernels::Status::Ok;

    /// The call after `successes` further ones gives `failure`; DeviceLost stays, OutOfMemory
    /// comes once. Negative: none fails.
    std::atomic<std::int64_t> successes = -1;
    std::atomic<kernels::Status> failure = kernels::Status::OutOfMemory;
    std::atomic<std::int64_t> calls = 0;

    std::atomic<int> backends = 0; ///< Alive.
    kernels::CudaOptions lastOptions;

    [[nodiscard]] kernels::Status next();
};

/// A GPU whose work the CPU does, with failures as scripted. The script must outlive it.
class FakeGpu final : public kernels::CudaPlugin {
public:
    explicit FakeGpu(GpuScript& script) : m_script(script) {}

    [[nodiscard]] std::vector<std::int32_t> usableDevices() const override {
        return m_script.devices;
    }
    [[nodiscard]] std::vector<kernels::DeviceInfo> devices() const override;
    [[nodiscard]] bool hasBFloat16(std::int32_t /*index*/) const override {
        return m_script.hasBFloat16;
    }
    kernels::Status createBackend(const kernels::CudaOptions& options,
                                  std::unique_ptr<kernels::Backend>& out) override;

private:
    GpuScript& m_script;
};

} // namespace hearth::test
