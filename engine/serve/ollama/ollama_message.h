#pragma once

#include "hearth/request.h"
#include "serve/api/field_types.h"
#include "serve/api/whole_writer.h"

#include <vector>

namespace hearth::serve {

/// Ollama's message: role, content, thinking, tool_calls with arguments as objects, tool_name.
/// Images are refused.
FieldType<Message> ollamaMessageType();
/// Refuses a list that is not empty.
FieldType<Json> noImagesType();

/// [{"function":{"name","arguments":{…}}}]
[[nodiscard]] Json ollamaToolCalls(const std::vector<ToolCall>& calls);

} // namespace hearth::serve
