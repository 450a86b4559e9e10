#pragma once

#include "hearth/result.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace hearth {

/// A `quantization_config` and where it was read. All errors name the file and the key.
class QuantisationConfig {
public:
    QuantisationConfig(std::string path, nlohmann::json object)
        : m_path(std::move(path))
        , m_object(std::move(object)) {}

    [[nodiscard]] const nlohmann::json& json() const { return m_object; }
    [[nodiscard]] const nlohmann::json* find(std::string_view key) const;
    /// The first of the two keys that is there, null excluded.
    Result<std::int64_t> integer(std::string_view key, std::int64_t fallback,
                                 std::string_view otherKey = {}) const;
    Result<bool> boolean(std::string_view key, bool fallback) const;
    /// In lower case.
    Result<std::string> text(std::string_view key, std::string fallback) const;
    [[nodiscard]] Failure unsupported(std::string_view key, std::string detail) const;
    [[nodiscard]] Failure wrong(std::string_view key, std::string detail) const;

private:
    std::string m_path;
    nlohmann::json m_object;
};

/// A format's group size: a positive number, or -1 for whole rows (then `columns`).
/// Errors: Corrupt naming the key and the number.
Result<std::int32_t> groupSizeOf(const QuantisationConfig& config, std::int64_t configured,
                                 std::int64_t columns);

} // namespace hearth
