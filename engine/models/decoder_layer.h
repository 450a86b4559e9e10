#pragma once

#include "hearth/kernels/kv_cache.h"
#include "hearth/kernels/program.h"
#include "models/decoder_spec.h"
#include "models/program_builder.h"

#include <cstdint>
#include <vector>

namespace hearth {

/// Where a layer's keys and values are kept.
struct CachePlace {
    std::int32_t group = 0;
    std::int32_t layer = 0; ///< Inside the group.
};

/// What the layers of a decoder share while its program is written.
struct DecoderLayers {
    DecoderLayers(const DecoderSpec& spec, ProgramBuilder& programBuilder);

    const DecoderSpec& decoder;
    ProgramBuilder& builder;
    kernels::View residual; ///< [hidden], the stream that every block adds to.
    kernels::View normed;   ///< [hidden], of its own for every block.
    std::vector<kernels::KvLayout> kv;
    std::vector<CachePlace> places; ///< [layers]
};

/// Finds or adds the group for a layer, and takes a place in it.
CachePlace placeInCache(const DecoderSpec& decoder, std::int32_t layer, kernels::DType kvType,
                        std::uint8_t kvBits, std::int32_t kvHeads,
                        std::vector<kernels::KvLayout>& kv);

// Blocks of a layer, from the residual stream onto it. ProgramBuilder::setLayer() has been called.
void addAttention(DecoderLayers& layers, std::int32_t layer);
void addLatentAttention(DecoderLayers& layers, std::int32_t layer);
/// Gated or not, or a mixture of experts where the layer has one.
void addFeedForward(DecoderLayers& layers, std::int32_t layer);
/// The mixture of experts of a layer: normed → residual.
void addExperts(DecoderLayers& layers, std::int32_t layer);

/// Turns heads [headWidth] of a view by a rope; nothing where its width is 0.
void addRope(DecoderLayers& layers, const RopeSpec& rope, kernels::View heads,
             std::int32_t headWidth, std::int32_t rotaryOffset);
/// A block's last product, [hidden, columns], onto the residual stream; through a norm of its own
/// where `postNorm` is not empty.
void addBlockOutput(DecoderLayers& layers, kernels::View in, std::string_view role,
                    const MatrixSource& source, std::int32_t adapterSlot,
                    const std::string& postNorm);
/// gate, up and down with `width` columns in between: normed → residual.
void addGatedProducts(DecoderLayers& layers, std::int32_t layer, std::string_view prefix,
                      const MatrixRows& gate, const MatrixRows& up, const MatrixRows& down,
                      std::int32_t width, const std::string& postNorm);

} // namespace hearth
