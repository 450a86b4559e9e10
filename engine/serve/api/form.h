#pragma once

#include "serve/api/field_types.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hearth::serve {

namespace detail {
template<typename M>
struct Held {
    using Type = M;
};
template<typename V>
struct Held<std::optional<V>> {
    using Type = V;
};

/// Not where the member was made from a value of another kind, nor an empty text: it stands for
/// an absent one.
template<typename M>
void addDefault(Json& schema, const M& value) {
    const Json type = schema.value("type", Json());
    if constexpr (std::is_same_v<M, std::string>) {
        if (type == "string" && !value.empty())
            schema["default"] = value;
    } else if constexpr (std::is_arithmetic_v<M>) {
        if (type == "boolean" || type == "integer" || type == "number")
            schema["default"] = value;
    }
}
} // namespace detail

/// The body of a request, described once: read() makes a T of it or lists every field that is
/// wrong, schema() says the same as JSON Schema for /openapi.json. Unknown members are ignored,
/// null counts as absent, what is absent keeps the value it has in a T{}. Immutable once built;
/// any thread may read.
///
///     const Form<Body>& bodyForm() {
///         static const Form<Body> form = Form<Body>("Body")
///             .required("input", &Body::input, text(), "What to encode.")
///             .field("add_bos", &Body::addBos, boolean(), "Put BOS in front.");
///         return form;
///     }
template<typename T>
class Form {
public:
    explicit Form(std::string name)
        : m_name(std::move(name)) {}

    /// A member that may be absent. `member` is a V or an std::optional<V>, of T or its base.
    template<typename M, typename C>
    Form& field(const char* name, M C::*member, FieldType<typename detail::Held<M>::Type> type,
                const char* document) {
        return add(name, member, std::move(type), document, false);
    }
    /// One that must be there.
    template<typename M, typename C>
    Form& required(const char* name, M C::*member, FieldType<typename detail::Held<M>::Type> type,
                   const char* document) {
        return add(name, member, std::move(type), document, true);
    }
    /// A rule over several fields, which adds errors itself. Called if all fields could be read.
    Form& rule(std::function<void(const T&, Reading&)> rule) {
        m_rules.push_back(std::move(rule));
        return *this;
    }

    /// A 400 for what is no JSON, a 422 with every wrong field.
    [[nodiscard]] Outcome<T> read(std::string_view body) const {
        Outcome<Json> json = parseBody(body);
        if (!json)
            return json.error();
        return readJson(*json);
    }
    [[nodiscard]] Outcome<T> readJson(const Json& json) const {
        Reading reading;
        std::optional<T> value = readPart(json, reading);
        if (!value || reading.failed())
            return unprocessable(reading.takeErrors());
        return *std::move(value);
    }
    /// As a part of another body.
    [[nodiscard]] std::optional<T> readPart(const Json& json, Reading& reading) const {
        if (!json.is_object()) {
            detail::addWrongKind(reading, "dict_type", "a valid dictionary");
            return std::nullopt;
        }
        T value{};
        bool whole = true;
        for (const Field& field : m_fields) {
            const Reading::Step step(reading, std::string(field.name));
            const auto found = json.find(field.name);
            if (found != json.end() && !found->is_null()) {
                whole = field.read(value, *found, reading) && whole;
            } else if (field.isRequired) {
                reading.add("missing", "Field required");
                whole = false;
            }
        }
        if (!whole)
            return std::nullopt;
        const std::size_t errors = reading.count();
        for (const auto& rule : m_rules)
            rule(value, reading);
        if (reading.count() != errors)
            return std::nullopt;
        return value;
    }

    [[nodiscard]] Json schema() const {
        Json result = {{"title", m_name}, {"type", "object"}, {"properties", Json::object()}};
        Json names = Json::array();
        for (const Field& field : m_fields) {
            result["properties"][field.name] = field.schema;
            if (field.isRequired)
                names.push_back(field.name);
        }
        if (!names.empty())
            result["required"] = std::move(names);
        return result;
    }
    [[nodiscard]] std::string schemaText() const { return jsonText(schema()); }

private:
    struct Field {
        std::string name;
        bool isRequired = false;
        Json schema;
        std::function<bool(T&, const Json&, Reading&)> read;
    };

    template<typename M, typename C>
    Form& add(const char* name, M C::*member, FieldType<typename detail::Held<M>::Type> type,
              const char* document, bool isRequired) {
        static_assert(std::is_base_of_v<C, T>);
        Field field;
        field.name = name;
        field.isRequired = isRequired;
        field.schema = type.schema;
        if (document[0] != '\0')
            field.schema["description"] = document;
        if (!isRequired)
            detail::addDefault(field.schema, T{}.*member);
        field.read = [member, read = std::move(type.read)](T& into, const Json& json,
                                                           Reading& reading) {
            auto value = read(json, reading);
            if (!value)
                return false;
            into.*member = *std::move(value);
            return true;
        };
        m_fields.push_back(std::move(field));
        return *this;
    }

    std::string m_name;
    std::vector<Field> m_fields;
    std::vector<std::function<void(const T&, Reading&)>> m_rules;
};

/// A form as a part of another.
template<typename T>
FieldType<T> object(const Form<T>& form) {
    FieldType<T> type;
    type.expected = "a valid dictionary";
    type.schema = form.schema();
    type.accepts = [](const Json& value) { return value.is_object(); };
    type.read = [form](const Json& value, Reading& reading) {
        return form.readPart(value, reading);
    };
    return type;
}

} // namespace hearth::serve
