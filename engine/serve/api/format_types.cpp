#include "serve/api/format_types.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace hearth::serve {

namespace {

constexpr std::size_t kMaxPatternBytes = 64U << 10;

Constraint schemaConstraint(const Json& schema) {
    Constraint constraint;
    constraint.syntax = JsonSchema{jsonText(schema), UnknownKeywords::Fail};
    return constraint;
}

struct NamedSchema {
    std::optional<std::string> name;
    std::optional<Json> schema;
    std::optional<bool> strict;
};

const Form<NamedSchema>& schemaForm() {
    static const Form<NamedSchema> form =
        Form<NamedSchema>("JsonSchemaFormat")
            .field("name", &NamedSchema::name, text(0, 256), "")
            .required("schema", &NamedSchema::schema, anyObject(), "What the reply must be.")
            .field("strict", &NamedSchema::strict, boolean(),
                   "Replies are held to the schema either way.");
    return form;
}

struct Format {
    std::string type;
    std::optional<NamedSchema> named;
    std::optional<Json> schema; ///< As the Responses API and LMDeploy's older clients write it.
};

const Form<Format>& formatForm() {
    static const Form<Format> form =
        Form<Format>("ResponseFormat")
            .required("type", &Format::type, word({"text", "json_object", "json_schema"}), "")
            .field("json_schema", &Format::named, object(schemaForm()), "")
            .field("schema", &Format::schema, anyObject(), "")
            .rule([](const Format& format, Reading& reading) {
                reading.need("json_schema",
                             format.type != "json_schema" || format.named || format.schema);
            });
    return form;
}

struct Function {
    std::string name;
    std::string description;
    std::optional<Json> parameters;
    bool strict = false;
};

const Form<Function>& functionForm() {
    static const Form<Function> form =
        Form<Function>("Function")
            .required("name", &Function::name, functionNameType(), "")
            .field("description", &Function::description, text(), "")
            .field("parameters", &Function::parameters, anyObject(), "JSON Schema of an object.")
            .field("strict", &Function::strict, boolean(), "Hold calls to the schema.");
    return form;
}

Tool toTool(const Function& function) {
    return {function.name, function.description,
            function.parameters ? jsonText(*function.parameters) : std::string(), function.strict};
}

struct ToolBody {
    std::string type = "function";
    std::optional<Function> function;
    // The Responses API writes the function's own members here.
    std::optional<std::string> name;
    std::string description;
    std::optional<Json> parameters;
    std::optional<bool> strict;
};

const Form<ToolBody>& toolForm() {
    static const Form<ToolBody> form =
        Form<ToolBody>("Tool")
            .field("type", &ToolBody::type, word({"function"}), "")
            .field("function", &ToolBody::function, object(functionForm()), "")
            .field("name", &ToolBody::name, functionNameType(), "")
            .field("description", &ToolBody::description, text(), "")
            .field("parameters", &ToolBody::parameters, anyObject(), "")
            .field("strict", &ToolBody::strict, boolean(), "")
            .rule([](const ToolBody& tool, Reading& reading) {
                reading.need("function", tool.function || tool.name);
            });
    return form;
}

struct Name {
    std::string name;
};

const Form<Name>& nameForm() {
    static const Form<Name> form =
        Form<Name>("FunctionName").required("name", &Name::name, functionNameType(), "");
    return form;
}

struct ChoiceBody {
    std::optional<Name> function;
    std::optional<std::string> name;
};

const Form<ChoiceBody>& choiceForm() {
    static const Form<ChoiceBody> form =
        Form<ChoiceBody>("NamedToolChoice")
            .field("function", &ChoiceBody::function, object(nameForm()), "")
            .field("name", &ChoiceBody::name, functionNameType(), "")
            .rule([](const ChoiceBody& choice, Reading& reading) {
                reading.need("function", choice.function || choice.name);
            });
    return form;
}

ToolChoice choiceOfWord(const std::string& word) {
    return {word == "none"   ? ToolUse::None
            : word == "auto" ? ToolUse::Auto
                             : ToolUse::Required,
            {},
            true};
}

} // namespace

FieldType<Constraint> responseFormatType() {
    return object(formatForm()).map([](const Format& format) {
        Constraint constraint;
        if (format.type == "json_object")
            constraint.syntax = AnyJsonObject{};
        else if (format.type == "json_schema")
            return schemaConstraint(format.named ? *format.named->schema : *format.schema);
        return constraint;
    });
}

FieldType<Constraint> guidedJsonType() {
    return anyObject().map([](const Json& schema) { return schemaConstraint(schema); });
}

FieldType<Constraint> guidedRegexType() {
    return text(1, kMaxPatternBytes).map([](std::string pattern) {
        Constraint constraint;
        constraint.syntax = RegularExpression{std::move(pattern)};
        return constraint;
    });
}

FieldType<Constraint> guidedChoiceType() {
    return list(text(1, kMaxPatternBytes), 1, 1024).map([](std::vector<std::string> texts) {
        Constraint constraint;
        constraint.syntax = TextChoice{std::move(texts)};
        return constraint;
    });
}

FieldType<Constraint> guidedGrammarType() {
    return text(1, kMaxPatternBytes).map([](std::string grammar) {
        Constraint constraint;
        constraint.syntax = GrammarText{std::move(grammar)};
        return constraint;
    });
}

FieldType<Tool> toolType() {
    return object(toolForm()).map([](const ToolBody& body) {
        if (body.function)
            return toTool(*body.function);
        return toTool({*body.name, body.description, body.parameters, body.strict.value_or(false)});
    });
}

FieldType<ToolChoice> toolChoiceType() {
    return oneOf<ToolChoice>({word({"none", "auto", "required"}).map(choiceOfWord),
                              object(choiceForm()).map([](const ChoiceBody& choice) {
                                  return ToolChoice{ToolUse::Named, choice.function
                                                                        ? choice.function->name
                                                                        : *choice.name};
                              })});
}

ReplyFormat replyFormat(const ToolFields& fields, Constraint constraint) {
    ReplyFormat format = toolFormat(fields.tools, fields.toolChoice);
    format.choice.parallel = fields.parallelToolCalls;
    format.constraint = std::move(constraint);
    return format;
}

FieldType<std::string> functionNameType() {
    FieldType<std::string> type = text(1, 64);
    type.schema["pattern"] = "^[A-Za-z0-9_.-]{1,64}$";
    type.schema["maxLength"] = 64;
    type.read = [read = std::move(type.read)](const Json& value,
                                              Reading& reading) -> std::optional<std::string> {
        std::optional<std::string> name = read(value, reading);
        const auto allowed = [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ||
                   c == '.';
        };
        if (name && !std::all_of(name->begin(), name->end(), allowed)) {
            reading.add("string_pattern_mismatch",
                        "String should match pattern '^[A-Za-z0-9_.-]{1,64}$'");
            return std::nullopt;
        }
        return name;
    };
    return type;
}

} // namespace hearth::serve
