#include "models/rope.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
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

double scaledFrequency(const RopeSpec& spec, std::size_t pair, double frequency) {
    switch (spec.scaling) {
    case RopeScaling::Linear:
        return frequency / spec.factor;
    case RopeScaling::Llama3:
        return llama3Frequency(spec, frequency);
    case RopeScaling::Yarn:
        return yarnFrequency(spec, pair, frequency);
    case RopeScaling::None:
    case RopeScaling::Dynamic:
    case RopeScaling::LongRope:
        break;
    }
    return frequency;
}

std::vector<float> frequenciesOf(const RopeSpec& spec, const std::vector<float>& divisors) {
    std::vector<float> frequencies(static_cast<std::size_t>(spec.width) / 2);
    for (std::size_t pair = 0; pair < frequencies.size(); ++pair) {
        double frequency = std::pow(spec.base, -2.0 * static_cast<double>(pair) / spec.width);
        frequency = scaledFrequency(spec, pair, frequency);
        if (!divisors.empty())
            frequency /= divisors[pair];
        frequencies[pair] = static_cast<float>(frequency);
    }
    return frequencies;
}

} // namespace

std::vector<float> ropeFrequencies(const RopeSpec& spec) {
    return frequenciesOf(spec, spec.divisors);
}

std::vector<float> ropeLongFrequencies(const RopeSpec& spec) {
    if (spec.scaling != RopeScaling::LongRope)
        return {};
    return frequenciesOf(spec, spec.longDivisors);
}

float ropeMagnitude(const RopeSpec& spec) {
    if (spec.magnitude > 0.0)
        return static_cast<float>(spec.magnitude);
    if (spec.factor <= 1.0)
        return 1.0F;
    if (spec.scaling == RopeScaling::Yarn)
        return static_cast<float>(0.1 * std::log(spec.factor) + 1.0);
    if (spec.scaling == RopeScaling::LongRope)
        return static_cast<float>(
            std::sqrt(1.0 + std::log(spec.factor) / std::log(spec.originalContext)));
    return 1.0F;
}

std::int32_t ropeOriginalLength(const RopeSpec& spec) {
    const bool moving =
        spec.scaling == RopeScaling::Dynamic || spec.scaling == RopeScaling::LongRope;
    return moving && spec.width > 0 ? static_cast<std::int32_t>(spec.originalContext) : 0;
}

std::int32_t ropeLength(const RopeSpec& spec, std::int32_t length) {
    const std::int32_t original = ropeOriginalLength(spec);
    if (original == 0 || length <= original)
        return 0;
    if (spec.scaling == RopeScaling::LongRope)
        return original + 1;
    if (!spec.doubling)
        return length;
    std::int64_t doubled = original;
    while (doubled < length)
        doubled *= 2;
    return static_cast<std::int32_t>(
        std::min<std::int64_t>(doubled, std::numeric_limits<std::int32_t>::max()));
}

} // namespace hearth
