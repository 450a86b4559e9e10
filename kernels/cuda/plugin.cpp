#include "cuda/plugin.h"

#include "cuda/device/cublas.h"
#include "cuda/probe.h"
#include "cuda/runtime/backend.h"

#include <algorithm>
#include <cuda_runtime.h>
#include <future>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace hearth::kernels::cuda {

namespace {

/// Compute capability × 10 of the oldest GPU that CUDA 13 compiles for, and of the first with
/// bfloat16 arithmetic.
constexpr int kOldestCapability = 75;
constexpr int kBFloat16Capability = 80;

/// 90 for compute capability 9.0; starts no device.
int capability(int device) {
    int major = 0;
    int minor = 0;
    if (cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) != cudaSuccess ||
        cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device) != cudaSuccess)
        return 0;
    return major * 10 + minor;
}

std::string deviceName(int device) {
    cudaDeviceProp properties = {};
    return cudaGetDeviceProperties(&properties, device) == cudaSuccess ? properties.name : "a GPU";
}

std::string features(int device) {
    return "sm_" + std::to_string(capability(device));
}

class LinkedPlugin final : public CudaPlugin {
public:
    explicit LinkedPlugin(std::vector<std::int32_t> devices)
        : m_devices(std::move(devices)) {}

    [[nodiscard]] std::vector<std::int32_t> usableDevices() const override { return m_devices; }

    [[nodiscard]] std::vector<DeviceInfo> devices() const override {
        std::vector<DeviceInfo> all;
        int current = 0;
        const bool restore = cudaGetDevice(&current) == cudaSuccess;
        for (const std::int32_t index : m_devices) {
            DeviceInfo info;
            if (describeDevice(index, info) == Status::Ok)
                all.push_back(std::move(info));
        }
        if (restore)
            static_cast<void>(cudaSetDevice(current));
        return all;
    }

    [[nodiscard]] bool hasBFloat16(std::int32_t index) const override {
        return capability(index) >= kBFloat16Capability;
    }

    Status createBackend(const CudaOptions& options, std::unique_ptr<Backend>& out) override {
        if (std::find(m_devices.begin(), m_devices.end(), options.device) == m_devices.end())
            return Status::InvalidArgument;
        return createCudaBackend(options, out);
    }

private:
    const std::vector<std::int32_t> m_devices;
};

CudaProblem problemOf(cudaError_t error) {
    switch (error) {
    case cudaErrorInsufficientDriver:
        return CudaProblem::DriverTooOld;
    case cudaErrorNoDevice:
        return CudaProblem::NoDevice;
    default:
        return CudaProblem::Failed;
    }
}

/// Drops the devices before the first one for which there is code. False if there is none; `detail`
/// then names the last. Those behind it are not started: they may have none either.
bool preferRunnable(std::vector<std::int32_t>& devices, CudaAvailability& availability) {
    for (auto device = devices.begin(); device != devices.end(); ++device) {
        cudaError_t error = cudaSetDevice(*device);
        if (error == cudaSuccess)
            error = probeKernelCode();
        if (error == cudaSuccess) {
            devices.erase(devices.begin(), device);
            availability.problem = CudaProblem::None;
            availability.detail.clear();
            return true;
        }
        const bool noCode =
            error == cudaErrorNoKernelImageForDevice || error == cudaErrorInvalidDeviceFunction;
        availability.problem = noCode ? CudaProblem::DeviceTooOld : CudaProblem::Failed;
        availability.detail = deviceName(*device) + " (" + features(*device) + "); ";
        availability.detail += noCode ? "this build is for " + builtArchitectures()
                                      : std::string(cudaGetErrorString(error));
    }
    return false;
}

bool findDevices(std::vector<std::int32_t>& devices, CudaAvailability& availability) {
    // The driver and cuBLAS, half a gigabyte, take about as long to come: both at once.
    std::future<std::string> cublas =
        std::async(std::launch::async | std::launch::deferred, Cublas::whyMissing);
    int count = 0;
    if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess) {
        availability.problem = problemOf(error);
        availability.detail = cudaGetErrorString(error);
        static_cast<void>(cudaGetLastError());
        return false;
    }
    if (count == 0) {
        availability.problem = CudaProblem::NoDevice;
        return false;
    }
    if (const std::string missing = cublas.get(); !missing.empty()) {
        availability.problem = CudaProblem::NoCublas;
        availability.detail = missing;
        return false;
    }
    std::string tooOld;
    for (int device = 0; device < count; ++device) {
        if (capability(device) >= kOldestCapability)
            devices.push_back(device);
        else
            tooOld = deviceName(device) + " (" + features(device) + "), sm_" +
                     std::to_string(kOldestCapability) + " or newer is needed";
    }
    if (devices.empty()) {
        availability.problem = CudaProblem::DeviceTooOld;
        availability.detail = tooOld;
        return false;
    }
    return preferRunnable(devices, availability);
}

CudaPlugin* find(CudaAvailability& availability) {
    availability.neededVersion = kNeededCudaVersion;
    int version = 0;
    if (cudaDriverGetVersion(&version) == cudaSuccess)
        availability.driverVersion = version;
    if (version == 0 || version < kNeededCudaVersion) {
        availability.problem = version == 0 ? CudaProblem::NoDriver : CudaProblem::DriverTooOld;
        return nullptr;
    }
    std::vector<std::int32_t> devices;
    if (!findDevices(devices, availability))
        return nullptr;
    // Outlives every static object: engines may be torn down after them.
    return new LinkedPlugin(std::move(devices));
}

} // namespace

CudaPlugin* openPlugin(CudaAvailability& availability) {
    static std::mutex mutex;
    static bool sought = false;
    static CudaPlugin* plugin = nullptr;
    static CudaAvailability found;
    const std::scoped_lock lock(mutex);
    if (!sought) {
        plugin = find(found);
        sought = true;
    }
    availability = found;
    return plugin;
}

} // namespace hearth::kernels::cuda
