#include "formats/format_error.h"
#include "formats/json_file.h"
#include "formats/safetensors.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSingleName = "model.safetensors";
constexpr const char* kIndexName = "model.safetensors.index.json";
constexpr std::uint64_t kMaxShardIndexBytes = 64 << 20;

/// A shard's name comes from a file that somebody else wrote: it may only name a file in the same
/// folder.
bool isPlainFileName(std::string_view name) {
    return name.ends_with(".safetensors") && name.find_first_of("/\\") == std::string_view::npos &&
           name.find('\0') == std::string_view::npos && !name.starts_with('.');
}

/// The `blobs` folder into which Hugging Face's cache links the files of snapshots/REVISION.
fs::path cacheBlobs(const fs::path& folder) {
    const fs::path snapshots = folder.parent_path();
    return snapshots.filename() == "snapshots" ? snapshots.parent_path() / "blobs" : fs::path();
}

Result<void> checkShardPath(const fs::path& folder, const std::string& name,
                            const std::string& indexPath) {
    if (!isPlainFileName(name))
        return fileFailure(ErrorCode::Corrupt, indexPath, name,
                           "a shard must be a plain .safetensors file name");
    std::error_code failed;
    const fs::path home = fs::canonical(folder, failed);
    const fs::path target = failed ? fs::path() : fs::canonical(folder / name, failed);
    if (failed)
        return fileFailure(ErrorCode::NotFound, (folder / name).string(), name,
                           "a shard that the index lists is missing");
    const fs::path parent = target.parent_path();
    if (parent != home && parent != cacheBlobs(home))
        return fileFailure(ErrorCode::Corrupt, indexPath, name,
                           "the shard is a symbolic link that leaves the folder");
    return {};
}

} // namespace

std::optional<fs::path> SafetensorsSet::findWeights(const fs::path& folder) {
    std::error_code failed;
    for (const char* name : {kIndexName, kSingleName})
        if (fs::exists(folder / name, failed))
            return folder / name;
    std::vector<fs::path> others;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
        if (isPlainFileName(at->path().filename().string()))
            others.push_back(at->path());
    return others.size() == 1 ? std::optional(others.front()) : std::nullopt;
}

Result<SafetensorsSet> SafetensorsSet::openFolder(const fs::path& folder) {
    const fs::path weights = findWeights(folder).value_or(folder / kSingleName);
    if (weights.filename() == kIndexName)
        return openShards(folder);

    SafetensorsSet set;
    HEARTH_TRY_ASSIGN(SafetensorsFile file, SafetensorsFile::open(weights));
    set.m_files.push_back(std::move(file));
    for (const SafetensorsTensor& tensor : set.m_files.front().tensors())
        set.m_tensors.push_back(&tensor);
    return set;
}

Result<SafetensorsSet> SafetensorsSet::openShards(const fs::path& folder) {
    const std::string indexPath = (folder / kIndexName).string();
    HEARTH_TRY_ASSIGN(const nlohmann::json index, readJson(indexPath, kMaxShardIndexBytes));
    const auto map = index.is_object() ? index.find("weight_map") : index.end();
    if (map == index.end() || !map->is_object() || map->empty())
        return fileFailure(ErrorCode::Corrupt, indexPath, "weight_map", "missing or empty");

    // Tensors by shard, so that only one pass over each shard is needed.
    std::map<std::string, std::vector<std::string>> shards;
    for (const auto& [tensor, shard] : map->items()) {
        if (!shard.is_string())
            return fileFailure(ErrorCode::Corrupt, indexPath, tensor, "its shard is no string");
        shards[shard.get_ref<const std::string&>()].push_back(tensor);
    }

    SafetensorsSet set;
    for (const auto& [name, tensors] : shards) {
        HEARTH_TRY(checkShardPath(folder, name, indexPath));
        HEARTH_TRY_ASSIGN(SafetensorsFile file, SafetensorsFile::open(folder / name));
        for (const std::string& tensor : tensors) {
            const SafetensorsTensor* found = file.findTensor(tensor);
            if (found == nullptr)
                return fileFailure(ErrorCode::Corrupt, file.path(), tensor,
                                   "the index lists this tensor, the shard lacks it");
            set.m_tensors.push_back(found);
        }
        set.m_files.push_back(std::move(file));
    }
    std::ranges::sort(
        set.m_tensors, {}, [](auto* tensor) -> auto& { return tensor->name; });
    return set;
}

} // namespace hearth
