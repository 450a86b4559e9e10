#pragma once

#include "hearth/kernels/sampling.h"
#include "hearth/request.h"
#include "hearth/result.h"

#include <cstdint>
#include <span>

namespace hearth {

/// Checks every option against its range. InvalidArgument names the option and its value.
Result<void> checkSampling(const SamplingOptions& options);
/// Checks what does not depend on a model: sampling, stop strings, lengths.
Result<void> checkRequest(const Request& request);
/// Checks token ids (biases, stop tokens, a token prompt) against the vocabulary.
Result<void> checkTokenIds(const Request& request, std::int32_t vocabulary);

/// The backend's form of the options. `seed` stands in for an empty one; the spans must outlive
/// the row.
[[nodiscard]] kernels::SamplingRow samplingRow(const SamplingOptions& options,
                                               std::span<const kernels::LogitBias> biases,
                                               std::uint64_t seed, std::int64_t position,
                                               std::span<const std::int32_t> prompt,
                                               std::span<const std::int32_t> generated);

} // namespace hearth
