#pragma once

#include "hearth/engine.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

/// An engine that says what a test tells it. By itself it answers every request with `pieces`, one
/// token each, on the caller's thread; with `manual` it keeps the requests and the test sends the
/// events. A token's id is the number of its piece.
class ScriptedEngine final : public Engine {
public:
    struct Submitted {
        RequestId id = 0;
        Request request;
        EventHandler handler;
        bool cancelled = false;
        bool ended = false;
    };

    [[nodiscard]] const ModelInfo& model() const override { return info; }
    Result<RequestId> submit(Request request, EventHandler handler) override;
    void cancel(RequestId id) override;
    [[nodiscard]] EngineStatistics statistics() const override { return {}; }
    [[nodiscard]] Result<std::string> renderPrompt(const ChatPrompt& prompt) const override;
    /// One token a byte.
    [[nodiscard]] Result<std::vector<std::int32_t>> tokenize(const Prompt& prompt) const override;
    [[nodiscard]] Result<PromptFit> fitPrompt(const ChatPrompt& prompt,
                                              std::int32_t reserve) const override;
    [[nodiscard]] std::string detokenize(const std::vector<std::int32_t>& tokens) const override;

    [[nodiscard]] std::size_t count() const;
    [[nodiscard]] Submitted& at(std::size_t number); ///< In order of submission.
    /// Sends an event of a kept request.
    void send(std::size_t number, Event event);
    void sendText(std::size_t number, std::string text, std::int32_t token = 0);
    void finish(std::size_t number, FinishReason reason = FinishReason::Stop);

    ModelInfo info;
    std::vector<std::string> pieces{"Hello", ",", " world", "!"};
    std::vector<float> logprobs; ///< Of choice after choice; empty: -0.5 each.
    FinishReason reason = FinishReason::Stop;
    bool manual = false;
    std::optional<Error> refusal; ///< What submit() fails with.
    std::optional<Error> failure; ///< What requests fail with after two pieces.

private:
    void answer(std::size_t number);
    /// Token i of a prompt has the logprob -i, the likeliest ones -0.25, -0.5, …
    void sendPrompt(std::size_t number, const std::vector<std::int32_t>& tokens);
    [[nodiscard]] TokenInfo probability(std::size_t number, std::size_t piece) const;

    mutable std::mutex m_mutex;
    std::vector<std::unique_ptr<Submitted>> m_submitted;
};

} // namespace hearth::serve
