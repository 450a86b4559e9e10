#pragma once

#include "hearth/engine.h"
#include "hearth/options.h"
#include "hearth/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace hearth {

/// How the hidden states of a text's tokens become one vector.
enum class Pooling : std::uint8_t {
    Mean, ///< Of all tokens, special ones included.
    Cls,  ///< The first token's.
    Last, ///< The last token's.
};

struct EmbedderOptions {
    LoadOptions load;               ///< kvType, cacheFraction and queueCapacity have no meaning.
    std::optional<Pooling> pooling; ///< Empty: what the checkpoint says, else Mean.
    std::optional<bool> normalise;  ///< To length 1. Empty: what the checkpoint says, else not.
};

/// The vector of one text.
struct Embedding {
    std::vector<float> values; ///< [width]
    std::int32_t tokens = 0;   ///< That the text has for the model.
    std::vector<float> hidden; ///< [tokens, width] states behind the last layer, if asked for.
};

enum class TooLong : std::uint8_t {
    Fail, ///< ContextExceeded, with the numbers.
    Cut,  ///< The text's end is left out, a special token that closes it not.
};

/// A model that turns texts into vectors: an encoder, the encoder of an encoder–decoder, or a
/// decoder. Texts go through it together, as many a step as its token budget takes. Every function
/// may be called from any thread; embed() and embedTokens() block their caller and take turns.
class Embedder {
public:
    virtual ~Embedder() = default;

    [[nodiscard]] virtual const ModelInfo& model() const = 0;
    [[nodiscard]] virtual Pooling pooling() const = 0;
    [[nodiscard]] virtual bool normalises() const = 0;

    /// One embedding a text, in order. Errors: ContextExceeded and InvalidArgument (a text of no
    /// tokens) name the text by its number, from 0; those of the tokenizer; OutOfMemory;
    /// NonFiniteLogits; DeviceLost; Cancelled within two steps of a stop request.
    virtual Result<std::vector<Embedding>> embed(std::span<const std::string> texts,
                                                 TooLong tooLong = TooLong::Fail,
                                                 const std::stop_token& stop = {}) = 0;
    /// Likewise of token ids as they are, with Embedding::hidden. InvalidArgument for ids outside
    /// the vocabulary.
    virtual Result<std::vector<Embedding>>
    embedTokens(std::span<const std::vector<std::int32_t>> texts,
                const std::stop_token& stop = {}) = 0;
};

} // namespace hearth
