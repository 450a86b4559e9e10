#include "models/rope.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace hearth {

namespace {

double llama3Frequency(const RopeSpec& spec, double frequency) {
    const double wavelength = 2.0 * std::numbers::pi / frequency;
    if (wavelength < spec.originalContext / spec.highFrequencyFactor)
        return frequency;
    if (wavelength > spec.originalContext / spec.lowFrequencyFactor)
        return frequency / spec.factor;
    const double smooth = (spec.originalContext / wavelength - spec.lowFrequencyFactor) /
                          (spec.highFrequencyFactor - spec.lowFrequencyFactor);
    return frequency * ((1.0 - smooth) / spec.factor + smooth);
}

/// The pair whose wavelength makes `rotations` turns within the original context.
double yarnPair(const RopeSpec& spec, double rotations) {
    return spec.width * std::log(spec.originalContext / (rotations * 2.0 * std::numbers::pi)) /
           (2.0 * std::log(spec.base));
}

double yarnFrequency(const RopeSpec& spec, std::size_t pair, double frequency) {
    double low = yarnPair(spec, spec.betaFast);
    double high = yarnPair(spec, spec.betaSlow);
    if (spec.truncate) {
        low = std::floor(low);
        high = std::ceil(high);
    }
    low = std::max(low, 0.0);
    high = std::min(high, spec.width - 1.0);
    if (low == high)
        high += 0.001;
    const double ramp = std::clamp((static_cast<double>(pair) - low) / (high - low), 0.0, 1.0);
    return frequency * (1.0 - ramp) + frequency / spec.factor * ramp;
}

} // namespace

std::vector<float> ropeFrequencies(const RopeSpec& spec) {
    std::vector<float> frequencies(static_cast<std::size_t>(spec.width) / 2);
    for (std::size_t pair = 0; pair < frequencies.size(); ++pair) {
        double frequency = std::pow(spec.base, -2.0 * static_cast<double>(pair) / spec.width);
        switch (spec.scaling) {
        case RopeScaling::None:
            break;
        case RopeScaling::Linear:
            frequency /= spec.factor;
            break;
        case RopeScaling::Llama3:
            frequency = llama3Frequency(spec, frequency);
            break;
        case RopeScaling::Yarn:
            frequency = yarnFrequency(spec, pair, frequency);
            break;
        }
        if (!spec.divisors.empty())
            frequency /= spec.divisors[pair];
        frequencies[pair] = static_cast<float>(frequency);
    }
    return frequencies;
}

float ropeMagnitude(const RopeSpec& spec) {
    if (spec.scaling != RopeScaling::Yarn)
        return 1.0F;
    if (spec.magnitude > 0.0)
        return static_cast<float>(spec.magnitude);
    return spec.factor <= 1.0 ? 1.0F : static_cast<float>(0.1 * std::log(spec.factor) + 1.0);
}

} // namespace hearth
