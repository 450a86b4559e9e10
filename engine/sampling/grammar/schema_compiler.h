#pragma once

#include "hearth/constraint.h"
#include "hearth/result.h"
#include "sampling/grammar/json_rules.h"
#include "sampling/grammar/schema_document.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hearth::grammar {

/// Turns one schema into rules of a grammar. What a schema leaves open is closed where validators
/// accept that: see JsonSchema. For one document and one thread; what it is made of must outlive
/// it.
class SchemaCompiler {
public:
    /// `ignored` gets the place of each keyword that UnknownKeywords::Ignore leaves out.
    SchemaCompiler(Grammar& grammar, JsonRules& rules, const SchemaDocument& document,
                   UnknownKeywords unknown, std::vector<std::string>& ignored)
        : m_grammar(grammar), m_rules(rules), m_document(document), m_unknown(unknown)
        , m_ignored(ignored) {}

    /// Errors: InvalidArgument and Unsupported with the place in the schema.
    Result<ExpressionId> compile() { return schema(m_document.root(), ""); }
    /// Arguments as `form` says; the schema is an object's.
    Result<ExpressionId> compile(const XmlParameters& form);

private:
    struct Member {
        std::string name;
        ExpressionId value = 0;
        ItemUse use = ItemUse::Optional;
        bool isString = false; ///< Nothing but strings.
    };

    Result<ExpressionId> schema(const Json& schema, const std::string& place);
    Result<ExpressionId> reference(const std::string& target, const std::string& place);
    Result<ExpressionId> combination(const Json& schema, const std::string& place);
    Result<ExpressionId> flat(const Json& schema, const std::string& place);
    Result<ExpressionId> typed(const Json& schema, const std::string& place,
                               const std::string& type);
    Result<ExpressionId> literal(const Json& value);
    Result<ExpressionId> fixedValues(const Json& schema, const std::string& place,
                                     const std::vector<std::string>& types);
    Result<std::vector<std::string>> typesOf(const Json& schema, const std::string& place) const;

    Result<ExpressionId> string(const Json& schema, const std::string& place);
    Result<ExpressionId> newString(const Json& schema, const std::string& place);
    Result<ExpressionId> integer(const Json& schema, const std::string& place);
    Result<ExpressionId> number(const Json& schema, const std::string& place);
    Result<ExpressionId> array(const Json& schema, const std::string& place);
    Result<ExpressionId> items(const Json& schema, const std::string& place);
    Result<ExpressionId> object(const Json& schema, const std::string& place);
    Result<std::vector<Member>> members(const Json& schema, const std::string& place);
    Result<std::optional<ExpressionId>> additional(const Json& schema, const std::string& place,
                                                   const std::vector<Member>& members);

    /// A count that a keyword gives: nothing if it is absent.
    Result<std::optional<std::int32_t>> count(const Json& schema, const char* keyword,
                                              std::int32_t most, const std::string& place);
    struct Bounds {
        std::optional<double> min;
        std::optional<double> max;
        JsonRules::Bound minBound = JsonRules::Bound::Inclusive;
        JsonRules::Bound maxBound = JsonRules::Bound::Inclusive;
    };
    static Result<Bounds> bounds(const Json& schema, const std::string& place);
    /// For a keyword that can't be compiled: fails, or notes that it is left out.
    Result<void> leaveOut(const std::string& place, const char* keyword, const char* why = nullptr);
    Result<void> leaveOutAll(const Json& schema, const std::string& place,
                             std::initializer_list<const char*> keywords);

    Grammar& m_grammar;
    JsonRules& m_rules;
    const SchemaDocument& m_document;
    const UnknownKeywords m_unknown;
    std::vector<std::string>& m_ignored;
    std::map<std::string, RuleId> m_references; ///< By what $ref says.
    std::map<std::string, RuleId> m_strings;    ///< By their keywords.
    int m_depth = 0;
};

/// Parses and compiles a schema. Errors: those of SchemaDocument and SchemaCompiler.
Result<ExpressionId> addJsonSchema(Grammar& grammar, JsonRules& rules, const JsonSchema& schema,
                                   std::vector<std::string>& ignored);
/// Likewise of arguments.
Result<ExpressionId> addXmlParameters(Grammar& grammar, JsonRules& rules,
                                      const XmlParameters& parameters,
                                      std::vector<std::string>& ignored);

} // namespace hearth::grammar
