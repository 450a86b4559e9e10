#include "library/describe_model_file.h"

#include "formats/checkpoint.h"
#include "models/architecture.h"
#include "models/encoder_decoder_spec.h"
#include "models/encoder_spec.h"
#include "models/model_kind.h"

#include <system_error>

namespace hearth {

namespace {

constexpr std::uint64_t kKeyAndValueBytes = 4; // two of 16 bits

bool hasTemplate(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return checkpoint.gguf().has("tokenizer.chat_template");
    std::error_code ignored;
    return std::filesystem::exists(checkpoint.path() / "chat_template.jinja", ignored) ||
           (checkpoint.tokenizerConfig().is_object() &&
            checkpoint.tokenizerConfig().contains("chat_template"));
}

std::string licenseOf(const Checkpoint& checkpoint) {
    if (checkpoint.kind() != Checkpoint::Kind::Gguf)
        return {};
    const auto license = checkpoint.gguf().getOr<std::string_view>("general.license", "");
    return license ? std::string(*license) : std::string();
}

/// The sizes of a model of any kind; those of its decoder where it has one.
Result<DecoderSpec> describeAny(const Checkpoint& checkpoint, const LibraryModel& model) {
    if (isOfTwoStacks(model.architecture)) {
        HEARTH_TRY_ASSIGN(const EncoderDecoderSpec stacks, describeEncoderDecoder(checkpoint));
        return decoderPart(stacks);
    }
    if (model.kind == ModelKind::Decoder)
        return describeModel(checkpoint);
    HEARTH_TRY_ASSIGN(const EncoderSpec encoder, describeEncoder(checkpoint));
    DecoderSpec sizes; // no keys and values are kept
    sizes.trainedContext = encoder.trainedContext();
    return sizes;
}

} // namespace

LibraryModel describeModelFile(const std::filesystem::path& path) {
    LibraryModel model;
    model.path = path.string();
    std::error_code ignored;
    const bool wholeName =
        isSyntheticName(path.native()) || std::filesystem::is_directory(path, ignored);
    model.name = wholeName ? path.filename().string() : path.stem().string();
    auto checkpoint = Checkpoint::open(path);
    if (!checkpoint) {
        model.problem = checkpoint.error().message();
        return model;
    }
    model.bytes = checkpoint->fileBytes();
    model.quantisation = checkpoint->mainType();
    for (const TensorView& tensor : checkpoint->tensors())
        model.parameters += tensor.elements();
    model.hasChatTemplate = hasTemplate(*checkpoint);
    model.license = licenseOf(*checkpoint);
    if (auto architecture = architectureOf(*checkpoint))
        model.architecture = *std::move(architecture);
    if (const auto kind = modelKindOf(*checkpoint))
        model.kind = *kind;
    const auto decoder = describeAny(*checkpoint, model);
    if (decoder) {
        model.trainedContext = decoder->trainedContext;
        model.kvBytesPerToken = kKeyAndValueBytes * std::uint64_t(decoder->layers) *
                                std::uint64_t(decoder->kvHeads) * std::uint64_t(decoder->headWidth);
    } else {
        model.problem = decoder.error().message();
    }
    return model;
}

} // namespace hearth
