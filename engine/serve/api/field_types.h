#pragma once

#include "serve/api/json_text.h"
#include "serve/api/reading.h"

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth::serve {

/// How a JSON value becomes a V, and what JSON Schema says of it. Immutable; any thread.
template<typename V>
struct FieldType {
    /// Nothing after an error was added.
    std::function<std::optional<V>(const Json&, Reading&)> read;
    /// Whether a value is of the right kind, for oneOf() to choose by.
    std::function<bool(const Json&)> accepts;
    Json schema;
    std::string expected; ///< "a valid string", for messages.

    /// The same value as something else.
    template<typename Function>
    [[nodiscard]] auto map(Function function) const {
        using W = std::invoke_result_t<Function, V>;
        return FieldType<W>{
            [read = read, function](const Json& value, Reading& reading) -> std::optional<W> {
                std::optional<V> inner = read(value, reading);
                if (!inner)
                    return std::nullopt;
                return function(*std::move(inner));
            },
            accepts, schema, expected};
    }
};

enum class LowEnd : std::uint8_t { Included, Excluded };

/// Of at most so many bytes; `least` of them at least.
FieldType<std::string> text(std::size_t least = 0,
                            std::size_t most = std::numeric_limits<std::size_t>::max());
/// One of these words.
FieldType<std::string> word(std::vector<std::string> words);
FieldType<bool> boolean();
FieldType<double> number(double low, double high, LowEnd lowEnd = LowEnd::Included);
/// Also takes 3.0 for 3, as JavaScript's clients may write it.
FieldType<std::int64_t> integer64(std::int64_t low, std::int64_t high);
/// Any JSON object; any JSON value.
FieldType<Json> anyObject();
FieldType<Json> anyValue();

inline FieldType<std::int32_t> integer(std::int32_t low, std::int32_t high) {
    return integer64(low, high).map(
        [](std::int64_t value) { return static_cast<std::int32_t>(value); });
}

namespace detail {
void addWrongKind(Reading& reading, std::string_view type, std::string_view expected);
void addTooShort(Reading& reading, std::size_t least, std::size_t size);
void addTooLong(Reading& reading, std::size_t most, std::size_t size);
Json listSchema(const Json& item, std::size_t least, std::size_t most);
} // namespace detail

/// A list of `least` to `most` items.
template<typename V>
FieldType<std::vector<V>> list(FieldType<V> item, std::size_t least = 0,
                               std::size_t most = kMaxBodyValues) {
    FieldType<std::vector<V>> type;
    type.schema = detail::listSchema(item.schema, least, most);
    type.expected = "a valid list";
    type.accepts = [item](const Json& value) {
        return value.is_array() && (value.empty() || item.accepts(value.front()));
    };
    type.read = [item = std::move(item), least,
                 most](const Json& value, Reading& reading) -> std::optional<std::vector<V>> {
        if (!value.is_array()) {
            detail::addWrongKind(reading, "list_type", "a valid list");
            return std::nullopt;
        }
        if (value.size() < least) {
            detail::addTooShort(reading, least, value.size());
            return std::nullopt;
        }
        if (value.size() > most) {
            detail::addTooLong(reading, most, value.size());
            return std::nullopt;
        }
        std::vector<V> items;
        items.reserve(value.size());
        for (std::size_t i = 0; i < value.size() && !reading.full(); ++i) {
            const Reading::Step step(reading, i);
            if (std::optional<V> read = item.read(value[i], reading))
                items.push_back(*std::move(read));
        }
        if (items.size() != value.size())
            return std::nullopt;
        return items;
    };
    return type;
}

/// The first of the alternatives that accepts the value's kind.
template<typename V>
FieldType<V> oneOf(std::vector<FieldType<V>> alternatives) {
    FieldType<V> type;
    type.schema = {{"anyOf", Json::array()}};
    for (const FieldType<V>& alternative : alternatives) {
        type.schema["anyOf"].push_back(alternative.schema);
        type.expected += (type.expected.empty() ? "" : " or ") + alternative.expected;
    }
    type.accepts = [alternatives](const Json& value) {
        for (const FieldType<V>& alternative : alternatives)
            if (alternative.accepts(value))
                return true;
        return false;
    };
    type.read = [alternatives = std::move(alternatives), expected = type.expected](
                    const Json& value, Reading& reading) -> std::optional<V> {
        for (const FieldType<V>& alternative : alternatives)
            if (alternative.accepts(value))
                return alternative.read(value, reading);
        detail::addWrongKind(reading, "union_type", expected);
        return std::nullopt;
    };
    return type;
}

} // namespace hearth::serve
