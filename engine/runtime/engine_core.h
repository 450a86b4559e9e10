#pragma once

#include "hearth/engine.h"
#include "runtime/active_request.h"
#include "runtime/loaded_model.h"
#include "runtime/mask_workers.h"
#include "runtime/model_runner.h"
#include "runtime/rate_meter.h"
#include "scheduling/scheduler.h"
#include "scheduling/step_pace.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace hearth {

/// The engine without its threads: takes prepared requests, runs one step after the other and
/// sends events. Used by one thread. Whatever goes wrong with a request ends that request alone;
/// only a lost device ends all.
class EngineCore {
public:
    /// The model must outlive the core.
    EngineCore(const LoadedModel& model, std::unique_ptr<ModelRunner> runner,
               std::unique_ptr<Scheduler> scheduler, const StepPaceOptions& pace = {});

    void accept(PreparedRequest prepared);
    /// Ends a request that was accepted; false if the id is unknown.
    bool cancel(RequestId id);
    void cancelAll();

    /// True if step() has something to do.
    [[nodiscard]] bool hasWork() const { return !m_requests.empty() && !m_deviceLost; }
    /// Runs one step. Never throws and never waits for anything but the device.
    void step();
    /// Gives unused KV memory back.
    void trim() { m_runner->trim(); }
    /// To be called when there is no work: what memory was short of may be there again.
    void becameIdle() { m_runner->restoreLimits(); }

    [[nodiscard]] EngineStatistics statistics() const;
    /// True once a step has lost the device. Any thread.
    [[nodiscard]] bool deviceLost() const { return m_deviceLost; }

private:
    using Requests = std::unordered_map<RequestId, ActiveRequest>;

    /// An entry of a step after it was confirmed: whose, and which result is its own.
    struct Outcome {
        SequenceId id = 0;
        std::optional<std::size_t> result;
    };

    void add(PreparedRequest prepared, const EventHandler& handler);
    /// Whether the named template's stop words end the reply.
    static bool isChat(const Prompt& prompt);
    /// The prompt of a decoder, or what the encoder reads and the decoder begins with.
    Result<void> setTokens(const PreparedRequest& prepared, SequenceOptions& options) const;
    kernels::Status runPlan(const StepPlan& plan);
    kernels::Status sendPromptLogits(const StepPlan& plan);
    [[nodiscard]] std::vector<TokenId> sampledTokens() const;
    [[nodiscard]] static std::vector<Outcome> outcomesOf(const StepPlan& plan);
    void deliver(const Outcome& outcome);
    void sendProgress(SequenceId id);
    void take(SequenceId id, const kernels::SampleResult& result);
    /// Ends a reply for which no token may be drawn.
    void endUnallowed(SequenceId id);
    void count(const StepPlan& plan, double seconds);
    /// After a step that could not run for want of memory: its youngest request fails, the others'
    /// tokens are computed again.
    void giveUpOne(const StepPlan& plan);
    void loseDevice();
    void failAll(const Error& error);
    void failRequest(RequestId id, Error error);
    void finishRequest(RequestId id, FinishReason reason);
    [[nodiscard]] PrefixKey prefixKey() const;

    const LoadedModel& m_model;
    std::unique_ptr<ModelRunner> m_runner;
    std::unique_ptr<Scheduler> m_scheduler;
    StepPace m_pace;
    Requests m_requests;
    std::vector<kernels::SamplingRow> m_rows;
    std::vector<kernels::SampleResult> m_results;
    std::vector<std::shared_ptr<ReplyConstraint>> m_maskWanted; ///< By the next step.
    MaskWorkers m_maskWorkers;
    RateMeter m_decodeRate;
    RateMeter m_prefillRate;
    EngineStatistics m_totals;
    std::atomic<bool> m_deviceLost = false;
};

} // namespace hearth
