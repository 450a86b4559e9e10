#pragma once

#include "hearth/kernels/dtype.h"

#include <cstdint>
#include <variant>
#include <vector>

/// A model's forward pass as data: a straight list of operations on activations. The engine's
/// models/ write it, a backend prepares it once (fusing, choosing kernels, recording graphs) and
/// then runs it for every step. Activations are [tokens, width], row-major, and keep their place
/// from operation to operation.
namespace hearth::kernels {

using ValueId = std::int32_t;  ///< Index into Program::values.
using WeightId = std::int32_t; ///< Index into the weights that Backend::prepare() gets.
inline constexpr std::int32_t kNone = -1;

/// Which rows an activation has in a step.
enum class Rows : std::uint8_t {
    Tokens, ///< One row a token of the step.
    Logits, ///< One row an entry of HostStep::logitRows.
};

struct Value {
    Rows rows = Rows::Tokens;
    std::int32_t width = 0;
};

/// Columns [offset, offset + width) of an activation: q, k and v of one fused product, say.
struct View {
    ValueId value = kNone;
    std::int32_t offset = 0;
    std::int32_t width = 0;
};

/// Columns [offset, offset + width) of every head of a view whose heads are headWidth wide.
struct HeadsView {
    View heads; ///< width = count of heads * headWidth
    std::int32_t headWidth = 0;
    std::int32_t offset = 0;
    std::int32_t width = 0;
};

/// out = table[token] * scale (+ positions[position], where learned positions exist) (+ bias, such
/// as BERT's embedding of the first token type).
struct EmbedOp {
    WeightId table = kNone;
    WeightId positions = kNone;
    float scale = 1.0F;
    View out;
    WeightId bias = kNone; ///< [out.width]
};

enum class NormKind : std::uint8_t { Rms, Layer };

/// Normalises each run of `width` columns of `in` by itself (the whole row, or every head), then
/// multiplies by gain + gainOffset and adds bias. `in` and `out` may be the same view.
struct NormOp {
    NormKind kind = NormKind::Rms;
    View in;
    View out;
    std::int32_t width = 0;
    WeightId gain = kNone; ///< [width]
    WeightId bias = kNone; ///< [width]
    float gainOffset = 0.0F;
    float epsilon = 1e-5F;
};

/// out = in · Wᵀ + bias, and out += that instead where `accumulate` (a residual stream).
struct LinearOp {
    View in;
    View out;
    WeightId weight = kNone;
    WeightId bias = kNone; ///< [out.width]
    bool accumulate = false;
    std::int32_t adapterSlot = kNone; ///< Which adapter matrix a sequence's adapter applies here.
};

/// Products of each head with a matrix of its own (MLA's absorbed projections): head h of out =
/// rows [h * out.width, (h + 1) * out.width) of the weight · head h of in.
struct HeadLinearOp {
    HeadsView in;
    HeadsView out;
    WeightId weight = kNone; ///< [heads * out.width, in.width]
};

/// Copies columns of every head to other columns of as many heads; one head of `in` may go to
/// every head of `out`.
struct CopyHeadsOp {
    HeadsView in;
    HeadsView out;
};

enum class RopePairing : std::uint8_t {
    Halves,   ///< Column i turns with i + rotaryWidth / 2 (Llama, Hugging Face order).
    Adjacent, ///< Column 2i turns with 2i + 1 (original Llama and most GGUF files).
};

/// Turns columns [rotaryOffset, rotaryOffset + rotaryWidth) of each head in place by
/// position * frequencies[i]; cosine and sine are multiplied by `magnitude` (yarn, longrope).
/// Where HostStep::ropeLengths of the sequence exceeds originalLength > 0, either longFrequencies
/// take the place of frequencies (longrope), or, with dynamicFactor > 0, frequency i is multiplied
/// by g^(-2i / (rotaryWidth - 2)), g = dynamicFactor * length / originalLength - (dynamicFactor -
/// 1) (dynamic NTK).
struct RopeOp {
    View heads; ///< width = count of heads * headWidth
    std::int32_t headWidth = 0;
    std::int32_t rotaryWidth = 0;
    RopePairing pairing = RopePairing::Halves;
    std::vector<float> frequencies; ///< [rotaryWidth / 2], radians a position.
    float magnitude = 1.0F;
    std::int32_t originalLength = 0;    ///< Tokens; 0: the same at any length.
    std::vector<float> longFrequencies = {}; ///< [rotaryWidth / 2] or empty.
    float dynamicFactor = 0.0F;
    std::int32_t rotaryOffset = 0;
};

/// x *= max(1, ln(position + 1) / ln(originalLength)), in place (logn attention: Qwen 1's queries).
struct PositionScaleOp {
    View values;
    std::int32_t originalLength = 0;
};

/// Writes keys and values of the step's tokens into the cache at HostStep's slots.
struct StoreKvOp {
    View keys;
    View values; ///< Empty (kNone) for Latent groups.
    std::int32_t group = 0;
    std::int32_t layer = 0; ///< Inside the group.
};

/// out = softmax(softcap(q · Kᵀ * scale) + mask) · V over the cached tokens of the row's sequence,
/// positions up to its own, with grouped queries: head h reads KV head h / (heads / kvHeads).
/// In a Latent group the values are the first out.width / heads numbers of the keys. In a Cross
/// group `causal` must be false: every row reads all tokens that the group holds.
struct AttentionOp {
    View queries; ///< [heads, keyWidth]
    View out;     ///< [heads, valueWidth]
    std::int32_t group = 0;
    std::int32_t layer = 0;
    std::int32_t heads = 0;
    float scale = 1.0F;
    float softcap = 0.0F;    ///< tanh(x / c) * c, 0: none.
    std::int32_t window = 0; ///< Reads positions > own - window, 0: all.
    bool causal = true;
    std::vector<float> alibi; ///< [heads] slopes, empty: none.
    WeightId sinks = kNone;   ///< [heads] extra logits that take weight but give no value.
    /// [heads * (2 * positionBiasReach + 1)], added to the scaled product: entry reach + d of a
    /// head, d = key position - query position, cut to ±reach (T5's relative positions).
    WeightId positionBias = kNone;
    std::int32_t positionBiasReach = 0;
};

enum class Activation : std::uint8_t {
    Silu,
    GeluTanh,
    GeluErf,
    Relu,
    /// gpt-oss: gate' = min(gate, 7), up' = clamp(up, -7, 7);
    /// gate' * sigmoid(1.702 * gate') * (up' + 1). Only with `up`.
    ClampedSwiglu,
};

/// out = activation(gate) * up, or activation(gate) alone where `up` is empty.
struct ActivationOp {
    Activation kind = Activation::Silu;
    View gate;
    View up;
    View out;
};

enum class RouterScore : std::uint8_t { Softmax, Sigmoid };
enum class RouterGroupScore : std::uint8_t {
    Max,      ///< DeepSeek-V2.
    SumOfTwo, ///< DeepSeek-V3: of the group's two largest.
};

/// Chooses experts for every row: scores of the logits, plus choiceBias for the choice alone; with
/// groups > 1 only experts of the topGroups best groups count. Ties go to the lower index.
/// Results are float32 in every backend.
struct RouteOp {
    View logits; ///< [experts]
    View out;    ///< [2 * topK]: expert indices as numbers, best first, then their weights.
    RouterScore score = RouterScore::Softmax;
    WeightId choiceBias = kNone; ///< [experts]
    std::int32_t groups = 1;     ///< Of neighbouring experts, equally large.
    std::int32_t topGroups = 1;
    RouterGroupScore groupScore = RouterGroupScore::Max;
    std::int32_t topK = 0;
    bool normalise = false; ///< Divides the chosen weights (without choiceBias) by their sum.
    float scale = 1.0F;     ///< Multiplies them in the end.
};

/// out = (+=, where `accumulate`) the sum over the row's experts of weight * (down · activation(
/// gate · in, up · in) + downBias). Gate and up are one matrix, gate's rows first.
struct ExpertsOp {
    View in;
    View routes; ///< RouteOp::out.
    View out;
    std::vector<WeightId> gateUp;     ///< [experts], each [2 * width, in.width].
    std::vector<WeightId> gateUpBias; ///< [experts], each [2 * width], or empty.
    std::vector<WeightId> down;       ///< [experts], each [out.width, width].
    std::vector<WeightId> downBias;   ///< [experts], each [out.width], or empty.
    std::int32_t width = 0;           ///< An expert's feed-forward size.
    Activation activation = Activation::Silu;
    bool accumulate = false;
};

/// out += in.
struct AddOp {
    View in;
    View out;
};

/// out (Rows::Logits) = the rows of `in` that need logits.
struct SelectRowsOp {
    View in;
    View out;
};

/// x = tanh(x / cap) * cap, in place (Gemma 2's final logits).
struct SoftcapOp {
    View values;
    float cap = 0.0F;
};

/// x *= factor, in place.
struct ScaleOp {
    View values;
    float factor = 1.0F;
};

/// Sums a view over the ranks of the communicator; left out where there is one rank.
struct AllReduceOp {
    View values;
};

using Operation =
    std::variant<EmbedOp, NormOp, LinearOp, HeadLinearOp, CopyHeadsOp, RopeOp, PositionScaleOp,
                 StoreKvOp, AttentionOp, ActivationOp, RouteOp, ExpertsOp, AddOp, SelectRowsOp,
                 SoftcapOp, ScaleOp, AllReduceOp>;

struct Program {
    std::vector<Value> values;
    std::vector<Operation> operations;
    View logits; ///< Rows::Logits, width = vocabulary: what run() leaves for sampling.
    View hidden; ///< Rows::Tokens, the final normed hidden state, for embeddings.
};

} // namespace hearth::kernels
