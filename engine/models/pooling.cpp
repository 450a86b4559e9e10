#include "models/pooling.h"

#include "formats/format_error.h"
#include "formats/json_file.h"
#include "models/architecture.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::uint64_t kMaxBytes = 1 << 20;

/// Null if there is no such file.
Result<Json> readOptional(const fs::path& path) {
    auto json = readJson(path, kMaxBytes);
    if (!json && json.error().code == ErrorCode::NotFound)
        return Json();
    return json;
}

bool isOn(const Json& object, std::string_view key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

Result<std::optional<Pooling>> poolingOf(const Json& config, const fs::path& path) {
    if (!config.is_object())
        return fileFailure(ErrorCode::Corrupt, path.string(), "JSON", "is not an object");
    for (const char* key : {"pooling_mode_max_tokens", "pooling_mode_mean_sqrt_len_tokens",
                            "pooling_mode_weightedmean_tokens"})
        if (isOn(config, key))
            return fileFailure(ErrorCode::Unsupported, path.string(), key, "this pooling");
    constexpr std::array kModes{std::pair{"pooling_mode_cls_token", Pooling::Cls},
                                std::pair{"pooling_mode_mean_tokens", Pooling::Mean},
                                std::pair{"pooling_mode_lasttoken", Pooling::Last}};
    std::optional<Pooling> chosen;
    for (const auto& [key, pooling] : kModes) {
        if (!isOn(config, key))
            continue;
        if (chosen)
            return fileFailure(ErrorCode::Unsupported, path.string(), key,
                               "several poolings side by side");
        chosen = pooling;
    }
    return chosen;
}

/// Newer files write "sentence_transformers.….Pooling" with more parts than older ones.
bool isModule(const std::string& type, std::string_view name) {
    return type == name || type.ends_with("." + std::string(name));
}

Result<void> readModule(const fs::path& folder, const Json& module, PoolingSpec& spec) {
    const auto text = [&](const char* key) {
        const auto found = module.find(key);
        return found != module.end() && found->is_string() ? found->get<std::string>()
                                                           : std::string();
    };
    const std::string type = text("type");
    if (isModule(type, "Transformer"))
        return {};
    if (isModule(type, "Normalize")) {
        spec.normalise = true;
        return {};
    }
    if (!isModule(type, "Pooling"))
        return fileFailure(ErrorCode::Unsupported, (folder / "modules.json").string(), "type",
                           type.substr(type.rfind('.') + 1));
    const fs::path name = fs::path(text("path")).filename(); // never out of the folder
    const fs::path path = folder / name / "config.json";
    HEARTH_TRY_ASSIGN(const Json config, readJson(path, kMaxBytes));
    HEARTH_TRY_ASSIGN(spec.pooling, poolingOf(config, path));
    return {};
}

Result<PoolingSpec> readFolder(const fs::path& folder) {
    PoolingSpec spec;
    HEARTH_TRY_ASSIGN(const Json modules, readOptional(folder / "modules.json"));
    if (!modules.is_null() && !modules.is_array())
        return fileFailure(ErrorCode::Corrupt, (folder / "modules.json").string(), "JSON",
                           "is not a list");
    for (const Json& module : modules) {
        if (!module.is_object())
            return fileFailure(ErrorCode::Corrupt, (folder / "modules.json").string(), "JSON",
                               "is not a list of objects");
        HEARTH_TRY(readModule(folder, module, spec));
    }
    if (!modules.is_null() && !spec.normalise)
        spec.normalise = false;
    const fs::path limits = folder / "sentence_bert_config.json";
    HEARTH_TRY_ASSIGN(const Json sizes, readOptional(limits));
    if (sizes.is_object() && sizes.contains("max_seq_length") &&
        !sizes["max_seq_length"].is_null()) {
        const Json& most = sizes["max_seq_length"];
        if (!most.is_number_integer() || most.get<std::int64_t>() < 1 ||
            most.get<std::int64_t>() > (1 << 28))
            return fileFailure(ErrorCode::Corrupt, limits.string(), "max_seq_length",
                               "must be a number of tokens");
        spec.maxTokens = most.get<std::int32_t>();
    }
    return spec;
}

/// llama.cpp's numbers.
Result<PoolingSpec> readGguf(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(const std::string name, architectureOf(checkpoint));
    const std::string key = name + ".pooling_type";
    HEARTH_TRY_ASSIGN(const std::int32_t type,
                      checkpoint.gguf().getOr<std::int32_t>(key, 0));
    PoolingSpec spec;
    switch (type) {
    case 0:
        return spec;
    case 1:
        spec.pooling = Pooling::Mean;
        return spec;
    case 2:
        spec.pooling = Pooling::Cls;
        return spec;
    case 3:
        spec.pooling = Pooling::Last;
        return spec;
    default:
        return fileFailure(ErrorCode::Unsupported, checkpoint.path().string(), key,
                           fmt::format("{}", type));
    }
}

constexpr std::array kWords{std::pair{"mean", Pooling::Mean}, std::pair{"cls", Pooling::Cls},
                            std::pair{"last", Pooling::Last}};

Result<PoolingSpec> readWorkspace(const Workspace& workspace) {
    const Json& json = workspace.pooling();
    const auto wrong = [&](const char* key) {
        return fileFailure(ErrorCode::Corrupt, workspace.indexPath(), key, "is not to be used");
    };
    PoolingSpec spec;
    if (json.is_null())
        return spec;
    if (!json.is_object())
        return wrong("pooling");
    for (const auto& [key, value] : json.items()) {
        const auto* const word = std::ranges::find_if(
            kWords, [&value = value](const auto& each) { return value == each.first; });
        const bool isLength = value.is_number_unsigned() && value.get<std::uint64_t>() >= 1 &&
                              value.get<std::uint64_t>() <= (1U << 28U);
        if (key == "of" && word != kWords.end())
            spec.pooling = word->second;
        else if (key == "normalise" && value.is_boolean())
            spec.normalise = value.get<bool>();
        else if (key == "max_tokens" && isLength)
            spec.maxTokens = value.get<std::int32_t>();
        else
            return wrong(("pooling." + key).c_str());
    }
    return spec;
}

} // namespace

nlohmann::json toJson(const PoolingSpec& spec) {
    Json json;
    for (const auto& [word, pooling] : kWords)
        if (spec.pooling == pooling)
            json["of"] = word;
    if (spec.normalise)
        json["normalise"] = *spec.normalise;
    if (spec.maxTokens)
        json["max_tokens"] = *spec.maxTokens;
    return json;
}

Result<PoolingSpec> readPooling(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Workspace)
        return readWorkspace(checkpoint.workspace());
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return readGguf(checkpoint);
    return readFolder(checkpoint.path());
}

} // namespace hearth
