#include "sampling/grammar/schema_compiler.h"

#include "sampling/grammar/schema_merge.h"
#include "sampling/grammar/text_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace hearth::grammar {

namespace {

constexpr std::size_t kMaxExpressions = 400'000;
constexpr int kMaxSchemaDepth = 100;

/// Keywords that ask nothing of a value, or are read elsewhere.
constexpr std::array<std::string_view, 18> kAnnotations{
    "title",      "description", "default",  "examples",  "example",   "deprecated",
    "readOnly",   "writeOnly",   "$comment", "$schema",   "$id",       "$anchor",
    "$defs",      "definitions", "nullable", "strict",    "x-order",   "format"};

bool isAnnotation(std::string_view key) {
    return std::find(kAnnotations.begin(), kAnnotations.end(), key) != kAnnotations.end();
}

/// Whether nothing but `key` and annotations is there.
bool hasOnly(const Json& schema, std::string_view key) {
    const auto items = schema.items();
    return std::all_of(items.begin(), items.end(), [key](const auto& item) {
        return item.key() == key || isAnnotation(item.key());
    });
}

constexpr std::array<std::string_view, 7> kTypes{"object", "array",   "string", "number",
                                                 "integer", "boolean", "null"};

bool isOfType(const Json& value, std::string_view type) {
    if (type == "integer")
        return value.is_number_integer();
    if (type == "number")
        return value.is_number();
    if (type == "string")
        return value.is_string();
    if (type == "boolean")
        return value.is_boolean();
    if (type == "null")
        return value.is_null();
    return type == "object" ? value.is_object() : value.is_array();
}

/// What a schema without `type` is about, going by its keywords.
std::vector<std::string> impliedTypes(const Json& schema) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 19> kImplied{{
        {"properties", "object"},      {"required", "object"},
        {"additionalProperties", "object"}, {"patternProperties", "object"},
        {"propertyNames", "object"},   {"minProperties", "object"},
        {"items", "array"},            {"prefixItems", "array"},
        {"minItems", "array"},         {"maxItems", "array"},
        {"uniqueItems", "array"},      {"minLength", "string"},
        {"maxLength", "string"},       {"pattern", "string"},
        {"minimum", "number"},         {"maximum", "number"},
        {"exclusiveMinimum", "number"}, {"exclusiveMaximum", "number"},
        {"multipleOf", "number"},
    }};
    std::vector<std::string> types;
    for (const auto& [keyword, type] : kImplied)
        if (schema.contains(keyword) &&
            std::find(types.begin(), types.end(), type) == types.end())
            types.emplace_back(type);
    return types;
}

} // namespace

Result<ExpressionId> SchemaCompiler::schema(const Json& schema, const std::string& place) {
    if (schema == Json(true))
        return m_rules.value();
    if (schema == Json(false))
        return m_grammar.nothing();
    if (!schema.is_object())
        return schemaFailure(ErrorCode::InvalidArgument, place,
                             "a schema is an object or a boolean");
    if (m_grammar.expressionCount() > kMaxExpressions || ++m_depth > kMaxSchemaDepth)
        return schemaFailure(ErrorCode::Unsupported, place, "the schema is too large");
    Result<ExpressionId> result = combination(schema, place);
    --m_depth;
    if (result && schema.contains("nullable") && schema["nullable"] == Json(true))
        return m_grammar.alternatives({*result, m_grammar.bytes("null")});
    return result;
}

Result<ExpressionId> SchemaCompiler::combination(const Json& schema, const std::string& place) {
    const auto reference = schema.find("$ref");
    if (reference != schema.end() && reference->is_string() && hasOnly(schema, "$ref"))
        return this->reference(reference->get<std::string>(), place);
    for (const char* const key : {"anyOf", "oneOf"}) {
        const auto choices = schema.find(key);
        if (choices == schema.end() || !choices->is_array() || !hasOnly(schema, key))
            continue;
        // As they stand, so that references in them stay calls.
        std::vector<ExpressionId> branches;
        for (std::size_t i = 0; i < choices->size(); ++i) {
            HEARTH_TRY_ASSIGN(const ExpressionId branch,
                              this->schema((*choices)[i],
                                           below(below(place, key), std::to_string(i))));
            branches.push_back(branch);
        }
        return m_grammar.alternatives(std::move(branches));
    }
    const bool isFlat = !schema.contains("$ref") && !schema.contains("allOf") &&
                        !schema.contains("anyOf") && !schema.contains("oneOf");
    if (isFlat)
        return flat(schema, place);
    HEARTH_TRY_ASSIGN(const std::vector<FlatSchema> flats, flattened(m_document, {&schema, place}));
    std::vector<ExpressionId> branches;
    for (const FlatSchema& one : flats) {
        HEARTH_TRY_ASSIGN(const ExpressionId branch, flat(one.schema, one.place));
        branches.push_back(branch);
    }
    return m_grammar.alternatives(std::move(branches));
}

Result<ExpressionId> SchemaCompiler::reference(const std::string& target,
                                               const std::string& place) {
    if (const auto known = m_references.find(target); known != m_references.end())
        return m_grammar.call(known->second);
    auto found = m_document.resolve(target, place);
    if (!found) {
        if (found.error().code != ErrorCode::Unsupported)
            return fail(std::move(found).error());
        HEARTH_TRY(leaveOut(place, "$ref", "a reference to another document"));
        return m_rules.value();
    }
    const RuleId rule = m_grammar.addRule(target);
    m_references.emplace(target, rule);
    m_grammar.setRule(rule, m_grammar.nothing());
    // A rule's own depth: references may go as deep as they like, each is compiled once.
    const int depth = std::exchange(m_depth, m_depth / 2);
    HEARTH_TRY_ASSIGN(const ExpressionId expression, schema(*found->schema, found->place));
    m_depth = depth;
    m_grammar.setRule(rule, expression);
    return m_grammar.call(rule);
}

Result<ExpressionId> SchemaCompiler::flat(const Json& schema, const std::string& place) {
    if (schema.is_boolean())
        return this->schema(schema, place);
    HEARTH_TRY(leaveOutAll(schema, place,
                           {"not", "if", "dependentRequired", "dependentSchemas", "dependencies",
                            "$dynamicRef", "$recursiveRef"}));
    HEARTH_TRY_ASSIGN(const std::vector<std::string> types, typesOf(schema, place));
    if (schema.contains("const") || schema.contains("enum"))
        return fixedValues(schema, place, types);
    if (types.empty())
        return m_rules.value();
    std::vector<ExpressionId> choices;
    for (const std::string& type : types) {
        HEARTH_TRY_ASSIGN(const ExpressionId choice, typed(schema, place, type));
        choices.push_back(choice);
    }
    return m_grammar.alternatives(std::move(choices));
}

Result<std::vector<std::string>> SchemaCompiler::typesOf(const Json& schema,
                                                         const std::string& place) const {
    const auto type = schema.find("type");
    if (type == schema.end())
        return impliedTypes(schema);
    std::vector<std::string> types;
    for (const Json& one : type->is_array() ? *type : Json::array({*type})) {
        if (!one.is_string() ||
            std::find(kTypes.begin(), kTypes.end(), one.get<std::string>()) == kTypes.end())
            return schemaFailure(ErrorCode::InvalidArgument, below(place, "type"),
                                 "not the name of a type");
        types.push_back(one.get<std::string>());
    }
    if (types.empty())
        return schemaFailure(ErrorCode::InvalidArgument, below(place, "type"), "no type at all");
    // Every integer is a number too.
    if (std::find(types.begin(), types.end(), "number") != types.end())
        std::erase(types, "integer");
    return types;
}

Result<ExpressionId> SchemaCompiler::typed(const Json& schema, const std::string& place,
                                           const std::string& type) {
    if (type == "object")
        return object(schema, place);
    if (type == "array")
        return array(schema, place);
    if (type == "string")
        return string(schema, place);
    if (type == "integer")
        return integer(schema, place);
    if (type == "number")
        return number(schema, place);
    return type == "boolean" ? m_rules.boolean() : m_grammar.bytes("null");
}

Result<ExpressionId> SchemaCompiler::fixedValues(const Json& schema, const std::string& place,
                                                 const std::vector<std::string>& types) {
    const auto fixed = schema.find("const");
    const auto list = schema.find("enum");
    if (list != schema.end() && !list->is_array())
        return schemaFailure(ErrorCode::InvalidArgument, below(place, "enum"), "not an array");
    const Json values = fixed == schema.end() ? *list : Json::array({*fixed});
    std::vector<ExpressionId> choices;
    for (const Json& value : values) {
        const bool isListed = fixed == schema.end() || list == schema.end() ||
                              std::find(list->begin(), list->end(), value) != list->end();
        const bool isTyped =
            !schema.contains("type") ||
            std::any_of(types.begin(), types.end(),
                        [&](const std::string& type) { return isOfType(value, type); });
        if (!isListed || !isTyped)
            continue;
        HEARTH_TRY_ASSIGN(const ExpressionId choice, literal(value));
        choices.push_back(choice);
    }
    return m_grammar.alternatives(std::move(choices));
}

Result<ExpressionId> SchemaCompiler::literal(const Json& value) {
    if (!value.is_structured() || value.empty())
        return m_grammar.bytes(value.dump());
    std::vector<ExpressionId> parts;
    for (const auto& [key, member] : value.items()) {
        if (!parts.empty())
            parts.push_back(m_rules.comma());
        if (value.is_object()) {
            parts.push_back(m_grammar.bytes(Json(key).dump()));
            parts.push_back(m_rules.colon());
        }
        HEARTH_TRY_ASSIGN(const ExpressionId inside, literal(member));
        parts.push_back(inside);
    }
    parts.push_back(m_rules.space());
    return m_rules.enclosed(value.is_object() ? "{" : "[", m_grammar.sequence(std::move(parts)),
                            value.is_object() ? "}" : "]");
}

Result<void> SchemaCompiler::leaveOut(const std::string& place, const char* keyword,
                                      const char* why) {
    if (m_unknown == UnknownKeywords::Ignore) {
        m_ignored.push_back("#" + below(place, keyword));
        return {};
    }
    return schemaFailure(ErrorCode::Unsupported, below(place, keyword),
                         fmt::format("the keyword {}{}{}", keyword, why == nullptr ? "" : ": ",
                                     why == nullptr ? "" : why));
}

Result<void> SchemaCompiler::leaveOutAll(const Json& schema, const std::string& place,
                                         std::initializer_list<const char*> keywords) {
    for (const char* const keyword : keywords)
        if (schema.contains(keyword))
            HEARTH_TRY(leaveOut(place, keyword));
    return {};
}

Result<ExpressionId> addJsonSchema(Grammar& grammar, JsonRules& rules, const JsonSchema& schema,
                                   std::vector<std::string>& ignored) {
    HEARTH_TRY_ASSIGN(const SchemaDocument document, SchemaDocument::parse(schema.text));
    return SchemaCompiler(grammar, rules, document, schema.unknown, ignored).compile();
}

Result<ExpressionId> addXmlParameters(Grammar& grammar, JsonRules& rules,
                                      const XmlParameters& parameters,
                                      std::vector<std::string>& ignored) {
    const JsonSchema& schema = parameters.schema;
    HEARTH_TRY_ASSIGN(const SchemaDocument document, SchemaDocument::parse(schema.text));
    return SchemaCompiler(grammar, rules, document, schema.unknown, ignored).compile(parameters);
}

} // namespace hearth::grammar
