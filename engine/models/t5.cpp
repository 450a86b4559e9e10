#include "formats/format_error.h"
#include "models/architecture.h"
#include "models/config_reader.h"
#include "models/decoder_spec_check.h"
#include "models/encoder_decoder_spec.h"
#include "models/model_spec_json.h"
#include "models/tensor_names.h"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

using kernels::Activation;

/// What texts had in training, where a checkpoint does not say.
constexpr std::int32_t kTrainedContext = 512;

Result<void> checkT5Sizes(const Checkpoint& checkpoint, const EncoderDecoderSpec& model) {
    const std::array ranges{
        SizeRange{"encoder layers", model.encoderLayers, 1, 4096},
        SizeRange{"decoder layers", model.decoderLayers, 0, 4096},
        SizeRange{"hidden size", model.hidden, 1, 1 << 18},
        SizeRange{"feed-forward size", model.feedForward, 1, 1 << 20},
        SizeRange{"attention heads", model.heads, 1, 4096},
        SizeRange{"head size", model.headWidth, 1, 4096},
        SizeRange{"vocabulary size", model.vocabulary, 1, 1 << 24},
        SizeRange{"context length", model.trainedContext, 1, 1 << 24},
        SizeRange{"start token", model.startToken, 0, model.vocabulary - 1},
    };
    HEARTH_TRY(checkRanges(ranges, checkpoint.path().string()));
    if (!model.encoderBuckets.isValid() || !model.decoderBuckets.isValid())
        return fileFailure(ErrorCode::Corrupt, checkpoint.path().string(), "relative positions",
                           fmt::format("{} buckets do not fit a largest distance of {}",
                                       model.encoderBuckets.buckets,
                                       model.encoderBuckets.maxDistance));
    if (!std::isfinite(model.headScale))
        return fileFailure(ErrorCode::Corrupt, checkpoint.path().string(), "head scale",
                           "is not a number");
    return checkNorm(model.norm, checkpoint.path().string());
}

void setBuckets(EncoderDecoderSpec& model, std::int32_t buckets, std::int32_t maxDistance) {
    model.encoderBuckets = {buckets, maxDistance, true};
    model.decoderBuckets = {buckets, maxDistance, false};
}

/// "relu" (the first T5), "gated-gelu", which means the tanh form, or others of that pattern.
Result<bool> readActivation(const ConfigReader& config, EncoderDecoderSpec& model) {
    constexpr std::string_view kGated = "gated-";
    HEARTH_TRY_ASSIGN(std::string name, config.text("feed_forward_proj", "relu"));
    if (name == "gated-gelu")
        name = "gated-gelu_new";
    const bool gated = name.starts_with(kGated);
    const std::string_view plain =
        std::string_view(name).substr(gated ? kGated.size() : 0);
    if (plain == "relu")
        model.activation = Activation::Relu;
    else if (plain == "gelu")
        model.activation = Activation::GeluErf;
    else if (plain == "gelu_new")
        model.activation = Activation::GeluTanh;
    else if (plain == "silu" || plain == "swish")
        model.activation = Activation::Silu;
    else
        return config.unsupported("feed_forward_proj", name);
    return gated;
}

void nameStack(const EncoderDecoderSpec& model, StackNames& stack, const std::string& root,
               bool gated, bool ownBiases, bool isDecoder) {
    const std::string block = root + "block.{}.layer.";
    const std::string self = block + "0.SelfAttention.";
    const std::string cross = block + "1.EncDecAttention.";
    const std::string last = block + (isDecoder ? "2." : "1.");
    const std::int64_t width = model.attentionWidth();
    LayerNames& layer = stack.layer;
    layer.attentionNorm = block + "0.layer_norm.weight";
    layer.query = whole(self + "q.weight", width);
    layer.key = whole(self + "k.weight", width);
    layer.value = whole(self + "v.weight", width);
    layer.attentionOutput = whole(self + "o.weight", model.hidden);
    layer.feedForwardNorm = last + "layer_norm.weight";
    if (gated)
        layer.gate = whole(last + "DenseReluDense.wi_0.weight", model.feedForward);
    layer.up = whole(last + (gated ? "DenseReluDense.wi_1.weight" : "DenseReluDense.wi.weight"),
                     model.feedForward);
    layer.down = whole(last + "DenseReluDense.wo.weight", model.hidden);
    stack.relativeBias =
        (ownBiases ? self : root + "block.0.layer.0.SelfAttention.") +
        "relative_attention_bias.weight";
    stack.outputNorm = root + "final_layer_norm.weight";
    if (!isDecoder)
        return;
    stack.crossNorm = block + "1.layer_norm.weight";
    stack.crossQuery = whole(cross + "q.weight", width);
    stack.crossKey = whole(cross + "k.weight", width);
    stack.crossValue = whole(cross + "v.weight", width);
    stack.crossOutput = whole(cross + "o.weight", model.hidden);
}

Result<void> readTokens(const ConfigReader& config, EncoderDecoderSpec& model) {
    HEARTH_TRY_ASSIGN(const std::int32_t padding, config.integer("pad_token_id", 0));
    const ConfigReader generation(config.checkpoint(), config.checkpoint().generationConfig());
    HEARTH_TRY_ASSIGN(const auto start, generation.integer("decoder_start_token_id"));
    HEARTH_TRY_ASSIGN(model.startToken,
                      config.integer("decoder_start_token_id", start.value_or(padding)));
    const nlohmann::json* eos = config.find("eos_token_id");
    if (eos == nullptr || eos->is_number()) {
        HEARTH_TRY_ASSIGN(const std::int32_t token, config.integer("eos_token_id", 1));
        model.eosTokens = {token};
        return {};
    }
    for (const nlohmann::json& id : *eos) {
        if (!id.is_number_integer() || id.get<std::int64_t>() < 0 ||
            id.get<std::int64_t>() > (1 << 24))
            return config.wrong("eos_token_id", "must be a token id");
        model.eosTokens.push_back(id.get<std::int32_t>());
    }
    return {};
}

/// The first T5 ties its head to the embedding and scales the hidden state; later ones do neither.
/// transformers 5 writes that every model ties, and of mT5 no scale_decoder_outputs: it has none.
Result<void> readHead(const ConfigReader& config, EncoderDecoderSpec& model, bool isMt5) {
    HEARTH_TRY_ASSIGN(const bool ties, config.boolean("tie_word_embeddings", true));
    HEARTH_TRY_ASSIGN(const bool scales,
                      config.boolean("scale_decoder_outputs", ties && !isMt5));
    if (scales)
        model.headScale = 1.0F / std::sqrt(static_cast<float>(model.hidden));
    model.tiedHead = scales || !config.checkpoint().has("lm_head.weight");
    model.output = whole("lm_head.weight", model.vocabulary);
    return {};
}

Result<EncoderDecoderSpec> readHuggingFace(const Checkpoint& checkpoint, const std::string& name) {
    const ConfigReader config(checkpoint);
    EncoderDecoderSpec model;
    HEARTH_TRY_ASSIGN(model.encoderLayers, config.requiredInteger("num_layers"));
    HEARTH_TRY_ASSIGN(model.decoderLayers,
                      config.integer("num_decoder_layers", model.encoderLayers));
    HEARTH_TRY_ASSIGN(model.hidden, config.requiredInteger("d_model"));
    HEARTH_TRY_ASSIGN(model.feedForward, config.requiredInteger("d_ff"));
    HEARTH_TRY_ASSIGN(model.heads, config.requiredInteger("num_heads"));
    HEARTH_TRY_ASSIGN(model.headWidth, config.requiredInteger("d_kv"));
    HEARTH_TRY_ASSIGN(model.vocabulary, config.requiredInteger("vocab_size"));
    HEARTH_TRY_ASSIGN(model.trainedContext, config.integer("n_positions", kTrainedContext));
    HEARTH_TRY_ASSIGN(model.norm.epsilon, config.real("layer_norm_epsilon", 1e-6F));
    HEARTH_TRY_ASSIGN(const std::int32_t buckets,
                      config.integer("relative_attention_num_buckets", 32));
    HEARTH_TRY_ASSIGN(const std::int32_t maxDistance,
                      config.integer("relative_attention_max_distance", 128));
    setBuckets(model, buckets, maxDistance);
    HEARTH_TRY_ASSIGN(const bool gated, readActivation(config, model));
    HEARTH_TRY(readTokens(config, model));
    HEARTH_TRY(readHead(config, model, name == "mt5"));
    // Files of the encoder alone keep the embedding under its own name.
    model.embedding = checkpoint.has("shared.weight") ? "shared.weight"
                                                      : "encoder.embed_tokens.weight";
    nameStack(model, model.encoder, "encoder.", gated, name == "umt5", false);
    nameStack(model, model.decoder, "decoder.", gated, name == "umt5", true);
    if (!checkpoint.has(model.decoder.outputNorm))
        model.decoderLayers = 0;
    return model;
}

void nameGgufStack(const EncoderDecoderSpec& model, StackNames& stack, const std::string& root,
                   bool gated) {
    const std::string block = root + "blk.{}.";
    const std::int64_t width = model.attentionWidth();
    LayerNames& layer = stack.layer;
    layer.attentionNorm = block + "attn_norm.weight";
    layer.query = whole(block + "attn_q.weight", width);
    layer.key = whole(block + "attn_k.weight", width);
    layer.value = whole(block + "attn_v.weight", width);
    layer.attentionOutput = whole(block + "attn_o.weight", model.hidden);
    layer.feedForwardNorm = block + "ffn_norm.weight";
    if (gated)
        layer.gate = whole(block + "ffn_gate.weight", model.feedForward);
    layer.up = whole(block + "ffn_up.weight", model.feedForward);
    layer.down = whole(block + "ffn_down.weight", model.hidden);
    stack.relativeBias = root + "blk.0.attn_rel_b.weight";
    stack.outputNorm = root + "output_norm.weight";
    stack.crossNorm = block + "cross_attn_norm.weight";
    stack.crossQuery = whole(block + "cross_attn_q.weight", width);
    stack.crossKey = whole(block + "cross_attn_k.weight", width);
    stack.crossValue = whole(block + "cross_attn_v.weight", width);
    stack.crossOutput = whole(block + "cross_attn_o.weight", model.hidden);
}

Result<void> readGgufSizes(const GgufFile& file, const std::string& prefix,
                           EncoderDecoderSpec& model) {
    HEARTH_TRY_ASSIGN(model.encoderLayers, file.get<std::int32_t>(prefix + "block_count"));
    HEARTH_TRY_ASSIGN(model.decoderLayers, file.getOr<std::int32_t>(prefix + "decoder_block_count",
                                                                    model.encoderLayers));
    HEARTH_TRY_ASSIGN(model.hidden, file.get<std::int32_t>(prefix + "embedding_length"));
    HEARTH_TRY_ASSIGN(model.feedForward, file.get<std::int32_t>(prefix + "feed_forward_length"));
    HEARTH_TRY_ASSIGN(model.heads, file.get<std::int32_t>(prefix + "attention.head_count"));
    HEARTH_TRY_ASSIGN(model.headWidth, file.get<std::int32_t>(prefix + "attention.key_length"));
    HEARTH_TRY_ASSIGN(model.trainedContext,
                      file.getOr<std::int32_t>(prefix + "context_length", kTrainedContext));
    HEARTH_TRY_ASSIGN(model.norm.epsilon,
                      file.getOr<float>(prefix + "attention.layer_norm_rms_epsilon", 1e-6F));
    HEARTH_TRY_ASSIGN(
        const std::int32_t buckets,
        file.getOr<std::int32_t>(prefix + "attention.relative_buckets_count", 32));
    setBuckets(model, buckets, 128); // converters take no other distance
    HEARTH_TRY_ASSIGN(model.startToken,
                      file.getOr<std::int32_t>(prefix + "decoder_start_token_id", 0));
    return {};
}

Result<EncoderDecoderSpec> readGguf(const Checkpoint& checkpoint, const std::string& name) {
    EncoderDecoderSpec model;
    HEARTH_TRY(readGgufSizes(checkpoint.gguf(), name + ".", model));
    HEARTH_TRY_ASSIGN(const TensorView table, checkpoint.tensor("token_embd.weight"));
    if (table.shape.size() != 2 || table.shape[0] > (1 << 24))
        return fileFailure(ErrorCode::Corrupt, checkpoint.path().string(), "token_embd.weight",
                           "must be a matrix of at most 2^24 rows");
    model.vocabulary = static_cast<std::int32_t>(table.shape[0]);
    model.embedding = "token_embd.weight";
    const bool gated = checkpoint.has("enc.blk.0.ffn_gate.weight");
    model.activation = gated ? Activation::GeluTanh : Activation::Relu;
    // Files don't say whether the hidden state is scaled: it goes with the tied head.
    model.tiedHead = !checkpoint.has("output.weight");
    if (model.tiedHead)
        model.headScale = 1.0F / std::sqrt(static_cast<float>(model.hidden));
    model.output = whole("output.weight", model.vocabulary);
    nameGgufStack(model, model.encoder, "enc.", gated);
    nameGgufStack(model, model.decoder, "dec.", gated);
    if (checkpoint.has("enc.blk.1.attn_rel_b.weight")) { // umt5
        model.encoder.relativeBias = "enc.blk.{}.attn_rel_b.weight";
        model.decoder.relativeBias = "dec.blk.{}.attn_rel_b.weight";
    }
    if (!checkpoint.has(model.decoder.outputNorm))
        model.decoderLayers = 0;
    return model;
}

Result<EncoderDecoderSpec> readConverted(const Workspace& workspace) {
    HEARTH_TRY_ASSIGN(const nlohmann::json* const json, workspace.spec("encoder_decoder"));
    HEARTH_TRY_ASSIGN(EncoderDecoderSpec model,
                      encoderDecoderFromJson(*json, workspace.indexPath()));
    HEARTH_TRY(checkSpecLists(model, workspace.indexPath()));
    return model;
}

Result<EncoderDecoderSpec> readOther(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(const std::string name, architectureOf(checkpoint));
    const bool isGguf = checkpoint.kind() == Checkpoint::Kind::Gguf;
    const bool isKnown = name == "t5" || (isGguf ? name == "t5encoder"
                                                 : name == "mt5" || name == "umt5");
    if (!isKnown)
        return unknownArchitecture(checkpoint, name);
    HEARTH_TRY_ASSIGN(EncoderDecoderSpec model, isGguf ? readGguf(checkpoint, name)
                                                       : readHuggingFace(checkpoint, name));
    model.architecture = name;
    return model;
}

} // namespace

Result<EncoderDecoderSpec> describeEncoderDecoder(const Checkpoint& checkpoint) {
    const bool isConverted = checkpoint.kind() == Checkpoint::Kind::Workspace;
    HEARTH_TRY_ASSIGN(EncoderDecoderSpec model,
                      isConverted ? readConverted(checkpoint.workspace()) : readOther(checkpoint));
    HEARTH_TRY(checkT5Sizes(checkpoint, model));
    return model;
}

DecoderSpec decoderPart(const EncoderDecoderSpec& spec) {
    DecoderSpec decoder;
    decoder.architecture = spec.architecture;
    decoder.layers = spec.decoderLayers;
    decoder.hidden = spec.hidden;
    decoder.feedForward = spec.feedForward;
    decoder.heads = decoder.kvHeads = spec.heads;
    decoder.headWidth = spec.headWidth;
    decoder.vocabulary = spec.vocabulary;
    decoder.trainedContext = spec.trainedContext;
    decoder.norm = spec.norm;
    decoder.activation = spec.activation;
    decoder.forms.resize(1);
    decoder.tiedHead = spec.tiedHead;
    decoder.eosTokens = spec.eosTokens;
    return decoder;
}

} // namespace hearth
