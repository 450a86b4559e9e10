#pragma once

#include "hearth/result.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace hearth {

/// Nesting beyond this is refused before anything is built from the text.
inline constexpr int kMaxJsonDepth = 128;

/// Parses one JSON document. `source` is the path or name that errors carry.
/// Errors: Corrupt with the byte offset (syntax, nesting, invalid UTF-8, numbers out of range).
Result<nlohmann::json> parseJson(std::string_view text, const std::string& source);

/// Reads and parses a file of at most `maxBytes`.
/// Errors: NotFound, Io; Corrupt if larger, or as parseJson().
Result<nlohmann::json> readJson(const std::filesystem::path& path, std::uint64_t maxBytes);

} // namespace hearth
