#include "formats/format_error.h"
#include "models/architecture.h"
#include "models/config_reader.h"
#include "models/decoder_spec_check.h"
#include "models/encoder_spec.h"
#include "models/model_spec_json.h"
#include "models/tensor_names.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

using kernels::Activation;

Result<void> checkEncoderSizes(const Checkpoint& checkpoint, const EncoderSpec& encoder) {
    const std::array ranges{
        SizeRange{"layers", encoder.layers, 1, 4096},
        SizeRange{"hidden size", encoder.hidden, 1, 1 << 18},
        SizeRange{"feed-forward size", encoder.feedForward, 1, 1 << 20},
        SizeRange{"attention heads", encoder.heads, 1, 4096},
        SizeRange{"vocabulary size", encoder.vocabulary, 1, 1 << 24},
        SizeRange{"positions", encoder.positionRows, 1, 1 << 24},
        SizeRange{"first position", encoder.firstPosition, 0, 1 << 24},
        SizeRange{"context length", encoder.trainedContext(), 1, 1 << 24},
        // At least one row even where the table is not used.
        SizeRange{"token types", encoder.tokenTypes, 1, 1 << 10},
    };
    HEARTH_TRY(checkRanges(ranges, checkpoint.path().string()));
    if (encoder.hidden % encoder.heads != 0)
        return fileFailure(ErrorCode::Corrupt, checkpoint.path().string(), "attention heads",
                           fmt::format("{} columns cannot be cut into {} heads", encoder.hidden,
                                       encoder.heads));
    return checkNorm(encoder.norm, checkpoint.path().string());
}

Result<Activation> readActivation(const ConfigReader& config, std::string_view key) {
    HEARTH_TRY_ASSIGN(const std::string name, config.text(key, "gelu"));
    if (name == "gelu")
        return Activation::GeluErf;
    if (name == "gelu_new" || name == "gelu_pytorch_tanh")
        return Activation::GeluTanh;
    if (name == "relu")
        return Activation::Relu;
    if (name == "silu" || name == "swish")
        return Activation::Silu;
    return config.unsupported(key, name);
}

/// Checkpoints with a head on top keep the encoder under its class's name ("bert.").
std::string prefixOf(const Checkpoint& checkpoint, const std::string& prefix) {
    return checkpoint.has(prefix + "embeddings.word_embeddings.weight") ? prefix : std::string();
}

void nameEmbeddings(EncoderSpec& encoder, const std::string& root) {
    encoder.names.embedding = root + "embeddings.word_embeddings.weight";
    encoder.names.positions = root + "embeddings.position_embeddings.weight";
    encoder.names.embeddingNorm = root + "embeddings.LayerNorm.weight";
}

void nameBert(EncoderSpec& encoder, const std::string& root) {
    nameEmbeddings(encoder, root);
    encoder.names.tokenTypes = root + "embeddings.token_type_embeddings.weight";
    const std::string layer = root + "encoder.layer.{}.";
    LayerNames& names = encoder.names.layer;
    names.query = whole(layer + "attention.self.query.weight", encoder.hidden);
    names.key = whole(layer + "attention.self.key.weight", encoder.hidden);
    names.value = whole(layer + "attention.self.value.weight", encoder.hidden);
    names.attentionOutput = whole(layer + "attention.output.dense.weight", encoder.hidden);
    names.postAttentionNorm = layer + "attention.output.LayerNorm.weight";
    names.up = whole(layer + "intermediate.dense.weight", encoder.feedForward);
    names.down = whole(layer + "output.dense.weight", encoder.hidden);
    names.postFeedForwardNorm = layer + "output.LayerNorm.weight";
}

void nameDistilBert(EncoderSpec& encoder, const std::string& root) {
    nameEmbeddings(encoder, root);
    const std::string layer = root + "transformer.layer.{}.";
    LayerNames& names = encoder.names.layer;
    names.query = whole(layer + "attention.q_lin.weight", encoder.hidden);
    names.key = whole(layer + "attention.k_lin.weight", encoder.hidden);
    names.value = whole(layer + "attention.v_lin.weight", encoder.hidden);
    names.attentionOutput = whole(layer + "attention.out_lin.weight", encoder.hidden);
    names.postAttentionNorm = layer + "sa_layer_norm.weight";
    names.up = whole(layer + "ffn.lin1.weight", encoder.feedForward);
    names.down = whole(layer + "ffn.lin2.weight", encoder.hidden);
    names.postFeedForwardNorm = layer + "output_layer_norm.weight";
}

/// The first BERT's files have TensorFlow's names for norms.
void useGamma(const Checkpoint& checkpoint, EncoderSpec& encoder, const std::string& root) {
    if (!checkpoint.has(root + "embeddings.LayerNorm.gamma"))
        return;
    LayerNames& layer = encoder.names.layer;
    for (std::string* name : {&encoder.names.embeddingNorm, &layer.postAttentionNorm,
                              &layer.postFeedForwardNorm})
        name->replace(name->rfind('.'), std::string::npos, ".gamma");
}

Result<EncoderSpec> readBert(const Checkpoint& checkpoint, bool isRoberta) {
    const ConfigReader config(checkpoint);
    EncoderSpec encoder;
    HEARTH_TRY_ASSIGN(encoder.layers, config.requiredInteger("num_hidden_layers"));
    HEARTH_TRY_ASSIGN(encoder.hidden, config.requiredInteger("hidden_size"));
    HEARTH_TRY_ASSIGN(encoder.feedForward, config.requiredInteger("intermediate_size"));
    HEARTH_TRY_ASSIGN(encoder.heads, config.requiredInteger("num_attention_heads"));
    HEARTH_TRY_ASSIGN(encoder.vocabulary, config.requiredInteger("vocab_size"));
    HEARTH_TRY_ASSIGN(encoder.positionRows, config.requiredInteger("max_position_embeddings"));
    HEARTH_TRY_ASSIGN(encoder.tokenTypes, config.integer("type_vocab_size", 2));
    HEARTH_TRY_ASSIGN(encoder.norm.epsilon, config.real("layer_norm_eps", 1e-12F));
    HEARTH_TRY_ASSIGN(encoder.activation, readActivation(config, "hidden_act"));
    HEARTH_TRY_ASSIGN(const std::string positions,
                      config.text("position_embedding_type", "absolute"));
    if (positions != "absolute")
        return config.unsupported("position_embedding_type", positions);
    HEARTH_TRY(config.mustBeOff("is_decoder", "a BERT that writes text"));
    HEARTH_TRY(config.mustBeOff("add_cross_attention", "a BERT that reads an encoder"));
    if (isRoberta) {
        // Positions begin behind the padding token's id.
        HEARTH_TRY_ASSIGN(const std::int32_t padding, config.integer("pad_token_id", 1));
        if (padding < 0 || padding >= encoder.positionRows)
            return config.wrong("pad_token_id", "must be below max_position_embeddings");
        encoder.firstPosition = padding + 1;
    }
    const std::string root = prefixOf(checkpoint, isRoberta ? "roberta." : "bert.");
    nameBert(encoder, root);
    useGamma(checkpoint, encoder, root);
    return encoder;
}

Result<EncoderSpec> readDistilBert(const Checkpoint& checkpoint) {
    const ConfigReader config(checkpoint);
    EncoderSpec encoder;
    HEARTH_TRY_ASSIGN(encoder.layers, config.requiredInteger("n_layers"));
    HEARTH_TRY_ASSIGN(encoder.hidden, config.requiredInteger("dim"));
    HEARTH_TRY_ASSIGN(encoder.feedForward, config.requiredInteger("hidden_dim"));
    HEARTH_TRY_ASSIGN(encoder.heads, config.requiredInteger("n_heads"));
    HEARTH_TRY_ASSIGN(encoder.vocabulary, config.requiredInteger("vocab_size"));
    HEARTH_TRY_ASSIGN(encoder.positionRows, config.requiredInteger("max_position_embeddings"));
    HEARTH_TRY_ASSIGN(encoder.activation, readActivation(config, "activation"));
    encoder.norm.epsilon = 1e-12F;
    encoder.tokenTypes = 1;
    nameDistilBert(encoder, prefixOf(checkpoint, "distilbert."));
    return encoder;
}

void nameGguf(EncoderSpec& encoder, bool hasTokenTypes) {
    encoder.names.embedding = "token_embd.weight";
    encoder.names.positions = "position_embd.weight";
    encoder.names.tokenTypes = hasTokenTypes ? "token_types.weight" : "";
    encoder.names.embeddingNorm = "token_embd_norm.weight";
    const std::string layer = "blk.{}.";
    LayerNames& names = encoder.names.layer;
    names.query = whole(layer + "attn_q.weight", encoder.hidden);
    names.key = whole(layer + "attn_k.weight", encoder.hidden);
    names.value = whole(layer + "attn_v.weight", encoder.hidden);
    names.attentionOutput = whole(layer + "attn_output.weight", encoder.hidden);
    names.postAttentionNorm = layer + "attn_output_norm.weight";
    names.up = whole(layer + "ffn_up.weight", encoder.feedForward);
    names.down = whole(layer + "ffn_down.weight", encoder.hidden);
    names.postFeedForwardNorm = layer + "layer_output_norm.weight";
}

/// Rows of a matrix that the keys say nothing of.
Result<std::int32_t> rowsOf(const Checkpoint& checkpoint, const std::string& name) {
    HEARTH_TRY_ASSIGN(const TensorView tensor, checkpoint.tensor(name));
    if (tensor.shape.size() != 2 || tensor.shape[0] > (1 << 24))
        return fileFailure(ErrorCode::Corrupt, checkpoint.path().string(), name,
                           "must be a matrix of at most 2^24 rows");
    return static_cast<std::int32_t>(tensor.shape[0]);
}

Result<EncoderSpec> readGguf(const Checkpoint& checkpoint) {
    const GgufFile& file = checkpoint.gguf();
    EncoderSpec encoder;
    HEARTH_TRY_ASSIGN(encoder.layers, file.get<std::int32_t>("bert.block_count"));
    HEARTH_TRY_ASSIGN(encoder.hidden, file.get<std::int32_t>("bert.embedding_length"));
    HEARTH_TRY_ASSIGN(encoder.feedForward, file.get<std::int32_t>("bert.feed_forward_length"));
    HEARTH_TRY_ASSIGN(encoder.heads, file.get<std::int32_t>("bert.attention.head_count"));
    HEARTH_TRY_ASSIGN(encoder.norm.epsilon,
                      file.getOr<float>("bert.attention.layer_norm_epsilon", 1e-12F));
    HEARTH_TRY_ASSIGN(const bool causal, file.getOr<bool>("bert.attention.causal", false));
    if (causal)
        return fileFailure(ErrorCode::Unsupported, checkpoint.path().string(),
                           "bert.attention.causal", "true");
    HEARTH_TRY_ASSIGN(encoder.vocabulary, rowsOf(checkpoint, "token_embd.weight"));
    // Converters leave out the rows that RoBERTa never reads.
    HEARTH_TRY_ASSIGN(encoder.positionRows, rowsOf(checkpoint, "position_embd.weight"));
    const std::optional<TensorView> types = checkpoint.find("token_types.weight");
    encoder.tokenTypes = 1;
    if (types && types->shape.size() == 2) {
        HEARTH_TRY_ASSIGN(encoder.tokenTypes, rowsOf(checkpoint, "token_types.weight"));
    }
    nameGguf(encoder, types.has_value());
    return encoder;
}

Result<EncoderSpec> read(const Checkpoint& checkpoint, const std::string& name) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf) {
        if (name == "bert")
            return readGguf(checkpoint);
    } else if (name == "bert") {
        return readBert(checkpoint, false);
    } else if (name == "roberta" || name == "xlm-roberta" || name == "camembert") {
        return readBert(checkpoint, true);
    } else if (name == "distilbert") {
        return readDistilBert(checkpoint);
    }
    return unknownArchitecture(checkpoint, name);
}

Result<EncoderSpec> readConverted(const Workspace& workspace) {
    HEARTH_TRY_ASSIGN(const nlohmann::json* const json, workspace.spec("encoder"));
    HEARTH_TRY_ASSIGN(EncoderSpec encoder, encoderFromJson(*json, workspace.indexPath()));
    HEARTH_TRY(checkSpecLists(encoder, workspace.indexPath()));
    return encoder;
}

Result<EncoderSpec> readOther(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(const std::string name, architectureOf(checkpoint));
    HEARTH_TRY_ASSIGN(EncoderSpec encoder, read(checkpoint, name));
    encoder.architecture = name;
    encoder.norm.kind = kernels::NormKind::Layer;
    return encoder;
}

} // namespace

Result<EncoderSpec> describeEncoder(const Checkpoint& checkpoint) {
    const bool isConverted = checkpoint.kind() == Checkpoint::Kind::Workspace;
    HEARTH_TRY_ASSIGN(EncoderSpec encoder,
                      isConverted ? readConverted(checkpoint.workspace()) : readOther(checkpoint));
    HEARTH_TRY(checkEncoderSizes(checkpoint, encoder));
    return encoder;
}

} // namespace hearth
