#include "sampling/grammar/schema_compiler.h"
#include "sampling/grammar/text_form.h"

#include <algorithm>
#include <utility>

namespace hearth::grammar {

namespace {

constexpr std::int32_t kMaxItems = 10'000;
/// A name that other names are kept apart from.
constexpr std::size_t kMaxNameBytes = 256;

} // namespace

Result<ExpressionId> SchemaCompiler::array(const Json& schema, const std::string& place) {
    HEARTH_TRY(leaveOutAll(schema, place, {"contains", "unevaluatedItems"}));
    if (const auto unique = schema.find("uniqueItems");
        unique != schema.end() && *unique == Json(true) &&
        !(schema.contains("maxItems") && schema["maxItems"].is_number() && schema["maxItems"] <= 1))
        HEARTH_TRY(leaveOut(place, "uniqueItems"));
    HEARTH_TRY_ASSIGN(const ExpressionId inside, items(schema, place));
    const RuleId rule = m_grammar.addRule("array");
    m_grammar.setRule(rule, m_rules.enclosed("[", inside, "]"));
    return m_grammar.call(rule);
}

/// What stands between the brackets: the items that have schemas of their own, each the beginning
/// of a tail that may end where enough are there, then those that share one.
Result<ExpressionId> SchemaCompiler::items(const Json& schema, const std::string& place) {
    HEARTH_TRY_ASSIGN(const auto minGiven, count(schema, "minItems", kMaxItems, place));
    HEARTH_TRY_ASSIGN(const auto maxGiven, count(schema, "maxItems", kMaxItems, place));
    const std::int32_t min = minGiven.value_or(0);
    const std::int32_t max = maxGiven.value_or(kUnbounded);
    // Draft 7 has the list in `items`.
    const bool isOld = schema.contains("items") && schema["items"].is_array();
    const char* const listKey = isOld ? "items" : "prefixItems";
    const char* const restKey = isOld ? "additionalItems" : "items";
    const Json list = schema.value(listKey, Json::array());
    if (!list.is_array())
        return schemaFailure(ErrorCode::InvalidArgument, below(place, listKey), "not an array");
    const Json rest = schema.value(restKey, Json(true));
    const auto listed = std::int32_t(list.size());
    const bool isClosed = rest == Json(false);
    if ((max != kUnbounded && min > max) || (isClosed && min > listed))
        return m_grammar.nothing();
    const ExpressionId end = m_rules.space();
    ExpressionId tail = m_grammar.empty();
    if (!isClosed && (max == kUnbounded || max > listed)) {
        HEARTH_TRY_ASSIGN(const ExpressionId item, this->schema(rest, below(place, restKey)));
        const std::int32_t fewest = std::max(min - listed, 0);
        const std::int32_t most = max == kUnbounded ? kUnbounded : max - listed;
        const ExpressionId further = m_grammar.sequence({m_rules.comma(), item});
        if (listed > 0) {
            tail = m_grammar.repeat(further, fewest, most);
        } else {
            const ExpressionId all = m_grammar.sequence(
                {item,
                 m_grammar.repeat(further, std::max(fewest - 1, 0),
                                  most == kUnbounded ? kUnbounded : most - 1),
                 end});
            return fewest == 0 ? m_grammar.optional(all) : all;
        }
    }
    const std::int32_t reachable = max == kUnbounded ? listed : std::min(listed, max);
    for (std::int32_t i = reachable - 1; i >= 0; --i) {
        HEARTH_TRY_ASSIGN(const ExpressionId item,
                          this->schema(list[std::size_t(i)],
                                       below(below(place, listKey), std::to_string(i))));
        if (i > 0)
            tail = m_grammar.sequence({m_rules.comma(), item, tail});
        else
            tail = m_grammar.sequence({item, tail, end});
        if (min <= i)
            tail = m_grammar.optional(tail);
    }
    return tail;
}

Result<std::vector<SchemaCompiler::Member>> SchemaCompiler::members(const Json& schema,
                                                                    const std::string& place) {
    std::vector<Member> all;
    const Json properties = schema.value("properties", Json::object());
    if (!properties.is_object())
        return schemaFailure(ErrorCode::InvalidArgument, below(place, "properties"),
                             "not an object");
    for (const auto& [name, property] : properties.items()) {
        HEARTH_TRY_ASSIGN(const ExpressionId value,
                          this->schema(property, below(below(place, "properties"), name)));
        const bool isString = property.is_object() && property.value("type", Json()) == "string" &&
                              !property.contains("enum") && !property.contains("const") &&
                              !property.contains("pattern");
        all.push_back({name, value, ItemUse::Optional, isString});
    }
    const Json required = schema.value("required", Json::array());
    if (!required.is_array())
        return schemaFailure(ErrorCode::InvalidArgument, below(place, "required"), "not an array");
    for (const Json& name : required) {
        if (!name.is_string())
            return schemaFailure(ErrorCode::InvalidArgument, below(place, "required"),
                                 "not an array of strings");
        const auto known = std::find_if(all.begin(), all.end(), [&](const Member& member) {
            return member.name == name.get_ref<const std::string&>();
        });
        if (known != all.end()) {
            known->use = ItemUse::Required;
            continue;
        }
        HEARTH_TRY_ASSIGN(const ExpressionId value,
                          this->schema(schema.value("additionalProperties", Json(true)),
                                       below(place, "additionalProperties")));
        all.push_back({name.get<std::string>(), value, ItemUse::Required, false});
    }
    return all;
}

/// A member whose name is none of the others; nothing where there can be none.
Result<std::optional<ExpressionId>>
SchemaCompiler::additional(const Json& schema, const std::string& place,
                           const std::vector<Member>& members) {
    const char* const key = schema.contains("additionalProperties") ? "additionalProperties"
                                                                     : "unevaluatedProperties";
    const Json open = schema.value(key, Json(!schema.contains("properties")));
    if (open == Json(false))
        return std::optional<ExpressionId>();
    HEARTH_TRY_ASSIGN(const ExpressionId value, this->schema(open, below(place, key)));
    std::vector<std::string> names;
    for (const Member& member : members) {
        if (member.name.size() > kMaxNameBytes)
            return schemaFailure(ErrorCode::Unsupported, below(place, "properties"),
                                 "a name of more than 256 bytes beside additional properties");
        names.push_back(member.name);
    }
    return std::optional(
        m_grammar.sequence({names.empty() ? m_rules.string() : m_rules.stringExcept(names),
                            m_rules.colon(), value}));
}

Result<ExpressionId> SchemaCompiler::object(const Json& schema, const std::string& place) {
    HEARTH_TRY(leaveOutAll(schema, place, {"propertyNames"}));
    if (schema.contains("patternProperties") && !schema["patternProperties"].empty())
        HEARTH_TRY(leaveOut(place, "patternProperties"));
    HEARTH_TRY_ASSIGN(const std::vector<Member> known, members(schema, place));
    HEARTH_TRY_ASSIGN(const auto further, additional(schema, place, known));
    const auto required = std::int32_t(
        std::count_if(known.begin(), known.end(),
                      [](const Member& member) { return member.use == ItemUse::Required; }));
    HEARTH_TRY_ASSIGN(const auto fewest, count(schema, "minProperties", kMaxItems, place));
    HEARTH_TRY_ASSIGN(const auto most, count(schema, "maxProperties", kMaxItems, place));
    // One at least is what a list has anyway.
    if (fewest && *fewest > std::max(required, 1))
        HEARTH_TRY(leaveOut(place, "minProperties"));
    if (most && (further || *most < std::int32_t(known.size())))
        HEARTH_TRY(leaveOut(place, "maxProperties"));
    const bool mayBeEmpty = required == 0 && fewest.value_or(0) == 0;
    if (known.empty() && further && mayBeEmpty && !schema.contains("additionalProperties"))
        return m_rules.object();
    std::vector<ExpressionId> children;
    std::vector<ItemUse> uses;
    for (const Member& member : known) {
        children.push_back(
            m_grammar.sequence({m_grammar.bytes("\"" + insideJson(member.name) + "\""),
                                m_rules.colon(), member.value}));
        uses.push_back(member.use);
    }
    if (further) {
        children.push_back(*further);
        uses.push_back(ItemUse::Repeated);
    }
    const ExpressionId list = m_grammar.sequence(
        {m_grammar.list(std::move(children), std::move(uses), m_rules.comma()), m_rules.space()});
    const RuleId rule = m_grammar.addRule("object");
    m_grammar.setRule(
        rule, m_rules.enclosed("{", mayBeEmpty ? m_grammar.optional(list) : list, "}"));
    return m_grammar.call(rule);
}

Result<ExpressionId> SchemaCompiler::compile(const XmlParameters& form) {
    const Json& schema = m_document.root();
    if (!schema.is_object())
        return schemaFailure(ErrorCode::InvalidArgument, "", "the schema of an object is needed");
    HEARTH_TRY_ASSIGN(const std::vector<Member> known, members(schema, ""));
    std::vector<ExpressionId> parts;
    for (const Member& member : known) {
        const ExpressionId begin = m_grammar.bytes(form.nameBegin + member.name + form.nameEnd);
        const ExpressionId whole =
            member.isString
                ? m_grammar.sequence({begin, m_grammar.textThrough(form.valueEnd)})
                : m_grammar.sequence({begin, member.value, m_grammar.bytes(form.valueEnd)});
        parts.push_back(member.use == ItemUse::Required ? whole : m_grammar.optional(whole));
    }
    return m_grammar.sequence(std::move(parts));
}

} // namespace hearth::grammar
