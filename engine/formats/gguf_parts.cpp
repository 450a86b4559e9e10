#include "formats/gguf_parts.h"

#include "formats/format_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSuffixBytes = std::string_view("-00001-of-00001.gguf").size();

std::string partSuffix(std::uint32_t number, std::uint32_t count) {
    return fmt::format("-{:05}-of-{:05}.gguf", number + 1, count);
}

Result<std::vector<GgufFile>> openAllParts(const fs::path& path, std::uint32_t number,
                                           std::uint32_t count) {
    const std::string fileName = path.filename().string();
    if (!fileName.ends_with(partSuffix(number, count)))
        return fileFailure(ErrorCode::Corrupt, path.string(), "split.count",
                           fmt::format("part {} of {} must be named NAME{}", number + 1, count,
                                       partSuffix(number, count)));
    const std::string stem = fileName.substr(0, fileName.size() - kSuffixBytes);
    std::vector<GgufFile> parts;
    for (std::uint32_t i = 0; i < count; ++i) {
        HEARTH_TRY_ASSIGN(GgufFile part,
                          GgufFile::open(path.parent_path() / (stem + partSuffix(i, count))));
        HEARTH_TRY_ASSIGN(const auto partNumber, part.getOr<std::uint32_t>("split.no", 0));
        HEARTH_TRY_ASSIGN(const auto partCount, part.getOr<std::uint32_t>("split.count", 1));
        if (partNumber != i || partCount != count)
            return fileFailure(ErrorCode::Corrupt, part.path(), "split.no",
                               "the part's number does not agree with its name");
        parts.push_back(std::move(part));
    }
    return parts;
}

Result<void> checkUnique(const std::vector<GgufFile>& parts) {
    std::vector<std::pair<std::string_view, const GgufFile*>> names;
    for (const GgufFile& part : parts)
        for (const GgufTensor& tensor : part.tensors())
            names.emplace_back(tensor.name, &part);
    std::ranges::sort(names);
    const auto same = std::ranges::adjacent_find(names, {}, [](auto& pair) { return pair.first; });
    if (same != names.end())
        return fileFailure(ErrorCode::Corrupt, same->second->path(), std::string(same->first),
                           "the tensor occurs in two parts");
    return {};
}

} // namespace

Result<std::vector<GgufFile>> openGgufParts(const fs::path& path) {
    HEARTH_TRY_ASSIGN(GgufFile file, GgufFile::open(path));
    HEARTH_TRY_ASSIGN(const auto number, file.getOr<std::uint32_t>("split.no", 0));
    HEARTH_TRY_ASSIGN(const auto count, file.getOr<std::uint32_t>("split.count", 1));
    if (count > 1) {
        if (number >= count)
            return fileFailure(ErrorCode::Corrupt, path.string(), "split.no",
                               fmt::format("part {} of {}", number, count));
        HEARTH_TRY_ASSIGN(std::vector<GgufFile> parts, openAllParts(path, number, count));
        HEARTH_TRY(checkUnique(parts));
        return parts;
    }
    std::vector<GgufFile> single;
    single.push_back(std::move(file));
    return single;
}

} // namespace hearth
