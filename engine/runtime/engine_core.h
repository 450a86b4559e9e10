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
        std::int32_t promptToken = 0;   ///< Position of the first of these.
        std::size_t promptResult = 0;   ///< Its result; those of the next follow.
        std::int32_t promptResults = 0; ///< Tokens of the prompt that got logprobs.
    };

    void add(PreparedRequest prepared, const EventHandler& handler);
    /// Whether the named template's stop words end the reply.
    static bool isChat(const Prompt& prompt);
    /// The prompt of a decoder, or what the encoder reads and the decoder begins with.
    Result<void> setTokens(const PreparedRequest& prepared, SequenceOptions& options) const;
    kernels::Status runPlan(const StepPlan& plan);
    kernels::Status sendPromptLogits(const StepPlan& plan);
    [[nodiscard]] bool isSentLogits(SequenceId id) const;
    /// Rows for the tokens of prompts, behind those that are drawn.
    void addPromptRows(const StepPlan& plan);
    /// How many of an entry's rows that draw nothing stand for tokens of a prompt whose logprobs
    /// are asked for: they are the first of those rows.
    [[nodiscard]] std::int32_t promptRowsOf(const PlanEntry& entry) const;
    [[nodiscard]] std::vector<TokenId> sampledTokens() const;
    [[nodiscard]] std::vector<Outcome> outcomesOf(const StepPlan& plan) const;
    void deliver(const Outcome& outcome);
    /// False if the request failed by it.
    bool sendPromptLogprobs(const Outcome& outcome);
    void sendProgress(SequenceId id);
    void countPrompt(const Sequence& sequence);
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
    std::size_t m_drawnRows = 0; ///< Of m_rows; the others are of prompts.
    std::vector<kernels::SampleResult> m_results;
    std::vector<std::shared_ptr<ReplyConstraint>> m_maskWanted; ///< By the next step.
    MaskWorkers m_maskWorkers;
    RateMeter m_decodeRate;
    RateMeter m_prefillRate;
    EngineStatistics m_totals;
    std::atomic<bool> m_deviceLost = false;
};

} // namespace hearth
