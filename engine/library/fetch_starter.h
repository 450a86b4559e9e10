#pragma once

#include "hearth/result.h"

#include <filesystem>
#include <string>

namespace hearth {

/// Puts `file`, whose SHA-256 must be the starter's, into `folder` under its name, atomically.
/// Errors: NotFound, Io, NoSpace, WrongChecksum.
Result<std::string> placeStarter(const std::filesystem::path& file,
                                 const std::filesystem::path& folder);

/// What went wrong, by the words of a pip that failed.
[[nodiscard]] Error pipError(const std::string& python, const std::string& words);

} // namespace hearth
