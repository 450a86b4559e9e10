#include "demo/scripted_machine.h"

#include <algorithm>
#include <utility>

namespace hearth::ui {

namespace {

constexpr double kRate = 48e6;

FoundModel found(const char* name, ModelOrigin origin, const char* quantisation,
                 std::uint64_t bytes, std::uint64_t parameters) {
    FoundModel model;
    model.origin = origin;
    model.model.name = name;
    model.model.path = std::string("/elsewhere/") + name + ".gguf";
    model.model.quantisation = quantisation;
    model.model.bytes = bytes;
    model.model.parameters = parameters;
    model.model.kvBytesPerToken = 57'344;
    model.model.trainedContext = 32'768;
    model.model.hasChatTemplate = true;
    return model;
}

class SharedDownloads final : public DownloadSource {
public:
    explicit SharedDownloads(std::shared_ptr<ScriptedDownloads> source)
        : m_source(std::move(source)) {}

    Result<std::string> download(const HubFile& file, const DownloadOptions& options,
                                 const DownloadObserver& observer,
                                 const std::stop_token& stop) override {
        return m_source->download(file, options, observer, stop);
    }
    Result<std::string> fetchStarter(const DownloadOptions& options,
                                     const DownloadObserver& observer,
                                     const std::stop_token& stop) override {
        return m_source->fetchStarter(options, observer, stop);
    }
    std::uint64_t starterBytes() override { return m_source->starterBytes(); }
    std::vector<PartialDownload> partial() override { return m_source->partial(); }
    void discard(const HubFile& file) override { m_source->discard(file); }

private:
    const std::shared_ptr<ScriptedDownloads> m_source;
};

} // namespace

MachineDescription scriptedMachine() {
    MachineDescription machine;
    machine.processor = "AMD EPYC 9004";
    machine.features = "AVX-512 VNNI";
    machine.cores = 8;
    machine.totalMemory = 23'400'000'000;
    machine.freeMemory = 19'100'000'000;
    machine.budget = 15'200'000'000;
    machine.bytesPerSecond = 82e9;
    machine.gpuProblem = fail(ErrorCode::DriverMissing).error;
    machine.freeDisk = 212'000'000'000;
    return machine;
}

std::vector<FoundModel> scriptedFindings() {
    std::vector<FoundModel> all{
        found("qwen2.5:7b", ModelOrigin::Ollama, "Q4_K", 4'683'000'000, 7'616'000'000),
        found("Llama-3.2-3B-Instruct-Q4_K_M", ModelOrigin::LmStudio, "Q4_K", 2'019'000'000,
              3'213'000'000),
        found("SmolLM2-1.7B-Instruct", ModelOrigin::HuggingFace, "BF16", 3'423'000'000,
              1'711'000'000),
        found("mistral-nemo-with-a-name-that-is-longer-than-any-row-of-this-page-could-show-it",
              ModelOrigin::Gpt4All, "Q4_0", 7'100'000'000, 12'200'000'000),
        found("gemma-2-2b-it", ModelOrigin::Jan, "Q8_0", 2'784'000'000, 2'614'000'000),
        found("phi-3.5-mini", ModelOrigin::LlamaCpp, "Q4_K", 2'390'000'000, 3'821'000'000),
    };
    all[4].model.problem = "not supported: architecture: gemma2";
    return all;
}

Result<std::string> ScriptedDownloads::run(const std::string& name, std::uint64_t bytes,
                                           const DownloadOptions& options,
                                           const DownloadObserver& observer,
                                           const std::stop_token& stop) {
    std::unique_lock lock(m_mutex);
    m_begun.push_back(name);
    m_lastOptions = options;
    const Script script = m_script;
    const auto report = [&](DownloadPhase phase, std::uint64_t done) {
        DownloadProgress progress;
        progress.phase = phase;
        progress.doneBytes = done;
        progress.totalBytes = bytes;
        if (phase == DownloadPhase::Receiving && done > 0) {
            progress.bytesPerSecond = kRate;
            progress.secondsLeft = double(bytes - done) / kRate;
        }
        lock.unlock();
        observer(progress);
        lock.lock();
    };
    report(DownloadPhase::Connecting, 0);
    const int last = int(script.share * script.steps);
    int& done = m_stepsDone[name];
    for (int step = std::min(done, last); step <= last; ++step) {
        done = step;
        m_wake.wait_for(lock, stop, script.step, [] { return false; });
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled);
        report(DownloadPhase::Receiving, bytes * std::uint64_t(step) / std::uint64_t(script.steps));
    }
    if (script.holds)
        m_wake.wait(lock, stop, [this] { return m_released; });
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled);
    if (script.error)
        return fail(*script.error);
    return script.path;
}

Result<std::string> ScriptedDownloads::download(const HubFile& file,
                                                const DownloadOptions& options,
                                                const DownloadObserver& observer,
                                                const std::stop_token& stop) {
    return run(file.file, file.approximateBytes, options, observer, stop);
}

Result<std::string> ScriptedDownloads::fetchStarter(const DownloadOptions& options,
                                                    const DownloadObserver& observer,
                                                    const std::stop_token& stop) {
    return run("starter", starterBytes(), options, observer, stop);
}

void ScriptedDownloads::discard(const HubFile& file) {
    const std::lock_guard lock(m_mutex);
    m_discarded.push_back(file.file);
    m_stepsDone.erase(file.file);
}

void ScriptedDownloads::release() {
    {
        const std::lock_guard lock(m_mutex);
        m_released = true;
    }
    m_wake.notify_all();
}

void ScriptedDownloads::setScript(const Script& script) {
    const std::lock_guard lock(m_mutex);
    m_script = script;
}

std::vector<std::string> ScriptedDownloads::begun() const {
    const std::lock_guard lock(m_mutex);
    return m_begun;
}

std::vector<std::string> ScriptedDownloads::discarded() const {
    const std::lock_guard lock(m_mutex);
    return m_discarded;
}

DownloadOptions ScriptedDownloads::lastOptions() const {
    const std::lock_guard lock(m_mutex);
    return m_lastOptions;
}

DownloadFactory sharedDownloads(std::shared_ptr<ScriptedDownloads> downloads) {
    return [downloads = std::move(downloads)] {
        return std::make_unique<SharedDownloads>(downloads);
    };
}

} // namespace hearth::ui
