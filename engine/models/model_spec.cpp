#include "models/model_spec.h"

#include "models/architecture.h"
#include "models/encoder_program.h"
#include "models/model_kind.h"

#include <utility>

namespace hearth {

using kernels::DType;

namespace {

constexpr std::uint8_t kBits = 16;

/// An overload for each kind.
struct ProgramOf {
    const Checkpoint& checkpoint;
    const Shard& shard;

    DecoderProgram operator()(const DecoderSpec& decoder) const {
        return buildDecoderProgram(decoder, checkpoint, DType::F16, kBits, shard);
    }
    DecoderProgram operator()(const EncoderSpec& encoder) const {
        return buildEncoderProgram(encoder, checkpoint, DType::F16, shard);
    }
    DecoderProgram operator()(const EncoderDecoderSpec& model) const {
        if (model.decoderLayers == 0)
            return buildEncoderProgram(model, checkpoint, DType::F16, shard);
        return buildEncoderDecoderProgram(model, checkpoint, DType::F16, kBits, DType::F16, shard)
            .decoder;
    }
};

struct SizesOf {
    DecoderSpec operator()(const DecoderSpec& decoder) const { return decoder; }
    DecoderSpec operator()(const EncoderSpec& encoder) const {
        DecoderSpec sizes;
        sizes.architecture = encoder.architecture;
        sizes.layers = encoder.layers;
        sizes.hidden = encoder.hidden;
        sizes.feedForward = encoder.feedForward;
        sizes.heads = sizes.kvHeads = encoder.heads;
        sizes.headWidth = encoder.headWidth();
        sizes.vocabulary = encoder.vocabulary;
        sizes.trainedContext = encoder.trainedContext();
        sizes.norm = encoder.norm;
        sizes.activation = encoder.activation;
        sizes.forms.resize(1);
        return sizes;
    }
    DecoderSpec operator()(const EncoderDecoderSpec& model) const {
        DecoderSpec sizes = decoderPart(model);
        if (model.decoderLayers == 0)
            sizes.layers = model.encoderLayers;
        return sizes;
    }
};

} // namespace

Result<ModelSpec> describeAnyModel(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(const std::string architecture, architectureOf(checkpoint));
    if (isOfTwoStacks(architecture)) {
        HEARTH_TRY_ASSIGN(EncoderDecoderSpec model, describeEncoderDecoder(checkpoint));
        return ModelSpec(std::move(model));
    }
    HEARTH_TRY_ASSIGN(const ModelKind kind, modelKindOf(checkpoint));
    if (kind == ModelKind::Encoder) {
        HEARTH_TRY_ASSIGN(EncoderSpec encoder, describeEncoder(checkpoint));
        return ModelSpec(std::move(encoder));
    }
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeModel(checkpoint));
    return ModelSpec(std::move(decoder));
}

DecoderProgram programOf(const ModelSpec& spec, const Checkpoint& checkpoint, const Shard& shard) {
    return std::visit(ProgramOf{checkpoint, shard}, spec);
}

DecoderSpec sizesOf(const ModelSpec& spec) {
    return std::visit(SizesOf{}, spec);
}

} // namespace hearth
