#pragma once

#include "hearth/constraint.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// How a family of models writes calls of tools.
enum class ToolFormat : std::uint8_t {
    Json,       ///< The reply is {"name": …, "arguments": …}, for models with no form of their own.
    Hermes,     ///< <tool_call>{…}</tool_call> (Hermes 2 Pro, Qwen 2.5 and 3).
    Llama3,     ///< {"name": …, "parameters": …}, perhaps behind <|python_tag|>.
    Mistral,    ///< [TOOL_CALLS][{…}, {…}] (tokenizer v3).
    MistralV11, ///< [TOOL_CALLS]NAME[ARGS]{…}, also without [ARGS] (tokenizers v7 to v13).
    InternLm2,  ///< <|action_start|><|plugin|>{"name": …, "parameters": …}<|action_end|>.
    DeepSeek,   ///< <｜tool▁calls▁begin｜>… (V3, V3.1, R1).
    Qwen3Coder, ///< <tool_call><function=NAME><parameter=KEY>…
    Phi4Mini,   ///< functools[{…}, {…}].
    Glm4,       ///< NAME, a line feed, {…} (GLM-4).
    Glm45,      ///< <tool_call>NAME<arg_key>…</arg_key><arg_value>…
    Granite,    ///< <|tool_call|>[{…}], also <tool_call>[{…}].
    GptOss,     ///< The channel "commentary" with to=functions.NAME; see ReplyParser.
};

/// By what the chat template writes around calls, else by the architecture ("llama", "glm4", …).
[[nodiscard]] ToolFormat detectToolFormat(std::string_view templateText,
                                          std::string_view architecture);

/// Tokens that must be visible in the text for its calls to be found, where they are special ones:
/// Request::visibleSpecials.
[[nodiscard]] std::vector<std::string> toolMarkers(ToolFormat format);

/// A tool that a request offers.
struct ToolDefinition {
    std::string name;
    std::string parametersJson; ///< JSON Schema of an object; empty: any object.
    bool isStrict = false;      ///< Its arguments have to keep to the schema in any case.
};

/// What a reply has to spell so that its calls are well-formed. With TagUse::Optional text is free
/// and calls are held to the schema of strict tools; without a strict tool nothing is held to.
/// Required and RequiredOne hold all arguments to their schemas from the first token on; for a
/// named tool pass that one alone. Keywords that can't be compiled are left out.
[[nodiscard]] Constraint toolConstraint(ToolFormat format, std::span<const ToolDefinition> tools,
                                        TagUse use);

/// Holds a reply to `answer` where the format puts answers (GptOss: the channel "final"). If there
/// are tools, the reply may call them instead, as `use` says: Required or RequiredOne.
[[nodiscard]] Constraint answerConstraint(ToolFormat format, std::span<const ToolDefinition> tools,
                                          TagUse use, const Constraint& answer);

} // namespace hearth
