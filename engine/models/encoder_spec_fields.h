#pragma once

#include "models/decoder_spec_fields.h"
#include "models/encoder_decoder_spec.h"
#include "models/encoder_spec.h"

/// The fields of the other two kinds of specs, as decoder_spec_fields.h has those of decoders.
namespace hearth::spec_fields {

template<typename Visit>
void visit(EncoderNames& names, Visit&& each) {
    auto& [embedding, positions, tokenTypes, embeddingNorm, layer] = names;
    each("embedding", embedding);
    each("positions", positions);
    each("token_types", tokenTypes);
    each("embedding_norm", embeddingNorm);
    each("layer", layer);
}

template<typename Visit>
void visit(EncoderSpec& encoder, Visit&& each) {
    auto& [architecture, layers, hidden, feedForward, heads, vocabulary, positionRows,
           firstPosition, tokenTypes, norm, activation, names] = encoder;
    each("architecture", architecture);
    each("layers", layers);
    each("hidden", hidden);
    each("feed_forward", feedForward);
    each("heads", heads);
    each("vocabulary", vocabulary);
    each("position_rows", positionRows);
    each("first_position", firstPosition);
    each("token_types", tokenTypes);
    each("norm", norm);
    each("activation", activation);
    each("names", names);
}

template<typename Visit>
void visit(RelativeBuckets& relative, Visit&& each) {
    auto& [buckets, maxDistance, twoSided] = relative;
    each("buckets", buckets);
    each("max_distance", maxDistance);
    each("two_sided", twoSided);
}

template<typename Visit>
void visit(StackNames& names, Visit&& each) {
    auto& [layer, relativeBias, outputNorm, crossNorm, crossQuery, crossKey, crossValue,
           crossOutput] = names;
    each("layer", layer);
    each("relative_bias", relativeBias);
    each("output_norm", outputNorm);
    each("cross_norm", crossNorm);
    each("cross_query", crossQuery);
    each("cross_key", crossKey);
    each("cross_value", crossValue);
    each("cross_output", crossOutput);
}

template<typename Visit>
void visit(EncoderDecoderSpec& model, Visit&& each) {
    auto& [architecture, encoderLayers, decoderLayers, hidden, feedForward, heads, headWidth,
           vocabulary, trainedContext, norm, activation, encoderBuckets, decoderBuckets, tiedHead,
           headScale, startToken, embedding, output, encoder, decoder, eosTokens] = model;
    each("architecture", architecture);
    each("encoder_layers", encoderLayers);
    each("decoder_layers", decoderLayers);
    each("hidden", hidden);
    each("feed_forward", feedForward);
    each("heads", heads);
    each("head_width", headWidth);
    each("vocabulary", vocabulary);
    each("trained_context", trainedContext);
    each("norm", norm);
    each("activation", activation);
    each("encoder_buckets", encoderBuckets);
    each("decoder_buckets", decoderBuckets);
    each("tied_head", tiedHead);
    each("head_scale", headScale);
    each("start_token", startToken);
    each("embedding", embedding);
    each("output", output);
    each("encoder", encoder);
    each("decoder", decoder);
    each("eos_tokens", eosTokens);
}

} // namespace hearth::spec_fields
