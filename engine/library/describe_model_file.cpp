#include "library/describe_model_file.h"

#include "formats/checkpoint.h"
#include "formats/model_card.h"
#include "models/architecture.h"
#include "models/model_kind.h"
#include "models/model_spec.h"
#include "text/named_template.h"

#include <system_error>

namespace hearth {

namespace {

constexpr std::uint64_t kBytes = 2; // of a number of 16 bits

bool hasTemplate(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return checkpoint.gguf().has("tokenizer.chat_template");
    std::error_code ignored;
    return std::filesystem::exists(checkpoint.path() / "chat_template.jinja", ignored) ||
           (checkpoint.tokenizerConfig().is_object() &&
            checkpoint.tokenizerConfig().contains("chat_template"));
}

/// What stands in for a template of its own.
std::string standInOf(const Checkpoint& checkpoint, const LibraryModel& model) {
    if (model.hasChatTemplate || model.kind != ModelKind::Decoder)
        return {};
    const auto named = guessNamedTemplate(checkpoint, model.architecture);
    return named ? named->name : "ChatML";
}

/// Of keys and values, or of the latents that stand for both.
std::uint64_t kvBytesOf(const DecoderSpec& decoder) {
    const std::int64_t width = decoder.latent.kvRank > 0
                                   ? decoder.latent.kvRank + decoder.latent.ropeWidth
                                   : std::int64_t{2} * decoder.kvHeads * decoder.headWidth;
    return kBytes * std::uint64_t(decoder.layers) * std::uint64_t(width);
}

/// "NAME" of the cache's ".../models--ORG--NAME/snapshots/REVISION"; else the folder's own.
std::string folderName(const std::filesystem::path& folder) {
    constexpr std::string_view kSeparator = "--";
    const std::string repository = folder.parent_path().parent_path().filename().string();
    if (folder.parent_path().filename() == "snapshots" && repository.starts_with("models--"))
        return repository.substr(repository.rfind(kSeparator) + kSeparator.size());
    return folder.filename().string();
}

} // namespace

LibraryModel describeModelFile(const std::filesystem::path& path, Error* error) {
    LibraryModel model;
    model.path = path.string();
    std::error_code ignored;
    const bool wholeName =
        isSyntheticName(path.native()) || std::filesystem::is_directory(path, ignored);
    model.name = wholeName ? folderName(path) : path.stem().string();
    const auto cannot = [&](const Error& problem) {
        model.problem = problem.message();
        if (error != nullptr)
            *error = problem;
    };
    auto checkpoint = Checkpoint::open(path);
    if (!checkpoint) {
        cannot(checkpoint.error());
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
    model.standInTemplate = standInOf(*checkpoint, model);
    const auto spec = describeAnyModel(*checkpoint);
    if (spec) {
        const DecoderSpec sizes = sizesOf(*spec);
        model.trainedContext = sizes.trainedContext;
        if (model.kind != ModelKind::Encoder)
            model.kvBytesPerToken = kvBytesOf(sizes);
    } else {
        cannot(spec.error());
    }
    return model;
}

} // namespace hearth
