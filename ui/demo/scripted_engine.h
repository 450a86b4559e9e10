#pragma once

#include "hearth/engine.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace hearth::ui {

/// What a scripted engine does with its requests.
struct Script {
    /// Replies in turn, the first again after the last. Sent word by word; one that is to begin
    /// with a text goes on from there.
    std::vector<std::string> replies = {"Hello! How can I help you today?"};
    /// Likewise of the low lanes (titles, summaries); none: they say nothing.
    std::vector<std::string> helperReplies;
    std::chrono::microseconds prefillDelay{0}; ///< Before the first word.
    std::chrono::microseconds wordDelay{0};
    int wordsBeforeHold = -1; ///< After so many words the reply halts until release(); -1: never.
    std::string failure; ///< Not empty: requests fail with ErrorCode::Internal and this detail.
    /// Requests fail with it after wordsBeforeError; DeviceLost is for good.
    std::optional<Error> error;
    int wordsBeforeError = 0;
    int failingRequest = -1; ///< The only one that `error` is for, from 0; -1: all.
};

/// An engine that answers from a script: for the pictures that `--state` asks for, and for tests of
/// the window. It keeps the contract of Engine: events in order on its own thread, one terminal
/// event last. Requests run together, their words in turn.
class ScriptedEngine final : public Engine {
public:
    ScriptedEngine(ModelInfo model, Script script);
    ~ScriptedEngine() override;

    const ModelInfo& model() const override { return m_model; }
    Result<RequestId> submit(Request request, EventHandler handler) override;
    void cancel(RequestId id) override;
    EngineStatistics statistics() const override;
    Result<std::string> renderPrompt(const ChatPrompt& prompt) const override;
    /// One token a word.
    Result<std::vector<std::int32_t>> tokenize(const Prompt& prompt) const override;
    Result<PromptFit> fitPrompt(const ChatPrompt& prompt, std::int32_t reserve) const override;
    std::string detokenize(const std::vector<std::int32_t>& tokens) const override;

    /// Lets held replies go on.
    void release();
    /// What runs and what comes fails with DeviceLost, as on a GPU that is gone.
    void loseDevice();
    /// Every request so far, in order; those of the low lanes apart.
    [[nodiscard]] std::vector<Request> requests() const;
    [[nodiscard]] std::vector<Request> helperRequests() const;

private:
    using Clock = std::chrono::steady_clock;
    struct Running {
        RequestId id = 0;
        Request request;
        EventHandler handler;
        std::vector<std::string> words;
        int wordsBeforeError = -1;
        bool isHelper = false;
        Clock::time_point start;
        Clock::time_point due; ///< Of its next word.
        FinishedEvent end;
    };

    void run();
    // With m_mutex held.
    void begin(Running& request);
    [[nodiscard]] bool isCancelled(const Running& request) const;
    [[nodiscard]] bool isHeld(const Running& request) const;
    [[nodiscard]] std::deque<Running>::iterator next();
    void waitForNext(std::unique_lock<std::mutex>& lock);
    // Without.
    [[nodiscard]] bool accept(Running& request);
    [[nodiscard]] bool sayWord(Running& request);
    void finish(Running& request, bool wasCancelled);
    [[nodiscard]] TextEvent wordEvent(const Running& request, const std::string& word) const;

    const ModelInfo m_model;
    const Script m_script;
    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Running> m_queue;
    std::deque<Running> m_running; ///< The engine's thread's; in the order of their turns.
    std::map<RequestId, bool> m_cancelled;
    std::vector<Request> m_requests;
    std::vector<Request> m_helperRequests;
    RequestId m_lastId = 0;
    std::size_t m_nextReply = 0;
    std::size_t m_nextHelperReply = 0;
    int m_answered = 0;
    bool m_released = false;
    bool m_lost = false;
    bool m_stopping = false;
    std::thread m_thread;
};

} // namespace hearth::ui
