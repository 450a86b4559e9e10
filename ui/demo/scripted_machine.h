#pragma once

#include "state/model_advice.h"
#include "state/model_downloads.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace hearth::ui {

/// A machine as tests and pictures want it: 8 cores, 19.1 of 23.4 GB free, no GPU, online.
[[nodiscard]] MachineDescription scriptedMachine();
/// Models of other programs, one of which can't be run.
[[nodiscard]] std::vector<FoundModel> scriptedFindings();

/// Tells of a machine and of models by script.
class ScriptedAdvice final : public AdviceSource {
public:
    ScriptedAdvice(MachineDescription machine, std::vector<FoundModel> found)
        : m_machine(std::move(machine)), m_found(std::move(found)) {}

    MachineDescription describe(const HostDevices&) override { return m_machine; }
    double measureMemory(int) override { return m_machine.bytesPerSecond; }
    std::vector<FoundModel> find(const std::stop_token&) override { return m_found; }

private:
    const MachineDescription m_machine;
    const std::vector<FoundModel> m_found;
};

/// Downloads that follow a script; thread-safe. A paused one goes on where it was.
class ScriptedDownloads final : public DownloadSource {
public:
    struct Script {
        std::optional<Error> error;       ///< Ends every download after `share` of it.
        double share = 1.0;
        bool holds = false;               ///< At `share`, until it is stopped or released.
        std::string path = "/models/downloaded.gguf";
        int steps = 20;
        std::chrono::milliseconds step{2};
        std::vector<PartialDownload> partial;
    };

    explicit ScriptedDownloads(Script script) : m_script(std::move(script)) {}

    Result<std::string> download(const HubFile& file, const DownloadOptions& options,
                                 const DownloadObserver& observer,
                                 const std::stop_token& stop) override;
    Result<std::string> fetchStarter(const DownloadOptions& options,
                                     const DownloadObserver& observer,
                                     const std::stop_token& stop) override;
    std::uint64_t starterBytes() override { return 98'362'432; }
    std::vector<PartialDownload> partial() override { return m_script.partial; }
    void discard(const HubFile& file) override;

    void release();
    /// From now on downloads follow this one.
    void setScript(const Script& script);
    [[nodiscard]] std::vector<std::string> begun() const; ///< Files, in order; "starter".
    [[nodiscard]] std::vector<std::string> discarded() const;
    [[nodiscard]] DownloadOptions lastOptions() const;

private:
    Result<std::string> run(const std::string& name, std::uint64_t bytes,
                            const DownloadOptions& options, const DownloadObserver& observer,
                            const std::stop_token& stop);

    mutable std::mutex m_mutex;
    std::condition_variable_any m_wake;
    Script m_script;
    std::map<std::string, int> m_stepsDone;
    std::vector<std::string> m_begun;
    std::vector<std::string> m_discarded;
    DownloadOptions m_lastOptions;
    bool m_released = false;
};

/// Hands one source to the window, which owns what it gets.
[[nodiscard]] DownloadFactory sharedDownloads(std::shared_ptr<ScriptedDownloads> downloads);

} // namespace hearth::ui
