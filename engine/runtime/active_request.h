#pragma once

#include "hearth/event.h"
#include "hearth/kernels/sampling.h"
#include "runtime/completion.h"
#include "runtime/reply_constraint.h"
#include "scheduling/sequence.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace hearth {

using Clock = std::chrono::steady_clock;

/// A request as it was submitted, with its prompt as tokens.
struct PreparedRequest {
    RequestId id = 0;
    Request request;
    EventHandler handler;
    Clock::time_point submitted;
    std::vector<std::int32_t> tokens;
    std::int32_t droppedMessages = 0;
    std::shared_ptr<const grammar::CompiledGrammar> grammar; ///< Of the constraint, if any.
};

/// What the engine keeps of a request while it runs: the reply so far, times, and whom to tell.
/// Used by the engine thread alone.
class ActiveRequest {
public:
    /// `constraint` may be null.
    ActiveRequest(PreparedRequest prepared, Completion completion,
                  std::shared_ptr<ReplyConstraint> constraint, std::uint64_t seed);

    [[nodiscard]] RequestId id() const { return m_id; }
    [[nodiscard]] const Request& request() const { return m_request; }
    [[nodiscard]] const std::shared_ptr<ReplyConstraint>& constraint() const {
        return m_constraint;
    }
    /// How to draw this sequence's next token; valid until the sequence changes. Waits for the
    /// constraint's mask; throws std::bad_alloc where there was no memory for it.
    [[nodiscard]] kernels::SamplingRow samplingRow(const Sequence& sequence) const;

    void accepted(std::int32_t promptTokens, std::int32_t droppedMessages) {
        send(AcceptedEvent{promptTokens, droppedMessages});
    }
    /// The first token of a prompt whose logprobs are asked for.
    void promptBegins(std::int32_t token, const Tokenizer& tokenizer);
    /// Those that follow, from position `first` on.
    void promptRead(std::int32_t first, std::span<const kernels::SampleResult> tokens,
                    const Tokenizer& tokenizer);
    void started(Clock::time_point now);
    void prefilled(std::int32_t done, std::int32_t total) { send(PrefillEvent{done, total}); }
    void logits(LogitsEvent event) { send(std::move(event)); }
    /// Takes a drawn token and sends its text. True if the reply is over.
    [[nodiscard]] bool drawn(const kernels::SampleResult& result, const Tokenizer& tokenizer,
                             Clock::time_point now);
    /// The text that was held back, if any, and the last event. `sequence` may be null if the request never got one.
    void finish(FinishReason reason, const Sequence* sequence, Clock::time_point now);
    void fail(Error error) { send(FailedEvent{std::move(error)}); }
    /// Why drawn() said that the reply is over.
    [[nodiscard]] FinishReason reason() const { return m_reason; }

private:
    void send(Event event) { m_handler(m_id, std::move(event)); }
    void countToken(Clock::time_point now);

    RequestId m_id;
    Request m_request;
    EventHandler m_handler;
    Completion m_completion;
    std::shared_ptr<ReplyConstraint> m_constraint;
    std::uint64_t m_seed;
    std::vector<kernels::LogitBias> m_biases;
    Clock::time_point m_submitted;
    Clock::time_point m_firstToken;
    Clock::time_point m_lastToken;
    RequestStatistics m_statistics;
    FinishReason m_reason = FinishReason::Stop;
    bool m_started = false;
};

} // namespace hearth
