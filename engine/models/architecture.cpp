#include "models/architecture.h"

#include "models/architectures.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace hearth {

namespace {

using Describe = Result<DecoderSpec> (*)(const Checkpoint&);

struct Architecture {
    std::string_view name;
    Describe describe;
};

constexpr std::array kArchitectures{
    Architecture{"llama", describeLlama},
    Architecture{"qwen2", describeQwen2},
};

Failure absurd(const Checkpoint& checkpoint, std::string_view field, std::string detail) {
    Error error;
    error.code = ErrorCode::Corrupt;
    error.path = checkpoint.path().string();
    error.field = field;
    error.detail = std::move(detail);
    return fail(std::move(error));
}

struct Range {
    std::string_view field;
    std::int64_t value;
    std::int64_t low;
    std::int64_t high;
};

/// Bounds that no real model comes near, so that sizes computed from them cannot overflow.
Result<void> checkRanges(const Checkpoint& checkpoint, const DecoderSpec& decoder) {
    const std::array ranges{
        Range{"layers", decoder.layers, 1, 4096},
        Range{"hidden size", decoder.hidden, 1, 1 << 18},
        Range{"feed-forward size", decoder.feedForward, 1, 1 << 20},
        Range{"attention heads", decoder.heads, 1, 4096},
        Range{"KV heads", decoder.kvHeads, 1, 4096},
        Range{"head size", decoder.headWidth, 1, 4096},
        Range{"vocabulary size", decoder.vocabulary, 1, 1 << 24},
        Range{"context length", decoder.trainedContext, 1, 1 << 28},
    };
    for (const Range& range : ranges)
        if (range.value < range.low || range.value > range.high)
            return absurd(checkpoint, range.field,
                          fmt::format("{} is not within {} and {}", range.value, range.low,
                                      range.high));
    if (decoder.heads % decoder.kvHeads != 0)
        return absurd(checkpoint, "KV heads",
                      fmt::format("{} heads cannot share {}", decoder.heads, decoder.kvHeads));
    return {};
}

Result<void> checkDivisors(const Checkpoint& checkpoint, const RopeSpec& rope,
                           const std::vector<float>& divisors) {
    if (divisors.empty())
        return {};
    if (divisors.size() != static_cast<std::size_t>(rope.width) / 2)
        return absurd(checkpoint, "rope factors",
                      fmt::format("{} values, {} are needed", divisors.size(), rope.width / 2));
    for (const float divisor : divisors)
        if (!(std::isfinite(divisor) && divisor > 0.0F))
            return absurd(checkpoint, "rope factors", "hold a value that is not positive");
    return {};
}

Result<void> checkRope(const Checkpoint& checkpoint, const RopeSpec& rope, std::int32_t widest) {
    if (rope.width == 0)
        return {};
    if (rope.width < 2 || rope.width > widest || rope.width % 2 != 0)
        return absurd(checkpoint, "rope width",
                      fmt::format("{} is not even and within 2 and {}", rope.width, widest));
    const auto positive = [](double value) { return std::isfinite(value) && value > 0.0; };
    if (!positive(rope.base))
        return absurd(checkpoint, "rope base", fmt::format("{} is not a positive number", rope.base));
    if (!positive(rope.factor))
        return absurd(checkpoint, "rope factor",
                      fmt::format("{} is not a positive number", rope.factor));
    const bool needsOriginal =
        rope.scaling != RopeScaling::None && rope.scaling != RopeScaling::Linear;
    if (needsOriginal && !(rope.originalContext >= 2.0 && rope.originalContext <= 0x1p28))
        return absurd(checkpoint, "original context length",
                      fmt::format("{} is not within 2 and 2^28", rope.originalContext));
    if (rope.scaling == RopeScaling::Dynamic && rope.width < 4)
        return absurd(checkpoint, "rope width", "is too small for a dynamic rope");
    if (rope.scaling == RopeScaling::Llama3 &&
        !(positive(rope.lowFrequencyFactor) && positive(rope.highFrequencyFactor) &&
          rope.highFrequencyFactor > rope.lowFrequencyFactor))
        return absurd(checkpoint, "rope frequency factors", "they must be positive and rising");
    if (rope.scaling == RopeScaling::Yarn &&
        !(positive(rope.betaFast) && positive(rope.betaSlow) && rope.base > 1.0))
        return absurd(checkpoint, "rope beta", "must be positive numbers");
    if (!std::isfinite(rope.magnitude))
        return absurd(checkpoint, "rope attention factor", "is not a number");
    HEARTH_TRY(checkDivisors(checkpoint, rope, rope.divisors));
    return checkDivisors(checkpoint, rope, rope.longDivisors);
}

} // namespace

Result<std::string> architectureOf(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf) {
        HEARTH_TRY_ASSIGN(const std::string_view name,
                          checkpoint.gguf().get<std::string_view>("general.architecture"));
        return std::string(name);
    }
    const nlohmann::json& config = checkpoint.config();
    const auto type = config.find("model_type");
    if (type == config.end() || !type->is_string())
        return absurd(checkpoint, "model_type", "is missing from config.json");
    return type->get<std::string>();
}

Result<DecoderSpec> describeModel(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(const std::string name, architectureOf(checkpoint));
    const auto* const found = std::find_if(kArchitectures.begin(), kArchitectures.end(),
                                           [&](const Architecture& a) { return a.name == name; });
    if (found == kArchitectures.end()) {
        Error error;
        error.code = ErrorCode::Unsupported;
        error.path = checkpoint.path().string();
        error.field = "architecture";
        error.detail = name;
        return fail(std::move(error));
    }
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, found->describe(checkpoint));
    decoder.architecture = name;
    HEARTH_TRY(checkRanges(checkpoint, decoder));
    for (const AttentionForm& form : decoder.forms) {
        if (form.window < 0 || form.window > (1 << 28))
            return absurd(checkpoint, "sliding window",
                          fmt::format("{} is not within 0 and 2^28", form.window));
        HEARTH_TRY(checkRope(checkpoint, form.rope, decoder.headWidth));
    }
    if (!std::isfinite(decoder.norm.epsilon) || decoder.norm.epsilon < 0.0F ||
        decoder.norm.epsilon > 1.0F)
        return absurd(checkpoint, "norm epsilon",
                      fmt::format("{} is not within 0 and 1", decoder.norm.epsilon));
    return decoder;
}

std::vector<std::string_view> supportedArchitectures() {
    std::vector<std::string_view> names;
    for (const Architecture& architecture : kArchitectures)
        names.push_back(architecture.name);
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace hearth
