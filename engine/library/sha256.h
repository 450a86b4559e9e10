#pragma once

#include "hearth/result.h"

#include <filesystem>
#include <string>

namespace hearth {

/// The SHA-256 of a file in lower-case hexadecimal. Errors: NotFound, Io.
Result<std::string> sha256OfFile(const std::filesystem::path& path);

} // namespace hearth
