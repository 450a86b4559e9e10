#include "runtime/loaded_model.h"

#include "models/architecture.h"
#include "models/encoder_decoder_spec.h"
#include "models/encoder_program.h"
#include "models/model_kind.h"
#include "models/step_cost.h"
#include "models/suggested_sampling.h"
#include "runtime/model_parts.h"
#include "text/named_template.h"
#include "text/open_chat_template.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

struct KvFormat {
    kernels::DType type;
    std::uint8_t bits;
};

Result<KvFormat> kvFormat(KvType type, const Placement& placement) {
    switch (type) {
    case KvType::Auto:
        if (placement.kind == kernels::DeviceKind::Cpu)
            return KvFormat{kernels::DType::F16, 16};
        return KvFormat{placement.compute,
                        std::uint8_t(8 * kernels::blockSize(placement.compute).bytes)};
    case KvType::F32:
        return KvFormat{kernels::DType::F32, 32};
    case KvType::BF16:
        return KvFormat{kernels::DType::BF16, 16};
    case KvType::F16:
        return KvFormat{kernels::DType::F16, 16};
    case KvType::Int8:
        return KvFormat{kernels::DType::I8, 8};
    case KvType::Int4:
    case KvType::Fp8:
        break;
    }
    Error error;
    error.code = ErrorCode::Unsupported;
    error.field = "kv-dtype";
    error.detail = "keys and values are kept as f32, bf16, f16 or int8";
    return fail(std::move(error));
}

Result<std::int32_t> contextTokens(const DecoderSpec& decoder, ModelKind kind,
                                   const LoadOptions& options) {
    const std::int32_t longest = decoder.longestContext();
    if (options.contextTokens <= 0)
        return std::max(decoder.trainedContext, std::min(options.neededTokens, longest));
    // Relative positions have no end.
    if (options.contextTokens <= longest || kind == ModelKind::EncoderDecoder)
        return options.contextTokens;
    Error error;
    error.code = ErrorCode::InvalidArgument;
    error.field = "context";
    error.detail = fmt::format("{} tokens asked for, the model was trained for {}",
                               options.contextTokens, decoder.trainedContext);
    if (longest > decoder.trainedContext)
        error.detail += fmt::format(" and runs at up to {}", longest);
    return fail(std::move(error));
}

/// Encoder–decoders know no turns: they read the last message, behind the system's.
constexpr const char* kSourceTemplate =
    "{% for message in messages %}{% if message.role == 'system' and not loop.last %}"
    "{{ message.content + '\\n' }}{% endif %}{% endfor %}{{ messages[-1].content }}";

struct ChosenTemplate {
    ChatTemplate chatTemplate;
    std::vector<std::string> stopWords;
};

/// The name that the options or a workspace's conversion gave; empty: none.
std::string templateNameOf(const Checkpoint& checkpoint, const LoadOptions& options) {
    if (!options.templateName.empty() || checkpoint.kind() != Checkpoint::Kind::Workspace)
        return options.templateName;
    const std::string& name = checkpoint.workspace().index().modelName;
    return findNamedTemplate(name) ? name : std::string();
}

/// The named template that the options ask for, that a workspace was converted for, or that
/// LMDeploy would guess.
Result<std::optional<NamedTemplate>> namedTemplateOf(const Checkpoint& checkpoint,
                                                     std::string_view architecture,
                                                     const LoadOptions& options) {
    const std::string name = templateNameOf(checkpoint, options);
    if (name.empty())
        return guessNamedTemplate(checkpoint, architecture);
    HEARTH_TRY_ASSIGN(NamedTemplate named, findNamedTemplate(name));
    if (!options.capability.empty())
        HEARTH_TRY(named.setCapability(options.capability));
    if (!options.metaInstruction.empty())
        named.meta = options.metaInstruction;
    return std::optional(std::move(named));
}

/// The checkpoint's template unless another is asked for; a named template or ChatML where it has
/// none or a broken one; `info` tells.
Result<ChosenTemplate> chatTemplateOf(const Checkpoint& checkpoint, const Tokenizer& tokenizer,
                                      std::string_view architecture, const LoadOptions& options,
                                      ModelInfo& info) {
    auto own = openChatTemplate(checkpoint.path());
    info.hasChatTemplate = own && *own;
    if (info.hasChatTemplate && options.templateName.empty())
        return ChosenTemplate{**std::move(own), {}};
    if (!own)
        info.templateWarning = own.error().message();
    if (info.kind == ModelKind::EncoderDecoder && options.templateName.empty()) {
        HEARTH_TRY_ASSIGN(ChatTemplate source, ChatTemplate::create(kSourceTemplate, {}));
        return ChosenTemplate{std::move(source), {}};
    }
    auto found = specialTokenTexts(checkpoint.path());
    SpecialTokenTexts texts = found ? *std::move(found) : SpecialTokenTexts{};
    HEARTH_TRY_ASSIGN(const std::optional<NamedTemplate> named,
                      namedTemplateOf(checkpoint, architecture, options));
    if (!named)
        return ChosenTemplate{ChatTemplate::chatMl(std::move(texts)), {}};
    info.templateName = named->name;
    return ChosenTemplate{named->chatTemplate(std::move(texts), tokenizer.addBos()),
                          named->stopWords};
}

std::vector<std::int32_t> endTokens(const DecoderSpec& decoder, const Tokenizer& tokenizer) {
    std::vector<std::int32_t> ends = decoder.eosTokens;
    const std::vector<std::int32_t>& known = tokenizer.specialTokens().eos;
    ends.insert(ends.end(), known.begin(), known.end());
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
    return ends;
}

void describe(ModelInfo& info, const Checkpoint& checkpoint, const DecoderSpec& decoder,
              const DecoderProgram& program, const LoadedWeights& weights,
              const Placement& placement) {
    info.architecture = decoder.architecture;
    info.quantisation = checkpoint.mainType();
    info.parameters = weights.parameters;
    info.weightBytes = weights.bytes;
    for (const kernels::KvLayout& layout : program.kv)
        info.kvBytesPerToken += layout.blockBytes() / std::uint64_t(layout.blockTokens);
    info.layers = decoder.layers;
    info.hiddenSize = decoder.hidden;
    info.vocabularySize = decoder.vocabulary;
    info.trainedContext = decoder.trainedContext;
    info.device = placement.backend->device().name;
    info.deviceId = placement.id;
    info.computeType = kernels::name(placement.compute);
    const StepCost cost = stepCost(program.program, weights.sizes, program.kv);
    info.stepWeightBytes = cost.weightBytes;
    info.layerParameters = cost.layerParameters;
    info.headParameters = cost.headParameters;
    info.attentionOperations = cost.attentionOperations;
    info.expertBytes = cost.expertBytes;
    info.expertShare = cost.expertShare;
    info.activeParameters = info.parameters - cost.unusedParameters;
}

/// What a checkpoint is and how it is computed.
struct Design {
    DecoderSpec decoder;
    DecoderProgram program;
    std::optional<EncoderPart> encoder;
    std::optional<std::int32_t> sourceEnd; ///< Ends what the encoder reads.
};

Result<Design> designDecoder(const Checkpoint& checkpoint, const KvFormat& kv) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeModel(checkpoint));
    DecoderProgram program = buildDecoderProgram(decoder, checkpoint, kv.type, kv.bits, Shard{});
    return Design{std::move(decoder), std::move(program), {}, {}};
}

Result<Design> designEncoderDecoder(const Checkpoint& checkpoint, const KvFormat& kv,
                                    kernels::DType compute) {
    HEARTH_TRY_ASSIGN(const EncoderDecoderSpec model, describeEncoderDecoder(checkpoint));
    EncoderDecoderProgram programs =
        buildEncoderDecoderProgram(model, checkpoint, kv.type, kv.bits, compute);
    return Design{decoderPart(model), std::move(programs.decoder),
                  EncoderPart{std::move(programs.encoder), std::move(programs.encoderKv),
                              model.startToken},
                  model.sourceEnd()};
}

Result<Design> designOf(const Checkpoint& checkpoint, ModelKind kind, const KvFormat& kv,
                        kernels::DType compute) {
    switch (kind) {
    case ModelKind::Encoder:
        return makesEmbeddingsOnly(checkpoint);
    case ModelKind::EncoderDecoder:
        return designEncoderDecoder(checkpoint, kv, compute);
    case ModelKind::Decoder:
        break;
    }
    return designDecoder(checkpoint, kv);
}

} // namespace

Result<std::unique_ptr<LoadedModel>>
loadModel(Checkpoint checkpoint, const std::string& name, const LoadOptions& options,
          const Placement& placement, const std::function<void()>& makeRoom,
          const LoadObserver& observer, const std::stop_token& stop) {
    ModelInfo info;
    info.name = name;
    info.path = checkpoint.path().string();
    info.suggestedSampling = suggestedSampling(checkpoint);
    HEARTH_TRY_ASSIGN(info.kind, modelKindOf(checkpoint));
    HEARTH_TRY_ASSIGN(const KvFormat kv, kvFormat(options.kvType, placement));
    HEARTH_TRY_ASSIGN(Design design, designOf(checkpoint, info.kind, kv, placement.compute));
    HEARTH_TRY_ASSIGN(info.context, contextTokens(design.decoder, info.kind, options));
    const std::vector<WeightRequest>& requests = design.program.weights;
    HEARTH_TRY(checkWeights(checkpoint, requests));

    if (observer)
        observer({LoadPhase::Tokenizer, 0, 0});
    HEARTH_TRY_ASSIGN(std::unique_ptr<Tokenizer> tokenizer, tokenizerOf(checkpoint));
    HEARTH_TRY_ASSIGN(ChosenTemplate chosen,
                      chatTemplateOf(checkpoint, *tokenizer, design.decoder.architecture, options,
                                     info));
    info.chatTemplate = chosen.chatTemplate.source();
    std::vector<std::int32_t> ends = endTokens(design.decoder, *tokenizer);
    info.endTokens = ends;
    if (info.kind == ModelKind::EncoderDecoder && !design.sourceEnd && !ends.empty())
        design.sourceEnd = ends.front();

    HEARTH_TRY_ASSIGN(PlacedWeights placed,
                      placeWeights(checkpoint, requests, placement, makeRoom, observer, stop));
    describe(info, checkpoint, design.decoder, design.program, placed.weights, placement);
    return std::make_unique<LoadedModel>(LoadedModel{
        std::move(checkpoint), std::move(design.decoder), std::move(design.program),
        std::move(design.encoder), std::move(placed.weights),
        PromptEncoder(std::move(tokenizer), std::move(chosen.chatTemplate), design.sourceEnd),
        std::move(chosen.stopWords), std::move(ends), std::move(placed.reservation),
        std::move(info)});
}

} // namespace hearth
