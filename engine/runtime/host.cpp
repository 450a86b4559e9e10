#include "runtime/local_host.h"

#include "base/field_failure.h"
#include "formats/synthetic.h"
#include "runtime/loaded_model.h"
#include "runtime/local_embedder.h"
#include "runtime/local_engine.h"

#include <atomic>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <new>
#include <set>
#include <thread>
#include <utility>

namespace hearth {

namespace {

/// A call of Host::load().
struct LoadRequest {
    const std::string& path;
    const std::string& name;
    const LoadOptions& options;
    const LoadObserver& observer;
    const std::stop_token& stop;
};

/// True if the CPU may still take a model that a GPU could not. `lostBefore`: the GPU had failed
/// before this load, which so is not what lost it.
bool mayFallBack(const Error& error, const LoadRequest& request, bool lostBefore) {
    if (request.options.device != DeviceChoice::Auto || isSyntheticName(request.path))
        return false;
    const bool wantsHalf = request.options.computeType == ComputeType::BF16 ||
                           request.options.computeType == ComputeType::F16;
    switch (error.code) {
    case ErrorCode::OutOfMemory:
    case ErrorCode::Unsupported:
        return !wantsHalf; // which the CPU does not compute in
    case ErrorCode::DriverMissing:
    case ErrorCode::DriverTooOld:
    case ErrorCode::GpuMissing:
    case ErrorCode::GpuTooOld:
    case ErrorCode::CublasMissing:
    case ErrorCode::BackendMissing:
    case ErrorCode::BackendMismatch:
    case ErrorCode::DeviceUnavailable:
        return true;
    case ErrorCode::DeviceLost:
        return lostBefore;
    default:
        return false;
    }
}

class LocalHost final : public Host {
public:
    explicit LocalHost(std::unique_ptr<DevicePool> devices) : m_devices(std::move(devices)) {}

    ~LocalHost() override {
        for (const auto& [name, engine] : m_engines)
            engine->stop();
    }

    Result<std::shared_ptr<Engine>> load(const std::string& path, const std::string& name,
                                         const LoadOptions& options, const LoadObserver& observer,
                                         std::stop_token stop) override {
        {
            const std::scoped_lock lock(m_mutex);
            if (m_engines.contains(name) || !m_loading.insert(name).second)
                return invalidArgument(name, "is loaded already");
        }
        const LoadRequest request{path, name, options, observer, stop};
        auto engine = guarded<std::shared_ptr<LocalEngine>>(
            request, [&](Placement placement, Checkpoint checkpoint, std::optional<Error> notice) {
                return makeEngine(std::move(placement), request, std::move(checkpoint),
                                  std::move(notice));
            });
        const std::scoped_lock lock(m_mutex);
        m_loading.erase(name);
        if (!engine)
            return fail(std::move(engine).error());
        m_engines.emplace(name, *engine);
        return std::shared_ptr<Engine>(*std::move(engine));
    }

    Result<std::unique_ptr<Embedder>> openEmbedder(const std::string& path, const std::string& name,
                                                   const EmbedderOptions& options,
                                                   const LoadObserver& observer,
                                                   std::stop_token stop) override {
        const LoadRequest request{path, name, options.load, observer, stop};
        return guarded<std::unique_ptr<Embedder>>(
            request, [&](Placement placement, Checkpoint checkpoint, std::optional<Error> notice) {
                const auto makeRoom = roomMaker(placement);
                return openLocalEmbedder(std::move(checkpoint), name, options,
                                         std::move(placement), makeRoom, observer, stop,
                                         std::move(notice));
            });
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
        if (engine->deviceLost())
            m_deviceLost = true;
    }

    [[nodiscard]] std::shared_ptr<Engine> find(const std::string& name) const override {
        return findLocal(name);
    }

    [[nodiscard]] std::vector<ModelInfo> models() const override {
        std::vector<ModelInfo> models;
        for (const auto& engine : engines())
            models.push_back(engine->model());
        return models;
    }

    [[nodiscard]] std::vector<DeviceDescription> devices() const override {
        return m_devices->devices();
    }
    [[nodiscard]] std::uint64_t memoryBudget() const override {
        return m_devices->cpuBudget().total();
    }
    [[nodiscard]] std::uint64_t memoryUsed() const override {
        return m_devices->cpuBudget().used();
    }
    [[nodiscard]] std::optional<Error> gpuProblem() const override {
        return m_devices->gpuProblem();
    }

    [[nodiscard]] bool deviceLost() const override {
        if (m_deviceLost)
            return true;
        for (const auto& engine : engines())
            if (engine->deviceLost())
                return true;
        return false;
    }

    [[nodiscard]] double measureCeiling(const std::string& model, DeviceCeiling ceiling) override {
        const std::shared_ptr<LocalEngine> engine = findLocal(model);
        return engine ? engine->measure(ceiling) : 0.0;
    }

private:
    /// Makes what was asked for of a checkpoint, on a placement that was chosen for it.
    template<typename Made>
    using Make = std::function<Result<Made>(Placement, Checkpoint, std::optional<Error> notice)>;

    /// loadAnywhere() without exceptions; notes a lost device.
    template<typename Made>
    Result<Made> guarded(const LoadRequest& request, const Make<Made>& make) {
        Result<Made> made = fail(ErrorCode::OutOfMemory);
        try {
            made = loadAnywhere<Made>(request, make);
        } catch (const std::bad_alloc&) {
            made = fieldFailure(ErrorCode::OutOfMemory, request.name, "while the model was loaded");
        } catch (const std::exception& error) {
            made = fieldFailure(ErrorCode::Internal, request.name, error.what());
        }
        if (!made && made.error().code == ErrorCode::DeviceLost)
            m_deviceLost = true;
        return made;
    }

    /// On the GPU, on the CPU, or on the CPU because of what the GPU's error says.
    template<typename Made>
    Result<Made> loadAnywhere(const LoadRequest& request, const Make<Made>& make) {
        HEARTH_TRY_ASSIGN(Checkpoint checkpoint, openCheckpoint(request));
        if (request.options.device == DeviceChoice::Cpu)
            return loadOnCpu<Made>(request, std::move(checkpoint), {}, make);
        const bool lostBefore = deviceLost();
        auto placement = gpuPlacement(request, checkpoint, lostBefore);
        if (!placement) {
            if (!mayFallBack(placement.error(), request, lostBefore))
                return fail(std::move(placement).error());
            return loadOnCpu<Made>(request, std::move(checkpoint), noticeOf(placement.error()),
                                   make);
        }
        auto loaded = loadOnGpu<Made>(*std::move(placement), std::move(checkpoint), make);
        if (loaded || !mayFallBack(loaded.error(), request, lostBefore))
            return loaded;
        HEARTH_TRY_ASSIGN(Checkpoint again, Checkpoint::open(request.path));
        return loadOnCpu<Made>(request, std::move(again), noticeOf(loaded.error()), make);
    }

    /// A machine without NVIDIA's driver has nothing that it could be told to mend.
    static std::optional<Error> noticeOf(const Error& error) {
        return error.code == ErrorCode::DriverMissing ? std::nullopt : std::optional(error);
    }

    static Result<Checkpoint> openCheckpoint(const LoadRequest& request) {
        if (request.observer)
            request.observer({LoadPhase::Opening, 0, 0});
        return Checkpoint::open(request.path);
    }

    template<typename Made>
    Result<Made> loadOnCpu(const LoadRequest& request, Checkpoint checkpoint,
                           std::optional<Error> notice, const Make<Made>& make) {
        HEARTH_TRY_ASSIGN(Placement placement, m_devices->cpu(request.options));
        if (checkpoint.isSynthetic())
            return fieldFailure(ErrorCode::Unsupported, request.path,
                                "random weights are made on a GPU only");
        return make(std::move(placement), std::move(checkpoint), std::move(notice));
    }

    Result<Placement> gpuPlacement(const LoadRequest& request, const Checkpoint& checkpoint,
                                   bool lostBefore) {
        // Starting a GPU takes a while, in which the disk can read.
        const std::jthread reader(
            [&](const std::stop_token& stop) { checkpoint.readAhead(stop); });
        auto placement = lostBefore ? Result<Placement>(fail(ErrorCode::DeviceLost))
                                    : m_devices->gpu(request.options, checkpoint.mainType());
        if (!placement && checkpoint.isSynthetic())
            placement.error().path = request.path;
        return placement;
    }

    template<typename Made>
    Result<Made> loadOnGpu(Placement placement, Checkpoint checkpoint, const Make<Made>& make) {
        const std::string id = placement.id;
        auto made = make(std::move(placement), std::move(checkpoint), {});
        const bool ofTheDevice = !made && (made.error().code == ErrorCode::OutOfMemory ||
                                           made.error().code == ErrorCode::DeviceLost);
        if (ofTheDevice && made.error().field.empty())
            made.error().field = id;
        return made;
    }

    /// Frees what other models on the placement's device do not need.
    std::function<void()> roomMaker(const Placement& placement) {
        return [this, budget = placement.budget] {
            for (const auto& other : engines())
                if (&other->budget() == budget.get())
                    other->trim();
        };
    }

    Result<std::shared_ptr<LocalEngine>> makeEngine(Placement placement,
                                                    const LoadRequest& request,
                                                    Checkpoint checkpoint,
                                                    std::optional<Error> notice) {
        const auto makeRoom = roomMaker(placement);
        HEARTH_TRY_ASSIGN(std::unique_ptr<LoadedModel> model,
                          loadModel(std::move(checkpoint), request.name, request.options, placement,
                                    makeRoom, request.observer, request.stop));
        model->info.deviceNotice = std::move(notice);
        const std::uint64_t bytes = model->info.weightBytes;
        if (request.observer)
            request.observer({LoadPhase::Preparing, bytes, bytes});
        HEARTH_TRY_ASSIGN(std::shared_ptr<LocalEngine> engine,
                          LocalEngine::create(std::move(model), std::move(placement),
                                              request.options, makeRoom));
        if (request.observer)
            request.observer({LoadPhase::Ready, bytes, bytes});
        return engine;
    }

    [[nodiscard]] std::shared_ptr<LocalEngine> findLocal(const std::string& name) const {
        const std::scoped_lock lock(m_mutex);
        const auto found = m_engines.find(name);
        return found == m_engines.end() ? nullptr : found->second;
    }

    [[nodiscard]] std::vector<std::shared_ptr<LocalEngine>> engines() const {
        const std::scoped_lock lock(m_mutex);
        std::vector<std::shared_ptr<LocalEngine>> all;
        for (const auto& [name, engine] : m_engines)
            all.push_back(engine);
        return all;
    }

    const std::unique_ptr<DevicePool> m_devices;
    std::atomic<bool> m_deviceLost = false;
    mutable std::mutex m_mutex;
    std::map<std::string, std::shared_ptr<LocalEngine>> m_engines;
    std::set<std::string> m_loading;
};

} // namespace

Result<std::unique_ptr<Host>> createHost(const HostOptions& options, CudaLoader loadCuda) {
    HEARTH_TRY_ASSIGN(std::unique_ptr<DevicePool> devices,
                      DevicePool::create(options, std::move(loadCuda)));
    return std::unique_ptr<Host>(std::make_unique<LocalHost>(std::move(devices)));
}

Result<std::unique_ptr<Host>> createHost(const HostOptions& options) {
    return createHost(options, kernels::CudaPlugin::load);
}

} // namespace hearth
