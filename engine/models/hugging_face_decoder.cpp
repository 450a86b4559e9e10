#include "models/hugging_face_decoder.h"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

using Json = nlohmann::json;
using kernels::Activation;

Result<void> readEos(const ConfigReader& config, std::vector<std::int32_t>& tokens) {
    const Json* value = config.find("eos_token_id");
    if (value == nullptr)
        return {};
    const auto take = [&](const Json& id) -> Result<void> {
        if (!id.is_number_integer() || id.get<std::int64_t>() < 0 ||
            id.get<std::int64_t>() > (1 << 24))
            return config.wrong("eos_token_id", "must be a token id");
        tokens.push_back(id.get<std::int32_t>());
        return {};
    };
    if (!value->is_array())
        return take(*value);
    for (const Json& id : *value)
        HEARTH_TRY(take(id));
    return {};
}

Result<void> checkCount(const ConfigReader& config, std::string_view key, std::int32_t value,
                        std::int32_t most) {
    if (value >= 1 && value <= most)
        return {};
    return config.wrong(key, fmt::format("{} is not within 1 and {}", value, most));
}

} // namespace

Result<void> readSizes(const ConfigReader& config, const ConfigKeys& keys, DecoderSpec& decoder) {
    // Lists are as long as these, so they are checked before anything follows from them.
    HEARTH_TRY_ASSIGN(decoder.layers, config.requiredInteger(keys.layers));
    HEARTH_TRY(checkCount(config, keys.layers, decoder.layers, kMaxLayers));
    HEARTH_TRY_ASSIGN(decoder.heads, config.requiredInteger(keys.heads));
    HEARTH_TRY(checkCount(config, keys.heads, decoder.heads, kMaxHeads));
    HEARTH_TRY_ASSIGN(decoder.kvHeads, config.integer(keys.kvHeads, decoder.heads));
    HEARTH_TRY(checkCount(config, keys.kvHeads, decoder.kvHeads, kMaxHeads));
    HEARTH_TRY_ASSIGN(decoder.hidden, config.requiredInteger(keys.hidden));
    HEARTH_TRY(checkCount(config, keys.hidden, decoder.hidden, kMaxHidden));
    decoder.feedForward = decoder.hidden * keys.feedForwardTimes;
    if (keys.feedForwardTimes == 0 || config.has(keys.feedForward)) {
        HEARTH_TRY_ASSIGN(decoder.feedForward, config.requiredInteger(keys.feedForward));
    }
    HEARTH_TRY_ASSIGN(decoder.vocabulary, config.requiredInteger(keys.vocabulary));
    HEARTH_TRY_ASSIGN(decoder.trainedContext, config.requiredInteger(keys.context));
    HEARTH_TRY_ASSIGN(decoder.headWidth,
                      config.integer(keys.headWidth, decoder.hidden / decoder.heads));
    HEARTH_TRY_ASSIGN(decoder.norm.epsilon, config.real(keys.epsilon, keys.defaultEpsilon));
    return {};
}

Result<Activation> readActivation(const ConfigReader& config, std::string_view key,
                                  std::string_view fallback) {
    struct Name {
        std::string_view name;
        Activation activation;
    };
    constexpr std::array kNames{
        Name{"silu", Activation::Silu},          Name{"swish", Activation::Silu},
        Name{"gelu", Activation::GeluErf},       Name{"gelu_new", Activation::GeluTanh},
        Name{"gelu_fast", Activation::GeluTanh}, Name{"gelu_pytorch_tanh", Activation::GeluTanh},
        Name{"relu", Activation::Relu},
    };
    HEARTH_TRY_ASSIGN(const std::string name, config.text(key, fallback));
    for (const Name& known : kNames)
        if (known.name == name)
            return known.activation;
    return config.unsupported(key, name);
}

Result<void> readEndTokens(const ConfigReader& config, DecoderSpec& decoder) {
    HEARTH_TRY(readEos(config, decoder.eosTokens));
    const Checkpoint& checkpoint = config.checkpoint();
    return readEos(ConfigReader(checkpoint, checkpoint.generationConfig()), decoder.eosTokens);
}

Result<DecoderSpec> readDecoder(const ConfigReader& config, const ConfigKeys& keys) {
    DecoderSpec decoder;
    HEARTH_TRY(readSizes(config, keys, decoder));
    HEARTH_TRY_ASSIGN(decoder.activation,
                      readActivation(config, keys.activation, keys.defaultActivation));
    HEARTH_TRY_ASSIGN(RopeSpec rope,
                      readRope(config, decoder.headWidth, decoder.trainedContext, keys.rope));
    decoder.forms = {{0, std::move(rope)}};
    HEARTH_TRY_ASSIGN(decoder.tiedHead, config.boolean("tie_word_embeddings", keys.tied));
    HEARTH_TRY(readEndTokens(config, decoder));
    decoder.pairing = kernels::RopePairing::Halves;
    decoder.names = llamaNames(decoder);
    return decoder;
}

Result<DecoderSpec> describeHuggingFaceDecoder(const Checkpoint& checkpoint,
                                               const ConfigKeys& keys) {
    return readDecoder(ConfigReader(checkpoint), keys);
}

} // namespace hearth
