#include "library/find_models.h"

#include "formats/json_file.h"
#include "library/sha256.h"

#include <system_error>

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr int kManifestDepth = 5; // registry, owner, model, tag
constexpr std::uint64_t kMaxManifestBytes = 1 << 20;
constexpr std::string_view kModelLayer = "application/vnd.ollama.image.model";
constexpr std::string_view kDigestKind = "sha256:";

/// The blob of the layer with the weights. Its digest is parsed, so that no manifest can name a
/// file elsewhere.
fs::path blobOf(const fs::path& manifest, const fs::path& blobs) {
    const auto document = readJson(manifest, kMaxManifestBytes);
    if (!document || !document->is_object())
        return {};
    const auto layers = document->find("layers");
    if (layers == document->end() || !layers->is_array())
        return {};
    for (const nlohmann::json& layer : *layers) {
        if (!layer.is_object() || !layer.contains("mediaType") || !layer.contains("digest") ||
            layer["mediaType"] != kModelLayer || !layer["digest"].is_string())
            continue;
        const auto digest = layer["digest"].get<std::string>();
        if (!digest.starts_with(kDigestKind))
            continue;
        if (const auto parsed = Sha256::parse(digest.substr(kDigestKind.size())))
            return blobs / ("sha256-" + parsed->hex());
    }
    return {};
}

void collect(const fs::path& folder, const fs::path& blobs, int depth, SearchBounds& bounds,
             std::vector<ModelCandidate>& found) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end && bounds.goesOn();
         it.increment(error)) {
        std::error_code ignored;
        if (it->is_directory(ignored)) {
            if (depth > 1 && bounds.isNew(it->path()))
                collect(it->path(), blobs, depth - 1, bounds, found);
            continue;
        }
        const fs::path blob = blobOf(it->path(), blobs);
        if (!blob.empty() && fs::is_regular_file(blob, ignored))
            found.push_back({blob, folder.filename().string() + ":" +
                                       it->path().filename().string()});
    }
}

} // namespace

std::vector<ModelCandidate> ollamaModels(const fs::path& folder, SearchBounds& bounds) {
    std::vector<ModelCandidate> found;
    collect(folder / "manifests", folder / "blobs", kManifestDepth, bounds, found);
    return found;
}

} // namespace hearth
