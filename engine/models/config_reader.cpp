#include "models/config_reader.h"

#include <limits>
#include <utility>

namespace hearth {

using Json = nlohmann::json;

namespace {

const Json* findIn(const Json& object, std::string_view key) {
    if (!object.is_object())
        return nullptr;
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

// A float or a string is a damaged config, not a number to round.
bool isInteger32(const Json& value) {
    if (value.is_number_unsigned())
        return std::in_range<std::int32_t>(value.get<std::uint64_t>());
    return value.is_number_integer() && std::in_range<std::int32_t>(value.get<std::int64_t>());
}

} // namespace

const Json* ConfigReader::find(std::string_view key) const {
    const bool isGiven = m_object.is_object() && m_object.contains(key);
    return findIn(isGiven || m_defaults == nullptr ? m_object : *m_defaults, key);
}

Result<std::optional<ConfigReader>> ConfigReader::object(std::string_view key) const {
    const Json* value = find(key);
    if (value == nullptr)
        return std::optional<ConfigReader>{};
    if (!value->is_object())
        return wrong(key, "must be an object");
    return std::optional<ConfigReader>(std::in_place, m_checkpoint, *value, nullptr,
                                       m_parents + std::string(key) + ".");
}

Result<std::optional<std::int32_t>> ConfigReader::integer(std::string_view key) const {
    const Json* value = find(key);
    if (value == nullptr)
        return std::optional<std::int32_t>{};
    if (!isInteger32(*value))
        return wrong(key, "must be a whole number below 2^31");
    return std::optional<std::int32_t>(value->get<std::int32_t>());
}

Result<std::int32_t> ConfigReader::integer(std::string_view key, std::int32_t fallback) const {
    HEARTH_TRY_ASSIGN(const std::optional<std::int32_t> value, integer(key));
    return value.value_or(fallback);
}

Result<std::int32_t> ConfigReader::requiredInteger(std::string_view key) const {
    HEARTH_TRY_ASSIGN(const std::optional<std::int32_t> value, integer(key));
    if (!value)
        return wrong(key, "is missing");
    return *value;
}

Result<double> ConfigReader::number(std::string_view key, double fallback) const {
    const Json* value = find(key);
    if (value == nullptr)
        return fallback;
    if (!value->is_number())
        return wrong(key, "must be a number");
    return value->get<double>();
}

Result<float> ConfigReader::real(std::string_view key, float fallback) const {
    HEARTH_TRY_ASSIGN(const double value, number(key, fallback));
    return static_cast<float>(value);
}

Result<bool> ConfigReader::boolean(std::string_view key, bool fallback) const {
    const Json* value = find(key);
    if (value == nullptr)
        return fallback;
    if (!value->is_boolean())
        return wrong(key, "must be true or false");
    return value->get<bool>();
}

Result<std::string> ConfigReader::text(std::string_view key, std::string_view fallback) const {
    const Json* value = find(key);
    if (value == nullptr)
        return std::string(fallback);
    if (!value->is_string())
        return wrong(key, "must be a string");
    return value->get<std::string>();
}

Result<std::vector<float>> ConfigReader::numbers(std::string_view key) const {
    std::vector<float> numbers;
    const Json* value = find(key);
    if (value == nullptr)
        return numbers;
    if (!value->is_array())
        return wrong(key, "must be a list of numbers");
    for (const Json& one : *value) {
        if (!one.is_number())
            return wrong(key, "must be a list of numbers");
        numbers.push_back(one.get<float>());
    }
    return numbers;
}

Result<std::vector<std::string>> ConfigReader::texts(std::string_view key) const {
    std::vector<std::string> texts;
    const Json* value = find(key);
    if (value == nullptr)
        return texts;
    if (!value->is_array())
        return wrong(key, "must be a list of strings");
    for (const Json& one : *value) {
        if (!one.is_string())
            return wrong(key, "must be a list of strings");
        texts.push_back(one.get<std::string>());
    }
    return texts;
}

Failure ConfigReader::wrong(std::string_view key, std::string detail, ErrorCode code) const {
    Error error;
    error.code = code;
    const bool isGeneration = &m_object == &m_checkpoint.generationConfig();
    error.path =
        (m_checkpoint.path() / (isGeneration ? "generation_config.json" : "config.json")).string();
    error.field = m_parents + std::string(key);
    error.detail = std::move(detail);
    return fail(std::move(error));
}

Result<void> ConfigReader::mustBeOff(std::string_view key, std::string_view what) const {
    HEARTH_TRY_ASSIGN(const bool on, boolean(key, false));
    if (on)
        return unsupported(key, std::string(what));
    return {};
}

} // namespace hearth
