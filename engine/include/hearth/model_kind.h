#pragma once

#include <cstdint>

namespace hearth {

/// What a model makes of tokens.
enum class ModelKind : std::uint8_t {
    Decoder,        ///< Text that goes on: nearly all language models.
    EncoderDecoder, ///< A text from a text: T5. A request's prompt is what the encoder reads.
    Encoder,        ///< Embeddings, no text: BERT. For Host::openEmbedder() only.
};

} // namespace hearth
