#include "cli/token_lists.h"

#include "cli/console.h"

#include <filesystem>
#include <limits>
#include <system_error>

#include <fmt/format.h>

namespace hearth::cli {

std::vector<std::vector<std::int32_t>> readTokenLists(const std::string& path) {
    const nlohmann::json document = readJsonFile(path);
    const auto bad = [&] {
        return CommandFailed(path + ": must be a JSON list of lists of token ids");
    };
    if (!document.is_array())
        throw bad();
    std::vector<std::vector<std::int32_t>> lists;
    for (const nlohmann::json& list : document) {
        if (!list.is_array())
            throw bad();
        if (list.empty())
            throw CommandFailed(fmt::format("{}: list {} is empty; every list needs one token id "
                                            "at least",
                                            path, lists.size()));
        std::vector<std::int32_t>& tokens = lists.emplace_back();
        for (const nlohmann::json& id : list) {
            if (!id.is_number_integer() || id.get<std::int64_t>() < 0 ||
                id.get<std::int64_t>() > std::numeric_limits<std::int32_t>::max())
                throw bad();
            tokens.push_back(id.get<std::int32_t>());
        }
    }
    return lists;
}

void requireFolderOf(const std::string& outputFile) {
    const std::filesystem::path folder = std::filesystem::path(outputFile).parent_path();
    std::error_code error;
    if (!folder.empty() && !std::filesystem::is_directory(folder, error))
        throw CommandFailed(outputFile + ": the folder " + folder.string() + " does not exist");
}

} // namespace hearth::cli
