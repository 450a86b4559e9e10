#include "serve/api/field_types.h"

#include <cmath>

#include <fmt/format.h>

namespace hearth::serve {

namespace {

std::string wordList(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += fmt::format("{}'{}'",
                            i == 0                  ? ""
                            : i + 1 == words.size() ? " or "
                                                    : ", ",
                            words[i]);
    return text;
}

/// Adds the error of a number outside its range; true if there is one.
bool outside(double value, double low, double high, LowEnd lowEnd, Reading& reading) {
    const bool excluded = lowEnd == LowEnd::Excluded;
    // NaN fails both comparisons' negations.
    if (!(excluded ? value > low : value >= low)) {
        reading.add(
            excluded ? "greater_than" : "greater_than_equal",
            fmt::format("Input should be greater than {}{}", excluded ? "" : "or equal to ", low));
        return true;
    }
    if (!(value <= high)) {
        reading.add("less_than_equal",
                    fmt::format("Input should be less than or equal to {}", high));
        return true;
    }
    return false;
}

bool isWhole(const Json& value) {
    if (value.is_number_integer())
        return true;
    return value.is_number_float() && std::isfinite(value.get<double>()) &&
           value.get<double>() == std::floor(value.get<double>());
}

FieldType<Json> free(bool (*accepts)(const Json&), const char* type, const char* expected,
                     Json schema) {
    FieldType<Json> result;
    result.expected = expected;
    result.accepts = accepts;
    result.schema = std::move(schema);
    result.read = [accepts, type, expected](const Json& value,
                                            Reading& reading) -> std::optional<Json> {
        if (accepts(value))
            return value;
        detail::addWrongKind(reading, type, expected);
        return std::nullopt;
    };
    return result;
}

} // namespace

namespace detail {

void addWrongKind(Reading& reading, std::string_view type, std::string_view expected) {
    reading.add(type, fmt::format("Input should be {}", expected));
}

void addTooShort(Reading& reading, std::size_t least, std::size_t size) {
    reading.add("too_short",
                fmt::format("List should have at least {} items, not {}", least, size));
}

void addTooLong(Reading& reading, std::size_t most, std::size_t size) {
    reading.add("too_long", fmt::format("List should have at most {} items, not {}", most, size));
}

Json listSchema(const Json& item, std::size_t least, std::size_t most) {
    Json schema = {{"type", "array"}, {"items", item}};
    if (least > 0)
        schema["minItems"] = least;
    if (most < kMaxBodyValues)
        schema["maxItems"] = most;
    return schema;
}

} // namespace detail

FieldType<std::string> text(std::size_t least, std::size_t most) {
    FieldType<std::string> type;
    type.expected = "a valid string";
    type.schema = {{"type", "string"}};
    if (least > 0)
        type.schema["minLength"] = 1;
    type.accepts = [](const Json& value) { return value.is_string(); };
    type.read = [least, most](const Json& value, Reading& reading) -> std::optional<std::string> {
        if (!value.is_string()) {
            detail::addWrongKind(reading, "string_type", "a valid string");
            return std::nullopt;
        }
        const auto& string = value.get_ref<const std::string&>();
        if (string.size() < least) {
            reading.add("string_too_short",
                        fmt::format("String should have at least {} bytes", least));
            return std::nullopt;
        }
        if (string.size() > most) {
            reading.add("string_too_long",
                        fmt::format("String should have at most {} bytes", most));
            return std::nullopt;
        }
        return string;
    };
    return type;
}

FieldType<std::string> word(std::vector<std::string> words) {
    FieldType<std::string> type;
    type.expected = wordList(words);
    type.schema = {{"type", "string"}, {"enum", words}};
    type.accepts = [](const Json& value) { return value.is_string(); };
    type.read = [words = std::move(words), expected = type.expected](
                    const Json& value, Reading& reading) -> std::optional<std::string> {
        if (value.is_string())
            for (const std::string& known : words)
                if (known == value.get_ref<const std::string&>())
                    return known;
        detail::addWrongKind(reading, "literal_error", expected);
        return std::nullopt;
    };
    return type;
}

FieldType<bool> boolean() {
    FieldType<bool> type;
    type.expected = "a valid boolean";
    type.schema = {{"type", "boolean"}};
    type.accepts = [](const Json& value) { return value.is_boolean(); };
    type.read = [](const Json& value, Reading& reading) -> std::optional<bool> {
        if (value.is_boolean())
            return value.get<bool>();
        detail::addWrongKind(reading, "bool_type", "a valid boolean");
        return std::nullopt;
    };
    return type;
}

FieldType<double> number(double low, double high, LowEnd lowEnd) {
    FieldType<double> type;
    type.expected = "a valid number";
    type.schema = {{"type", "number"},
                   {lowEnd == LowEnd::Excluded ? "exclusiveMinimum" : "minimum", low},
                   {"maximum", high}};
    type.accepts = [](const Json& value) { return value.is_number(); };
    type.read = [=](const Json& value, Reading& reading) -> std::optional<double> {
        if (!value.is_number()) {
            detail::addWrongKind(reading, "float_type", "a valid number");
            return std::nullopt;
        }
        const auto read = value.get<double>();
        if (outside(read, low, high, lowEnd, reading))
            return std::nullopt;
        return read;
    };
    return type;
}

FieldType<std::int64_t> integer64(std::int64_t low, std::int64_t high) {
    FieldType<std::int64_t> type;
    type.expected = "a valid integer";
    type.schema = {{"type", "integer"}, {"minimum", low}, {"maximum", high}};
    type.accepts = isWhole;
    type.read = [=](const Json& value, Reading& reading) -> std::optional<std::int64_t> {
        if (!isWhole(value)) {
            detail::addWrongKind(reading, "int_type", "a valid integer");
            return std::nullopt;
        }
        // Beyond 2^53 a double is vague, but it is outside of every range then, or within by far.
        if (outside(value.get<double>(), double(low), double(high), LowEnd::Included, reading))
            return std::nullopt;
        if (value.is_number_unsigned() &&
            value.get<std::uint64_t>() > std::uint64_t(std::numeric_limits<std::int64_t>::max())) {
            reading.add("less_than_equal",
                        fmt::format("Input should be less than or equal to {}", high));
            return std::nullopt;
        }
        if (value.is_number_float())
            return value.get<double>() >= 0x1p63 ? high
                                                 : static_cast<std::int64_t>(value.get<double>());
        return value.get<std::int64_t>();
    };
    return type;
}

FieldType<Json> anyObject() {
    return free([](const Json& value) { return value.is_object(); }, "dict_type",
                "a valid dictionary", {{"type", "object"}});
}

FieldType<Json> anyValue() {
    return free([](const Json&) { return true; }, "value", "a value", Json::object());
}

} // namespace hearth::serve
