#include "demo/scripted_host.h"

#include <utility>

namespace hearth::ui {

namespace {

constexpr int kLoadSteps = 20;
constexpr char kProcessor[] = "Scripted";

ModelInfo describe(const std::string& path, const std::string& name, const LoadOptions& options,
                   const LoadScript& script) {
    ModelInfo model;
    model.name = name;
    model.path = path;
    model.architecture = "llama";
    model.quantisation = script.quantisation;
    model.parameters = 134'515'008;
    model.weightBytes = script.weightBytes;
    model.trainedContext = 8192;
    model.context = options.contextTokens > 0 ? options.contextTokens : 8192;
    const bool isAuto = options.device == DeviceChoice::Auto;
    if (isAuto)
        model.deviceNotice = script.deviceNotice;
    const bool isOnGpu =
        !script.gpu.empty() && options.device != DeviceChoice::Cpu && !model.deviceNotice;
    model.device = isOnGpu ? script.gpu : kProcessor;
    model.deviceId = isOnGpu ? "cuda:0" : "cpu";
    model.hasChatTemplate = true;
    return model;
}

} // namespace

Result<std::shared_ptr<Engine>> ScriptedHost::load(const std::string& path, const std::string& name,
                                                   const LoadOptions& options,
                                                   const LoadObserver& observer,
                                                   std::stop_token stop) {
    bool isGood = false;
    {
        const std::lock_guard lock(m_mutex);
        isGood = m_loads.size() < m_script.goodLoads;
        m_loads.push_back(path);
        m_lastOptions = options;
    }
    if (!pretendToRead(observer, stop))
        return fail(ErrorCode::Cancelled);
    const bool isMeant = (m_script.failingModel.empty() || m_script.failingModel == name) &&
                         (!m_script.failsOnGpuOnly || options.device != DeviceChoice::Cpu);
    if (m_script.failure && isMeant && !isGood)
        return fail(*m_script.failure);
    auto engine =
        std::make_shared<ScriptedEngine>(describe(path, name, options, m_script), m_script.engine);
    const std::lock_guard lock(m_mutex);
    m_engines[name] = engine;
    return std::shared_ptr<Engine>(std::move(engine));
}

bool ScriptedHost::pretendToRead(const LoadObserver& observer, const std::stop_token& stop) {
    const auto report = [&](LoadPhase phase, std::uint64_t done) {
        if (observer)
            observer({phase, done, m_script.weightBytes});
    };
    report(LoadPhase::Opening, 0);
    for (int step = 0; step <= kLoadSteps; ++step) {
        report(LoadPhase::Weights, m_script.weightBytes * step / kLoadSteps);
        std::unique_lock lock(m_mutex);
        if (m_script.holdAt && step >= *m_script.holdAt * kLoadSteps)
            m_wake.wait(lock, stop, [this] { return m_released; });
        else
            m_wake.wait_for(lock, stop, m_script.duration / kLoadSteps, [] { return false; });
        if (stop.stop_requested())
            return false;
    }
    report(LoadPhase::Ready, m_script.weightBytes);
    return true;
}

void ScriptedHost::unload(const std::string& name) {
    std::shared_ptr<ScriptedEngine> engine;
    {
        const std::lock_guard lock(m_mutex);
        if (const auto found = m_engines.find(name); found != m_engines.end()) {
            engine = std::move(found->second);
            m_engines.erase(found);
        }
    }
}

std::shared_ptr<Engine> ScriptedHost::find(const std::string& name) const {
    return engine(name);
}

std::shared_ptr<ScriptedEngine> ScriptedHost::engine(const std::string& name) const {
    const std::lock_guard lock(m_mutex);
    const auto found = m_engines.find(name);
    return found == m_engines.end() ? nullptr : found->second;
}

std::vector<ModelInfo> ScriptedHost::models() const {
    const std::lock_guard lock(m_mutex);
    std::vector<ModelInfo> models;
    for (const auto& [name, engine] : m_engines)
        models.push_back(engine->model());
    return models;
}

std::vector<DeviceDescription> ScriptedHost::devices() const {
    DeviceDescription device;
    device.id = "cpu";
    device.name = kProcessor;
    std::vector<DeviceDescription> devices = {device};
    if (!m_script.gpu.empty()) {
        device.id = "cuda:0";
        device.name = m_script.gpu;
        devices.push_back(device);
    }
    return devices;
}

std::uint64_t ScriptedHost::memoryBudget() const {
    return 16ULL << 30U;
}

std::uint64_t ScriptedHost::memoryUsed() const {
    const std::lock_guard lock(m_mutex);
    return m_engines.size() * m_script.weightBytes;
}

void ScriptedHost::releaseLoad() {
    {
        const std::lock_guard lock(m_mutex);
        m_released = true;
    }
    m_wake.notify_all();
}

LoadOptions ScriptedHost::lastOptions() const {
    const std::lock_guard lock(m_mutex);
    return m_lastOptions;
}

std::vector<std::string> ScriptedHost::loads() const {
    const std::lock_guard lock(m_mutex);
    return m_loads;
}

} // namespace hearth::ui
