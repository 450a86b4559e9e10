#pragma once

#include "hearth/kernels/program.h"
#include "models/rope.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace hearth {

/// How a tensor's numbers become those of a weight.
enum class TensorTransform : std::uint8_t {
    None,
    Transposed,     ///< Stored [columns, rows] (GPT-2's Conv1D).
    NormalisedRows, ///< Each row is divided by its L2 norm (Baichuan 2's head).
    Picked,         ///< Single numbers in an order of their own (TensorPart::picked).
};

/// Consecutive or evenly spaced rows of a tensor: rows first, first + step, … The tensor's other
/// axis is what the weight is multiplied with.
struct TensorRows {
    std::string name; ///< The whole tensor's, with "{}" for the layer's index (and a second one for
                      ///< the expert's).
    std::int64_t tensorRows = 0; ///< Of the whole tensor, as the weight sees it.
    std::int64_t first = 0;
    std::int64_t count = 0;
    std::int64_t step = 1;
    std::int64_t expertStride = 0; ///< Rows from expert to expert where a tensor holds all of them;
                                   ///< as it is stored, so columns of a Transposed one.
    TensorTransform transform = TensorTransform::None;
};

/// A matrix joined of rows in this order; most have one entry. Its bias, where the checkpoint has
/// one, is joined of the same rows of tensors called "….bias" instead of "….weight".
using MatrixRows = std::vector<TensorRows>;

struct NormSpec {
    kernels::NormKind kind = kernels::NormKind::Rms;
    float epsilon = 1e-5F;
    float gainOffset = 0.0F; ///< 1 where files hold gain - 1 (Gemma).
};

/// What layers of one kind of attention share. Most models have one, some a global and a local one.
struct AttentionForm {
    std::int32_t window = 0; ///< Tokens; 0: all.
    RopeSpec rope;           ///< Width 0: no rope.
};

/// Multi-head latent attention (DeepSeek-V2, section 2.1).
struct LatentSpec {
    std::int32_t queryRank = 0; ///< 0: queries come straight from the hidden state.
    std::int32_t kvRank = 0;    ///< 0: no latent attention.
    std::int32_t nopeWidth = 0; ///< Columns of a head that don't turn.
    std::int32_t ropeWidth = 0;
    std::int32_t valueWidth = 0;
};

/// Mixture of experts.
struct ExpertSpec {
    std::int32_t count = 0; ///< 0: none.
    std::int32_t perToken = 0;
    std::int32_t feedForward = 0;       ///< Of one expert.
    std::int32_t sharedFeedForward = 0; ///< Of the shared experts together; 0: none.
    kernels::RouterScore score = kernels::RouterScore::Softmax;
    std::int32_t groups = 1;
    std::int32_t topGroups = 1;
    kernels::RouterGroupScore groupScore = kernels::RouterGroupScore::Max;
    bool normalise = false;
    float scale = 1.0F;
    std::vector<bool> inLayer; ///< [layers]; false: an ordinary feed-forward.
};

/// A layer's tensors, named as TensorRows::name. An empty name or list: the layer has none.
struct LayerNames {
    std::string attentionNorm;
    MatrixRows query; ///< Head by head, as key and value.
    MatrixRows key;
    MatrixRows value;
    std::string queryNorm; ///< Gain [headWidth], of every head by itself, before rope.
    std::string keyNorm;
    MatrixRows attentionOutput;
    std::string attentionSinks; ///< [heads]
    std::string postAttentionNorm; ///< Of the output, before it joins the residual stream.
    std::string feedForwardNorm;
    MatrixRows gate; ///< Empty: no gate, activation(up).
    MatrixRows up;
    MatrixRows down;
    std::string postFeedForwardNorm;

    // Latent attention; `query` reads the normed queryDown where there is one.
    MatrixRows queryDown; ///< [queryRank, hidden]
    std::string queryDownNorm;
    MatrixRows kvDown; ///< [kvRank + ropeWidth, hidden]
    std::string kvDownNorm;
    MatrixRows keyUp;   ///< An entry a head: [nopeWidth, kvRank].
    MatrixRows valueUp; ///< Head by head: [valueWidth, kvRank].

    // Mixture of experts, in layers of ExpertSpec::inLayer.
    MatrixRows router;            ///< [experts, hidden]
    std::string routerChoiceBias; ///< [experts]
    MatrixRows expertGate;        ///< Of one expert, as the next five.
    MatrixRows expertUp;
    MatrixRows expertDown;
    MatrixRows expertGateBias; ///< Empty: none; likewise the next two.
    MatrixRows expertUpBias;
    MatrixRows expertDownBias;
    MatrixRows sharedGate;
    MatrixRows sharedUp;
    MatrixRows sharedDown;
    MatrixRows sharedRouter; ///< [1, hidden], whose sigmoid weighs the shared experts; empty: 1.
};

struct DecoderNames {
    std::string embedding;
    std::string positions; ///< Learned positions, [trainedContext, hidden].
    std::string outputNorm;
    MatrixRows output; ///< Not used where the head is tied to the embedding.
    LayerNames layer;
};

// Bounds that no real model comes near, so that sizes computed from them cannot overflow.
inline constexpr std::int32_t kMaxLayers = 4096;
inline constexpr std::int32_t kMaxHeads = 4096;
inline constexpr std::int32_t kMaxHidden = 1 << 18;
/// Times its original context that a model with a dynamic rope may run at.
inline constexpr std::int32_t kDynamicStretch = 8;

/// A decoder-only transformer as data: what an architecture's file makes of a checkpoint's config,
/// and all that the rest of the engine knows of a model. Pre-norm; biases are taken wherever the
/// checkpoint has them.
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
    NormSpec norm;
    kernels::Activation activation = kernels::Activation::Silu;
    float embeddingScale = 1.0F;
    float residualScale = 1.0F; ///< Of what every block adds to the residual stream; no experts.
    float logitScale = 1.0F;
    float attentionScale = 0.0F;     ///< 0: 1 / sqrt(headWidth).
    float attentionSoftcap = 0.0F;   ///< 0: none.
    float finalSoftcap = 0.0F;       ///< 0: none.
    std::int32_t logNContext = 0;    ///< Logn attention beyond this length; 0: none.
    std::vector<float> alibi;        ///< [heads] slopes, or empty.
    kernels::RopePairing pairing = kernels::RopePairing::Halves;
    std::vector<AttentionForm> forms;      ///< At least one.
    std::vector<std::uint8_t> formOfLayer; ///< [layers], index into forms; empty: all the first.
    LatentSpec latent;
    ExpertSpec experts;
    bool tiedHead = false;
    DecoderNames names;
    std::vector<std::int32_t> eosTokens; ///< As the config says; the tokenizer may know more.

    /// HostStep::ropeLengths of a sequence that is prepared for so many tokens.
    [[nodiscard]] std::int32_t ropeLength(std::int32_t tokens) const {
        std::int32_t length = 0;
        for (const AttentionForm& form : forms)
            length = std::max(length, hearth::ropeLength(form.rope, tokens));
        return length;
    }
    /// The longest context that can be asked for: a dynamic rope stretches further than the model
    /// was trained, for a price in quality.
    [[nodiscard]] std::int32_t longestContext() const {
        std::int32_t longest = trainedContext;
        for (const AttentionForm& form : forms)
            if (form.rope.scaling == RopeScaling::Dynamic && names.positions.empty())
                longest = std::max(longest, ropeOriginalLength(form.rope) * kDynamicStretch);
        return longest;
    }

    [[nodiscard]] std::size_t formIndex(std::int32_t layer) const {
        return formOfLayer.empty() ? 0 : formOfLayer[static_cast<std::size_t>(layer)];
    }
};

} // namespace hearth
