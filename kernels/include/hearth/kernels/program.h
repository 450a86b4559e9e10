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

/// out = table[token] * scale (+ positions[position], where learned positions exist).
struct EmbedOp {
    WeightId table = kNone;
    WeightId positions = kNone;
    float scale = 1.0F;
    View out;
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

enum class RopePairing : std::uint8_t {
    Halves,   ///< Column i turns with i + rotaryWidth / 2 (Llama, Hugging Face order).
    Adjacent, ///< Column 2i turns with 2i + 1 (original Llama and most GGUF files).
};

/// Turns the first rotaryWidth columns of each head in place by position * frequencies[i];
/// cosine and sine are multiplied by `magnitude` (yarn, longrope).
struct RopeOp {
    View heads; ///< width = count of heads * headWidth
    std::int32_t headWidth = 0;
    std::int32_t rotaryWidth = 0;
    RopePairing pairing = RopePairing::Halves;
    std::vector<float> frequencies; ///< [rotaryWidth / 2], radians a position.
    float magnitude = 1.0F;
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
};

enum class Activation : std::uint8_t { Silu, GeluTanh, GeluErf };

/// out = activation(gate) * up, or activation(gate) alone where `up` is empty.
struct ActivationOp {
    Activation kind = Activation::Silu;
    View gate;
    View up;
    View out;
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

/// Sums a view over the ranks of the communicator; left out where there is one rank.
struct AllReduceOp {
    View values;
};

using Operation = std::variant<EmbedOp, NormOp, LinearOp, RopeOp, StoreKvOp, AttentionOp,
                               ActivationOp, AddOp, SelectRowsOp, SoftcapOp, AllReduceOp>;

struct Program {
    std::vector<Value> values;
    std::vector<Operation> operations;
    View logits; ///< Rows::Logits, width = vocabulary: what run() leaves for sampling.
    View hidden; ///< Rows::Tokens, the final normed hidden state, for embeddings.
};

} // namespace hearth::kernels
