#include "library/describe_model_file.h"

#include "formats/checkpoint.h"
#include "models/architecture.h"

#include <map>
#include <system_error>

namespace hearth {

namespace {

void countTensors(const Checkpoint& checkpoint, LibraryModel& model) {
    std::map<kernels::DType, std::uint64_t> parametersOf;
    std::uint64_t most = 0;
    for (const TensorView& tensor : checkpoint.tensors()) {
        std::uint64_t count = 1;
        for (const std::int64_t dim : tensor.shape)
            count *= std::uint64_t(dim);
        model.parameters += count;
        std::uint64_t& sum = parametersOf[tensor.type];
        sum += count;
        if (sum > most) {
            most = sum;
            model.quantisation = kernels::name(tensor.type);
        }
    }
}

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

} // namespace

LibraryModel describeModelFile(const std::filesystem::path& path) {
    LibraryModel model;
    model.path = path.string();
    std::error_code ignored;
    model.name = std::filesystem::is_directory(path, ignored) ? path.filename().string()
                                                              : path.stem().string();
    auto checkpoint = Checkpoint::open(path);
    if (!checkpoint) {
        model.problem = checkpoint.error().message();
        return model;
    }
    model.bytes = checkpoint->fileBytes();
    countTensors(*checkpoint, model);
    model.hasChatTemplate = hasTemplate(*checkpoint);
    model.license = licenseOf(*checkpoint);
    if (auto architecture = architectureOf(*checkpoint))
        model.architecture = *std::move(architecture);
    const auto decoder = describeModel(*checkpoint);
    if (decoder)
        model.trainedContext = decoder->trainedContext;
    else
        model.problem = decoder.error().message();
    return model;
}

} // namespace hearth
