#include "serve/api/reply_format.h"

#include "serve/api/json_text.h"
#include "text/reply_parser.h"

#include <algorithm>
#include <utility>

namespace hearth::serve {

namespace {

bool mustCall(const ReplyFormat& format) {
    return format.choice.use == ToolUse::Required || format.choice.use == ToolUse::Named;
}

std::optional<ApiError> problem(const ReplyFormat& format) {
    if (mustCall(format) && format.tools.empty())
        return badRequest("tool_choice", "tool_choice asks for a call, but there are no tools.");
    const auto isNamed = [&](const Tool& tool) { return tool.name == format.choice.name; };
    if (format.choice.use == ToolUse::Named &&
        std::none_of(format.tools.begin(), format.tools.end(), isNamed))
        return badRequest("tool_choice",
                          "tool_choice names `" + format.choice.name + "`, which no tool has.");
    return std::nullopt;
}

Json toolsJson(const std::vector<Tool>& tools) {
    Json list = Json::array();
    for (const Tool& tool : tools) {
        Json function = {{"name", tool.name}, {"description", tool.description}};
        const Outcome<Json> schema = parseBody(tool.parameters);
        function["parameters"] =
            schema ? *schema : Json{{"type", "object"}, {"properties", Json::object()}};
        list.push_back({{"type", "function"}, {"function", std::move(function)}});
    }
    return list;
}

/// For templates that say nothing of tools.
std::string toolInstructions(const Json& tools) {
    return "You can call these functions:\n" + jsonText(tools) +
           "\nTo call one, reply with nothing but "
           "{\"name\": \"the function\", \"arguments\": {…}}.";
}

/// Calls of earlier turns as the instructions ask for them.
void writeCalls(std::vector<Message>& messages) {
    for (Message& message : messages) {
        const Outcome<Json> extra = parseBody(message.extraJson);
        if (message.role != "assistant" || !extra || !extra->contains("tool_calls"))
            continue;
        for (const Json& call : (*extra)["tool_calls"])
            message.content += (message.content.empty() ? "" : "\n") + jsonText(call["function"]);
    }
}

void addTools(ChatPrompt& prompt, const ReplyFormat& format, const Engine& engine) {
    const Result<std::string> without = engine.renderPrompt(prompt);
    const Json tools = toolsJson(format.tools);
    prompt.toolsJson = jsonText(tools);
    const Result<std::string> with = engine.renderPrompt(prompt);
    if (!with || !without || *with != *without)
        return; // A failure is told when the request runs.
    prompt.toolsJson.clear();
    writeCalls(prompt.messages);
    const std::string instructions = toolInstructions(tools);
    if (!prompt.messages.empty() && prompt.messages.front().role == "system")
        prompt.messages.front().content += "\n\n" + instructions;
    else
        prompt.messages.insert(prompt.messages.begin(), {"system", instructions, {}});
}

std::vector<ToolDefinition> definitions(const ReplyFormat& format) {
    std::vector<ToolDefinition> tools;
    for (const Tool& tool : format.tools)
        if (format.choice.use != ToolUse::Named || tool.name == format.choice.name)
            tools.push_back({tool.name, tool.parameters, tool.strict});
    return tools;
}

/// Calls alone where one is asked for; where the answer has a form, too, calls or the answer.
Constraint constraintOf(const ReplyFormat& format, ToolFormat family,
                        const std::vector<ToolDefinition>& tools) {
    const bool one = format.choice.use == ToolUse::Named || !format.choice.parallel;
    const TagUse use = one ? TagUse::RequiredOne : TagUse::Required;
    if (mustCall(format))
        return toolConstraint(family, tools, use);
    if (isConstrained(format.constraint))
        return answerConstraint(family, tools, use, format.constraint);
    return toolConstraint(family, tools, TagUse::Optional);
}

/// A family's reading of a reply, for one choice.
class FamilyParser final : public OutputParser {
public:
    explicit FamilyParser(const ReplyParserOptions& options)
        : m_parser(ReplyParser::create(options)) {}

    void feed(std::string_view text, ChoiceDelta& delta) override {
        add(m_parser->feed(text), delta);
    }
    void finish(ChoiceDelta& delta) override { add(m_parser->finish(), delta); }

private:
    static void add(ReplyOutput output, ChoiceDelta& delta) {
        delta.text += output.content;
        delta.reasoning += output.reasoning;
        for (hearth::ToolCallDelta& call : output.calls)
            delta.toolCalls.push_back(
                {call.index, std::move(call.id), std::move(call.name), std::move(call.arguments)});
    }

    std::unique_ptr<ReplyParser> m_parser;
};

/// How the model marks its reasoning in the reply to this prompt; nothing where the template has
/// closed it already, as for a model that is told not to think.
ReasoningSyntax reasoningOf(const Engine& engine, const std::string& templateText,
                            const Prompt& prompt) {
    const auto* chat = std::get_if<ChatPrompt>(&prompt);
    if (chat == nullptr || !chat->replyPrefix.empty() ||
        detectReasoning(templateText, {}).begin.empty())
        return {};
    const Result<std::string> rendered = engine.renderPrompt(*chat);
    if (!rendered)
        return {}; // The request will fail for the same reason.
    const ReasoningSyntax syntax = detectReasoning(templateText, *rendered);
    const std::size_t last = rendered->find_last_not_of(" \n\r\t");
    const std::string_view text = std::string_view(*rendered).substr(0, last + 1);
    return !syntax.end.empty() && text.ends_with(syntax.end) ? ReasoningSyntax() : syntax;
}

} // namespace

bool isConstrained(const Constraint& constraint) {
    return !std::holds_alternative<std::monostate>(constraint.syntax);
}

ReplyFormat toolFormat(std::vector<Tool> tools, const std::optional<ToolChoice>& choice) {
    ReplyFormat format;
    format.choice.use = tools.empty() ? ToolUse::None : ToolUse::Auto;
    if (choice)
        format.choice = *choice;
    format.tools = std::move(tools);
    return format;
}

Outcome<GenerationPlan> applyReplyFormat(const ReplyFormat& format, Engine& engine,
                                         GenerationPlan plan) {
    if (std::optional<ApiError> found = problem(format))
        return *std::move(found);
    Request& request = plan.prompts.front();
    request.constraint = format.constraint;
    auto* chat = std::get_if<ChatPrompt>(&request.prompt);
    if (chat == nullptr)
        return plan;
    const bool usesTools = !format.tools.empty() && format.choice.use != ToolUse::None;
    if (usesTools)
        addTools(*chat, format, engine);
    const std::string& templateText = engine.model().chatTemplate;
    ReplyParserOptions options;
    options.reasoning = reasoningOf(engine, templateText, request.prompt);
    const ToolFormat family = detectToolFormat(templateText, engine.model().architecture);
    if (usesTools || family == ToolFormat::GptOss)
        options.format = family;
    if (usesTools)
        options.tools = definitions(format);
    request.constraint = constraintOf(format, family, options.tools);
    if (isConstrained(request.constraint) && request.constraint.startAfter.empty())
        request.constraint.startAfter = options.reasoning.end;
    request.visibleSpecials = ReplyParser::markers(options);
    if (options.format || !options.reasoning.begin.empty())
        plan.makeParser = [options] { return std::make_unique<FamilyParser>(options); };
    return plan;
}

} // namespace hearth::serve
