#pragma once

#include "hearth/engine.h"
#include "sampling/beam_state.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace hearth {

struct BeamSearchOptions {
    std::int32_t width = 4;      ///< 1 … 10.
    std::int32_t best = 1;       ///< Replies wanted, 1 … width.
    std::int32_t maxTokens = 16; ///< At least 1.
    double lengthPenalty = 1.0;  ///< -10 … 10.
    EarlyStop earlyStop = EarlyStop::WhenProven;
    std::vector<std::int32_t> endTokens; ///< Empty: the model's own.
    Lane lane = Lane::Api;
};

struct BeamReply {
    std::vector<std::int32_t> tokens;
    std::string text;
    double logprob = 0.0; ///< Of all tokens, the end token too.
    double score = 0.0;   ///< See BeamState.
    FinishReason reason = FinishReason::Length; ///< Stop or Length.
};

struct BeamResult {
    std::vector<BeamReply> replies; ///< Best first.
    std::int32_t promptTokens = 0;
    std::int32_t completionTokens = 0; ///< Of the replies.
};

/// Beam search by one-token requests: each step asks for the likeliest continuations of every
/// beam; the prefix cache keeps what they share. The engine must outlive it. Any thread.
class BeamSearch {
public:
    /// Called once, on a thread of the search, unless it was cancelled: then the error is
    /// Cancelled.
    using Handler = std::function<void(Result<BeamResult>)>;

    /// Errors: InvalidArgument for an option out of its range. What is found later goes to the
    /// handler: the errors of a request and of Engine::tokenize().
    static Result<std::unique_ptr<BeamSearch>> start(Engine& engine, Prompt prompt,
                                                     BeamSearchOptions options, Handler handler);
    /// Cancels and waits for the handler to return; not from within it.
    ~BeamSearch();
    BeamSearch(const BeamSearch&) = delete;
    BeamSearch& operator=(const BeamSearch&) = delete;

    /// Returns at once.
    void cancel();

private:
    /// One request of a step.
    struct Reply {
        std::vector<BeamCandidate> candidates;
        std::optional<Error> error;
        bool isOver = false;
    };

    BeamSearch(Engine& engine, Prompt prompt, BeamSearchOptions options)
        : m_engine(engine), m_prompt(std::move(prompt)), m_options(std::move(options)) {}

    Result<BeamResult> run();
    /// Candidates for each beam. Errors: that of the first request that failed.
    Result<std::vector<std::vector<BeamCandidate>>> step(const std::vector<std::int32_t>& prompt,
                                                         const std::vector<Beam>& beams);
    [[nodiscard]] Request request(const std::vector<std::int32_t>& prompt, const Beam& beam) const;
    void take(Reply& reply, Event event);
    [[nodiscard]] BeamResult result(const BeamState& state, std::size_t promptTokens) const;

    Engine& m_engine;
    const Prompt m_prompt;
    const BeamSearchOptions m_options;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<RequestId> m_open; ///< Requests of the step.
    bool m_cancelled = false;
    std::jthread m_thread;
};

} // namespace hearth
