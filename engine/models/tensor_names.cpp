#include "models/tensor_names.h"

#include <utility>

namespace hearth {

MatrixRows whole(std::string name, std::int64_t rows) {
    return {{std::move(name), rows, 0, rows}};
}

MatrixRows slice(std::string name, std::int64_t tensorRows, std::int64_t first,
                 std::int64_t count) {
    return {{std::move(name), tensorRows, first, count}};
}

void fuseQkv(DecoderSpec& decoder, const std::string& name) {
    const std::int64_t queries = std::int64_t{decoder.heads} * decoder.headWidth;
    const std::int64_t keys = std::int64_t{decoder.kvHeads} * decoder.headWidth;
    const std::int64_t all = queries + 2 * keys;
    decoder.names.layer.query = slice(name, all, 0, queries);
    decoder.names.layer.key = slice(name, all, queries, keys);
    decoder.names.layer.value = slice(name, all, queries + keys, keys);
}

void groupQkv(DecoderSpec& decoder, const std::string& name) {
    const std::int64_t width = decoder.headWidth;
    const std::int64_t kvHeads = decoder.kvHeads;
    const std::int64_t queries = kvHeads > 0 ? decoder.heads / kvHeads * width : 0;
    const std::int64_t group = queries + 2 * width;
    LayerNames& names = decoder.names.layer;
    for (MatrixRows* rows : {&names.query, &names.key, &names.value})
        rows->clear();
    for (std::int64_t head = 0; head < kvHeads; ++head) {
        const std::int64_t first = head * group;
        names.query.push_back({name, kvHeads * group, first, queries});
        names.key.push_back({name, kvHeads * group, first + queries, width});
        names.value.push_back({name, kvHeads * group, first + queries + width, width});
    }
}

void fuseGateUp(DecoderSpec& decoder, const std::string& name) {
    const std::int64_t rows = decoder.feedForward;
    decoder.names.layer.gate = slice(name, 2 * rows, 0, rows);
    decoder.names.layer.up = slice(name, 2 * rows, rows, rows);
}

DecoderNames llamaNames(const DecoderSpec& decoder, const std::string& root) {
    const std::int64_t queries = std::int64_t{decoder.heads} * decoder.headWidth;
    const std::int64_t keys = std::int64_t{decoder.kvHeads} * decoder.headWidth;
    DecoderNames names;
    names.embedding = root + "embed_tokens.weight";
    names.outputNorm = root + "norm.weight";
    names.output = whole("lm_head.weight", decoder.vocabulary);
    const std::string layer = root + "layers.{}.";
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

void nameHeadNorms(DecoderSpec& decoder, const std::string& root) {
    decoder.names.layer.queryNorm = root + "layers.{}.self_attn.q_norm.weight";
    decoder.names.layer.keyNorm = root + "layers.{}.self_attn.k_norm.weight";
}

} // namespace hearth
