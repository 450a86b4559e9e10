#pragma once

#include "hearth/event.h"
#include "hearth/model_kind.h"
#include "hearth/request.h"
#include "hearth/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// How a checkpoint's makers would have its tokens drawn; what they left open is empty.
struct SuggestedSampling {
    std::optional<float> temperature;
    std::optional<float> topP;
    std::optional<std::int32_t> topK;
    std::optional<float> minP;
    std::optional<float> repetitionPenalty;

    friend bool operator==(const SuggestedSampling&, const SuggestedSampling&) = default;
};

struct ModelInfo {
    std::string name;         ///< As in the library, or the file's own name.
    std::string path;
    std::string architecture; ///< "llama", "qwen2", …
    ModelKind kind = ModelKind::Decoder;
    std::string quantisation; ///< "Q4_1", "BF16", …: the type of most weights.
    std::uint64_t parameters = 0;
    std::uint64_t activeParameters = 0; ///< Less the experts that a token does not choose.
    std::uint64_t weightBytes = 0;   ///< In backend memory or mapped.
    std::uint64_t kvBytesPerToken = 0;
    std::int32_t layers = 0;
    std::int32_t hiddenSize = 0;
    std::int32_t vocabularySize = 0;
    std::int32_t trainedContext = 0; ///< Tokens.
    std::int32_t context = 0;        ///< Tokens a sequence here.
    std::string device;   ///< Its name: "AMD EPYC", "NVIDIA H100 80GB HBM3".
    std::string deviceId; ///< "cpu", "cuda:0"
    std::string computeType; ///< Of activations: "F32", "BF16", "F16".
    /// Why the CPU computes although a GPU was looked for (DeviceChoice::Auto): a code of its own
    /// for each reason; OutOfMemory (bytes) or Unsupported where the GPU can't take this model.
    /// Empty where there is simply no NVIDIA driver.
    std::optional<Error> deviceNotice;
    // What a step costs, for benchmarks to compare with the device's limits.
    std::uint64_t stepWeightBytes = 0; ///< Weights that a step of one token reads: all but table
                                       ///< look-ups and experts that it does not choose.
    std::uint64_t expertBytes = 0;     ///< Of all experts; 0 without a mixture of experts.
    double expertShare = 0.0;          ///< Of a layer's experts that a token chooses.
    std::uint64_t layerParameters = 0; ///< Numbers that every token is multiplied with.
    std::uint64_t headParameters = 0;  ///< And every row of logits.
    std::uint64_t attentionOperations = 0; ///< For a token to attend to another, in all layers.
    SuggestedSampling suggestedSampling;
    bool hasChatTemplate = false;    ///< False: a named template or ChatML stands in; for
                                     ///< encoder–decoders the last message alone.
    std::vector<std::int32_t> endTokens; ///< Each ends a reply.
    std::string chatTemplate;        ///< Its text (Jinja), whichever is in use.
    std::string templateName;        ///< The named template in use; empty: the own one or ChatML.
    std::string templateWarning;     ///< Why the model's own template is not used, or empty.
};

/// How a conversation fits into the context.
struct PromptFit {
    std::int32_t tokens = 0;       ///< Of all of it.
    std::int32_t context = 0;      ///< Tokens a sequence.
    std::int32_t reserve = 0;      ///< Kept free for the reply.
    std::int32_t dropped = 0;      ///< Oldest messages that have to go for it to fit; 0: it fits.
    std::int32_t fittedTokens = 0; ///< Without them.
};

/// A snapshot. Rates are over the last second of work.
struct EngineStatistics {
    std::int32_t running = 0;
    std::int32_t waiting = 0;
    std::int32_t kvBlocks = 0;
    std::int32_t kvBlocksUsed = 0;   ///< Held by sequences.
    std::int32_t kvBlocksCached = 0; ///< Kept for their prefix only.
    double decodeTokensPerSecond = 0.0;
    double prefillTokensPerSecond = 0.0;
    std::uint64_t steps = 0;
    std::uint64_t promptTokens = 0;     ///< All since the start, as the next three.
    std::uint64_t cachedTokens = 0;
    std::uint64_t completionTokens = 0;
    std::uint64_t preemptions = 0;
    std::uint64_t finishedRequests = 0;
    double lastStepSeconds = 0.0;
    bool deviceLost = false; ///< Every request fails from now on: only a new process can go on.
};

/// A loaded model and the thread that runs it. Every function may be called from any thread; none
/// waits for a step. Destroying an engine cancels what runs, delivers the last events and joins
/// its threads.
class Engine {
public:
    virtual ~Engine() = default;

    [[nodiscard]] virtual const ModelInfo& model() const = 0;

    /// Hands over a request. Fails at once with QueueFull, ShuttingDown, DeviceLost or
    /// InvalidArgument (an option out of its range); everything found out later (template, context)
    /// is a FailedEvent.
    virtual Result<RequestId> submit(Request request, EventHandler handler) = 0;

    /// Ends a request within two steps, in whatever state it is; unknown ids are ignored.
    virtual void cancel(RequestId id) = 0;

    [[nodiscard]] virtual EngineStatistics statistics() const = 0;

    /// The text that the model's chat template makes of a conversation.
    [[nodiscard]] virtual Result<std::string> renderPrompt(const ChatPrompt& prompt) const = 0;

    /// Tokens that a prompt takes, as submit() would count them.
    [[nodiscard]] virtual Result<std::vector<std::int32_t>>
    tokenize(const Prompt& prompt) const = 0;

    /// Which messages Overflow::DropOldest leaves out: the oldest, leading system messages never,
    /// the last one never, and what remains begins with a "user" message where there is one.
    /// `reserve` as Request::reserveTokens. ContextExceeded if even the rest does not fit.
    [[nodiscard]] virtual Result<PromptFit> fitPrompt(const ChatPrompt& prompt,
                                                      std::int32_t reserve) const = 0;

    [[nodiscard]] virtual std::string
    detokenize(const std::vector<std::int32_t>& tokens) const = 0;
};

} // namespace hearth
