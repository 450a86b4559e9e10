#include "models/architectures.h"
#include "models/hugging_face_decoder.h"

#include <optional>
#include <string>

namespace hearth {

namespace {

/// `rotary` {base, type}; dynamic ropes have the factor 1 unless it says otherwise.
Result<void> readRotary(const ConfigReader& rotary, DecoderSpec& decoder) {
    RopeSpec& rope = decoder.forms.front().rope;
    HEARTH_TRY_ASSIGN(rope.base, rotary.number("base", rope.base));
    HEARTH_TRY_ASSIGN(const std::string type, rotary.text("type", "origin"));
    if (type == "origin")
        return {};
    if (type != "dynamic")
        return rotary.unsupported("type", type);
    rope.scaling = RopeScaling::Dynamic;
    rope.originalContext = decoder.trainedContext;
    HEARTH_TRY_ASSIGN(rope.factor, rotary.number("scaling_factor", 1.0));
    return {};
}

} // namespace

/// InternLM 1: Llama with biases on q, k, v and o, and a key of its own for the rope.
Result<DecoderSpec> describeInternLm(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeHuggingFaceDecoder(checkpoint));
    HEARTH_TRY_ASSIGN(const std::optional<ConfigReader> rotary,
                      ConfigReader(checkpoint).object("rotary"));
    if (rotary)
        HEARTH_TRY(readRotary(*rotary, decoder));
    return decoder;
}

} // namespace hearth
