#include "runtime/embedder_model.h"

#include "models/encoder_program.h"
#include "models/model_kind.h"
#include "models/model_spec.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace hearth {

namespace {

using namespace kernels;

EmbedderDesign designEncoder(const EncoderSpec& encoder, const Checkpoint& checkpoint,
                             DType compute) {
    EmbedderDesign design;
    design.program = buildEncoderProgram(encoder, checkpoint, compute);
    design.info.architecture = encoder.architecture;
    design.info.layers = encoder.layers;
    design.info.hiddenSize = encoder.hidden;
    design.info.vocabularySize = encoder.vocabulary;
    design.info.trainedContext = encoder.trainedContext();
    return design;
}

EmbedderDesign designEncoder(const EncoderDecoderSpec& model, const Checkpoint& checkpoint,
                             DType compute) {
    EmbedderDesign design;
    design.program = buildEncoderProgram(model, checkpoint, compute);
    design.info.architecture = model.architecture;
    design.info.layers = model.encoderLayers;
    design.info.hiddenSize = model.hidden;
    design.info.vocabularySize = model.vocabulary;
    design.info.trainedContext = model.trainedContext;
    design.endToken = model.sourceEnd();
    return design;
}

/// Takes the head away, and with it the weights that are only its own.
void dropHead(DecoderProgram& decoder, bool tiedHead) {
    std::vector<Operation>& operations = decoder.program.operations;
    const auto head = std::find_if(operations.begin(), operations.end(), [](const Operation& op) {
        return std::holds_alternative<SelectRowsOp>(op);
    });
    operations.erase(head, operations.end());
    decoder.program.logits = {};
    const auto ofHead = [](const WeightRequest& request) {
        return request.name == "output.weight" || request.name == "output.bias";
    };
    while (!tiedHead && ofHead(decoder.weights.back()))
        decoder.weights.pop_back();
}

/// Every layer reads what it stored itself a moment ago: the next one's may take its place.
void keepOneLayer(DecoderProgram& decoder) {
    for (Operation& operation : decoder.program.operations) {
        if (auto* store = std::get_if<StoreKvOp>(&operation))
            store->layer = 0;
        else if (auto* attention = std::get_if<AttentionOp>(&operation))
            attention->layer = 0;
    }
    for (KvLayout& layout : decoder.kv)
        layout.layers = 1;
}

EmbedderDesign designEncoder(const DecoderSpec& decoder, const Checkpoint& checkpoint,
                             DType compute) {
    EmbedderDesign design;
    const auto bits = static_cast<std::uint8_t>(8 * blockSize(compute).bytes);
    design.program = buildDecoderProgram(decoder, checkpoint, compute, bits, Shard{});
    dropHead(design.program, decoder.tiedHead);
    keepOneLayer(design.program);
    design.info.architecture = decoder.architecture;
    design.info.layers = decoder.layers;
    design.info.hiddenSize = decoder.hidden;
    design.info.vocabularySize = decoder.vocabulary;
    design.info.trainedContext = decoder.trainedContext;
    for (const AttentionForm& form : decoder.forms)
        design.ropes.push_back(form.rope);
    return design;
}

} // namespace

Result<EmbedderDesign> designEmbedder(const Checkpoint& checkpoint, const Placement& placement) {
    HEARTH_TRY_ASSIGN(const ModelKind kind, modelKindOf(checkpoint));
    HEARTH_TRY_ASSIGN(const ModelSpec spec, describeAnyModel(checkpoint));
    EmbedderDesign design = std::visit(
        [&](const auto& each) { return designEncoder(each, checkpoint, placement.compute); }, spec);
    design.info.kind = kind;
    design.info.path = checkpoint.path().string();
    design.info.quantisation = checkpoint.mainType();
    design.info.device = placement.backend->device().name;
    design.info.deviceId = placement.id;
    design.info.computeType = name(placement.compute);
    return design;
}

} // namespace hearth
