#include "models/model_kind.h"

#include "formats/format_error.h"
#include "models/architecture.h"

#include <algorithm>
#include <array>

namespace hearth {

namespace {

constexpr std::array<std::string_view, 5> kEncoders{"bert", "camembert", "distilbert", "roberta",
                                                    "xlm-roberta"};
constexpr std::array<std::string_view, 4> kEncoderDecoders{"mt5", "t5", "t5encoder", "umt5"};

bool isAmong(const auto& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Files of an encoder–decoder may hold its encoder alone.
bool hasDecoder(const Checkpoint& checkpoint) {
    return checkpoint.has("decoder.final_layer_norm.weight") ||
           checkpoint.has("dec.output_norm.weight");
}

} // namespace

Result<ModelKind> modelKindOf(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(const std::string name, architectureOf(checkpoint));
    if (isAmong(kEncoders, name))
        return ModelKind::Encoder;
    if (isOfTwoStacks(name))
        return hasDecoder(checkpoint) ? ModelKind::EncoderDecoder : ModelKind::Encoder;
    return ModelKind::Decoder;
}

bool isOfTwoStacks(std::string_view architecture) {
    return isAmong(kEncoderDecoders, architecture);
}

Result<void> checkArchitecture(const nlohmann::json& config, const std::string& path) {
    if (!config.is_object())
        return fileFailure(ErrorCode::Corrupt, path, "JSON", "is not an object");
    if (isKnownDecoder(config))
        return {};
    const auto type = config.find("model_type");
    if (type == config.end() || !type->is_string())
        return fileFailure(ErrorCode::Corrupt, path, "model_type", "is missing");
    const auto name = type->get<std::string>();
    if (isAmong(kEncoders, name) || isAmong(kEncoderDecoders, name))
        return {};
    return fileFailure(ErrorCode::Unsupported, path, "architecture", name);
}

Failure makesEmbeddingsOnly(const Checkpoint& checkpoint) {
    Error error;
    error.code = ErrorCode::Unsupported;
    error.path = checkpoint.path().string();
    error.detail = "this model makes embeddings, not text";
    return fail(std::move(error));
}

std::vector<std::string_view> encoderArchitectures() {
    std::vector<std::string_view> names(kEncoders.begin(), kEncoders.end());
    names.insert(names.end(), kEncoderDecoders.begin(), kEncoderDecoders.end());
    return names;
}

} // namespace hearth
