#pragma once

#include "demo/scripted_engine.h"
#include "hearth/host.h"

#include <map>
#include <optional>

namespace hearth::ui {

/// How a scripted host loads.
struct LoadScript {
    std::optional<Error> failure;              ///< Loads fail with it, at the end.
    std::string failingModel;                  ///< The only one that `failure` is for; empty: all.
    bool failsOnGpuOnly = false;               ///< `failure` is not for DeviceChoice::Cpu.
    std::size_t goodLoads = 0;                 ///< The first so many don't fail.
    std::string gpu;                           ///< Name of cuda:0, which Auto takes; empty: none.
    std::optional<Error> gpuProblem;           ///< Told of the host where there is no GPU.
    std::optional<Error> deviceNotice;         ///< Of models that Auto loads; they are on the CPU.
    std::string quantisation = "Q4_1";         ///< Of every model.
    std::uint64_t weightBytes = 98'362'432;    ///< Of every model.
    std::chrono::milliseconds duration{0};     ///< Of a whole load.
    std::optional<double> holdAt;              ///< Share of the bytes at which it halts until releaseLoad().
    Script engine;                             ///< Of the engines it makes.
};

/// A host whose models are scripts. Thread-safe.
class ScriptedHost final : public Host {
public:
    explicit ScriptedHost(LoadScript script) : m_script(std::move(script)) {}

    Result<std::shared_ptr<Engine>> load(const std::string& path, const std::string& name,
                                         const LoadOptions& options, const LoadObserver& observer,
                                         std::stop_token stop) override;
    void unload(const std::string& name) override;
    std::shared_ptr<Engine> find(const std::string& name) const override;
    std::vector<ModelInfo> models() const override;
    std::vector<DeviceDescription> devices() const override;
    std::uint64_t memoryBudget() const override;
    std::uint64_t memoryUsed() const override;
    std::optional<Error> gpuProblem() const override { return m_script.gpuProblem; }

    /// Lets a held load go on.
    void releaseLoad();
    /// The engine of a name, with its script's controls.
    [[nodiscard]] std::shared_ptr<ScriptedEngine> engine(const std::string& name) const;
    /// The options of the newest load.
    [[nodiscard]] LoadOptions lastOptions() const;
    /// Loads that were begun, by path.
    [[nodiscard]] std::vector<std::string> loads() const;

private:
    /// False if the load was stopped.
    [[nodiscard]] bool pretendToRead(const LoadObserver& observer, const std::stop_token& stop);

    const LoadScript m_script;
    mutable std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::map<std::string, std::shared_ptr<ScriptedEngine>> m_engines;
    std::vector<std::string> m_loads;
    LoadOptions m_lastOptions;
    bool m_released = false;
};

} // namespace hearth::ui
