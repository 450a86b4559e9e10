#pragma once

#include "hearth/event.h"
#include "serve/api/api_error.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::serve {

/// A piece of a call that the model makes. The first piece of a call has id and name, later ones
/// only arguments.
struct ToolCallDelta {
    std::int32_t index = 0; ///< Of the call within its reply.
    std::string id;
    std::string name;
    std::string arguments; ///< A fragment of JSON text.
};

/// What came for a choice since the last time.
struct ChoiceDelta {
    std::int32_t choice = 0;
    std::string text; ///< Whole UTF-8 characters, as the next.
    std::string reasoning;
    std::vector<ToolCallDelta> toolCalls;
    std::vector<std::int32_t> tokens;
    std::vector<TokenInfo> probabilities; ///< One a token where asked for, ends of turn apart.

    [[nodiscard]] bool empty() const {
        return text.empty() && reasoning.empty() && toolCalls.empty() && probabilities.empty();
    }
};

struct ChoiceEnd {
    std::int32_t choice = 0;
    FinishReason reason = FinishReason::Stop;
    bool calledTools = false;
    RequestStatistics statistics;
};

/// Of all choices together; the prompt of several choices counts once.
struct GenerationUsage {
    std::int32_t promptTokens = 0;
    std::int32_t cachedTokens = 0;
    std::int32_t completionTokens = 0;
    std::int32_t reasoningTokens = 0; ///< Of completionTokens, about.
};

/// Gives a generation the shape of one API: gets what the engine says and answers the exchange.
/// Called on the exchange's executor. Of ended() and failed() exactly one is called, and last,
/// unless the client has hung up.
class GenerationWriter {
public:
    virtual ~GenerationWriter() = default;

    /// Whether the answer is sent piece by piece.
    [[nodiscard]] virtual bool streams() const = 0;
    /// Streams: sends the headers now, because the answer will take a while or begins. Once.
    virtual void open() {}
    /// Streams: nothing was sent for some time; `text` says why.
    virtual void keepAlive(std::string_view /*text*/) {}
    /// The engine took the first prompt; `promptTokens` and `cachedTokens` as far as known.
    virtual void started(const GenerationUsage& /*usage*/) {}
    /// More tokens of a prompt whose logprobs were asked for, in order from its first (which has
    /// none); all of them before the first delta of its choices.
    virtual void promptRead(std::int32_t /*prompt*/, std::vector<TokenInfo> /*tokens*/) {}
    virtual void delta(ChoiceDelta delta) = 0;
    virtual void choiceEnded(const ChoiceEnd& end) = 0;
    virtual void ended(const GenerationUsage& usage) = 0;
    /// Before or after open().
    virtual void failed(const ApiError& error) = 0;
    /// All that is known by now has been told.
    virtual void flush() {}
};

} // namespace hearth::serve
