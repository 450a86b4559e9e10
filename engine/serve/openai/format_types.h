#pragma once

#include "hearth/constraint.h"
#include "serve/api/form.h"
#include "serve/api/reply_format.h"

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

/// "name" as OpenAI allows it: letters, digits, "_", "-", "." up to 64.
FieldType<std::string> functionNameType();

} // namespace hearth::serve
