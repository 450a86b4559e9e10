#include "hearth/model_library.h"

#include "formats/json_file.h"
#include "formats/synthetic.h"
#include "library/describe_model_file.h"
#include "library/sha256.h"
#include "library/starter.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr int kScanDepth = 4;
constexpr std::uint64_t kMaxLibraryBytes = 16 << 20;
constexpr std::string_view kStarterName = "starter";

Failure failure(ErrorCode code, const fs::path& path, std::string detail) {
    Error error;
    error.code = code;
    error.path = path.string();
    error.detail = std::move(detail);
    return fail(std::move(error));
}

fs::path defaultDataDirectory() {
    if (const char* xdg = std::getenv("XDG_DATA_HOME"); xdg != nullptr && *xdg == '/')
        return fs::path(xdg) / "hearth";
    const char* home = std::getenv("HOME");
    return fs::path(home != nullptr && *home != '\0' ? home : "/tmp") / ".local/share/hearth";
}

bool isModelFolder(const fs::path& folder) {
    std::error_code ignored;
    return fs::exists(folder / "config.json", ignored);
}

/// GGUF files (of a split model the first part) and model folders below `folder`, sorted.
void collect(const fs::path& folder, int depth, std::set<fs::path>& found) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        const fs::path& path = it->path();
        std::error_code ignored;
        if (it->is_directory(ignored)) {
            if (isModelFolder(path))
                found.insert(path);
            else if (depth > 1)
                collect(path, depth - 1, found);
            continue;
        }
        const std::string name = path.filename().string();
        const std::size_t part = name.find("-of-");
        const bool laterPart = part != std::string::npos && part >= 5 &&
                               name.compare(part - 5, 5, "00001") != 0;
        if (path.extension() == ".gguf" && !laterPart)
            found.insert(path);
    }
}

bool isInside(const fs::path& path, const fs::path& folder) {
    std::error_code error;
    const fs::path whole = fs::weakly_canonical(path, error);
    const fs::path base = fs::weakly_canonical(folder, error);
    const auto [end, rest] = std::mismatch(base.begin(), base.end(), whole.begin(), whole.end());
    return !error && end == base.end() && rest != whole.end();
}

/// Writes beside the file and renames, so that a crash leaves the old one or the new one.
Result<void> writeAtomically(const fs::path& path, const std::string& text) {
    const fs::path temporary = path.string() + ".new";
    {
        std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
        file << text;
        file.flush();
        if (!file)
            return failure(ErrorCode::Io, temporary, "writing failed");
    }
    std::error_code error;
    fs::rename(temporary, path, error);
    if (error)
        return failure(ErrorCode::Io, path, error.message());
    return {};
}

} // namespace

Result<ModelLibrary> ModelLibrary::open(const std::string& dataDirectory) {
    std::error_code error;
    const fs::path folder =
        fs::absolute(dataDirectory.empty() ? defaultDataDirectory() : fs::path(dataDirectory), error);
    fs::create_directories(folder / "models", error);
    if (error)
        return failure(ErrorCode::Io, folder, error.message());
    ModelLibrary library(folder.string());
    HEARTH_TRY(library.readAddedPaths());
    HEARTH_TRY(library.scan());
    return library;
}

std::string ModelLibrary::modelsDirectory() const {
    return (fs::path(m_dataDirectory) / "models").string();
}

Result<void> ModelLibrary::readAddedPaths() {
    const fs::path file = fs::path(m_dataDirectory) / "library.json";
    std::error_code ignored;
    if (!fs::exists(file, ignored))
        return {};
    HEARTH_TRY_ASSIGN(const nlohmann::json document, readJson(file, kMaxLibraryBytes));
    if (!document.is_object() || !document.contains("paths") || !document["paths"].is_array())
        return failure(ErrorCode::Corrupt, file, "must be an object with a list named paths");
    for (const nlohmann::json& path : document["paths"])
        if (path.is_string())
            m_addedPaths.push_back(path.get<std::string>());
    return {};
}

Result<void> ModelLibrary::writeAddedPaths() const {
    const nlohmann::json document{{"version", 1}, {"paths", m_addedPaths}};
    const fs::path file = fs::path(m_dataDirectory) / "library.json";
    try {
        return writeAtomically(file, document.dump(4) + "\n");
    } catch (const nlohmann::json::exception&) {
        return failure(ErrorCode::InvalidArgument, file, "a path in it is not UTF-8");
    }
}

Result<void> ModelLibrary::scan() {
    std::set<fs::path> found;
    collect(modelsDirectory(), kScanDepth, found);
    for (const std::string& added : m_addedPaths) {
        std::error_code ignored;
        if (fs::is_directory(added, ignored) && !isModelFolder(added))
            collect(added, kScanDepth, found);
        else
            found.insert(added);
    }
    m_models.clear();
    std::set<std::string> names;
    const fs::path starter = fs::path(modelsDirectory()) / kStarterFile;
    for (const fs::path& path : found) {
        LibraryModel model = describeModelFile(path);
        model.isStarter = path == starter;
        if (model.isStarter)
            model.name = kStarterName;
        const std::string base = model.name;
        for (int copy = 2; !names.insert(model.name).second; ++copy)
            model.name = fmt::format("{}-{}", base, copy);
        m_models.push_back(std::move(model));
    }
    std::sort(m_models.begin(), m_models.end(), [](const LibraryModel& a, const LibraryModel& b) {
        return std::pair(!a.isStarter, a.name) < std::pair(!b.isStarter, b.name);
    });
    return {};
}

Result<LibraryModel> ModelLibrary::add(const std::string& path) {
    std::error_code error;
    const fs::path whole = fs::weakly_canonical(fs::absolute(path, error), error);
    if (error || !fs::exists(whole, error))
        return failure(ErrorCode::NotFound, path, "no such file or folder");
    const bool folderOfModels = fs::is_directory(whole, error) && !isModelFolder(whole);
    std::set<fs::path> inside;
    if (folderOfModels)
        collect(whole, kScanDepth, inside);
    if (folderOfModels && inside.empty())
        return failure(ErrorCode::NotFound, whole, "the folder holds no model");
    if (const LibraryModel model = describeModelFile(whole);
        !folderOfModels && !model.problem.empty())
        return failure(ErrorCode::InvalidArgument, whole, model.problem);
    const std::string text = whole.string();
    if (std::find(m_addedPaths.begin(), m_addedPaths.end(), text) == m_addedPaths.end()) {
        m_addedPaths.push_back(text);
        if (auto written = writeAddedPaths(); !written) {
            m_addedPaths.pop_back();
            return fail(std::move(written).error());
        }
    }
    HEARTH_TRY(scan());
    for (const LibraryModel& known : m_models)
        if (known.path == text || (folderOfModels && isInside(known.path, whole)))
            return known;
    return failure(ErrorCode::NotFound, whole, "is gone");
}

Result<void> ModelLibrary::remove(std::string_view name) {
    HEARTH_TRY_ASSIGN(const LibraryModel model, resolve(name));
    const auto added = std::find(m_addedPaths.begin(), m_addedPaths.end(), model.path);
    if (added != m_addedPaths.end()) {
        m_addedPaths.erase(added);
        HEARTH_TRY(writeAddedPaths());
    } else if (isInside(model.path, modelsDirectory())) {
        std::error_code error;
        fs::remove_all(model.path, error);
        if (error)
            return failure(ErrorCode::Io, model.path, error.message());
    } else {
        return failure(ErrorCode::InvalidArgument, model.path,
                       "lies in a folder that was added; remove the folder instead");
    }
    return scan();
}

Result<LibraryModel> ModelLibrary::resolve(std::string_view nameOrPath) const {
    const std::string text(nameOrPath);
    std::error_code ignored;
    for (const LibraryModel& model : m_models)
        if (model.name == text || model.path == text)
            return model;
    if (isSyntheticName(text)) {
        if (auto known = makeSyntheticModel(text); !known)
            return fail(std::move(known).error());
        return describeModelFile(text);
    }
    if (text != kStarterName && fs::exists(text, ignored))
        return describeModelFile(fs::absolute(text, ignored));
    std::vector<std::string> names;
    for (const LibraryModel& model : m_models)
        names.push_back(model.name);
    Error error;
    error.code = ErrorCode::NotFound;
    error.field = text;
    if (text == kStarterName)
        error.detail = "the starter model is not installed; \"hearth models pull starter\" gets it";
    else if (names.empty())
        error.detail = "the library is empty, and there is no such file";
    else
        error.detail = fmt::format("the library has {}, and there is no such file",
                                   fmt::join(names, ", "));
    return fail(std::move(error));
}

Result<LibraryModel> ModelLibrary::installStarter(const std::string& file) {
    HEARTH_TRY_ASSIGN(const std::string digest, sha256OfFile(file));
    if (digest != kStarterSha256)
        return failure(ErrorCode::Corrupt, file,
                       fmt::format("SHA-256 is {}, the starter model's is {}", digest,
                                   kStarterSha256));
    const fs::path target = fs::path(modelsDirectory()) / kStarterFile;
    const fs::path temporary = target.string() + ".new";
    std::error_code error;
    fs::copy_file(file, temporary, fs::copy_options::overwrite_existing, error);
    if (!error)
        fs::rename(temporary, target, error);
    if (error) {
        std::error_code ignored;
        fs::remove(temporary, ignored);
        return failure(ErrorCode::Io, target, error.message());
    }
    HEARTH_TRY(scan());
    return resolve(kStarterName);
}

} // namespace hearth
