#include "library/find_models.h"

#include "hearth/found_models.h"
#include "library/describe_model_file.h"

#include <algorithm>
#include <cstdlib>
#include <sys/stat.h>
#include <system_error>
#include <tuple>

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr int kDepth = 6;
constexpr int kMaxEntries = 20'000;
constexpr std::chrono::seconds kLongest(3);
constexpr std::size_t kMaxModels = 200;

fs::path variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value == '/' ? fs::path(value) : fs::path();
}

fs::path orBelow(const fs::path& given, const fs::path& home, const char* otherwise) {
    return given.empty() ? home / otherwise : given;
}

bool isFirstPart(const std::string& stem) {
    const std::size_t part = stem.find("-of-");
    return part == std::string::npos || part < 5 || stem.compare(part - 5, 5, "00001") == 0;
}

bool isModelFile(const fs::path& path) {
    const std::string stem = path.stem().string();
    // "mmproj" is the eye of a model that has one, never a model.
    return path.extension() == ".gguf" && isFirstPart(stem) && !stem.starts_with("mmproj");
}

bool isModelFolder(const fs::path& folder) {
    std::error_code ignored;
    return fs::exists(folder / "config.json", ignored) &&
           (fs::exists(folder / "model.safetensors", ignored) ||
            fs::exists(folder / "model.safetensors.index.json", ignored));
}

void collect(const fs::path& folder, int depth, SearchBounds& bounds,
             std::vector<ModelCandidate>& found) {
    std::error_code error;
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::directory_iterator it(folder, options, error), end;
         !error && it != end && bounds.goesOn(); it.increment(error)) {
        const fs::path& path = it->path();
        std::error_code ignored;
        if (it->is_directory(ignored)) {
            // Of the hub's cache the files' own store has no names.
            if (path.filename() == "blobs" || !bounds.isNew(path))
                continue;
            if (isModelFolder(path))
                found.push_back({path, {}});
            if (depth > 1)
                collect(path, depth - 1, bounds, found);
        } else if (isModelFile(path) && it->is_regular_file(ignored) && bounds.isNew(path)) {
            found.push_back({path, path.stem().string()});
        }
    }
}

} // namespace

SearchBounds::SearchBounds(const std::stop_token& stop)
    : m_stop(stop), m_end(std::chrono::steady_clock::now() + kLongest) {}

bool SearchBounds::goesOn() {
    return ++m_entries <= kMaxEntries && !m_stop.stop_requested() &&
           std::chrono::steady_clock::now() < m_end;
}

bool SearchBounds::isNew(const fs::path& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 &&
           m_seen.emplace(status.st_dev, status.st_ino).second;
}

std::vector<SearchPlace> searchPlaces() {
    const char* homeName = std::getenv("HOME");
    const fs::path home = homeName != nullptr ? homeName : "/nonexistent";
    const fs::path cache = orBelow(variable("XDG_CACHE_HOME"), home, ".cache");
    const fs::path data = orBelow(variable("XDG_DATA_HOME"), home, ".local/share");
    const fs::path config = orBelow(variable("XDG_CONFIG_HOME"), home, ".config");
    const fs::path hub = variable("HF_HUB_CACHE");
    const fs::path hubHome = variable("HF_HOME");
    std::vector<SearchPlace> places;
    const auto add = [&](ModelOrigin origin, const fs::path& folder) {
        places.push_back({origin, folder});
    };
    if (!hub.empty())
        add(ModelOrigin::HuggingFace, hub);
    if (!hubHome.empty())
        add(ModelOrigin::HuggingFace, hubHome / "hub");
    add(ModelOrigin::HuggingFace, cache / "huggingface/hub");
    add(ModelOrigin::LmStudio, home / ".lmstudio/models");
    add(ModelOrigin::LmStudio, cache / "lm-studio/models");
    if (const fs::path ollama = variable("OLLAMA_MODELS"); !ollama.empty())
        add(ModelOrigin::Ollama, ollama);
    add(ModelOrigin::Ollama, home / ".ollama/models");
    add(ModelOrigin::Ollama, "/usr/share/ollama/.ollama/models");
    add(ModelOrigin::Jan, data / "Jan/data/models");
    add(ModelOrigin::Jan, data / "Jan/data/llamacpp/models");
    add(ModelOrigin::Jan, config / "Jan/data/models");
    add(ModelOrigin::Jan, config / "Jan/data/llamacpp/models");
    add(ModelOrigin::Jan, home / "jan/models");
    add(ModelOrigin::Gpt4All, data / "nomic.ai/GPT4All");
    add(ModelOrigin::LlamaCpp, orBelow(variable("LLAMA_CACHE"), cache, "llama.cpp"));
    return places;
}

std::vector<FoundModel> findModels(const std::vector<SearchPlace>& places,
                                   const std::stop_token& stop) {
    SearchBounds bounds(stop);
    std::vector<FoundModel> models;
    for (const SearchPlace& place : places) {
        std::error_code ignored;
        if (!fs::is_directory(place.folder, ignored) || !bounds.isNew(place.folder))
            continue;
        std::vector<ModelCandidate> found;
        if (place.origin == ModelOrigin::Ollama)
            found = ollamaModels(place.folder, bounds);
        else
            collect(place.folder, kDepth, bounds, found);
        for (const ModelCandidate& candidate : found) {
            if (!bounds.goesOn() || models.size() >= kMaxModels)
                break;
            if (place.origin == ModelOrigin::Ollama && !bounds.isNew(candidate.path))
                continue;
            FoundModel model{describeModelFile(candidate.path), place.origin};
            if (!candidate.name.empty())
                model.model.name = candidate.name;
            models.push_back(std::move(model));
        }
    }
    std::sort(models.begin(), models.end(), [](const FoundModel& a, const FoundModel& b) {
        return std::tuple(!a.model.problem.empty(), b.model.parameters, a.model.name) <
               std::tuple(!b.model.problem.empty(), a.model.parameters, b.model.name);
    });
    return models;
}

} // namespace hearth
