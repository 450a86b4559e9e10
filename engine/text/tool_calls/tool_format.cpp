#include "text/tool_calls/tool_format.h"

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>
#include <utility>

namespace hearth {

namespace {

struct Sign {
    std::string_view text; ///< In a template,
    ToolFormat format;     ///< tells this format; earlier ones count more.
};

constexpr std::array<Sign, 19> kSigns{{
    {"<|channel|>", ToolFormat::GptOss},
    {"<｜tool▁call▁begin｜>", ToolFormat::DeepSeek},
    {"[ARGS]", ToolFormat::MistralV11},
    {"[TOOL_CALLS]", ToolFormat::Mistral},
    {"<|action_start|>", ToolFormat::InternLm2},
    {"<arg_key>", ToolFormat::Glm45},
    {"<function=", ToolFormat::Qwen3Coder},
    {"functools", ToolFormat::Phi4Mini},
    {"<|tool|>", ToolFormat::Phi4Mini},
    {"<|tool_call|>", ToolFormat::Granite},
    {"<|start_of_role|>", ToolFormat::Granite},
    {"<tool_call>", ToolFormat::Hermes},
    {"<|python_tag|>", ToolFormat::Llama3},
    {"<|eom_id|>", ToolFormat::Llama3},
    {"Environment: ipython", ToolFormat::Llama3},
    {"<|observation|>", ToolFormat::Glm4},
    {"[gMASK]", ToolFormat::Glm4},
    {"\"parameters\": dictionary of argument name", ToolFormat::Llama3},
    {"tool_calls", ToolFormat::Json},
}};

constexpr std::array<std::pair<std::string_view, ToolFormat>, 6> kArchitectures{{
    {"internlm2", ToolFormat::InternLm2},
    {"chatglm", ToolFormat::Glm4},
    {"glm4", ToolFormat::Glm4},
    {"deepseek_v3", ToolFormat::DeepSeek},
    {"granite", ToolFormat::Granite},
    {"gpt_oss", ToolFormat::GptOss},
}};

StructuralTag tag(std::string begin, ConstraintSyntax content, std::string end) {
    return {std::move(begin), std::move(content), std::move(end)};
}

JsonSchema schemaOf(const ToolDefinition& tool) {
    return {tool.parametersJson.empty() ? R"({"type":"object"})" : tool.parametersJson,
            UnknownKeywords::Ignore};
}

std::string quoted(const std::string& name) {
    std::string result = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\')
            result += '\\';
        result += c;
    }
    return result + "\"";
}

/// The tag of one tool between the format's own markers.
StructuralTag toolTag(ToolFormat format, const ToolDefinition& tool, bool isHeld) {
    ConstraintSyntax arguments = AnyJsonObject{};
    if (isHeld)
        arguments = schemaOf(tool);
    const std::string named = "{\"name\": " + quoted(tool.name) + ", ";
    switch (format) {
    case ToolFormat::Hermes:
        return tag("<tool_call>\n" + named + "\"arguments\": ", std::move(arguments),
                   "}\n</tool_call>");
    case ToolFormat::InternLm2:
        return tag("<|action_start|><|plugin|>\n" + named + "\"parameters\": ",
                   std::move(arguments), "}<|action_end|>");
    case ToolFormat::MistralV11:
        return tag("[TOOL_CALLS]" + tool.name + "[ARGS]", std::move(arguments), "");
    case ToolFormat::DeepSeek:
        return tag("<｜tool▁call▁begin｜>function<｜tool▁sep｜>" + tool.name + "\n```json\n",
                   std::move(arguments), "\n```<｜tool▁call▁end｜>");
    case ToolFormat::Qwen3Coder:
        return tag("<tool_call>\n<function=" + tool.name + ">\n", XmlParameters{schemaOf(tool)},
                   "</function>\n</tool_call>");
    case ToolFormat::Glm4:
        return tag(tool.name + "\n", std::move(arguments), "");
    case ToolFormat::Glm45:
        return tag("<tool_call>" + tool.name + "\n",
                   XmlParameters{schemaOf(tool), "<arg_key>", "</arg_key>\n<arg_value>",
                                 "</arg_value>\n"},
                   "</tool_call>");
    case ToolFormat::GptOss:
        return tag("<|channel|>commentary to=functions." + tool.name +
                       " <|constrain|>json<|message|>",
                   std::move(arguments), "");
    case ToolFormat::Llama3:
        return tag(named + "\"parameters\": ", std::move(arguments), "}");
    default:
        return tag(named + "\"arguments\": ", std::move(arguments), "}");
    }
}

/// What stands around all tags, and what tells that they begin.
void setFrame(ToolFormat format, StructuralTags& tags) {
    switch (format) {
    case ToolFormat::Hermes:
    case ToolFormat::Qwen3Coder:
    case ToolFormat::Glm45:
        tags.trigger = "<tool_call>";
        tags.separator = "\n";
        break;
    case ToolFormat::InternLm2:
        tags.trigger = "<|action_start|><|plugin|>";
        break;
    case ToolFormat::Mistral:
        tags.trigger = "[TOOL_CALLS]";
        tags.opening = "[TOOL_CALLS][";
        tags.separator = ", ";
        tags.closing = "]";
        break;
    case ToolFormat::MistralV11:
        tags.trigger = "[TOOL_CALLS]";
        break;
    case ToolFormat::DeepSeek:
        tags.trigger = "<｜tool▁calls▁begin｜>";
        tags.opening = "<｜tool▁calls▁begin｜>";
        tags.separator = "\n";
        tags.closing = "<｜tool▁calls▁end｜>";
        break;
    case ToolFormat::Phi4Mini:
        tags.trigger = "functools[";
        tags.opening = "functools[";
        tags.separator = ", ";
        tags.closing = "]";
        break;
    case ToolFormat::Granite:
        tags.trigger = "<|tool_call|>";
        tags.opening = "<|tool_call|>[";
        tags.separator = ", ";
        tags.closing = "]";
        break;
    case ToolFormat::Llama3:
        tags.separator = "; ";
        tags.trigger = "{\"name\": \"";
        break;
    case ToolFormat::Json:
    case ToolFormat::Glm4:
        // Nothing in a free text tells that a call begins. Required ones stand alone.
        if (tags.use == TagUse::Required)
            tags.use = TagUse::RequiredOne;
        break;
    case ToolFormat::GptOss:
        tags.trigger = "<|channel|>commentary to=functions.";
        if (tags.use == TagUse::Required)
            tags.use = TagUse::RequiredOne; // A message is one call, and the reply's last.
        break;
    }
}

/// gpt-oss may think in a channel of its own before what is held to a form.
void leaveAnalysisFree(ToolFormat format, Constraint& constraint) {
    if (format != ToolFormat::GptOss)
        return;
    constraint.freeFrom = "<|channel|>analysis<|message|>";
    constraint.startAfter = "<|end|><|start|>assistant";
}

/// What `answer` holds to, as a part of other forms; nothing where it is none.
std::optional<ConstraintSyntax> partOf(const Constraint& answer) {
    return std::visit(
        [](const auto& form) -> std::optional<ConstraintSyntax> {
            if constexpr (std::is_constructible_v<ConstraintSyntax, decltype(form)>)
                return form;
            else
                return std::nullopt;
        },
        answer.syntax);
}

} // namespace

ToolFormat detectToolFormat(std::string_view templateText, std::string_view architecture) {
    for (const Sign& sign : kSigns) {
        if (templateText.find(sign.text) == std::string_view::npos)
            continue;
        // Templates of later Mistral models write calls without the brackets of a list.
        const bool isLater = sign.format == ToolFormat::Mistral &&
                             templateText.find("[TOOL_CALLS][") == std::string_view::npos &&
                             templateText.find("[TOOL_CALLS] [") == std::string_view::npos &&
                             templateText.find("[TOOL_CALLS]\" + tool") != std::string_view::npos;
        if (sign.format != ToolFormat::Json)
            return isLater ? ToolFormat::MistralV11 : sign.format;
    }
    for (const auto& [name, format] : kArchitectures)
        if (name == architecture)
            return format;
    return ToolFormat::Json;
}

std::vector<std::string> toolMarkers(ToolFormat format) {
    switch (format) {
    case ToolFormat::Hermes:
    case ToolFormat::Qwen3Coder:
        return {"<tool_call>", "</tool_call>"};
    case ToolFormat::Glm45:
        return {"<tool_call>", "</tool_call>", "<arg_key>", "</arg_key>", "<arg_value>",
                "</arg_value>"};
    case ToolFormat::Llama3:
        return {"<|python_tag|>"};
    case ToolFormat::Mistral:
    case ToolFormat::MistralV11:
        return {"[TOOL_CALLS]", "[ARGS]", "[CALL_ID]"};
    case ToolFormat::InternLm2:
        return {"<|action_start|>", "<|plugin|>", "<|action_end|>"};
    case ToolFormat::DeepSeek:
        return {"<｜tool▁calls▁begin｜>", "<｜tool▁call▁begin｜>", "<｜tool▁sep｜>",
                "<｜tool▁call▁end｜>", "<｜tool▁calls▁end｜>"};
    case ToolFormat::Phi4Mini:
    case ToolFormat::Granite:
        return {"<|tool_call|>", "<|/tool_call|>", "<tool_call>", "</tool_call>"};
    case ToolFormat::GptOss:
        return {"<|channel|>", "<|message|>", "<|start|>", "<|end|>", "<|constrain|>"};
    case ToolFormat::Json:
    case ToolFormat::Glm4:
        break;
    }
    return {};
}

Constraint toolConstraint(ToolFormat format, std::span<const ToolDefinition> tools, TagUse use) {
    const bool isFree = use == TagUse::Optional;
    const bool isStrict =
        std::any_of(tools.begin(), tools.end(), [](const auto& tool) { return tool.isStrict; });
    if (tools.empty() || (isFree && !isStrict))
        return {};
    StructuralTags tags;
    tags.use = use;
    setFrame(format, tags);
    if (isFree && tags.trigger.empty())
        return {};
    for (const ToolDefinition& tool : tools)
        tags.tags.push_back(toolTag(format, tool, !isFree || tool.isStrict));
    Constraint constraint;
    constraint.syntax = std::move(tags);
    if (!isFree)
        leaveAnalysisFree(format, constraint);
    return constraint;
}

Constraint answerConstraint(ToolFormat format, std::span<const ToolDefinition> tools, TagUse use,
                            const Constraint& answer) {
    const std::optional<ConstraintSyntax> part = partOf(answer);
    const bool hasChannels = format == ToolFormat::GptOss;
    if (!part || (tools.empty() && !hasChannels))
        return answer;
    Constraint constraint = toolConstraint(format, tools, use);
    auto* tags = std::get_if<StructuralTags>(&constraint.syntax);
    if (tags == nullptr)
        tags = &constraint.syntax.emplace<StructuralTags>();
    if (hasChannels) {
        tags->use = TagUse::RequiredOne;
        tags->tags.push_back(tag("<|channel|>final<|message|>", *part, ""));
        leaveAnalysisFree(format, constraint);
    } else {
        tags->instead = part;
    }
    return constraint;
}

} // namespace hearth
