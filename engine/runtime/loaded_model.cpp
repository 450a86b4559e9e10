#include "runtime/loaded_model.h"

#include "models/architecture.h"
#include "models/step_cost.h"
#include "runtime/missing_tokenizer.h"
#include "text/named_template.h"
#include "text/open_chat_template.h"
#include "text/open_tokenizer.h"

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

Result<std::int32_t> contextTokens(const DecoderSpec& decoder, const LoadOptions& options) {
    const std::int32_t longest = decoder.longestContext();
    if (options.contextTokens <= 0)
        return std::max(decoder.trainedContext, std::min(options.neededTokens, longest));
    if (options.contextTokens <= longest)
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

/// A model without a tokenizer still runs on tokens; a broken tokenizer is an error.
Result<std::unique_ptr<Tokenizer>> tokenizerOf(const Checkpoint& checkpoint) {
    auto tokenizer = openTokenizer(checkpoint.path());
    if (!tokenizer && tokenizer.error().code == ErrorCode::NotFound)
        return std::unique_ptr<Tokenizer>(
            std::make_unique<MissingTokenizer>(std::move(tokenizer).error()));
    return tokenizer;
}

struct ChosenTemplate {
    ChatTemplate chatTemplate;
    std::vector<std::string> stopWords;
};

/// The named template that the options ask for, or the one that LMDeploy would guess.
Result<std::optional<NamedTemplate>> namedTemplateOf(const Checkpoint& checkpoint,
                                                     std::string_view architecture,
                                                     const LoadOptions& options) {
    if (options.templateName.empty())
        return guessNamedTemplate(checkpoint.path().filename().string(), architecture);
    HEARTH_TRY_ASSIGN(NamedTemplate named, findNamedTemplate(options.templateName));
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

Result<MemoryReservation> reserve(MemoryBudget& budget, std::uint64_t bytes,
                                  const std::function<void()>& makeRoom) {
    MemoryReservation reservation(budget);
    if (reservation.resize(bytes))
        return reservation;
    if (makeRoom)
        makeRoom();
    if (reservation.resize(bytes))
        return reservation;
    Error error;
    error.code = ErrorCode::OutOfMemory;
    error.detail = "the model's weights";
    error.needed = bytes;
    error.available = budget.available();
    return fail(std::move(error));
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

/// Bytes of the device's memory that the weights will take, but for what a layout adds.
std::uint64_t neededBytes(const Checkpoint& checkpoint, const DecoderProgram& program,
                          const Placement& placement) {
    return placement.kind == kernels::DeviceKind::Cpu
               ? weightBytes(checkpoint, program.weights)
               : weightBytesOn(placement.compute, checkpoint, program.weights);
}

} // namespace

Result<std::unique_ptr<LoadedModel>>
loadModel(Checkpoint checkpoint, const std::string& name, const LoadOptions& options,
          const Placement& placement, const std::function<void()>& makeRoom,
          const LoadObserver& observer, const std::stop_token& stop) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeModel(checkpoint));
    ModelInfo info;
    info.name = name;
    info.path = checkpoint.path().string();
    HEARTH_TRY_ASSIGN(info.context, contextTokens(decoder, options));
    HEARTH_TRY_ASSIGN(const KvFormat kv, kvFormat(options.kvType, placement));
    DecoderProgram program = buildDecoderProgram(decoder, checkpoint, kv.type, kv.bits, Shard{});
    HEARTH_TRY(checkWeights(checkpoint, program.weights));

    if (observer)
        observer({LoadPhase::Tokenizer, 0, 0});
    HEARTH_TRY_ASSIGN(std::unique_ptr<Tokenizer> tokenizer, tokenizerOf(checkpoint));
    HEARTH_TRY_ASSIGN(ChosenTemplate chosen, chatTemplateOf(checkpoint, *tokenizer,
                                                            decoder.architecture, options, info));
    std::vector<std::int32_t> ends = endTokens(decoder, *tokenizer);

    const std::uint64_t needed = neededBytes(checkpoint, program, placement);
    HEARTH_TRY_ASSIGN(MemoryReservation reservation,
                      reserve(*placement.budget, needed, makeRoom));
    HEARTH_TRY_ASSIGN(LoadedWeights weights,
                      loadWeights(checkpoint, program.weights, *placement.backend, observer, stop));
    // The packed form may take a little more or less than the file.
    static_cast<void>(reservation.resize(weights.bytes));
    describe(info, checkpoint, decoder, program, weights, placement);
    return std::make_unique<LoadedModel>(
        LoadedModel{std::move(checkpoint), std::move(decoder), std::move(program),
                    std::move(weights),
                    PromptEncoder(std::move(tokenizer), std::move(chosen.chatTemplate)),
                    std::move(chosen.stopWords), std::move(ends), std::move(reservation),
                    std::move(info)});
}

} // namespace hearth
