#pragma once

#include "cuda/device/status.h"
#include "hearth/kernels/sampling.h"

#include <cuda_runtime.h>

#include <cstdint>

/// What the sampler's host part and its kernels tell each other. The launchers queue work only.
namespace hearth::kernels::cuda {

/// Tokens whose largest logit the search for the likeliest token leaves behind.
inline constexpr std::int32_t kChunkTokens = 256;
/// The device picks up to this many likeliest tokens; longer lists are the host's work.
inline constexpr std::int32_t kDeviceTop = 64;
/// Weights are integers, so that sums don't depend on their order: this many stand for the
/// likeliest token's weight of 1.
inline constexpr double kUnitMass = 0x1p40;

[[nodiscard]] __host__ __device__ constexpr std::int32_t chunkCount(std::int32_t vocabulary) {
    return (vocabulary + kChunkTokens - 1) / kChunkTokens;
}

/// A change of one token's logit: plus `bias`; then, if `penalised`, the repetition penalty, and
/// minus `penalty`.
struct TokenEdit {
    std::int32_t token = 0;
    float bias = 0.0F;
    float penalty = 0.0F;
    std::int32_t penalised = 0;
};

/// Copies a row and changes the copy. Pointers are device memory.
struct EditTask {
    const float* in = nullptr;
    float* out = nullptr;
    const TokenEdit* edits = nullptr; ///< [editCount], each token once.
    const std::uint32_t* allowed = nullptr;
    std::int32_t editCount = 0;
    std::int32_t allowedWords = -1; ///< -1: no mask.
    float repetition = 1.0F;
};

struct RowTask {
    const float* logits = nullptr; ///< The edited row, if there is one.
    double uniform = 0.0;
    float scale = 0.0F; ///< log2(e) / temperature
    float topP = 1.0F;
    float minOffset = 0.0F;  ///< min-p, as a distance from the largest logit.
    float pruneDepth = 0.0F; ///< Weights below 2^-pruneDepth lie outside of what top-p keeps.
    std::int32_t topK = 0;
    std::int32_t top = 0;      ///< How many of the likeliest to list, at most kDeviceTop.
    std::int32_t firstTop = 0; ///< Where the list begins.
    std::int32_t given = -1;   ///< ≥ 0: the token taken, else it is drawn.
    bool draws = false;        ///< Else the likeliest token is taken.
    bool logprobs = false;
};

struct RowOutcome {
    SampleStatus status = SampleStatus::Ok;
    std::int32_t token = 0;
    float maximum = 0.0F;
    float logit = 0.0F;     ///< The token's; with logprobs only, as what follows.
    std::uint64_t mass = 0; ///< Sum of exp(logit - maximum) over the vocabulary, * kUnitMass.
    std::int32_t top = 0;   ///< Entries listed.
};

struct TopToken {
    std::int32_t token = 0;
    float logit = 0.0F;
};

Status editRows(cudaStream_t stream, const EditTask* tasks, std::int32_t rows,
                std::int32_t vocabulary);

/// Finds the likeliest token of each row: fills in `outcomes` but what logprobs need.
struct LikeliestInput {
    const float* logits = nullptr;
    std::int64_t stride = 0;
    const RowTask* tasks = nullptr; ///< If set, where the rows lie.
    std::int32_t vocabulary = 0;
};
Status findLikeliest(cudaStream_t stream, const LikeliestInput& input, std::int32_t rows,
                     std::uint64_t* chunkMaxima, // [rows, chunkCount]
                     std::uint32_t* blocksDone,  // [rows], zero before and after
                     RowOutcome* outcomes);

/// Draws, and lists the likeliest, for the rows of `indices`, which point into the other arrays.
struct DrawInput {
    const RowTask* tasks = nullptr;
    const std::int32_t* indices = nullptr;
    const std::uint64_t* chunkMaxima = nullptr;
    RowOutcome* outcomes = nullptr;
    TopToken* top = nullptr;
    std::int32_t vocabulary = 0;
};
Status drawTokens(cudaStream_t stream, const DrawInput& input, std::int32_t rows);

} // namespace hearth::kernels::cuda
