#include "runtime/device_pool.h"

#include "base/field_failure.h"
#include "hearth/kernels/cpu_backend.h"
#include "runtime/gpu_problem.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace hearth {

namespace {

using kernels::DType;

constexpr double kCpuShare = 0.8;
/// What cuBLAS, recorded graphs and late kernel code take besides models, at most.
constexpr std::uint64_t kGpuReserve = std::uint64_t{256} << 20;

std::string gpuId(std::int32_t index) {
    return fmt::format("cuda:{}", index);
}

Result<std::shared_ptr<kernels::Backend>> makeCpu(std::int32_t threads, bool exactActivations) {
    kernels::CpuOptions cpu;
    cpu.threads = threads;
    cpu.exactActivations = exactActivations;
    std::unique_ptr<kernels::Backend> backend;
    switch (kernels::createCpuBackend(cpu, backend)) {
    case kernels::Status::Ok:
        return std::shared_ptr<kernels::Backend>(std::move(backend));
    case kernels::Status::OutOfMemory:
        return fail(ErrorCode::OutOfMemory, "the CPU backend");
    default:
        return invalidArgument("threads", "is not a number of threads that this machine can run");
    }
}

std::uint64_t cpuBudgetBytes(const HostOptions& options, const kernels::Backend& cpu) {
    if (options.memoryBudgetBytes > 0)
        return options.memoryBudgetBytes;
    return static_cast<std::uint64_t>(double(cpu.device().freeMemory) * kCpuShare);
}

std::uint64_t gpuBudgetBytes(const HostOptions& options, std::uint64_t free) {
    const std::uint64_t reserve = std::min(kGpuReserve, free / 16);
    const double share = std::clamp(options.gpuMemoryShare, 0.0, 1.0);
    const auto bytes = static_cast<std::uint64_t>(double(free) * share);
    return bytes - std::min(reserve, bytes);
}

DType gpuCompute(ComputeType type, const std::string& weightType, bool hasBFloat16) {
    switch (type) {
    case ComputeType::F32:
        return DType::F32;
    case ComputeType::F16:
        return DType::F16;
    case ComputeType::BF16:
        return DType::BF16;
    case ComputeType::Auto:
        break;
    }
    return hasBFloat16 && weightType != kernels::name(DType::F16) ? DType::BF16 : DType::F16;
}

DeviceDescription describe(const std::string& id, const kernels::DeviceInfo& info) {
    DeviceDescription description;
    description.id = id;
    description.name = info.name;
    description.features = info.features;
    description.totalMemory = info.totalMemory;
    description.freeMemory = info.freeMemory;
    description.threads = info.threads;
    return description;
}

} // namespace

Result<std::unique_ptr<DevicePool>> DevicePool::create(const HostOptions& options,
                                                       CudaLoader loadCuda) {
    HEARTH_TRY_ASSIGN(std::shared_ptr<kernels::Backend> cpu, makeCpu(options.threads, false));
    return std::unique_ptr<DevicePool>(
        new DevicePool(options, std::move(cpu), std::move(loadCuda)));
}

DevicePool::DevicePool(const HostOptions& options, std::shared_ptr<kernels::Backend> cpu,
                       CudaLoader loadCuda)
    : m_options(options), m_cpu(std::move(cpu))
    , m_cpuBudget(std::make_shared<MemoryBudget>(cpuBudgetBytes(options, *m_cpu)))
    , m_loadCuda(std::move(loadCuda)) {}

Result<Placement> DevicePool::cpu(const LoadOptions& options) {
    if (options.computeType == ComputeType::BF16 || options.computeType == ComputeType::F16)
        return fieldFailure(ErrorCode::Unsupported, "dtype",
                            "the CPU computes in f32; choose auto or f32");
    Placement placement{"cpu", kernels::DeviceKind::Cpu, DType::F32, m_cpuBudget, m_cpu};
    // Exact activations need a backend of their own, which shares nothing but the machine.
    if (options.exactActivations) {
        HEARTH_TRY_ASSIGN(placement.backend, makeCpu(m_options.threads, true));
    }
    return placement;
}

Result<Placement> DevicePool::gpu(const LoadOptions& options, const std::string& weightType) {
    const std::scoped_lock lock(m_mutex);
    if (plugin() == nullptr)
        return fail(gpuProblemError(m_availability));
    HEARTH_TRY_ASSIGN(const std::int32_t index, gpuIndex(options.deviceIndex));
    kernels::CudaOptions cuda;
    cuda.device = index;
    cuda.compute = gpuCompute(options.computeType, weightType, m_plugin->hasBFloat16(index));
    Placement placement{gpuId(index), kernels::DeviceKind::Cuda, cuda.compute, {}, {}};
    HEARTH_TRY_ASSIGN(placement.backend, gpuBackend(cuda));
    if (const auto known = m_gpuBudgets.find(index); known != m_gpuBudgets.end()) {
        placement.budget = known->second;
        return placement;
    }
    const std::uint64_t free = placement.backend->device().freeMemory;
    placement.budget = std::make_shared<MemoryBudget>(gpuBudgetBytes(m_options, free));
    // Nothing is free where the device did not answer: the next load asks again.
    if (free > 0)
        m_gpuBudgets.emplace(index, placement.budget);
    return placement;
}

kernels::CudaPlugin* DevicePool::plugin() {
    if (!m_soughtPlugin) {
        m_plugin = m_loadCuda(m_availability);
        m_soughtPlugin = true;
    }
    return m_plugin;
}

Result<std::int32_t> DevicePool::gpuIndex(std::int32_t asked) const {
    const std::vector<std::int32_t> usable = m_plugin->usableDevices();
    if (asked < 0 && !usable.empty())
        return usable.front();
    if (std::find(usable.begin(), usable.end(), asked) != usable.end())
        return asked;
    return fieldFailure(
        ErrorCode::DeviceUnavailable, gpuId(asked),
        fmt::format("the GPUs that can be used are numbered {}", fmt::join(usable, ", ")));
}

Result<std::shared_ptr<kernels::Backend>>
DevicePool::gpuBackend(const kernels::CudaOptions& options) {
    std::weak_ptr<kernels::Backend>& known = m_gpuBackends[{options.device, options.compute}];
    if (std::shared_ptr<kernels::Backend> shared = known.lock())
        return shared;
    std::unique_ptr<kernels::Backend> backend;
    const kernels::Status status = m_plugin->createBackend(options, backend);
    const std::string id = gpuId(options.device);
    switch (status) {
    case kernels::Status::Ok:
        break;
    case kernels::Status::OutOfMemory:
        return fieldFailure(ErrorCode::OutOfMemory, id);
    case kernels::Status::DeviceLost:
        return fieldFailure(ErrorCode::DeviceLost, id);
    case kernels::Status::Unsupported:
        if (options.compute != DType::BF16 || m_plugin->hasBFloat16(options.device))
            return fail(ErrorCode::GpuTooOld, id);
        return fieldFailure(ErrorCode::Unsupported, id, "this GPU does not compute in BF16");
    case kernels::Status::InvalidArgument:
        return fieldFailure(ErrorCode::Internal, id, "the backend refused its options");
    }
    std::shared_ptr<kernels::Backend> shared(std::move(backend));
    known = shared;
    return shared;
}

std::optional<Error> DevicePool::gpuProblem() {
    const std::scoped_lock lock(m_mutex);
    if (plugin() != nullptr)
        return std::nullopt;
    return gpuProblemError(m_availability);
}

std::vector<DeviceDescription> DevicePool::devices() {
    std::vector<DeviceDescription> all{describe("cpu", m_cpu->device())};
    all.front().memoryBudget = m_cpuBudget->total();
    all.front().memoryUsed = m_cpuBudget->used();
    const std::scoped_lock lock(m_mutex);
    if (plugin() == nullptr)
        return all;
    for (const kernels::DeviceInfo& info : m_plugin->devices()) {
        DeviceDescription& description = all.emplace_back(describe(gpuId(info.index), info));
        const auto budget = m_gpuBudgets.find(info.index);
        description.memoryBudget = budget != m_gpuBudgets.end()
                                       ? budget->second->total()
                                       : gpuBudgetBytes(m_options, info.freeMemory);
        description.memoryUsed = budget != m_gpuBudgets.end() ? budget->second->used() : 0;
    }
    return all;
}

} // namespace hearth
