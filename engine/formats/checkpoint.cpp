#include "formats/checkpoint.h"

#include "formats/format_error.h"
#include "formats/gguf_parts.h"
#include "formats/json_file.h"
#include "formats/quantised/stored_matrix.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxConfigBytes = 16 << 20;
constexpr std::array kPickleExtensions{".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"};

bool isPickle(const fs::path& path) {
    return std::ranges::find(kPickleExtensions, path.extension()) != kPickleExtensions.end();
}

Failure pickleFailure(const fs::path& path) {
    return fileFailure(ErrorCode::UnsafeFile, path.string(), {},
                       "a pickled checkpoint; use the model's safetensors or GGUF version, or "
                       "convert it to safetensors with Hugging Face's tools on a machine that "
                       "you can afford to lose");
}

Failure missingWeights(const fs::path& folder) {
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
        if (isPickle(at->path()))
            return pickleFailure(at->path());
    return fileFailure(ErrorCode::NotFound, folder.string(), "model.safetensors",
                       "no safetensors weights in this folder");
}

Result<nlohmann::json> readOptionalJson(const fs::path& path) {
    auto json = readJson(path, kMaxConfigBytes);
    if (!json && json.error().code == ErrorCode::NotFound)
        return nlohmann::json();
    if (json && !json->is_object())
        return fileFailure(ErrorCode::Corrupt, path.string(), "JSON", "is not an object");
    return json;
}

/// Also of a file that cannot be read, which GgufFile then says.
bool beginsAsGguf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    char magic[4] = {};
    return !file || (file.read(magic, sizeof magic) &&
                     std::string_view(magic, sizeof magic) == "GGUF");
}

std::vector<TensorView> viewsOf(const SafetensorsSet& weights) {
    std::vector<TensorView> views;
    for (const SafetensorsTensor* tensor : weights.tensors())
        views.push_back({tensor->name, tensor->shape, tensor->type, tensor->data, {}, {}});
    return views;
}

} // namespace

Checkpoint::Checkpoint(fs::path path, Source source)
    : m_path(std::move(path))
    , m_source(std::move(source)) {
    if (const auto* gguf = std::get_if<Gguf>(&m_source)) {
        for (const GgufFile& part : gguf->parts)
            for (const GgufTensor& tensor : part.tensors())
                m_tensors.push_back({tensor.name,
                                     {tensor.dims.rbegin(), tensor.dims.rend()},
                                     tensor.type,
                                     tensor.data,
                                     {},
                                     {}});
    } else if (const HuggingFace* own = folder()) {
        m_tensors = own->quantised ? own->quantised->tensors : viewsOf(own->weights);
        nameBody();
    } else if (const Converted* workspace = converted()) {
        m_tensors = workspace->workspace.tensors();
    } else {
        m_tensors = std::get<SyntheticModel>(m_source).tensors;
    }
    std::ranges::sort(m_tensors, {}, &TensorView::name);
}

void Checkpoint::nameBody() {
    if (std::ranges::find(m_tensors, "embed_tokens.weight", &TensorView::name) == m_tensors.end())
        return;
    m_bodyNames.reserve(m_tensors.size()); // views of them stay
    for (TensorView& tensor : m_tensors)
        if (tensor.name != "lm_head.weight")
            tensor.name = m_bodyNames.emplace_back("model.").append(tensor.name);
}

Result<Checkpoint> Checkpoint::open(const fs::path& path) {
    if (isSyntheticName(path.native())) {
        HEARTH_TRY_ASSIGN(SyntheticModel model, makeSyntheticModel(path.native()));
        return Checkpoint(path, std::move(model));
    }
    std::error_code failed;
    const fs::file_status status = fs::status(path, failed);
    if (!fs::exists(status))
        return fileFailure(ErrorCode::NotFound, path.string(), {}, "no such file or folder");
    if (fs::is_directory(status))
        return openFolder(path);
    if (isPickle(path))
        return pickleFailure(path);
    if (path.extension() == ".safetensors")
        return openFolder(path.has_parent_path() ? path.parent_path() : fs::path("."));
    if (path.extension() != ".gguf" && !beginsAsGguf(path))
        return fileFailure(ErrorCode::Unsupported, path.string(), {},
                           "this is no model file: a model is a GGUF file, a Hugging Face folder "
                           "with config.json and safetensors, or a workspace");
    return openGguf(path);
}

Result<Checkpoint> Checkpoint::openGguf(const fs::path& path) {
    HEARTH_TRY_ASSIGN(std::vector<GgufFile> parts, openGgufParts(path));
    return Checkpoint(path, Gguf{std::move(parts)});
}

Result<Checkpoint> Checkpoint::openWorkspace(const fs::path& folder) {
    HEARTH_TRY_ASSIGN(hearth::Workspace workspace, hearth::Workspace::open(folder));
    HEARTH_TRY_ASSIGN(nlohmann::json generation,
                      readOptionalJson(folder / "generation_config.json"));
    HEARTH_TRY_ASSIGN(nlohmann::json tokenizer, readOptionalJson(folder / "tokenizer_config.json"));
    return Checkpoint(folder, Converted{std::move(workspace), std::move(generation),
                                        std::move(tokenizer)});
}

Result<Checkpoint> Checkpoint::openFolder(const fs::path& folder) {
    if (isWorkspace(folder))
        return openWorkspace(folder);
    if (!SafetensorsSet::findWeights(folder))
        return missingWeights(folder);
    HEARTH_TRY_ASSIGN(nlohmann::json config, readJson(folder / "config.json", kMaxConfigBytes));
    if (!config.is_object())
        return fileFailure(ErrorCode::Corrupt, (folder / "config.json").string(), "JSON",
                           "is not an object");
    HEARTH_TRY_ASSIGN(nlohmann::json generation,
                      readOptionalJson(folder / "generation_config.json"));
    HEARTH_TRY_ASSIGN(nlohmann::json tokenizer, readOptionalJson(folder / "tokenizer_config.json"));
    HEARTH_TRY_ASSIGN(SafetensorsSet weights, SafetensorsSet::openFolder(folder));
    HuggingFace source{std::move(weights), std::move(config), std::move(generation),
                       std::move(tokenizer), {}};
    const std::vector<TensorView> views = viewsOf(source.weights);
    HEARTH_TRY_ASSIGN(const std::optional<QuantisationConfig> quantisation,
                      findQuantisation(folder, source.config, views));
    if (quantisation) {
        HEARTH_TRY_ASSIGN(source.quantised,
                          resolveQuantised(*quantisation, folder.string(), views));
    }
    return Checkpoint(folder, std::move(source));
}

Checkpoint::Kind Checkpoint::kind() const {
    if (converted() != nullptr)
        return Kind::Workspace;
    return std::holds_alternative<Gguf>(m_source) ? Kind::Gguf : Kind::HuggingFace;
}

bool Checkpoint::has(std::string_view name) const {
    const Converted* workspace = converted();
    return workspace != nullptr ? workspace->workspace.hasSource(name) : find(name).has_value();
}

const Workspace& Checkpoint::workspace() const {
    return std::get<Converted>(m_source).workspace;
}

bool Checkpoint::isSynthetic() const {
    return std::holds_alternative<SyntheticModel>(m_source);
}

std::optional<TensorView> Checkpoint::find(std::string_view name) const {
    const auto at = std::ranges::lower_bound(m_tensors, name, {}, &TensorView::name);
    return at != m_tensors.end() && at->name == name ? std::optional(*at) : std::nullopt;
}

Result<TensorView> Checkpoint::tensor(std::string_view name) const {
    auto found = find(name);
    if (!found)
        return fileFailure(ErrorCode::NotFound, m_path.string(), std::string(name),
                           "no such tensor");
    return *std::move(found);
}

const GgufFile& Checkpoint::gguf() const {
    return std::get<Gguf>(m_source).parts.front();
}

const nlohmann::json& Checkpoint::config() const {
    return isSynthetic() ? std::get<SyntheticModel>(m_source).config
                         : std::get<HuggingFace>(m_source).config;
}

const nlohmann::json& Checkpoint::generationConfig() const {
    static const nlohmann::json none;
    if (const Converted* workspace = converted())
        return workspace->generationConfig;
    return isSynthetic() ? none : std::get<HuggingFace>(m_source).generationConfig;
}

const nlohmann::json& Checkpoint::tokenizerConfig() const {
    static const nlohmann::json none;
    if (const Converted* workspace = converted())
        return workspace->tokenizerConfig;
    return isSynthetic() ? none : std::get<HuggingFace>(m_source).tokenizerConfig;
}

std::string Checkpoint::mainType() const {
    std::map<std::string, std::uint64_t> elementsOf;
    for (const TensorView& tensor : m_tensors)
        elementsOf[tensor.typeName()] += tensor.elements();
    const auto most = std::ranges::max_element(
        elementsOf, {}, [](const auto& entry) { return entry.second; });
    return most == elementsOf.end() ? std::string() : most->first;
}

std::vector<const MappedFile*> Checkpoint::files() const {
    std::vector<const MappedFile*> files;
    if (const auto* gguf = std::get_if<Gguf>(&m_source)) {
        for (const GgufFile& part : gguf->parts)
            files.push_back(&part.file());
    } else if (const HuggingFace* own = folder()) {
        for (const SafetensorsFile& file : own->weights.files())
            files.push_back(&file.file());
    } else if (const Converted* workspace = converted()) {
        files.push_back(&workspace->workspace.file());
    }
    return files;
}

std::uint64_t Checkpoint::fileBytes() const {
    std::uint64_t bytes = 0;
    if (isSynthetic())
        for (const TensorView& tensor : m_tensors)
            bytes += tensor.bytes();
    for (const MappedFile* file : files())
        bytes += file->bytes().size();
    return bytes;
}

bool Checkpoint::wasTruncated() const {
    return std::ranges::any_of(files(), &MappedFile::wasTruncated);
}

void Checkpoint::readAhead(const std::stop_token& stop) const {
    constexpr std::size_t kStep = std::size_t{8} << 20;
    for (const MappedFile* file : files())
        for (std::size_t at = 0; at < file->bytes().size(); at += kStep) {
            if (stop.stop_requested())
                return;
            file->advise(file->bytes().subspan(at, std::min(kStep, file->bytes().size() - at)),
                         PageAdvice::WillNeed);
        }
}

void Checkpoint::advise(const TensorView& tensor, PageAdvice advice) const {
    if (!tensor.stored)
        return advise(tensor.data, advice);
    for (const std::span<const std::byte> part : tensor.stored->parts())
        advise(part, advice);
}

void Checkpoint::advise(std::span<const std::byte> bytes, PageAdvice advice) const {
    for (const MappedFile* file : files()) {
        const auto all = file->bytes();
        const bool inside = std::ranges::less_equal{}(all.data(), bytes.data()) &&
                            std::ranges::less{}(bytes.data(), all.data() + all.size());
        if (inside)
            file->advise(bytes, advice);
    }
}

} // namespace hearth
