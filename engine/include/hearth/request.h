#pragma once

#include "hearth/constraint.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hearth {

/// Names a request for as long as its engine lives; never reused, never 0.
using RequestId = std::uint64_t;

struct Message {
    std::string role; ///< "system", "user", "assistant", "tool", … as the template knows them.
    std::string content;
    std::string extraJson; ///< More fields for the template (tool_calls, …): an object, or empty.
};

/// Rendered by the checkpoint's own chat template. Special tokens written inside a message's
/// content are plain text.
struct ChatPrompt {
    std::vector<Message> messages;
    std::string toolsJson;          ///< JSON array or empty.
    std::string variablesJson;      ///< JSON object of further template variables, or empty.
    bool addGenerationPrompt = true;
    std::string replyPrefix; ///< The reply begins with it, as plain text; it is not sent again.
};

/// What becomes of a ChatPrompt that is too long for the context.
enum class Overflow : std::uint8_t {
    Fail,       ///< ContextExceeded, with the numbers.
    DropOldest, ///< Its oldest turns are left out, as Engine::fitPrompt() tells.
};

struct TextPrompt {
    std::string text;
    bool parseSpecialTokens = false; ///< "<|im_start|>" in the text becomes that token.
    bool addSpecialTokens = true;    ///< BOS where the model wants one.
};

struct TokenPrompt {
    std::vector<std::int32_t> tokens;
    bool isChat = false; ///< What ends the reply to a ChatPrompt ends this one's too.
};

using Prompt = std::variant<ChatPrompt, TextPrompt, TokenPrompt>;

struct TokenBias {
    std::int32_t token = 0;
    float bias = 0.0F; ///< Added to the logit, -100 … 100.
};

/// How tokens are drawn; see kernels/sampling.h for the order of the steps.
struct SamplingOptions {
    float temperature = 0.8F;          ///< 0: greedy. 0 … 100.
    std::int32_t topK = 40;            ///< 0: all.
    float topP = 0.95F;                ///< (0, 1].
    float minP = 0.0F;                 ///< [0, 1].
    float repetitionPenalty = 1.0F;    ///< (0, 100].
    float presencePenalty = 0.0F;      ///< -2 … 2.
    float frequencyPenalty = 0.0F;     ///< -2 … 2.
    std::optional<std::uint64_t> seed; ///< Empty: a random one, told in RequestStatistics.
    std::vector<TokenBias> biases;
    std::int32_t logprobs = -1; ///< -1: none; n ≤ 20: the token's own and the n likeliest.
};

/// Who waits for the reply; earlier lanes go first.
enum class Lane : std::uint8_t {
    Chat,  ///< A person at the window.
    Api,   ///< A program.
    Title, ///< Small helpers: chat titles.
    Job,   ///< Evaluation, calibration.
};

struct Request {
    Prompt prompt;
    SamplingOptions sampling;
    std::int32_t maxTokens = 0;            ///< New tokens at most; 0: to the end of the context.
    std::vector<std::string> stopStrings;  ///< Not part of the reply. At most 64, none empty.
    std::vector<std::int32_t> stopTokens;  ///< Besides the model's own.
    bool ignoreEos = false;
    Lane lane = Lane::Chat;
    bool usePrefixCache = true;
    Overflow overflow = Overflow::Fail;
    std::int32_t reserveTokens = 0; ///< Room for new tokens that DropOldest makes; 0: an eighth of
                                    ///< the context.
    bool promptLogits = false; ///< Send LogitsEvents; needs LoadOptions::promptLogits.
    /// -1: none; n ≤ 20: send PromptLogprobsEvents with the n likeliest tokens of each place. The
    /// prompt takes nothing from the prefix cache then. Not for encoder–decoders.
    std::int32_t promptLogprobs = -1;
    bool promptOnly = false; ///< The request ends (Length) where its prompt is computed.
    /// What the reply of an encoder–decoder goes on from; empty: its start token. LogitsEvents are
    /// of these tokens then, the prompt being the encoder's. For other models it must be empty.
    std::vector<std::int32_t> decoderTokens;
    /// What the reply has to spell. A schema or pattern that can't be held to is a FailedEvent:
    /// InvalidArgument or Unsupported, whose `field` is the place (a JSON pointer, an offset).
    Constraint constraint;
    /// Special tokens whose names are part of the reply's text (`[TOOL_CALLS]`); others leave none.
    std::vector<std::string> visibleSpecials;
};

} // namespace hearth
