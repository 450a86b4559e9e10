#include "models/hugging_face_decoder.h"

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

using Json = nlohmann::json;

/// Typed access to one object of config.json; null and absent are the same.
class ConfigReader {
public:
    ConfigReader(const Checkpoint& checkpoint, const Json& object)
        : m_checkpoint(checkpoint), m_object(object) {}

    [[nodiscard]] const Json* find(std::string_view key) const {
        if (!m_object.is_object())
            return nullptr;
        const auto found = m_object.find(key);
        return found == m_object.end() || found->is_null() ? nullptr : &*found;
    }

    Result<std::optional<std::int32_t>> integer(std::string_view key) const {
        const Json* value = find(key);
        if (value == nullptr)
            return std::optional<std::int32_t>{};
        // A float or a string here is a damaged config, not a number to round.
        const bool fits = value->is_number_unsigned()
                              ? value->get<std::uint64_t>() <= std::uint64_t{kLargest}
                              : value->is_number_integer() &&
                                    std::in_range<std::int32_t>(value->get<std::int64_t>());
        if (!fits)
            return wrong(key, "must be a whole number below 2^31");
        return std::optional<std::int32_t>(value->get<std::int32_t>());
    }
    Result<std::int32_t> requiredInteger(std::string_view key) const {
        HEARTH_TRY_ASSIGN(const std::optional<std::int32_t> value, integer(key));
        if (!value)
            return wrong(key, "is missing");
        return *value;
    }
    Result<double> number(std::string_view key, double fallback) const {
        const Json* value = find(key);
        if (value == nullptr)
            return fallback;
        if (!value->is_number())
            return wrong(key, "must be a number");
        return value->get<double>();
    }
    Result<bool> boolean(std::string_view key, bool fallback) const {
        const Json* value = find(key);
        if (value == nullptr)
            return fallback;
        if (!value->is_boolean())
            return wrong(key, "must be true or false");
        return value->get<bool>();
    }
    Result<std::string> text(std::string_view key, std::string fallback) const {
        const Json* value = find(key);
        if (value == nullptr)
            return fallback;
        if (!value->is_string())
            return wrong(key, "must be a string");
        return value->get<std::string>();
    }
    [[nodiscard]] Failure wrong(std::string_view key, std::string detail,
                                ErrorCode code = ErrorCode::Corrupt) const {
        Error error;
        error.code = code;
        error.path = (m_checkpoint.path() / "config.json").string();
        error.field = key;
        error.detail = std::move(detail);
        return fail(std::move(error));
    }

private:
    static constexpr std::int32_t kLargest = std::numeric_limits<std::int32_t>::max();

    const Checkpoint& m_checkpoint;
    const Json& m_object;
};

Result<void> readScaling(const ConfigReader& scaling, RopeSpec& rope) {
    HEARTH_TRY_ASSIGN(std::string type, scaling.text("rope_type", ""));
    if (type.empty()) {
        HEARTH_TRY_ASSIGN(type, scaling.text("type", "default"));
    }
    if (type == "default")
        return {};
    HEARTH_TRY_ASSIGN(rope.factor, scaling.number("factor", 1.0));
    if (type == "linear") {
        rope.scaling = RopeScaling::Linear;
        return {};
    }
    HEARTH_TRY_ASSIGN(rope.originalContext, scaling.number("original_max_position_embeddings",
                                                           rope.originalContext));
    if (type == "llama3") {
        rope.scaling = RopeScaling::Llama3;
        HEARTH_TRY_ASSIGN(rope.lowFrequencyFactor, scaling.number("low_freq_factor", 1.0));
        HEARTH_TRY_ASSIGN(rope.highFrequencyFactor, scaling.number("high_freq_factor", 4.0));
        return {};
    }
    if (type == "yarn") {
        rope.scaling = RopeScaling::Yarn;
        HEARTH_TRY_ASSIGN(rope.betaFast, scaling.number("beta_fast", 32.0));
        HEARTH_TRY_ASSIGN(rope.betaSlow, scaling.number("beta_slow", 1.0));
        HEARTH_TRY_ASSIGN(rope.truncate, scaling.boolean("truncate", true));
        HEARTH_TRY_ASSIGN(rope.magnitude, scaling.number("attention_factor", 0.0));
        HEARTH_TRY_ASSIGN(const double mscale, scaling.number("mscale", 0.0));
        HEARTH_TRY_ASSIGN(const double mscaleAll, scaling.number("mscale_all_dim", 0.0));
        if (rope.magnitude == 0.0 && mscale != 0.0 && mscaleAll != 0.0 && rope.factor > 1.0)
            rope.magnitude = (0.1 * mscale * std::log(rope.factor) + 1.0) /
                             (0.1 * mscaleAll * std::log(rope.factor) + 1.0);
        return {};
    }
    return scaling.wrong("rope_type", type, ErrorCode::Unsupported);
}

Result<RopeSpec> readRope(const Checkpoint& checkpoint, const ConfigReader& config,
                          const DecoderSpec& decoder) {
    RopeSpec rope;
    rope.originalContext = decoder.trainedContext;
    HEARTH_TRY_ASSIGN(const double partial, config.number("partial_rotary_factor", 1.0));
    if (!(partial > 0.0 && partial <= 1.0))
        return config.wrong("partial_rotary_factor", "must be within 0 and 1");
    rope.width = static_cast<std::int32_t>(decoder.headWidth * partial);
    HEARTH_TRY_ASSIGN(rope.base, config.number("rope_theta", 10000.0));
    const Json* parameters = config.find("rope_parameters");
    if (parameters == nullptr)
        parameters = config.find("rope_scaling");
    if (parameters == nullptr)
        return rope;
    if (!parameters->is_object())
        return config.wrong("rope_parameters", "must be an object");
    const ConfigReader scaling(checkpoint, *parameters);
    HEARTH_TRY_ASSIGN(rope.base, scaling.number("rope_theta", rope.base));
    HEARTH_TRY(readScaling(scaling, rope));
    return rope;
}

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

DecoderNames llamaNames(const DecoderSpec& decoder) {
    const std::int64_t queries = std::int64_t{decoder.heads} * decoder.headWidth;
    const std::int64_t keys = std::int64_t{decoder.kvHeads} * decoder.headWidth;
    const auto whole = [](std::string name, std::int64_t rows) {
        return MatrixRows{{std::move(name), rows, 0, rows}};
    };
    DecoderNames names;
    names.embedding = "model.embed_tokens.weight";
    names.outputNorm = "model.norm.weight";
    names.output = whole("lm_head.weight", decoder.vocabulary);
    const std::string layer = "model.layers.{}.";
    names.layer.attentionNorm = layer + "input_layernorm.weight";
    names.layer.query = whole(layer + "self_attn.q_proj.weight", queries);
    names.layer.key = whole(layer + "self_attn.k_proj.weight", keys);
    names.layer.value = whole(layer + "self_attn.v_proj.weight", keys);
    names.layer.attentionOutput = whole(layer + "self_attn.o_proj.weight", decoder.hidden);
    names.layer.feedForwardNorm = layer + "post_attention_layernorm.weight";
    names.layer.gate = whole(layer + "mlp.gate_proj.weight", decoder.feedForward);
    names.layer.up = whole(layer + "mlp.up_proj.weight", decoder.feedForward);
    names.layer.down = whole(layer + "mlp.down_proj.weight", decoder.hidden);
    return names;
}

Result<void> readSizes(const ConfigReader& config, DecoderSpec& decoder) {
    HEARTH_TRY_ASSIGN(decoder.layers, config.requiredInteger("num_hidden_layers"));
    HEARTH_TRY_ASSIGN(decoder.hidden, config.requiredInteger("hidden_size"));
    HEARTH_TRY_ASSIGN(decoder.feedForward, config.requiredInteger("intermediate_size"));
    HEARTH_TRY_ASSIGN(decoder.heads, config.requiredInteger("num_attention_heads"));
    HEARTH_TRY_ASSIGN(decoder.vocabulary, config.requiredInteger("vocab_size"));
    HEARTH_TRY_ASSIGN(decoder.trainedContext, config.requiredInteger("max_position_embeddings"));
    HEARTH_TRY_ASSIGN(const auto kvHeads, config.integer("num_key_value_heads"));
    decoder.kvHeads = kvHeads.value_or(decoder.heads);
    HEARTH_TRY_ASSIGN(const auto headWidth, config.integer("head_dim"));
    decoder.headWidth =
        headWidth.value_or(decoder.heads > 0 ? decoder.hidden / decoder.heads : 0);
    HEARTH_TRY_ASSIGN(const double epsilon, config.number("rms_norm_eps", 1e-6));
    decoder.norm.epsilon = static_cast<float>(epsilon);
    return {};
}

} // namespace

Result<DecoderSpec> describeHuggingFaceDecoder(const Checkpoint& checkpoint) {
    const ConfigReader config(checkpoint, checkpoint.config());
    if (config.find("quantization_config") != nullptr)
        return config.wrong("quantization_config", "quantised Hugging Face checkpoints",
                            ErrorCode::Unsupported);
    DecoderSpec decoder;
    HEARTH_TRY(readSizes(config, decoder));
    HEARTH_TRY_ASSIGN(const std::string activation, config.text("hidden_act", "silu"));
    if (activation != "silu" && activation != "swish")
        return config.wrong("hidden_act", activation, ErrorCode::Unsupported);
    HEARTH_TRY_ASSIGN(RopeSpec rope, readRope(checkpoint, config, decoder));
    decoder.forms = {{0, std::move(rope)}};
    HEARTH_TRY_ASSIGN(decoder.tiedHead, config.boolean("tie_word_embeddings", false));
    HEARTH_TRY(readEos(config, decoder.eosTokens));
    const ConfigReader generation(checkpoint, checkpoint.generationConfig());
    HEARTH_TRY(readEos(generation, decoder.eosTokens));
    decoder.pairing = kernels::RopePairing::Halves;
    decoder.names = llamaNames(decoder);
    return decoder;
}

} // namespace hearth
