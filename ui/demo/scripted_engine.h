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
    /// Replies in turn, the first again after the last. Sent word by word.
    std::vector<std::string> replies = {"Hello! How can I help you today?"};
    std::chrono::microseconds prefillDelay{0}; ///< Before the first word.
    std::chrono::microseconds wordDelay{0};
    int wordsBeforeHold = -1; ///< After so many words the reply halts until release(); -1: never.
    std::string failure;      ///< Not empty: requests fail with ErrorCode::Internal and this detail.
    /// Requests fail with it after wordsBeforeError; DeviceLost is for good.
    std::optional<Error> error;
    int wordsBeforeError = 0;
    int failingRequest = -1; ///< The only one that `error` is for, from 0; -1: all.
};

/// An engine that answers from a script: for the pictures that `--state` asks for, and for tests of
/// the window. It keeps the contract of Engine: events in order on its own thread, one terminal
/// event last, requests one after the other.
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
    /// Every request so far, in order.
    [[nodiscard]] std::vector<Request> requests() const;

private:
    struct Pending {
        RequestId id = 0;
        Request request;
        EventHandler handler;
    };

    void run();
    void answer(const Pending& pending, const std::string& reply, int wordsBeforeError);
    [[nodiscard]] bool sleepUnlessCancelled(RequestId id, std::chrono::microseconds delay);
    [[nodiscard]] bool holdUnlessCancelled(RequestId id);
    [[nodiscard]] bool isCancelled(RequestId id) const; ///< With m_mutex held.

    const ModelInfo m_model;
    const Script m_script;
    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Pending> m_queue;
    std::map<RequestId, bool> m_cancelled;
    std::vector<Request> m_requests;
    RequestId m_lastId = 0;
    std::size_t m_nextReply = 0;
    int m_answered = 0;
    bool m_released = false;
    bool m_lost = false;
    bool m_stopping = false;
    std::thread m_thread;
};

} // namespace hearth::ui
