#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hearth::cli {

/// Reads a JSON list of lists of token ids, none of them empty. CommandFailed names the file.
std::vector<std::vector<std::int32_t>> readTokenLists(const std::string& path);

/// CommandFailed if the folder of a file to be written does not exist: before the work, not after.
void requireFolderOf(const std::string& outputFile);

} // namespace hearth::cli
