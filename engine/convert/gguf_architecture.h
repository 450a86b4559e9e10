#pragma once

#include "convert/gguf_writer.h"
#include "hearth/kernels/program.h"
#include "hearth/result.h"
#include "models/decoder_spec.h"

#include <string>
#include <string_view>

namespace hearth {

/// How llama.cpp wants an architecture's weights.
struct GgufArchitecture {
    std::string_view modelType; ///< DecoderSpec::architecture.
    std::string_view name;      ///< general.architecture.
    kernels::RopePairing pairing = kernels::RopePairing::Adjacent;
    bool fusedQkv = false;    ///< attn_qkv instead of attn_q, attn_k and attn_v.
    bool fusedGateUp = false; ///< ffn_up has the gate's rows first.
    bool needsHead = false;   ///< output.weight even where it is the embedding.
    bool isGemma = false;     ///< Embeddings are scaled, attention by the head's width.
    bool postNormBeforeMlp = false; ///< The norm before the feed-forward is called post_attention.
};

/// Errors: Unsupported naming an architecture that GGUF has no name for, or a feature of the model
/// that its GGUF form cannot express.
Result<GgufArchitecture> ggufArchitectureOf(const DecoderSpec& decoder, const std::string& path);

/// The keys that describe the model: general.* and {architecture}.*
void addModelKeys(const GgufArchitecture& architecture, const DecoderSpec& decoder,
                  const std::string& modelName, GgufWriter& writer);

/// What queries have to be multiplied with, for attention is scaled as the architecture says and
/// not as the model does; 1 for most.
[[nodiscard]] float queryFactor(const GgufArchitecture& architecture, const DecoderSpec& decoder);

} // namespace hearth
