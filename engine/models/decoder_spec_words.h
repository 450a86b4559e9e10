#pragma once

#include "models/decoder_spec.h"

#include <string_view>

/// What the values of a spec's enumerations are called in files. Empty for numbers that are none.
namespace hearth::spec_words {

constexpr std::string_view word(TensorTransform transform) {
    switch (transform) {
    case TensorTransform::None:
        return "none";
    case TensorTransform::Transposed:
        return "transposed";
    case TensorTransform::NormalisedRows:
        return "normalised_rows";
    case TensorTransform::Picked: // of a program's weights only
        break;
    }
    return {};
}

constexpr std::string_view word(RopeScaling scaling) {
    switch (scaling) {
    case RopeScaling::None:
        return "none";
    case RopeScaling::Linear:
        return "linear";
    case RopeScaling::Llama3:
        return "llama3";
    case RopeScaling::Yarn:
        return "yarn";
    case RopeScaling::Dynamic:
        return "dynamic";
    case RopeScaling::LongRope:
        return "longrope";
    }
    return {};
}

constexpr std::string_view word(kernels::NormKind kind) {
    switch (kind) {
    case kernels::NormKind::Rms:
        return "rms";
    case kernels::NormKind::Layer:
        return "layer";
    }
    return {};
}

constexpr std::string_view word(kernels::Activation activation) {
    switch (activation) {
    case kernels::Activation::Silu:
        return "silu";
    case kernels::Activation::GeluTanh:
        return "gelu_tanh";
    case kernels::Activation::GeluErf:
        return "gelu_erf";
    case kernels::Activation::Relu:
        return "relu";
    case kernels::Activation::ClampedSwiglu:
        return "clamped_swiglu";
    }
    return {};
}

constexpr std::string_view word(kernels::RopePairing pairing) {
    switch (pairing) {
    case kernels::RopePairing::Halves:
        return "halves";
    case kernels::RopePairing::Adjacent:
        return "adjacent";
    }
    return {};
}

constexpr std::string_view word(kernels::RouterScore score) {
    switch (score) {
    case kernels::RouterScore::Softmax:
        return "softmax";
    case kernels::RouterScore::Sigmoid:
        return "sigmoid";
    }
    return {};
}

constexpr std::string_view word(kernels::RouterGroupScore score) {
    switch (score) {
    case kernels::RouterGroupScore::Max:
        return "max";
    case kernels::RouterGroupScore::SumOfTwo:
        return "sum_of_two";
    }
    return {};
}

} // namespace hearth::spec_words
