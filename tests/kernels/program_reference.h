#pragma once

#include "hearth/kernels/program.h"

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

/// A program run in double, one sequence at a time from its first token, without cache or batch:
/// what every backend is compared with.
namespace hearth::kernels::testing {

struct TestMatrix {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<float> values; ///< Row-major.
};

/// Keys and values that a program stored, one row a token; no values in Latent groups.
struct StoredTokens {
    std::vector<double> keys;
    std::vector<double> values;
    std::int32_t keyColumns = 0;
    std::int32_t valueColumns = 0;
};
/// By KV group and layer.
using ReferenceCache = std::map<std::pair<std::int32_t, std::int32_t>, StoredTokens>;

struct ReferenceResult {
    std::vector<double> hidden; ///< [tokens, width of Program::hidden]
    std::vector<double> logits; ///< [tokens, width of Program::logits]: one row a token.
    ReferenceCache stored;
};

/// Which tokens a token sees (tree masks), as [tokens][tokens]; empty: causal order. `positions`
/// empty: 0, 1, 2, …
struct ReferenceInput {
    std::span<const std::int32_t> tokens;
    std::vector<std::int32_t> positions;
    std::vector<std::vector<bool>> sees;
    std::int32_t ropeLength = 0; ///< HostStep::ropeLengths of the sequence.
    /// What other programs left in Cross groups; attention reads it where the program itself has
    /// stored nothing.
    const ReferenceCache* held = nullptr;
};

[[nodiscard]] ReferenceResult runReference(const Program& program,
                                           std::span<const TestMatrix> weights,
                                           const ReferenceInput& input);

} // namespace hearth::kernels::testing
