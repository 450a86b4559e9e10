#include "models/gguf_decoder.h"

#include "formats/format_error.h"
#include "models/experts_config.h"
#include "models/layer_types.h"
#include "models/tensor_names.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace hearth {

namespace {

/// The vocabulary has no key of its own in many files: the embedding's rows tell.
Result<std::int32_t> readVocabulary(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(const TensorView embedding, checkpoint.tensor("token_embd.weight"));
    if (embedding.shape.size() != 2 || embedding.shape[0] > (1 << 24))
        return fileFailure(ErrorCode::Corrupt, checkpoint.path().string(), "token_embd.weight",
                           "must be a matrix of at most 2^24 rows");
    return static_cast<std::int32_t>(embedding.shape[0]);
}

/// What frequencies are divided by, [width / 2], computed by the converter; empty if absent.
Result<std::vector<float>> readDivisors(const Checkpoint& checkpoint, const std::string& name) {
    const std::optional<TensorView> tensor = checkpoint.find(name);
    if (!tensor)
        return std::vector<float>{};
    if (tensor->type != kernels::DType::F32 || tensor->shape.size() != 1)
        return fileFailure(ErrorCode::Corrupt, checkpoint.path().string(), name,
                           "must be a vector of F32");
    std::vector<float> divisors(tensor->data.size() / sizeof(float));
    std::memcpy(divisors.data(), tensor->data.data(), divisors.size() * sizeof(float));
    return divisors;
}

Result<void> readYarn(const GgufKeys& keys, RopeSpec& rope) {
    rope.scaling = RopeScaling::Yarn;
    HEARTH_TRY_ASSIGN(rope.betaFast, keys.getOr<double>("rope.scaling.yarn_beta_fast", 32.0));
    HEARTH_TRY_ASSIGN(rope.betaSlow, keys.getOr<double>("rope.scaling.yarn_beta_slow", 1.0));
    HEARTH_TRY_ASSIGN(const double attention, keys.getOr<double>("rope.scaling.attn_factor", 1.0));
    rope.magnitude = attention * (0.1 * std::log(std::max(rope.factor, 1.0)) + 1.0);
    return {};
}

Result<std::int32_t> readCount(const GgufKeys& keys, std::string_view key,
                               std::optional<std::int32_t> fallback, std::int32_t most) {
    HEARTH_TRY_ASSIGN(const std::int32_t value, fallback ? keys.getOr<std::int32_t>(key, *fallback)
                                                         : keys.get<std::int32_t>(key));
    if (value < 1 || value > most)
        return keys.wrong(key, fmt::format("{} is not within 1 and {}", value, most));
    return value;
}

} // namespace

std::string GgufKeys::full(std::string_view key) const {
    return fmt::format("{}.{}", m_architecture, key);
}

Failure GgufKeys::wrong(std::string_view key, std::string detail, ErrorCode code) const {
    return fileFailure(code, m_checkpoint.gguf().path(), full(key), std::move(detail));
}

DecoderNames ggufNames(const DecoderSpec& decoder) {
    const std::int64_t queries = std::int64_t{decoder.heads} * decoder.headWidth;
    const std::int64_t keys = std::int64_t{decoder.kvHeads} * decoder.headWidth;
    DecoderNames names;
    names.embedding = "token_embd.weight";
    names.outputNorm = "output_norm.weight";
    names.output = whole("output.weight", decoder.vocabulary);
    const std::string layer = "blk.{}.";
    names.layer.attentionNorm = layer + "attn_norm.weight";
    names.layer.query = whole(layer + "attn_q.weight", queries);
    names.layer.key = whole(layer + "attn_k.weight", keys);
    names.layer.value = whole(layer + "attn_v.weight", keys);
    names.layer.attentionOutput = whole(layer + "attn_output.weight", decoder.hidden);
    names.layer.feedForwardNorm = layer + "ffn_norm.weight";
    names.layer.gate = whole(layer + "ffn_gate.weight", decoder.feedForward);
    names.layer.up = whole(layer + "ffn_up.weight", decoder.feedForward);
    names.layer.down = whole(layer + "ffn_down.weight", decoder.hidden);
    return names;
}

Result<void> readGgufSizes(const GgufKeys& keys, DecoderSpec& decoder) {
    // Lists are as long as these, so they are checked before anything follows from them.
    HEARTH_TRY_ASSIGN(decoder.layers, readCount(keys, "block_count", {}, kMaxLayers));
    HEARTH_TRY_ASSIGN(decoder.heads, readCount(keys, "attention.head_count", {}, kMaxHeads));
    HEARTH_TRY_ASSIGN(decoder.kvHeads,
                      readCount(keys, "attention.head_count_kv", decoder.heads, kMaxHeads));
    HEARTH_TRY_ASSIGN(decoder.hidden, keys.get<std::int32_t>("embedding_length"));
    HEARTH_TRY_ASSIGN(decoder.feedForward, keys.get<std::int32_t>("feed_forward_length"));
    HEARTH_TRY_ASSIGN(decoder.trainedContext, keys.get<std::int32_t>("context_length"));
    const std::int32_t even = decoder.hidden / decoder.heads;
    HEARTH_TRY_ASSIGN(decoder.headWidth, keys.getOr<std::int32_t>("attention.key_length", even));
    const bool layerNorm = keys.has("attention.layer_norm_epsilon");
    HEARTH_TRY_ASSIGN(decoder.norm.epsilon,
                      keys.get<float>(layerNorm ? "attention.layer_norm_epsilon"
                                                : "attention.layer_norm_rms_epsilon"));
    HEARTH_TRY_ASSIGN(decoder.attentionScale, keys.getOr<float>("attention.scale", 0.0F));
    HEARTH_TRY_ASSIGN(decoder.vocabulary, readVocabulary(keys.checkpoint()));
    return {};
}

Result<RopeSpec> readGgufRope(const GgufKeys& keys, const DecoderSpec& decoder) {
    const Checkpoint& checkpoint = keys.checkpoint();
    RopeSpec rope;
    HEARTH_TRY_ASSIGN(rope.width,
                      keys.getOr<std::int32_t>("rope.dimension_count", decoder.headWidth));
    HEARTH_TRY_ASSIGN(rope.base, keys.getOr<double>("rope.freq_base", 10000.0));
    HEARTH_TRY_ASSIGN(rope.originalContext,
                      keys.getOr<double>("rope.scaling.original_context_length",
                                         static_cast<double>(decoder.trainedContext)));
    HEARTH_TRY_ASSIGN(rope.longDivisors, readDivisors(checkpoint, "rope_factors_long.weight"));
    if (!rope.longDivisors.empty()) {
        rope.scaling = RopeScaling::LongRope;
        HEARTH_TRY_ASSIGN(rope.divisors, readDivisors(checkpoint, "rope_factors_short.weight"));
        HEARTH_TRY_ASSIGN(rope.magnitude, keys.getOr<double>("rope.scaling.attn_factor", 1.0));
        return rope;
    }
    HEARTH_TRY_ASSIGN(rope.divisors, readDivisors(checkpoint, "rope_freqs.weight"));
    HEARTH_TRY_ASSIGN(const double linear, keys.getOr<double>("rope.scale_linear", 1.0));
    const std::string_view fallback = linear != 1.0 ? "linear" : "none";
    HEARTH_TRY_ASSIGN(const std::string_view type,
                      keys.getOr<std::string_view>("rope.scaling.type", fallback));
    if (type == "none")
        return rope;
    HEARTH_TRY_ASSIGN(rope.factor, keys.getOr<double>("rope.scaling.factor", linear));
    if (type == "linear")
        rope.scaling = RopeScaling::Linear;
    else if (type == "yarn")
        HEARTH_TRY(readYarn(keys, rope));
    else
        return keys.unsupported("rope.scaling.type", std::string(type));
    return rope;
}

void nameGgufHeadNorms(DecoderSpec& decoder) {
    decoder.names.layer.queryNorm = "blk.{}.attn_q_norm.weight";
    decoder.names.layer.keyNorm = "blk.{}.attn_k_norm.weight";
}

Result<GgufWindow> readGgufWindow(const GgufKeys& keys, const DecoderSpec& decoder,
                                  std::int32_t fallback, std::int32_t pattern) {
    const std::string_view patternKey = "attention.sliding_window_pattern";
    GgufWindow window;
    HEARTH_TRY_ASSIGN(window.tokens,
                      keys.getOr<std::int32_t>("attention.sliding_window", fallback));
    if (keys.checkpoint().gguf().type(keys.full(patternKey)) == GgufType::Array) {
        HEARTH_TRY_ASSIGN(const auto flags, keys.get<std::vector<std::int32_t>>(patternKey));
        if (std::ssize(flags) != decoder.layers)
            return keys.wrong(patternKey, "must have a value a layer");
        window.sliding.assign(flags.begin(), flags.end());
        return window;
    }
    HEARTH_TRY_ASSIGN(const std::int32_t every, keys.getOr<std::int32_t>(patternKey, pattern));
    if (every < 0)
        return keys.wrong(patternKey, "must not be negative");
    window.sliding =
        every == 0 ? everyLayer(decoder.layers) : slidingPattern(decoder.layers, every);
    return window;
}

Result<void> addGgufWindow(const GgufKeys& keys, DecoderSpec& decoder) {
    HEARTH_TRY_ASSIGN(const GgufWindow window, readGgufWindow(keys, decoder, 0, 0));
    addSlidingForm(decoder, window.tokens, window.sliding);
    return {};
}

Result<DecoderSpec> describeGgufDecoder(const Checkpoint& checkpoint, std::string_view architecture,
                                        kernels::RopePairing pairing) {
    const GgufKeys keys(checkpoint, architecture);
    DecoderSpec decoder;
    HEARTH_TRY(readGgufSizes(keys, decoder));
    HEARTH_TRY_ASSIGN(const std::int32_t valueWidth,
                      keys.getOr<std::int32_t>("attention.value_length", decoder.headWidth));
    if (valueWidth != decoder.headWidth)
        return keys.unsupported("attention.value_length", "values wider or narrower than keys");
    HEARTH_TRY_ASSIGN(RopeSpec rope, readGgufRope(keys, decoder));
    decoder.forms = {{0, std::move(rope)}};
    decoder.pairing = pairing;
    decoder.names = ggufNames(decoder);
    // Some converters keep them together, some tell them apart, for one and the same architecture.
    if (checkpoint.has("blk.0.attn_qkv.weight"))
        fuseQkv(decoder, "blk.{}.attn_qkv.weight");
    decoder.tiedHead = !checkpoint.has("output.weight");
    decoder.experts.normalise = true;
    HEARTH_TRY(readGgufExperts(keys, decoder));
    return decoder;
}

} // namespace hearth
