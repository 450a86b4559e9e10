#pragma once

#include "hearth/kernels/program.h"
#include "models/rope.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hearth {

/// Names of a layer's tensors with "{}" for the layer's index, without ".weight" or ".bias".
/// Several tensors that are multiplied with the same input stay apart here; the program joins them.
struct LayerNames {
    std::string attentionNorm;
    std::string query;
    std::string key;
    std::string value;
    std::string attentionOutput;
    std::string feedForwardNorm;
    std::string gate;
    std::string up;
    std::string down;
};

struct DecoderNames {
    std::string embedding;
    std::string outputNorm;
    std::string output; ///< Absent from the checkpoint: the head is tied to the embedding.
    LayerNames layer;
};

/// A decoder-only transformer as data: what an architecture's file makes of a checkpoint's config,
/// and all that the rest of the engine knows of a model. Pre-norm, gated feed-forward, rotary
/// positions; biases are taken wherever the checkpoint has them.
struct DecoderSpec {
    std::string architecture;
    std::int32_t layers = 0;
    std::int32_t hidden = 0;
    std::int32_t feedForward = 0;
    std::int32_t heads = 0;
    std::int32_t kvHeads = 0;
    std::int32_t headWidth = 0;
    std::int32_t vocabulary = 0;
    std::int32_t trainedContext = 0; ///< Tokens.
    std::int32_t window = 0;         ///< Sliding window in tokens; 0: none.
    float normEpsilon = 1e-5F;
    kernels::Activation activation = kernels::Activation::Silu;
    kernels::RopePairing pairing = kernels::RopePairing::Halves;
    RopeSpec rope;
    bool tiedHead = false;
    DecoderNames names;
    std::vector<std::int32_t> eosTokens; ///< As the config says; the tokenizer may know more.
};

} // namespace hearth
