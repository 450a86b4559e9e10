#pragma once

#include <cstdint>
#include <vector>

namespace hearth {

enum class RopeScaling : std::uint8_t {
    None,
    Linear,   ///< Chen et al. 2023: f / factor.
    Llama3,   ///< Llama 3.1: long wavelengths / factor, smooth in between.
    Yarn,     ///< Peng et al. 2023: NTK-by-parts and a magnitude.
    Dynamic,  ///< The base grows with the length once that exceeds the original context.
    LongRope, ///< Ding et al. 2024: divisors of their own beyond the original context.
};

/// How positions turn queries and keys (Su et al. 2021), as configs describe it.
struct RopeSpec {
    std::int32_t width = 0; ///< Columns of a head that turn; even.
    double base = 10000.0;
    RopeScaling scaling = RopeScaling::None;
    double factor = 1.0;
    double originalContext = 0.0;     ///< Tokens the model was first trained for.
    double lowFrequencyFactor = 1.0;  ///< Llama3.
    double highFrequencyFactor = 4.0; ///< Llama3.
    double betaFast = 32.0;           ///< Yarn.
    double betaSlow = 1.0;            ///< Yarn.
    bool truncate = true;             ///< Yarn: whole numbers for the ramp's ends.
    double magnitude =
        0.0; ///< 0: yarn 0.1 ln(factor) + 1, longrope √(1 + ln(factor) / ln(original)).
    /// Dynamic: lengths count as the next original context times a power of two (Qwen 1).
    bool doubling = false;
    std::vector<float> divisors;     ///< [width / 2] from a file (GGUF's rope_freqs), or empty.
    std::vector<float> longDivisors; ///< [width / 2] LongRope beyond the original context.
};

/// Radians a position for each turning pair, [width / 2].
[[nodiscard]] std::vector<float> ropeFrequencies(const RopeSpec& spec);
/// Likewise beyond the original context; empty unless LongRope.
[[nodiscard]] std::vector<float> ropeLongFrequencies(const RopeSpec& spec);
/// The factor on cosine and sine.
[[nodiscard]] float ropeMagnitude(const RopeSpec& spec);
/// RopeOp::originalLength: 0 if the rope is the same at any length.
[[nodiscard]] std::int32_t ropeOriginalLength(const RopeSpec& spec);
/// HostStep::ropeLengths of a sequence that is prepared for `length` tokens: 0 where the rope is
/// the one of short sequences, and equal for lengths that turn alike, so that sequences of one
/// value can share keys.
[[nodiscard]] std::int32_t ropeLength(const RopeSpec& spec, std::int32_t length);

} // namespace hearth
