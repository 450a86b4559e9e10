#pragma once

#include "hearth/constraint.h"
#include "serve/api/form.h"
#include "serve/api/reply_format.h"

#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

/// {"type":"text" | "json_object" | "json_schema", "json_schema":{"name","schema","strict"}}
FieldType<Constraint> responseFormatType();
/// vLLM's and LMDeploy's: a schema; a pattern; texts; a grammar.
FieldType<Constraint> guidedJsonType();
FieldType<Constraint> guidedRegexType();
FieldType<Constraint> guidedChoiceType();
FieldType<Constraint> guidedGrammarType();

/// {"type":"function","function":{"name","description","parameters","strict"}}
FieldType<Tool> toolType();
/// "none", "auto", "required" or {"type":"function","function":{"name"}}; the Responses API leaves
/// out the "function" in between.
FieldType<ToolChoice> toolChoiceType();

/// The fields of OpenAI's chat and completions that hold a reply to a form.
struct FormatFields {
    Constraint constraint; ///< Of response_format.
    Constraint guided;     ///< Of guided_…, which go before.

    [[nodiscard]] const Constraint& chosen() const {
        return isConstrained(guided) ? guided : constraint;
    }
};

template<typename T>
void addFormatFields(Form<T>& form) {
    form.field("response_format", &FormatFields::constraint, responseFormatType(),
               "Hold the reply to JSON or a JSON Schema; what can't be held to is a 400.")
        .field("guided_json", &FormatFields::guided, guidedJsonType(), "A JSON Schema.")
        .field("guided_regex", &FormatFields::guided, guidedRegexType(), "A regular expression.")
        .field("guided_choice", &FormatFields::guided, guidedChoiceType(), "One of these texts.")
        .field("guided_grammar", &FormatFields::guided, guidedGrammarType(), "Rules in GBNF.");
}

/// Those of OpenAI's chat and responses that let a reply call functions.
struct ToolFields {
    std::vector<Tool> tools;
    std::optional<ToolChoice> toolChoice;
    bool parallelToolCalls = true;
};

template<typename T>
void addToolFields(Form<T>& form) {
    form.field("tools", &ToolFields::tools, list(toolType(), 0, 256),
               "Functions that the model may call.")
        .field("tool_choice", &ToolFields::toolChoice, toolChoiceType(),
               "Whether it calls one, or which.")
        .field("parallel_tool_calls", &ToolFields::parallelToolCalls, boolean(),
               "Several calls in one reply.");
}

/// What such a body allows a reply to be.
[[nodiscard]] ReplyFormat replyFormat(const ToolFields& fields, Constraint constraint);

/// "name" as OpenAI allows it: letters, digits, "_", "-", "." up to 64.
FieldType<std::string> functionNameType();

} // namespace hearth::serve
