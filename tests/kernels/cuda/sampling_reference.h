#pragma once

#include "hearth/kernels/sampling.h"

#include <cstdint>
#include <vector>

namespace hearth::kernels::cuda::testing {

/// What sampling.h says of one row, step by step and in double precision. Tells whether a result
/// agrees with it, rounding at the edges of what is kept and drawn let pass.
class SamplingReference {
public:
    SamplingReference(const float* logits, std::int32_t vocabulary, const SamplingRow& row);

    void check(const SampleResult& result) const;
    /// Tokens left by the cuts.
    [[nodiscard]] std::size_t kept() const { return m_kept; }

private:
    void edit();
    void cut();
    [[nodiscard]] bool mayDraw(std::int32_t token, std::size_t kept) const;
    void checkLogprobs(const SampleResult& result) const;

    SamplingRow m_row;
    std::vector<double> m_logits;
    SampleStatus m_status = SampleStatus::Ok;
    std::vector<std::int32_t> m_order; ///< Falling likelihood, then rising ids.
    std::vector<double> m_weights;     ///< In that order.
    std::size_t m_kept = 0;
};

} // namespace hearth::kernels::cuda::testing
