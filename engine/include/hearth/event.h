#pragma once

#include "hearth/request.h"
#include "hearth/result.h"

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace hearth {

enum class FinishReason : std::uint8_t {
    Stop,      ///< The model ended its turn, or a stop token was drawn.
    StopString, ///< A stop string was met.
    Length,    ///< maxTokens were made, or the context is full.
    Cancelled, ///< cancel() was called; the text so far stands.
};

/// Times in seconds on a steady clock, from submit().
struct RequestStatistics {
    std::int32_t promptTokens = 0;
    std::int32_t cachedTokens = 0; ///< Prompt tokens whose KV came from the prefix cache.
    std::int32_t completionTokens = 0;
    double queueSeconds = 0.0;
    double timeToFirstToken = 0.0; ///< TTFT; 0 if there was none.
    double totalSeconds = 0.0;
    double tokensPerSecond = 0.0; ///< (completion - 1) / (last token - first token); 0 below two.
    double meanInterTokenLatency = 0.0; ///< ITL, seconds.
    double maxInterTokenLatency = 0.0;
    std::int32_t preemptions = 0;
    std::uint64_t seed = 0;
};

/// The prompt is rendered, tokenised and accepted.
struct AcceptedEvent {
    std::int32_t promptTokens = 0;
    std::int32_t droppedMessages = 0; ///< Of the ChatPrompt, by Overflow::DropOldest.
};

/// Prompt tokens computed so far, those from the prefix cache included.
struct PrefillEvent {
    std::int32_t done = 0;
    std::int32_t total = 0;
};

struct TokenProbability {
    std::int32_t token = 0;
    std::string text; ///< May be part of a character.
    float logprob = 0.0F;
};

struct TokenInfo {
    TokenProbability chosen;
    std::vector<TokenProbability> top; ///< Likeliest first; empty unless asked for.
};

/// New text. Always whole UTF-8 characters; never part of a stop string. `tokens` counts those
/// confirmed since the last event and may come with an empty text.
struct TextEvent {
    std::string text;
    std::vector<std::int32_t> tokens;
    std::vector<TokenInfo> probabilities; ///< One a token if SamplingOptions::logprobs ≥ 0.
};

/// Logits of prompt positions [first, first + rows), [rows, vocabulary] row-major.
struct LogitsEvent {
    std::int32_t first = 0;
    std::int32_t rows = 0;
    std::vector<float> logits;
};

/// Tokens of the prompt from position `first` on, in order and each once: how probable the model
/// finds each after those before it (its own distribution: no temperature, penalty or bias). The
/// first token of all follows none: its logprob is 0 and its `top` empty.
struct PromptLogprobsEvent {
    std::int32_t first = 0;
    std::vector<TokenInfo> tokens;
};

/// Last event of a request that ran.
struct FinishedEvent {
    FinishReason reason = FinishReason::Stop;
    RequestStatistics statistics;
};

/// Last event of a request that could not run or go on. Text sent before stands.
struct FailedEvent {
    Error error;
};

using Event = std::variant<AcceptedEvent, PrefillEvent, TextEvent, LogitsEvent,
                           PromptLogprobsEvent, FinishedEvent, FailedEvent>;

/// Gets the events of one request in order, one at a time, on a thread of the engine: it must
/// return at once and must not call the engine but for cancel(). Exactly one FinishedEvent or
/// FailedEvent comes, and it comes last.
using EventHandler = std::function<void(RequestId, Event)>;

} // namespace hearth
