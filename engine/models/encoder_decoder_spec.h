#pragma once

#include "formats/checkpoint.h"
#include "hearth/kernels/program.h"
#include "hearth/result.h"
#include "models/decoder_spec.h"
#include "models/relative_bias.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hearth {

/// Tensors of one of the two stacks.
struct StackNames {
    LayerNames layer;
    std::string relativeBias; ///< [buckets, heads], of all layers or of its own for each.
    std::string outputNorm;
    // The decoder's attention to the encoder's output.
    std::string crossNorm;
    MatrixRows crossQuery;
    MatrixRows crossKey;
    MatrixRows crossValue;
    MatrixRows crossOutput;
};

/// An encoder–decoder of T5's kind as data (Raffel et al. 2020): RMS norms in front of the blocks,
/// no biases, relative positions as constants added to products that are not scaled.
struct EncoderDecoderSpec {
    std::string architecture;
    std::int32_t encoderLayers = 0;
    std::int32_t decoderLayers = 0;
    std::int32_t hidden = 0;
    std::int32_t feedForward = 0;
    std::int32_t heads = 0;
    std::int32_t headWidth = 0;
    std::int32_t vocabulary = 0;
    std::int32_t trainedContext = 0; ///< Tokens of a text; longer ones run, less well.
    NormSpec norm;
    kernels::Activation activation = kernels::Activation::Relu;
    RelativeBuckets encoderBuckets;
    RelativeBuckets decoderBuckets;
    bool tiedHead = true;
    float headScale = 1.0F;        ///< Of the hidden state in front of the head.
    std::int32_t startToken = 0;   ///< What the decoder begins with.
    std::string embedding;         ///< Of both stacks.
    MatrixRows output;             ///< Not used where the head is tied.
    StackNames encoder;
    StackNames decoder;
    std::vector<std::int32_t> eosTokens;

    /// What ends a text for the encoder; empty where the config does not say.
    [[nodiscard]] std::optional<std::int32_t> sourceEnd() const {
        return eosTokens.empty() ? std::nullopt : std::optional(eosTokens.front());
    }
    [[nodiscard]] std::int32_t attentionWidth() const { return heads * headWidth; }
};

/// Describes t5, mt5 and umt5 from Hugging Face folders, and t5 and t5encoder (which has no
/// decoder: decoderLayers is 0) from GGUF files. Errors: as describeEncoder().
Result<EncoderDecoderSpec> describeEncoderDecoder(const Checkpoint& checkpoint);

/// What the parts of the engine that know decoders only need of one: sizes, vocabulary, ends.
[[nodiscard]] DecoderSpec decoderPart(const EncoderDecoderSpec& spec);

} // namespace hearth
