#pragma once

#include "hearth/kernels/program.h"

#include <cstdint>
#include <span>
#include <vector>

/// A program run in double, one sequence at a time from its first token, without cache or batch:
/// what every backend is compared with.
namespace hearth::kernels::testing {

struct TestMatrix {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<float> values; ///< Row-major.
};

struct ReferenceResult {
    std::vector<double> hidden; ///< [tokens, width of Program::hidden]
    std::vector<double> logits; ///< [tokens, width of Program::logits]: one row a token.
};

/// Which tokens a token sees (tree masks), as [tokens][tokens]; empty: causal order. `positions`
/// empty: 0, 1, 2, …
struct ReferenceInput {
    std::span<const std::int32_t> tokens;
    std::vector<std::int32_t> positions;
    std::vector<std::vector<bool>> sees;
};

[[nodiscard]] ReferenceResult runReference(const Program& program,
                                           std::span<const TestMatrix> weights,
                                           const ReferenceInput& input);

} // namespace hearth::kernels::testing
