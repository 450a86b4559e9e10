#pragma once

#include "hearth/kernels/backend.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hearth::kernels {

/// Why the CUDA backend cannot be used, in the order in which it is found out.
enum class CudaProblem : std::uint8_t {
    None,
    NoDriver,       ///< libcuda.so.1 is not there.
    DriverTooOld,   ///< `driverVersion` < `neededVersion`.
    NoPlugin,       ///< This build or package has no CUDA plugin; `detail`: where it was sought.
    PluginMismatch, ///< The plugin is of another build; `detail`: its file.
    NoDevice,       ///< A driver without a device that it shows us.
    NoCublas,       ///< libcublas is not there; `detail`: the loader's words.
    DeviceTooOld,   ///< A device below sm_75, or one that the plugin has no code for; `detail`.
    Failed,         ///< The driver refused to start; `detail`: its words.
};

/// The CUDA that a driver must support at least: 13.0.
inline constexpr std::int32_t kNeededCudaVersion = 13000;

struct CudaAvailability {
    CudaProblem problem = CudaProblem::None;
    std::int32_t driverVersion = 0; ///< 13000: CUDA 13.0; 0: unknown.
    std::int32_t neededVersion = 0;
    std::string detail;
};

struct CudaOptions {
    std::int32_t device = 0;
    /// Type of activations and of unquantised weights: F32 (never TF32), F16 or BF16.
    DType compute = DType::BF16;
};

/// The CUDA backend, a library that is loaded only where a driver is and then stays loaded.
/// Thread-safe.
class CudaPlugin {
public:
    virtual ~CudaPlugin() = default;

    /// Finds the driver and the plugin; the same object at every call. nullptr where `availability`
    /// tells of a problem. HEARTH_CUDA_PLUGIN in the environment names another file; the folder of
    /// the program, and ../lib/hearth beside it, are where it is sought.
    static CudaPlugin* load(CudaAvailability& availability);

    /// Indices of the devices that can be used, the preferred one first; starts none of them.
    [[nodiscard]] virtual std::vector<std::int32_t> usableDevices() const = 0;
    /// The usable devices with their free memory, for which each has to be started.
    [[nodiscard]] virtual std::vector<DeviceInfo> devices() const = 0;
    /// True if device `index` computes in bfloat16 (sm_80 and later).
    [[nodiscard]] virtual bool hasBFloat16(std::int32_t index) const = 0;
    virtual Status createBackend(const CudaOptions& options, std::unique_ptr<Backend>& out) = 0;
};

} // namespace hearth::kernels
