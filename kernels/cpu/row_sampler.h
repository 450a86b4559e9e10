#pragma once

#include "cpu/logit_kernels.h"
#include "hearth/kernels/sampling.h"

#include <cstdint>
#include <span>

namespace hearth::kernels::cpu {

/// One thread's memory for sampling, each [vocabulary] unless stated.
struct SamplingScratch {
    float* logits = nullptr;
    float* weights = nullptr;
    std::uint32_t* counts = nullptr; ///< All zero between rows.
    std::int32_t* ids = nullptr;
    float* chunkMaxima = nullptr; ///< [logitChunks(vocabulary)]
};

/// Draws the token of one row: edits a copy of its logits, cuts, and draws.
class RowSampler {
public:
    RowSampler(const LogitKernels& kernels, std::int32_t vocabulary, const SamplingScratch& scratch)
        : m_kernels(kernels)
        , m_vocabulary(vocabulary)
        , m_scratch(scratch) {}

    /// `result.top` must have room for row.logprobs entries.
    void sample(const float* logits, const SamplingRow& row, SampleResult& result);

private:
    [[nodiscard]] bool exists(std::int32_t token) const {
        return token >= 0 && token < m_vocabulary;
    }
    void applyBiases(std::span<const LogitBias> biases);
    void applyPenalties(const SamplingRow& row);
    void penalise(std::int32_t token, const SamplingRow& row);
    void applyMask(std::span<const std::uint32_t> allowed);
    void set(std::int32_t token, float logit);

    [[nodiscard]] std::int32_t likeliest() const;
    [[nodiscard]] std::span<const std::int32_t> selectTop(std::int32_t count);
    void report(std::int32_t logprobs, SampleResult& result);
    [[nodiscard]] std::int32_t draw(const SamplingRow& row);
    [[nodiscard]] std::int32_t drawFromAll(const SamplingRow& row, double uniform);
    [[nodiscard]] std::int32_t drawFromTop(const SamplingRow& row, double uniform);
    [[nodiscard]] std::int32_t drawFromNucleus(const SamplingRow& row, double uniform,
                                               double wanted);

    const LogitKernels& m_kernels;
    std::int32_t m_vocabulary;
    const SamplingScratch& m_scratch;
    bool m_finite = true;
    float m_maximum = 0.0F;
};

} // namespace hearth::kernels::cpu
