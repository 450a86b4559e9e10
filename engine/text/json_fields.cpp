#include "text/json_fields.h"

#include "base/field_failure.h"
#include <utility>

namespace hearth::json_fields {

Failure corrupt(std::string field, std::string detail) {
    return fieldFailure(ErrorCode::Corrupt, std::move(field), std::move(detail));
}

Failure unsupported(std::string field, std::string detail) {
    return fieldFailure(ErrorCode::Unsupported, std::move(field), std::move(detail));
}

const nlohmann::json& member(const nlohmann::json& object, std::string_view key) {
    static const nlohmann::json null;
    if (!object.is_object())
        return null;
    const auto found = object.find(key);
    return found == object.end() ? null : *found;
}

Result<bool> boolean(const nlohmann::json& object, std::string_view key, bool fallback,
                     const std::string& where) {
    const nlohmann::json& value = member(object, key);
    if (value.is_null())
        return fallback;
    if (!value.is_boolean())
        return corrupt(where + "." + std::string(key), "not a boolean");
    return value.get<bool>();
}

Result<std::string> string(const nlohmann::json& object, std::string_view key,
                           std::string_view fallback, const std::string& where) {
    const nlohmann::json& value = member(object, key);
    if (value.is_null())
        return std::string(fallback);
    return string(object, key, where);
}

Result<std::string> string(const nlohmann::json& object, std::string_view key,
                           const std::string& where) {
    const nlohmann::json& value = member(object, key);
    if (!value.is_string())
        return corrupt(where + "." + std::string(key), "not a string");
    return value.get<std::string>();
}

Result<std::int64_t> integer(const nlohmann::json& value, const std::string& where) {
    if (value.is_number_unsigned()) {
        const auto number = value.get<std::uint64_t>();
        if (std::in_range<std::int64_t>(number))
            return static_cast<std::int64_t>(number);
    } else if (value.is_number_integer()) {
        return value.get<std::int64_t>();
    }
    return corrupt(where, "not an integer in range");
}

} // namespace hearth::json_fields
