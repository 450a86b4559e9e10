#include "formats/quantised/quantisation_config.h"

#include "formats/format_error.h"

#include <algorithm>
#include <cctype>
#include <limits>

#include <fmt/format.h>

namespace hearth {

namespace {

std::string keyOf(std::string_view key) {
    return key.empty() ? "quantization_config" : fmt::format("quantization_config.{}", key);
}

} // namespace

const nlohmann::json* QuantisationConfig::find(std::string_view key) const {
    const auto found = m_object.find(key);
    return found == m_object.end() || found->is_null() ? nullptr : &*found;
}

Result<std::int64_t> QuantisationConfig::integer(std::string_view key, std::int64_t fallback,
                                                 std::string_view otherKey) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr && !otherKey.empty())
        value = find(otherKey);
    if (value == nullptr)
        return fallback;
    if (!value->is_number_integer())
        return wrong(key, "must be an integer");
    if (value->is_number_unsigned() &&
        value->get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int32_t>::max()})
        return wrong(key, fmt::format("{} is too large", value->get<std::uint64_t>()));
    return value->get<std::int64_t>();
}

Result<bool> QuantisationConfig::boolean(std::string_view key, bool fallback) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr)
        return fallback;
    if (!value->is_boolean())
        return wrong(key, "must be true or false");
    return value->get<bool>();
}

Result<std::string> QuantisationConfig::text(std::string_view key, std::string fallback) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr)
        return fallback;
    if (!value->is_string())
        return wrong(key, "must be a string");
    std::string text = value->get<std::string>();
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

Failure QuantisationConfig::unsupported(std::string_view key, std::string detail) const {
    return fileFailure(ErrorCode::Unsupported, m_path, keyOf(key), std::move(detail));
}

Failure QuantisationConfig::wrong(std::string_view key, std::string detail) const {
    return fileFailure(ErrorCode::Corrupt, m_path, keyOf(key), std::move(detail));
}

Result<std::int32_t> groupSizeOf(const QuantisationConfig& config, std::int64_t configured,
                                 std::int64_t columns) {
    constexpr std::int64_t kLargest = 1 << 20;
    if (configured == -1 || configured >= columns)
        return static_cast<std::int32_t>(columns);
    if (configured <= 0 || configured > kLargest)
        return config.wrong("group_size", fmt::format("{} is no group size", configured));
    return static_cast<std::int32_t>(configured);
}

} // namespace hearth
