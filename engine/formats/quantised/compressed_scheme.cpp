#include "formats/quantised/compressed_scheme.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace hearth {

namespace {

constexpr std::array kFormats{"pack-quantized",       "float-quantized", "int-quantized",
                              "naive-quantized",      "mxfp8-quantized", "nvfp4-pack-quantized",
                              "mxfp4-pack-quantized", "mixed-precision"};

Result<void> checkFormat(const QuantisationConfig& config, const std::string& format) {
    if (std::ranges::find(kFormats, format) == kFormats.end())
        return config.unsupported("format", format);
    return {};
}

Result<CompressedScheme> readScheme(const QuantisationConfig& config, const std::string& key,
                                    const nlohmann::json& group, const std::string& fallback) {
    const auto wrong = [&](std::string_view what) {
        return config.wrong(fmt::format("config_groups.{}", key), std::string(what));
    };
    const auto found = group.is_object() ? group.find("weights") : group.end();
    if (!group.is_object() || found == group.end() || !found->is_object())
        return wrong("has no weights");
    const QuantisationConfig weights(fmt::format("config_groups.{}.weights", key), *found);
    CompressedScheme scheme;
    HEARTH_TRY_ASSIGN(scheme.format,
                      QuantisationConfig("config_groups", group).text("format", fallback));
    HEARTH_TRY(checkFormat(config, scheme.format));
    HEARTH_TRY_ASSIGN(scheme.bits, weights.integer("num_bits", 8));
    HEARTH_TRY_ASSIGN(const std::string type, weights.text("type", "int"));
    scheme.isFloat = type == "float";
    HEARTH_TRY_ASSIGN(scheme.groupSize, weights.integer("group_size", -1));
    if (scheme.groupSize == 0 || scheme.groupSize < -1)
        return wrong(fmt::format("group_size {} is no group size", scheme.groupSize));
    if (const nlohmann::json* block = weights.find("block_structure")) {
        const bool pair = block->is_array() && block->size() == 2 &&
                          (*block)[0].is_number_integer() && (*block)[1].is_number_integer();
        if (!pair || (*block)[0].get<std::int64_t>() <= 0 || (*block)[1].get<std::int64_t>() <= 0)
            return wrong("block_structure must be two positive numbers");
        scheme.blockRows = (*block)[0].get<std::int64_t>();
        scheme.groupSize = (*block)[1].get<std::int64_t>();
    }
    return scheme;
}

} // namespace

Result<std::vector<CompressedScheme>> readCompressedSchemes(const QuantisationConfig& config) {
    if (const nlohmann::json* sparsity = config.find("sparsity_config");
        sparsity != nullptr && sparsity->is_object() && !sparsity->empty()) {
        const std::string format = sparsity->value("format", std::string("dense"));
        if (format != "dense")
            return config.unsupported("sparsity_config.format", format);
    }
    if (const nlohmann::json* transform = config.find("transform_config");
        transform != nullptr && transform->is_object() && transform->contains("config_groups") &&
        !(*transform)["config_groups"].empty())
        return config.unsupported("transform_config", "rotated activations");
    HEARTH_TRY_ASSIGN(const std::string format, config.text("format", "dense"));
    const nlohmann::json* groups = config.find("config_groups");
    if (groups == nullptr || !groups->is_object() || groups->empty())
        return config.wrong("config_groups", "is missing or empty");
    std::vector<CompressedScheme> schemes;
    for (const auto& [key, group] : groups->items()) {
        HEARTH_TRY_ASSIGN(CompressedScheme scheme, readScheme(config, key, group, format));
        schemes.push_back(std::move(scheme));
    }
    return schemes;
}

} // namespace hearth
