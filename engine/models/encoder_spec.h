#pragma once

#include "formats/checkpoint.h"
#include "hearth/kernels/program.h"
#include "hearth/result.h"
#include "models/decoder_spec.h"

#include <cstdint>
#include <string>

namespace hearth {

/// Tensors of an encoder. Of the layer's names, attentionNorm and feedForwardNorm are empty and
/// postAttentionNorm and postFeedForwardNorm follow the sums.
struct EncoderNames {
    std::string embedding;
    std::string positions;  ///< [positionRows, hidden]
    std::string tokenTypes; ///< [tokenTypes, hidden]; empty: none.
    std::string embeddingNorm;
    LayerNames layer;
};

/// An encoder of BERT's kind as data (Devlin et al. 2019): learned positions, every token sees all
/// tokens of its text, norms behind the sums. Biases are taken wherever the checkpoint has them.
/// All tokens have the first token type.
struct EncoderSpec {
    std::string architecture;
    std::int32_t layers = 0;
    std::int32_t hidden = 0;
    std::int32_t feedForward = 0;
    std::int32_t heads = 0;
    std::int32_t vocabulary = 0;
    std::int32_t positionRows = 0;  ///< Of the table of positions.
    std::int32_t firstPosition = 0; ///< The row of a text's first token.
    std::int32_t tokenTypes = 0;    ///< Rows of their table.
    NormSpec norm;
    kernels::Activation activation = kernels::Activation::GeluErf;
    EncoderNames names;

    [[nodiscard]] std::int32_t headWidth() const { return hidden / heads; }
    /// Tokens of the longest text.
    [[nodiscard]] std::int32_t trainedContext() const { return positionRows - firstPosition; }
};

/// Describes bert, roberta, xlm-roberta, camembert and distilbert from Hugging Face folders, and
/// bert from GGUF files. Errors: Unsupported naming what we cannot run; Corrupt naming the key
/// whose value is absurd or missing.
Result<EncoderSpec> describeEncoder(const Checkpoint& checkpoint);

} // namespace hearth
