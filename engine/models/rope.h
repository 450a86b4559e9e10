#pragma once

#include <cstdint>
#include <vector>

namespace hearth {

enum class RopeScaling : std::uint8_t {
    None,
    Linear, ///< Chen et al. 2023: f / factor.
    Llama3, ///< Llama 3.1: long wavelengths / factor, smooth in between.
    Yarn,   ///< Peng et al. 2023: NTK-by-parts and a magnitude.
};

/// How positions turn queries and keys (Su et al. 2021), as configs describe it.
struct RopeSpec {
    std::int32_t width = 0; ///< Columns of a head that turn; even.
    double base = 10000.0;
    RopeScaling scaling = RopeScaling::None;
    double factor = 1.0;
    double originalContext = 0.0; ///< Tokens the model was first trained for.
    double lowFrequencyFactor = 1.0;  ///< Llama3.
    double highFrequencyFactor = 4.0; ///< Llama3.
    double betaFast = 32.0;           ///< Yarn.
    double betaSlow = 1.0;            ///< Yarn.
    bool truncate = true;             ///< Yarn: whole numbers for the ramp's ends.
    double magnitude = 0.0;           ///< Yarn; 0: 0.1 ln(factor) + 1.
    std::vector<float> divisors;      ///< [width / 2] from a file (GGUF's rope_freqs), or empty.
};

/// Radians a position for each turning pair, [width / 2].
[[nodiscard]] std::vector<float> ropeFrequencies(const RopeSpec& spec);
/// The factor on cosine and sine.
[[nodiscard]] float ropeMagnitude(const RopeSpec& spec);

} // namespace hearth
