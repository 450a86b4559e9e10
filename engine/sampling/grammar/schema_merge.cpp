#include "sampling/grammar/schema_merge.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace hearth::grammar {

namespace {

constexpr std::size_t kMaxAlternatives = 64;
constexpr int kMaxMergeDepth = 24;

constexpr std::array<std::string_view, 4> kCombinations{"$ref", "allOf", "anyOf", "oneOf"};

bool isCombination(std::string_view key) {
    return std::find(kCombinations.begin(), kCombinations.end(), key) != kCombinations.end();
}

/// Both hold: a conjunction that is merged where it is reached.
Json both(const Json& a, const Json& b) {
    if (a == b || b == Json(true))
        return a;
    if (a == Json(true))
        return b;
    return Json{{"allOf", Json::array({a, b})}};
}

/// Merges one keyword that both schemas have.
class KeywordMerger {
public:
    KeywordMerger(const std::string& key, const Json& a, const Json& b)
        : m_key(key), m_a(a), m_b(b) {}

    /// Nothing if no value fulfils both.
    Result<std::optional<Json>> merged(const std::string& place) const {
        if (m_a == m_b)
            return std::optional(m_a);
        if (m_key == "properties" && m_a.is_object() && m_b.is_object())
            return std::optional(properties());
        if (m_key == "required" && m_a.is_array() && m_b.is_array())
            return std::optional(joined());
        if (m_key == "enum" && m_a.is_array() && m_b.is_array())
            return shared(m_a, m_b);
        if (m_key == "type")
            return types();
        if (m_key == "const")
            return std::optional<Json>();
        if (m_key == "items" || m_key == "additionalProperties" ||
            m_key == "unevaluatedProperties")
            return std::optional(both(m_a, m_b));
        if (m_a.is_number() && m_b.is_number() && m_key.starts_with("min"))
            return std::optional(m_a < m_b ? m_b : m_a);
        if (m_a.is_number() && m_b.is_number() && m_key.starts_with("max"))
            return std::optional(m_a < m_b ? m_a : m_b);
        if (m_a.is_number() && m_b.is_number() && m_key.starts_with("exclusive"))
            return std::optional((m_a < m_b) == m_key.starts_with("exclusiveMax") ? m_a : m_b);
        if (m_key == "pattern" || m_key == "not" || m_key == "prefixItems" ||
            m_key == "multipleOf" || m_key == "if")
            return schemaFailure(ErrorCode::Unsupported, below(place, m_key),
                                 "the keyword is there twice, through allOf or $ref");
        return std::optional(m_a);
    }

private:
    Json properties() const {
        Json result = m_a;
        for (const auto& [name, schema] : m_b.items()) {
            const auto known = result.find(name);
            if (known == result.end())
                result[name] = schema;
            else
                *known = both(*known, schema);
        }
        return result;
    }
    Json joined() const {
        Json result = m_a;
        for (const Json& name : m_b)
            if (std::find(result.begin(), result.end(), name) == result.end())
                result.push_back(name);
        return result;
    }
    static std::optional<Json> shared(const Json& a, const Json& b) {
        Json result = Json::array();
        for (const Json& value : a)
            if (std::find(b.begin(), b.end(), value) != b.end())
                result.push_back(value);
        return result.empty() ? std::nullopt : std::optional(result);
    }
    std::optional<Json> types() const {
        const auto list = [](const Json& type) { return type.is_array() ? type : Json{type}; };
        Json a = list(m_a);
        Json b = list(m_b);
        const auto has = [](const Json& types, const char* type) {
            return std::find(types.begin(), types.end(), type) != types.end();
        };
        // Every integer is a number.
        for (auto [one, other] : {std::pair(&a, &b), std::pair(&b, &a)})
            if (has(*one, "number") && has(*other, "integer") && !has(*one, "integer"))
                one->push_back("integer");
        return shared(a, b);
    }

    const std::string& m_key;
    const Json& m_a;
    const Json& m_b;
};

/// Names that only one of the schemas knows are additional to the other.
void closeProperties(Json& schema, const Json& from, const Json& other) {
    const auto open = from.find("additionalProperties");
    if (open == from.end() || !other.contains("properties") || !schema.contains("properties"))
        return;
    const Json known = from.value("properties", Json::object());
    for (const auto& [name, value] : other["properties"].items())
        if (!known.contains(name))
            schema["properties"][name] = both(value, *open);
}

Result<std::optional<Json>> merged(const Json& a, const Json& b, const std::string& place) {
    if (a == Json(false) || b == Json(false))
        return std::optional<Json>();
    if (a == Json(true))
        return std::optional(b);
    if (b == Json(true))
        return std::optional(a);
    Json result = a;
    for (const auto& [key, value] : b.items()) {
        const auto known = result.find(key);
        if (known == result.end()) {
            result[key] = value;
            continue;
        }
        HEARTH_TRY_ASSIGN(std::optional<Json> one, KeywordMerger(key, *known, value).merged(place));
        if (!one)
            return std::optional<Json>();
        *known = *std::move(one);
    }
    if (a.contains("properties") || b.contains("properties")) {
        closeProperties(result, a, b);
        closeProperties(result, b, a);
    }
    return std::optional(std::move(result));
}

class Flattener {
public:
    explicit Flattener(const SchemaDocument& document) : m_document(document) {}

    Result<std::vector<FlatSchema>> flatten(const Json& schema, const std::string& place);

private:
    /// Every pair, merged.
    static Result<std::vector<FlatSchema>> product(const std::vector<FlatSchema>& a,
                                                   const std::vector<FlatSchema>& b);
    Result<std::vector<FlatSchema>> branches(const Json& list, const std::string& place);

    const SchemaDocument& m_document;
    int m_depth = 0;
};

Result<std::vector<FlatSchema>> Flattener::flatten(const Json& schema, const std::string& place) {
    if (schema.is_boolean())
        return std::vector<FlatSchema>{{schema, place}};
    if (!schema.is_object())
        return schemaFailure(ErrorCode::InvalidArgument, place,
                             "a schema is an object or a boolean");
    if (++m_depth > kMaxMergeDepth)
        return schemaFailure(ErrorCode::InvalidArgument, place,
                             "references in a circle, or too many of them");
    Json own = Json::object();
    for (const auto& [key, value] : schema.items())
        if (!isCombination(key))
            own[key] = value;
    std::vector<FlatSchema> result{{std::move(own), place}};
    const auto with = [&](Result<std::vector<FlatSchema>> others) -> Result<void> {
        if (!others)
            return fail(std::move(others).error());
        HEARTH_TRY_ASSIGN(std::vector<FlatSchema> pairs, product(result, *others));
        result = std::move(pairs);
        return {};
    };
    if (const auto reference = schema.find("$ref"); reference != schema.end()) {
        if (!reference->is_string())
            return schemaFailure(ErrorCode::InvalidArgument, below(place, "$ref"), "not a string");
        HEARTH_TRY_ASSIGN(const PlacedSchema target,
                          m_document.resolve(reference->get<std::string>(), place));
        HEARTH_TRY(with(flatten(*target.schema, target.place)));
    }
    if (const auto all = schema.find("allOf"); all != schema.end() && all->is_array())
        for (std::size_t i = 0; i < all->size(); ++i)
            HEARTH_TRY(with(flatten((*all)[i], below(below(place, "allOf"), std::to_string(i)))));
    for (const char* const key : {"anyOf", "oneOf"})
        if (const auto any = schema.find(key); any != schema.end())
            HEARTH_TRY(with(branches(*any, below(place, key))));
    --m_depth;
    return result;
}

Result<std::vector<FlatSchema>> Flattener::branches(const Json& list, const std::string& place) {
    if (!list.is_array())
        return schemaFailure(ErrorCode::InvalidArgument, place, "not an array");
    std::vector<FlatSchema> all;
    for (std::size_t i = 0; i < list.size(); ++i) {
        HEARTH_TRY_ASSIGN(std::vector<FlatSchema> some,
                          flatten(list[i], below(place, std::to_string(i))));
        std::move(some.begin(), some.end(), std::back_inserter(all));
    }
    return all;
}

Result<std::vector<FlatSchema>> Flattener::product(const std::vector<FlatSchema>& a,
                                                   const std::vector<FlatSchema>& b) {
    if (a.size() * b.size() > kMaxAlternatives)
        return schemaFailure(ErrorCode::Unsupported, a.front().place,
                             "more than 64 combinations of anyOf and allOf");
    std::vector<FlatSchema> all;
    for (const FlatSchema& first : a) {
        for (const FlatSchema& second : b) {
            HEARTH_TRY_ASSIGN(std::optional<Json> one,
                              merged(first.schema, second.schema, second.place));
            if (one)
                all.push_back({*std::move(one), first.place});
        }
    }
    return all;
}

} // namespace

Result<std::vector<FlatSchema>> flattened(const SchemaDocument& document,
                                          const PlacedSchema& schema) {
    return Flattener(document).flatten(*schema.schema, schema.place);
}

} // namespace hearth::grammar
