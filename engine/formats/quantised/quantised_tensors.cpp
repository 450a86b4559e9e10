#include "formats/quantised/quantised_tensors.h"

#include "formats/json_file.h"
#include "formats/quantised/awq.h"
#include "formats/quantised/bitsandbytes.h"
#include "formats/quantised/compressed_tensors.h"
#include "formats/quantised/float8.h"
#include "formats/quantised/gptq.h"
#include "formats/quantised/nibble_matrix.h"
#include "formats/quantised/stored_matrix.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

namespace fs = std::filesystem;
using kernels::DType;

constexpr std::uint64_t kMaxConfigBytes = 16 << 20;
constexpr std::string_view kPackedSuffix = ".qweight";

enum class Method { Awq, Gptq, CompressedTensors, Float8, BitsAndBytes, Mxfp4 };

struct MethodName {
    std::string_view name;
    Method method;
};
constexpr std::array kMethods{MethodName{"awq", Method::Awq},
                              MethodName{"gptq", Method::Gptq},
                              MethodName{"compressed-tensors", Method::CompressedTensors},
                              MethodName{"fp8", Method::Float8},
                              MethodName{"fbgemm_fp8", Method::Float8},
                              MethodName{"bitsandbytes", Method::BitsAndBytes},
                              MethodName{"mxfp4", Method::Mxfp4}};

/// Layouts of AWQ and GPTQ files that other programs' kernels want.
Result<void> checkLayout(const QuantisationConfig& config, Method method) {
    if (method == Method::Awq) {
        HEARTH_TRY_ASSIGN(const std::string version, config.text("version", "gemm"));
        if (version != "gemm")
            return config.unsupported("version", fmt::format("AWQ's layout \"{}\"", version));
    }
    for (const char* key : {"is_marlin_format", "use_marlin"}) {
        HEARTH_TRY_ASSIGN(const bool marlin, config.boolean(key, false));
        if (marlin)
            return config.unsupported(key, "Marlin's layout");
    }
    return {};
}

Result<Method> methodOf(const QuantisationConfig& config) {
    HEARTH_TRY_ASSIGN(std::string name, config.text("quant_method", ""));
    if (name.empty()) {
        HEARTH_TRY_ASSIGN(const bool eight, config.boolean("load_in_8bit", false));
        HEARTH_TRY_ASSIGN(const bool four, config.boolean("load_in_4bit", false));
        if (eight || four)
            name = "bitsandbytes";
    }
    if (name == "auto-round" || name == "intel/auto-round") {
        HEARTH_TRY_ASSIGN(const std::string packing, config.text("packing_format", ""));
        name = packing.find("awq") != std::string::npos    ? "awq"
               : packing.find("gptq") != std::string::npos ? "gptq"
                                                           : name;
    }
    const auto* const found = std::ranges::find(kMethods, name, &MethodName::name);
    if (found == kMethods.end())
        return config.unsupported("quant_method", name);
    HEARTH_TRY(checkLayout(config, found->method));
    return found->method;
}

std::string withoutSuffix(std::string_view name, std::string_view suffix) {
    return std::string(name.substr(0, name.size() - suffix.size()));
}

class Resolver {
public:
    Resolver(const QuantisationConfig& config, const std::string& path,
             std::span<const TensorView> tensors)
        : m_config(config)
        , m_table(path, tensors) {}

    Result<QuantisedTensors> resolve() {
        HEARTH_TRY_ASSIGN(m_method, methodOf(m_config));
        if (m_method == Method::CompressedTensors) {
            HEARTH_TRY_ASSIGN(m_schemes, readCompressedSchemes(m_config));
        }
        for (const TensorView& tensor : m_table.tensors()) {
            HEARTH_TRY_ASSIGN(std::optional<LogicalTensor> logical, matrixOf(tensor));
            if (logical)
                add(*std::move(logical));
        }
        for (std::size_t i = 0; i < m_table.tensors().size(); ++i)
            if (!m_table.isTaken(i))
                m_out.tensors.push_back(m_table.tensors()[i]);
        return std::move(m_out);
    }

private:
    /// The matrix whose main part this tensor is, if it is one.
    Result<std::optional<LogicalTensor>> matrixOf(const TensorView& tensor) {
        using Optional = std::optional<LogicalTensor>;
        const auto some = [](Result<LogicalTensor> read) -> Result<Optional> {
            if (!read)
                return fail(std::move(read).error());
            return Optional(*std::move(read));
        };
        const std::string_view name = tensor.name;
        switch (m_method) {
        case Method::Awq:
            if (name.ends_with(kPackedSuffix))
                return some(readAwq(m_config, m_table, withoutSuffix(name, kPackedSuffix)));
            break;
        case Method::Gptq:
            if (name.ends_with(kPackedSuffix))
                return some(readGptq(m_config, m_table, withoutSuffix(name, kPackedSuffix)));
            break;
        case Method::CompressedTensors:
            if (constexpr std::string_view kPacked = ".weight_packed"; name.ends_with(kPacked))
                return some(readCompressedPacked(m_config, m_schemes, m_table,
                                                 withoutSuffix(name, kPacked)));
            if (isOfBytes(tensor))
                return some(readCompressedBytes(m_schemes, m_table, tensor));
            HEARTH_TRY(requireNoFloat8(tensor, "_scale"));
            break;
        case Method::Float8:
            if (isScaledFloat8(m_table, tensor))
                return some(readFloat8(m_config, m_table, tensor));
            HEARTH_TRY(requireNoFloat8(tensor, "_scale_inv"));
            break;
        case Method::BitsAndBytes:
            if (isBitsAndBytes(m_table, tensor))
                return some(readBitsAndBytes(m_table, tensor));
            break;
        case Method::Mxfp4:
            if (constexpr std::string_view kBlocks = "_blocks"; name.ends_with(kBlocks))
                return some(readMxfp4(m_table, withoutSuffix(name, kBlocks)));
            break;
        }
        return Optional();
    }
    /// Read without its scale it would be another matrix.
    [[nodiscard]] Result<void> requireNoFloat8(const TensorView& tensor, const char* scale) const {
        if (!isFloat8Matrix(tensor))
            return {};
        return m_table.failure(ErrorCode::NotFound, std::string(tensor.name) + scale,
                               "a part of a quantised matrix is missing");
    }
    [[nodiscard]] bool isOfBytes(const TensorView& tensor) const {
        return (tensor.type == DType::I8 || tensor.type == DType::F8E4M3 ||
                tensor.type == DType::F8E5M2) &&
               tensor.name.ends_with("weight") &&
               m_table.find(std::string(tensor.name) + "_scale") != nullptr;
    }
    void add(LogicalTensor logical) {
        TensorView view;
        view.name = m_out.names.emplace_back(std::move(logical.name));
        view.shape = std::move(logical.shape);
        view.type = DType::U8;
        view.groups = logical.groups;
        view.stored = std::move(logical.matrix);
        m_out.tensors.push_back(std::move(view));
    }

    const QuantisationConfig& m_config;
    PartTable m_table;
    Method m_method = Method::Awq;
    std::vector<CompressedScheme> m_schemes;
    QuantisedTensors m_out;
};

/// What the first X.qweight is by its shapes, or what 8-bit floats with scales are, where no file
/// says it.
std::optional<nlohmann::json> guess(std::span<const TensorView> tensors) {
    if (const PartTable table({}, tensors);
        std::ranges::any_of(tensors, [&](const TensorView& tensor) {
            return isScaledFloat8(table, tensor);
        }))
        return nlohmann::json{{"quant_method", "fp8"}};
    const auto found = std::ranges::find_if(
        tensors, [](const TensorView& tensor) { return tensor.name.ends_with(kPackedSuffix); });
    if (found == tensors.end() || found->shape.size() != 2)
        return std::nullopt;
    const PartTable table({}, tensors);
    const std::string module = withoutSuffix(found->name, kPackedSuffix);
    const TensorView* scales = table.find(module + ".scales");
    if (scales == nullptr || scales->shape.size() != 2 || scales->shape[0] == 0)
        return std::nullopt;
    nlohmann::json config;
    if (scales->shape[1] / 8 == found->shape[1]) {
        config["quant_method"] = "awq";
        config["group_size"] = found->shape[0] / scales->shape[0];
        return config;
    }
    return std::nullopt;
}

} // namespace

Result<std::optional<QuantisationConfig>> findQuantisation(const fs::path& folder,
                                                           const nlohmann::json& config,
                                                           std::span<const TensorView> tensors) {
    const auto own = config.find("quantization_config");
    const fs::path configPath = folder / "config.json";
    if (own != config.end() && !own->is_null()) {
        QuantisationConfig found(configPath.string(), *own);
        if (!own->is_object())
            return found.wrong("", "must be an object");
        return std::optional(std::move(found));
    }
    struct File {
        const char* name;
        const char* method;
    };
    for (const File& file :
         {File{"quantize_config.json", "gptq"}, File{"quant_config.json", "awq"}}) {
        std::error_code ignored;
        if (!fs::exists(folder / file.name, ignored))
            continue;
        HEARTH_TRY_ASSIGN(nlohmann::json json, readJson(folder / file.name, kMaxConfigBytes));
        if (!json.is_object())
            return QuantisationConfig((folder / file.name).string(), {}).wrong("", "is no object");
        if (!json.contains("quant_method"))
            json["quant_method"] = file.method;
        return std::optional(QuantisationConfig((folder / file.name).string(), std::move(json)));
    }
    if (std::optional<nlohmann::json> guessed = guess(tensors))
        return std::optional(QuantisationConfig(configPath.string(), *std::move(guessed)));
    return std::optional<QuantisationConfig>();
}

Result<QuantisedTensors> resolveQuantised(const QuantisationConfig& config, const std::string& path,
                                          std::span<const TensorView> tensors) {
    return Resolver(config, path, tensors).resolve();
}

} // namespace hearth
