#pragma once

#include "models/decoder_spec.h"

/// The fields of a DecoderSpec and what it is made of, one after the other, for whatever writes or
/// reads them all. A structured binding takes every field, so that one that is added to a struct
/// and forgotten here does not compile.
namespace hearth::spec_fields {

template<typename Visit>
void visit(TensorRows& rows, Visit&& each) {
    auto& [name, tensorRows, first, count, step, expertStride, transform] = rows;
    each("name", name);
    each("tensor_rows", tensorRows);
    each("first", first);
    each("count", count);
    each("step", step);
    each("expert_stride", expertStride);
    each("transform", transform);
}

template<typename Visit>
void visit(NormSpec& norm, Visit&& each) {
    auto& [kind, epsilon, gainOffset] = norm;
    each("kind", kind);
    each("epsilon", epsilon);
    each("gain_offset", gainOffset);
}

template<typename Visit>
void visit(RopeSpec& rope, Visit&& each) {
    auto& [width, base, scaling, factor, originalContext, lowFrequencyFactor, highFrequencyFactor,
           betaFast, betaSlow, truncate, magnitude, doubling, divisors, longDivisors] = rope;
    each("width", width);
    each("base", base);
    each("scaling", scaling);
    each("factor", factor);
    each("original_context", originalContext);
    each("low_frequency_factor", lowFrequencyFactor);
    each("high_frequency_factor", highFrequencyFactor);
    each("beta_fast", betaFast);
    each("beta_slow", betaSlow);
    each("truncate", truncate);
    each("magnitude", magnitude);
    each("doubling", doubling);
    each("divisors", divisors);
    each("long_divisors", longDivisors);
}

template<typename Visit>
void visit(AttentionForm& form, Visit&& each) {
    auto& [window, rope] = form;
    each("window", window);
    each("rope", rope);
}

template<typename Visit>
void visit(LatentSpec& latent, Visit&& each) {
    auto& [queryRank, kvRank, nopeWidth, ropeWidth, valueWidth] = latent;
    each("query_rank", queryRank);
    each("kv_rank", kvRank);
    each("nope_width", nopeWidth);
    each("rope_width", ropeWidth);
    each("value_width", valueWidth);
}

template<typename Visit>
void visit(ExpertSpec& experts, Visit&& each) {
    auto& [count, perToken, feedForward, sharedFeedForward, score, groups, topGroups, groupScore,
           normalise, scale, inLayer] = experts;
    each("count", count);
    each("per_token", perToken);
    each("feed_forward", feedForward);
    each("shared_feed_forward", sharedFeedForward);
    each("score", score);
    each("groups", groups);
    each("top_groups", topGroups);
    each("group_score", groupScore);
    each("normalise", normalise);
    each("scale", scale);
    each("in_layer", inLayer);
}

template<typename Visit>
void visit(LayerNames& names, Visit&& each) {
    auto& [attentionNorm, query, key, value, queryNorm, keyNorm, attentionOutput, attentionSinks,
           postAttentionNorm, feedForwardNorm, gate, up, down, postFeedForwardNorm, queryDown,
           queryDownNorm, kvDown, kvDownNorm, keyUp, valueUp, router, routerChoiceBias, expertGate,
           expertUp, expertDown, expertGateBias, expertUpBias, expertDownBias, sharedGate, sharedUp,
           sharedDown, sharedRouter] = names;
    each("attention_norm", attentionNorm);
    each("query", query);
    each("key", key);
    each("value", value);
    each("query_norm", queryNorm);
    each("key_norm", keyNorm);
    each("attention_output", attentionOutput);
    each("attention_sinks", attentionSinks);
    each("post_attention_norm", postAttentionNorm);
    each("feed_forward_norm", feedForwardNorm);
    each("gate", gate);
    each("up", up);
    each("down", down);
    each("post_feed_forward_norm", postFeedForwardNorm);
    each("query_down", queryDown);
    each("query_down_norm", queryDownNorm);
    each("kv_down", kvDown);
    each("kv_down_norm", kvDownNorm);
    each("key_up", keyUp);
    each("value_up", valueUp);
    each("router", router);
    each("router_choice_bias", routerChoiceBias);
    each("expert_gate", expertGate);
    each("expert_up", expertUp);
    each("expert_down", expertDown);
    each("expert_gate_bias", expertGateBias);
    each("expert_up_bias", expertUpBias);
    each("expert_down_bias", expertDownBias);
    each("shared_gate", sharedGate);
    each("shared_up", sharedUp);
    each("shared_down", sharedDown);
    each("shared_router", sharedRouter);
}

template<typename Visit>
void visit(DecoderNames& names, Visit&& each) {
    auto& [embedding, positions, outputNorm, output, layer] = names;
    each("embedding", embedding);
    each("positions", positions);
    each("output_norm", outputNorm);
    each("output", output);
    each("layer", layer);
}

template<typename Visit>
void visit(DecoderSpec& decoder, Visit&& each) {
    auto& [architecture, layers, hidden, feedForward, heads, kvHeads, headWidth, vocabulary,
           trainedContext, norm, activation, embeddingScale, residualScale, logitScale,
           attentionScale, attentionSoftcap, finalSoftcap, logNContext, alibi, pairing, forms,
           formOfLayer, latent, experts, tiedHead, names, eosTokens] = decoder;
    each("architecture", architecture);
    each("layers", layers);
    each("hidden", hidden);
    each("feed_forward", feedForward);
    each("heads", heads);
    each("kv_heads", kvHeads);
    each("head_width", headWidth);
    each("vocabulary", vocabulary);
    each("trained_context", trainedContext);
    each("norm", norm);
    each("activation", activation);
    each("embedding_scale", embeddingScale);
    each("residual_scale", residualScale);
    each("logit_scale", logitScale);
    each("attention_scale", attentionScale);
    each("attention_softcap", attentionSoftcap);
    each("final_softcap", finalSoftcap);
    each("logn_context", logNContext);
    each("alibi", alibi);
    each("pairing", pairing);
    each("forms", forms);
    each("form_of_layer", formOfLayer);
    each("latent", latent);
    each("experts", experts);
    each("tied_head", tiedHead);
    each("names", names);
    each("eos_tokens", eosTokens);
}

} // namespace hearth::spec_fields
