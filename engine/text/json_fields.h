#pragma once

#include "hearth/result.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth::json_fields {

/// Readers of fields with errors that name them: Corrupt for a wrong type. `where` is the path of
/// `object` in its document. A field that is absent or null yields the fallback.

[[nodiscard]] Failure corrupt(std::string field, std::string detail);
[[nodiscard]] Failure unsupported(std::string field, std::string detail);

/// Null if absent.
[[nodiscard]] const nlohmann::json& member(const nlohmann::json& object, std::string_view key);
Result<bool> boolean(const nlohmann::json& object, std::string_view key, bool fallback,
                     const std::string& where);
Result<std::string> string(const nlohmann::json& object, std::string_view key,
                           std::string_view fallback, const std::string& where);
/// A string that must be there.
Result<std::string> string(const nlohmann::json& object, std::string_view key,
                           const std::string& where);
Result<std::int64_t> integer(const nlohmann::json& value, const std::string& where);

} // namespace hearth::json_fields
