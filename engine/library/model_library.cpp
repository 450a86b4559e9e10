#include "hearth/model_library.h"

#include "formats/json_file.h"
#include "formats/synthetic.h"
#include "formats/workspace.h"
#include "library/describe_model_file.h"
#include "library/download_target.h"
#include "library/starter.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
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
    return fs::exists(folder / "config.json", ignored) ||
           fs::exists(folder / kWorkspaceIndexName, ignored);
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

/// A folder that holds models and is none itself.
bool isFolderOfModels(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored) && !isModelFolder(path);
}

/// Without links in the folders' names. A link to a file keeps its own name, which in other
/// programs' stores is the only one that people know.
fs::path wholePath(const fs::path& path, std::error_code& error) {
    const fs::path whole = fs::absolute(path, error).lexically_normal();
    std::error_code ignored;
    if (!fs::is_symlink(whole, ignored) || fs::is_directory(whole, ignored))
        return fs::weakly_canonical(whole, error);
    return fs::weakly_canonical(whole.parent_path(), error) / whole.filename();
}

} // namespace

Result<ModelLibrary> ModelLibrary::open(const std::string& dataDirectory) {
    std::error_code error;
    const fs::path folder = fs::absolute(
        dataDirectory.empty() ? defaultDataDirectory() : fs::path(dataDirectory), error);
    fs::create_directories(folder / "models", error);
    if (error)
        return failure(ErrorCode::Io, folder, error.message());
    ModelLibrary library(folder.string());
    HEARTH_TRY(library.readAdded());
    HEARTH_TRY(library.scan());
    return library;
}

std::string ModelLibrary::modelsDirectory() const {
    return (fs::path(m_dataDirectory) / "models").string();
}

Result<void> ModelLibrary::readAdded() {
    const fs::path file = fs::path(m_dataDirectory) / "library.json";
    std::error_code ignored;
    if (!fs::exists(file, ignored))
        return {};
    HEARTH_TRY_ASSIGN(const nlohmann::json document, readJson(file, kMaxLibraryBytes));
    if (!document.is_object() || !document.contains("paths") || !document["paths"].is_array())
        return failure(ErrorCode::Corrupt, file, "must be an object with a list named paths");
    const nlohmann::json names = document.value("names", nlohmann::json::object());
    for (const nlohmann::json& path : document["paths"]) {
        if (!path.is_string())
            continue;
        Entry entry{path.get<std::string>(), {}};
        if (names.is_object() && names.contains(entry.path) && names[entry.path].is_string())
            entry.name = names[entry.path].get<std::string>();
        m_added.push_back(std::move(entry));
    }
    return {};
}

Result<void> ModelLibrary::writeAdded() const {
    nlohmann::json paths = nlohmann::json::array();
    nlohmann::json names = nlohmann::json::object();
    for (const Entry& entry : m_added) {
        paths.push_back(entry.path);
        if (!entry.name.empty())
            names[entry.path] = entry.name;
    }
    const nlohmann::json document{{"version", 1}, {"paths", paths}, {"names", names}};
    const fs::path file = fs::path(m_dataDirectory) / "library.json";
    try {
        return writeAtomically(file, document.dump(4) + "\n");
    } catch (const nlohmann::json::exception&) {
        return failure(ErrorCode::InvalidArgument, file, "a path in it is not UTF-8");
    }
}

Result<void> ModelLibrary::remember(Entry entry) {
    for (const Entry& known : m_added)
        if (known.path == entry.path)
            return {};
    m_added.push_back(std::move(entry));
    if (auto written = writeAdded(); !written) {
        m_added.pop_back();
        return fail(std::move(written).error());
    }
    return {};
}

LibraryModel ModelLibrary::describe(const std::string& path, const std::string& name) const {
    LibraryModel model = describeModelFile(path);
    if (!name.empty())
        model.name = name;
    if (isInside(path, modelsDirectory()))
        model.place = ModelPlace::Own;
    else
        model.place = ModelPlace::Folder;
    for (const Entry& entry : m_added)
        if (entry.path == path)
            model.place = ModelPlace::Added;
    model.isStarter = fs::path(path) == fs::path(modelsDirectory()) / kStarterFile;
    if (model.isStarter)
        model.name = kStarterName;
    return model;
}

Result<void> ModelLibrary::scan() {
    std::map<fs::path, std::string> found; // path → name
    std::set<fs::path> inside;
    collect(modelsDirectory(), kScanDepth, inside);
    for (const Entry& entry : m_added) {
        if (isFolderOfModels(entry.path))
            collect(entry.path, kScanDepth, inside);
        else
            found[entry.path] = entry.name;
    }
    for (const fs::path& path : inside)
        found.emplace(path, std::string());
    m_models.clear();
    std::set<std::string> names;
    for (const auto& [path, name] : found) {
        LibraryModel model = describe(path, name);
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

Result<LibraryModel> ModelLibrary::add(const std::string& path, const std::string& name) {
    std::error_code error;
    const fs::path whole = wholePath(path, error);
    if (error || !fs::exists(whole, error))
        return failure(ErrorCode::NotFound, path, "no such file or folder");
    const bool isFolder = isFolderOfModels(whole);
    std::set<fs::path> inside;
    if (isFolder)
        collect(whole, kScanDepth, inside);
    if (isFolder && inside.empty())
        return failure(ErrorCode::NotFound, whole, "the folder holds no model");
    Error problem;
    if (!isFolder && !describeModelFile(whole, &problem).problem.empty())
        return fail(std::move(problem));
    const std::string text = whole.string();
    HEARTH_TRY(remember({text, isFolder ? std::string() : name}));
    HEARTH_TRY(scan());
    for (const LibraryModel& known : m_models)
        if (known.path == text || (isFolder && isInside(known.path, whole)))
            return known;
    return failure(ErrorCode::NotFound, whole, "is gone");
}

std::vector<std::string> ModelLibrary::folders() const {
    std::vector<std::string> folders;
    for (const Entry& entry : m_added)
        if (isFolderOfModels(entry.path))
            folders.push_back(entry.path);
    return folders;
}

Result<void> ModelLibrary::addFolder(const std::string& path) {
    std::error_code error;
    const fs::path whole = wholePath(path, error);
    if (error || !fs::is_directory(whole, error))
        return failure(ErrorCode::NotFound, path, "no such folder");
    HEARTH_TRY(remember({whole.string(), {}}));
    return scan();
}

Result<void> ModelLibrary::removeFolder(const std::string& path) {
    const auto entry = std::find_if(m_added.begin(), m_added.end(),
                                    [&](const Entry& known) { return known.path == path; });
    if (entry == m_added.end())
        return failure(ErrorCode::NotFound, path, "is no folder that was added");
    m_added.erase(entry);
    HEARTH_TRY(writeAdded());
    return scan();
}

Result<void> ModelLibrary::remove(std::string_view name) {
    HEARTH_TRY_ASSIGN(const LibraryModel model, resolve(name));
    const auto added = std::find_if(m_added.begin(), m_added.end(), [&](const Entry& entry) {
        return entry.path == model.path;
    });
    if (added != m_added.end()) {
        m_added.erase(added);
        HEARTH_TRY(writeAdded());
    } else if (isInside(model.path, modelsDirectory())) {
        std::error_code error;
        fs::remove_all(model.path, error);
        if (error)
            return failure(ErrorCode::Io, model.path, error.message());
    } else if (model.place == ModelPlace::Folder) {
        return failure(ErrorCode::InvalidArgument, model.path,
                       "lies in a folder that was added; remove the folder instead");
    } else {
        return failure(ErrorCode::InvalidArgument, model.path, "is not in the library");
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

} // namespace hearth
