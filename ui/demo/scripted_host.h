#pragma once

#include "demo/scripted_engine.h"
#include "hearth/host.h"

#include <map>
#include <optional>

namespace hearth::ui {

/// How a scripted host loads.
struct LoadScript {
    std::optional<Error> failure;              ///< Loads fail with it, at the end.
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

    /// Lets a held load go on.
    void releaseLoad();
    /// The engine of a name, with its script's controls.
    [[nodiscard]] std::shared_ptr<ScriptedEngine> engine(const std::string& name) const;
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
    bool m_released = false;
};

} // namespace hearth::ui
