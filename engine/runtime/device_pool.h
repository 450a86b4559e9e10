#pragma once

#include "hearth/host.h"
#include "hearth/kernels/cuda_backend.h"
#include "hearth/options.h"
#include "hearth/result.h"
#include "runtime/memory_budget.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hearth {

/// Where a model computes: a backend, and the memory that it shares with the device's other models.
struct Placement {
    std::string id; ///< "cpu", "cuda:0"
    kernels::DeviceKind kind = kernels::DeviceKind::Cpu;
    kernels::DType compute = kernels::DType::F32;
    std::shared_ptr<MemoryBudget> budget;
    std::shared_ptr<kernels::Backend> backend;
};

using CudaLoader = std::function<kernels::CudaPlugin*(kernels::CudaAvailability&)>;

/// The devices of this process, their backends and memory budgets. The CUDA plugin is looked for
/// when a GPU is first asked for. Thread-safe.
class DevicePool {
public:
    /// Errors: InvalidArgument for a number of threads, OutOfMemory.
    static Result<std::unique_ptr<DevicePool>> create(const HostOptions& options,
                                                      CudaLoader loadCuda);

    /// Errors: Unsupported for a compute type but F32; OutOfMemory.
    Result<Placement> cpu(const LoadOptions& options);
    /// `weightType`: of most weights (Checkpoint::mainType()). Errors: why there is no GPU;
    /// DeviceUnavailable for an index that there is not; Unsupported, OutOfMemory, DeviceLost.
    Result<Placement> gpu(const LoadOptions& options, const std::string& weightType);

    [[nodiscard]] std::optional<Error> gpuProblem();
    [[nodiscard]] std::vector<DeviceDescription> devices();
    [[nodiscard]] const MemoryBudget& cpuBudget() const { return *m_cpuBudget; }

private:
    DevicePool(const HostOptions& options, std::shared_ptr<kernels::Backend> cpu,
               CudaLoader loadCuda);
    [[nodiscard]] kernels::CudaPlugin* plugin();
    Result<std::int32_t> gpuIndex(std::int32_t asked) const;
    Result<std::shared_ptr<kernels::Backend>> gpuBackend(const kernels::CudaOptions& options);

    const HostOptions m_options;
    const std::shared_ptr<kernels::Backend> m_cpu;
    const std::shared_ptr<MemoryBudget> m_cpuBudget;
    const CudaLoader m_loadCuda;

    std::mutex m_mutex; ///< Guards what follows.
    bool m_soughtPlugin = false;
    kernels::CudaPlugin* m_plugin = nullptr;
    kernels::CudaAvailability m_availability;
    /// A backend goes with the last model that uses it, a budget stays.
    std::map<std::pair<std::int32_t, kernels::DType>, std::weak_ptr<kernels::Backend>>
        m_gpuBackends;
    std::map<std::int32_t, std::shared_ptr<MemoryBudget>> m_gpuBudgets;
};

} // namespace hearth
