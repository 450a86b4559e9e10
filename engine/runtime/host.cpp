#include "hearth/host.h"

#include "hearth/kernels/cpu_backend.h"
#include "runtime/loaded_model.h"
#include "runtime/local_engine.h"
#include "runtime/memory_budget.h"

#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <set>
#include <utility>

namespace hearth {

namespace {

constexpr double kBudgetShare = 0.8;

Failure failure(ErrorCode code, std::string field, std::string detail) {
    Error error;
    error.code = code;
    error.field = std::move(field);
    error.detail = std::move(detail);
    return fail(std::move(error));
}

Result<std::shared_ptr<kernels::Backend>> makeCpu(const HostOptions& options,
                                                  bool exactActivations) {
    kernels::CpuOptions cpu;
    cpu.threads = options.threads;
    cpu.exactActivations = exactActivations;
    std::unique_ptr<kernels::Backend> backend;
    switch (kernels::createCpuBackend(cpu, backend)) {
    case kernels::Status::Ok:
        return std::shared_ptr<kernels::Backend>(std::move(backend));
    case kernels::Status::OutOfMemory:
        return fail(ErrorCode::OutOfMemory, "the CPU backend");
    default:
        return failure(ErrorCode::InvalidArgument, "threads",
                       "is not a number of threads that this machine can run");
    }
}

class LocalHost final : public Host {
public:
    LocalHost(HostOptions options, std::shared_ptr<kernels::Backend> cpu)
        : m_options(options), m_cpu(std::move(cpu))
        , m_budget(std::make_shared<MemoryBudget>(budgetBytes(options, *m_cpu))) {}

    ~LocalHost() override {
        for (const auto& [name, engine] : m_engines)
            engine->stop();
    }

    Result<std::shared_ptr<Engine>> load(const std::string& path, const std::string& name,
                                         const LoadOptions& options, const LoadObserver& observer,
                                         std::stop_token stop) override {
        HEARTH_TRY_ASSIGN(std::shared_ptr<kernels::Backend> backend, backendFor(options));
        {
            const std::scoped_lock lock(m_mutex);
            if (m_engines.contains(name) || !m_loading.insert(name).second)
                return failure(ErrorCode::InvalidArgument, name, "is loaded already");
        }
        Result<std::shared_ptr<LocalEngine>> engine = fail(ErrorCode::OutOfMemory);
        try {
            engine = loadEngine(path, name, options, std::move(backend), observer, stop);
        } catch (const std::bad_alloc&) {
            engine = failure(ErrorCode::OutOfMemory, name, "while the model was loaded");
        } catch (const std::exception& error) {
            engine = failure(ErrorCode::Internal, name, error.what());
        }
        const std::scoped_lock lock(m_mutex);
        m_loading.erase(name);
        if (!engine)
            return fail(std::move(engine).error());
        m_engines.emplace(name, *engine);
        return std::shared_ptr<Engine>(*std::move(engine));
    }

    void unload(const std::string& name) override {
        std::shared_ptr<LocalEngine> engine;
        {
            const std::scoped_lock lock(m_mutex);
            const auto found = m_engines.find(name);
            if (found == m_engines.end())
                return;
            engine = std::move(found->second);
            m_engines.erase(found);
        }
        engine->stop();
    }

    [[nodiscard]] std::shared_ptr<Engine> find(const std::string& name) const override {
        const std::scoped_lock lock(m_mutex);
        const auto found = m_engines.find(name);
        return found == m_engines.end() ? nullptr : found->second;
    }

    [[nodiscard]] std::vector<ModelInfo> models() const override {
        std::vector<ModelInfo> models;
        for (const auto& engine : engines())
            models.push_back(engine->model());
        return models;
    }

    [[nodiscard]] std::vector<DeviceDescription> devices() const override {
        const kernels::DeviceInfo info = m_cpu->device();
        return {{"cpu", info.name, info.features, info.totalMemory, info.freeMemory, info.threads}};
    }

    [[nodiscard]] std::uint64_t memoryBudget() const override { return m_budget->total(); }
    [[nodiscard]] std::uint64_t memoryUsed() const override { return m_budget->used(); }

private:
    static std::uint64_t budgetBytes(const HostOptions& options, const kernels::Backend& cpu) {
        if (options.memoryBudgetBytes > 0)
            return options.memoryBudgetBytes;
        return static_cast<std::uint64_t>(double(cpu.device().freeMemory) * kBudgetShare);
    }

    Result<std::shared_ptr<LocalEngine>>
    loadEngine(const std::string& path, const std::string& name, const LoadOptions& options,
               std::shared_ptr<kernels::Backend> backend, const LoadObserver& observer,
               const std::stop_token& stop) {
        const auto makeRoom = [this] {
            for (const auto& other : engines())
                other->trim();
        };
        HEARTH_TRY_ASSIGN(
            std::unique_ptr<LoadedModel> model,
            loadModel(path, name, options, *backend, *m_budget, makeRoom, observer, stop));
        if (observer)
            observer({LoadPhase::Preparing, model->info.weightBytes, model->info.weightBytes});
        HEARTH_TRY_ASSIGN(
            std::shared_ptr<LocalEngine> engine,
            LocalEngine::create(std::move(model), std::move(backend), m_budget, options, makeRoom));
        if (observer)
            observer({LoadPhase::Ready, engine->model().weightBytes, engine->model().weightBytes});
        return engine;
    }

    /// Exact activations need a backend of their own, which shares nothing but the machine.
    Result<std::shared_ptr<kernels::Backend>> backendFor(const LoadOptions& options) {
        if (options.device == DeviceChoice::Cuda)
            return failure(ErrorCode::DeviceUnavailable, "cuda",
                           "this build of Hearth has no CUDA backend");
        if (options.computeType == ComputeType::BF16 || options.computeType == ComputeType::F16)
            return failure(ErrorCode::Unsupported, "dtype",
                           "the CPU computes in f32; choose auto or f32");
        if (!options.exactActivations)
            return m_cpu;
        return makeCpu(m_options, true);
    }

    [[nodiscard]] std::vector<std::shared_ptr<LocalEngine>> engines() const {
        const std::scoped_lock lock(m_mutex);
        std::vector<std::shared_ptr<LocalEngine>> all;
        for (const auto& [name, engine] : m_engines)
            all.push_back(engine);
        return all;
    }

    const HostOptions m_options;
    std::shared_ptr<kernels::Backend> m_cpu;
    std::shared_ptr<MemoryBudget> m_budget;
    mutable std::mutex m_mutex;
    std::map<std::string, std::shared_ptr<LocalEngine>> m_engines;
    std::set<std::string> m_loading;
};

} // namespace

Result<std::unique_ptr<Host>> createHost(const HostOptions& options) {
    HEARTH_TRY_ASSIGN(std::shared_ptr<kernels::Backend> cpu, makeCpu(options, false));
    return std::unique_ptr<Host>(std::make_unique<LocalHost>(options, std::move(cpu)));
}

} // namespace hearth
