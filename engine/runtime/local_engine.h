#pragma once

#include "base/bounded_queue.h"
#include "hearth/engine.h"
#include "hearth/host.h"
#include "hearth/options.h"
#include "runtime/device_pool.h"
#include "runtime/engine_core.h"
#include "runtime/loaded_model.h"
#include "sampling/grammar/grammar_cache.h"

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <variant>

namespace hearth {

/// A model in this process with two threads: one turns prompts into tokens, the engine thread owns
/// scheduler, cache and steps. Commands reach them through queues; cancel and shutdown always get
/// through. Functions may be called from any thread.
class LocalEngine final : public Engine {
public:
    /// `makeRoom` is called once if memory is short: it frees what other models do not need.
    /// Errors: OutOfMemory, InvalidArgument, Unsupported, DeviceLost.
    static Result<std::shared_ptr<LocalEngine>> create(std::unique_ptr<LoadedModel> model,
                                                       Placement placement,
                                                       const LoadOptions& options,
                                                       const std::function<void()>& makeRoom);
    ~LocalEngine() override;

    [[nodiscard]] const ModelInfo& model() const override { return m_model->info; }
    Result<RequestId> submit(Request request, EventHandler handler) override;
    void cancel(RequestId id) override;
    [[nodiscard]] EngineStatistics statistics() const override;
    [[nodiscard]] Result<std::string> renderPrompt(const ChatPrompt& prompt) const override;
    [[nodiscard]] Result<PromptFit> fitPrompt(const ChatPrompt& prompt,
                                              std::int32_t reserve) const override;
    [[nodiscard]] Result<std::vector<std::int32_t>> tokenize(const Prompt& prompt) const override;
    [[nodiscard]] std::string
    detokenize(const std::vector<std::int32_t>& tokens) const override;

    /// What its memory is taken from: its device's.
    [[nodiscard]] const MemoryBudget& budget() const { return *m_placement.budget; }
    /// Gives unused KV memory back to the budget; returns when that is done.
    void trim();
    /// Cancels everything and takes no more requests.
    void stop();
    /// True once a step has lost the device; requests fail from then on.
    [[nodiscard]] bool deviceLost() const { return m_core->deviceLost(); }
    /// What the device can do; steps that run meanwhile are in its way.
    [[nodiscard]] double measure(DeviceCeiling ceiling) const;

private:
    struct Accept {
        PreparedRequest prepared;
        Result<std::vector<std::int32_t>> tokens;
    };
    struct Cancel {
        RequestId id = 0;
    };
    struct Trim {
        std::promise<void> done;
    };
    struct Stop {};
    using Command = std::variant<Accept, Cancel, Trim, Stop>;

    LocalEngine(std::unique_ptr<LoadedModel> model, Placement placement,
                const LoadOptions& options);
    Result<void> start(const LoadOptions& options, const std::function<void()>& makeRoom);
    [[nodiscard]] Result<std::unique_ptr<ModelRunner>> createRunner(RunnerOptions& runnerOptions,
                                                                    const LoadOptions& options);
    void prepareLoop();
    /// Tokens of the prompt, after what its overflow asks for.
    [[nodiscard]] Result<std::vector<std::int32_t>> encode(PreparedRequest& prepared);
    /// Compiles the request's constraint, if it has one.
    Result<void> compile(PreparedRequest& prepared);
    void engineLoop();
    /// False once the engine has to stop.
    bool obey(Command command);
    void accept(Accept command);
    [[nodiscard]] bool isCancelled(RequestId id) const;
    void publishStatistics();
    /// Wraps the caller's handler, so that the request leaves m_open with its last event.
    [[nodiscard]] EventHandler counted(EventHandler handler);

    // Destroyed last to first: the core uses the model, the model the backend.
    const Placement m_placement;
    std::unique_ptr<LoadedModel> m_model;
    std::unique_ptr<EngineCore> m_core; ///< Of the engine thread.
    grammar::GrammarCache m_grammars;
    const std::size_t m_capacity;
    const bool m_promptLogits;

    std::mutex m_stopMutex;
    mutable std::mutex m_mutex;
    std::unordered_set<RequestId> m_open;      ///< Submitted, last event not yet sent.
    std::unordered_set<RequestId> m_cancelled; ///< Of m_open, before the engine thread knows them.
    RequestId m_lastId = 0;
    bool m_stopped = false;
    EngineStatistics m_statistics;

    BoundedQueue<PreparedRequest> m_preparing;
    BoundedQueue<Command> m_commands;
    std::jthread m_prepareThread;
    std::jthread m_engineThread;
};

} // namespace hearth
