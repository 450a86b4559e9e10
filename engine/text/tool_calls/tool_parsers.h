#pragma once

#include "text/tool_calls/tool_call_parser.h"

#include <memory>
#include <span>

namespace hearth {

/// Calls that are JSON objects, behind a marker or instead of a text.
std::unique_ptr<ToolCallParser> newJsonCallParser(ToolFormat format,
                                                  std::span<const ToolDefinition> tools);
/// A name, then JSON: MistralV11, DeepSeek, Glm4.
std::unique_ptr<ToolCallParser> newNamedCallParser(ToolFormat format,
                                                   std::span<const ToolDefinition> tools);
/// Tags around each argument: Qwen3Coder, Glm45.
std::unique_ptr<ToolCallParser> newXmlCallParser(ToolFormat format,
                                                 std::span<const ToolDefinition> tools);

} // namespace hearth
