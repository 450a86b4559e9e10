#include "serve/anthropic/messages_body.h"

#include "serve/api/sampling_fields.h"

#include <limits>
#include <utility>

namespace hearth::serve {

namespace {

constexpr std::size_t kMaxTurns = 16384;

const Form<Turn>& turnForm() {
    static const Form<Turn> form =
        Form<Turn>("MessageParam")
            .required("role", &Turn::role, word({"user", "assistant", "system"}), "Who says it.")
            .required("content", &Turn::content, blocksType(), "A text, or blocks.");
    return form;
}

struct ToolBody {
    std::string name;
    std::string description;
    std::optional<Json> schema;
    std::optional<std::string> type;
    bool strict = false;
};

const Form<ToolBody>& toolForm() {
    static const Form<ToolBody> form =
        Form<ToolBody>("ToolParam")
            .required("name", &ToolBody::name, text(1, 128), "")
            .field("description", &ToolBody::description, text(), "")
            .field("input_schema", &ToolBody::schema, anyObject(), "JSON Schema of an object.")
            .field("type", &ToolBody::type, word({"custom"}), "Tools of the server: none.")
            .field("strict", &ToolBody::strict, boolean(), "Hold calls to the schema.");
    return form;
}

Tool toTool(const ToolBody& body) {
    return {body.name, body.description, body.schema ? jsonText(*body.schema) : std::string(),
            body.strict};
}

struct ChoiceBody {
    std::string type;
    std::optional<std::string> name;
    bool disableParallel = false;
};

const Form<ChoiceBody>& choiceForm() {
    static const Form<ChoiceBody> form =
        Form<ChoiceBody>("ToolChoice")
            .required("type", &ChoiceBody::type, word({"auto", "any", "tool", "none"}), "")
            .field("name", &ChoiceBody::name, text(1, 128), "")
            .field("disable_parallel_tool_use", &ChoiceBody::disableParallel, boolean(),
                   "One call a reply at most.")
            .rule([](const ChoiceBody& choice, Reading& reading) {
                reading.need("name", choice.type != "tool" || choice.name);
            });
    return form;
}

ToolChoice toChoice(const ChoiceBody& body) {
    const ToolUse use = body.type == "none"   ? ToolUse::None
                        : body.type == "auto" ? ToolUse::Auto
                        : body.type == "any"  ? ToolUse::Required
                                              : ToolUse::Named;
    return {use, body.name.value_or(""), !body.disableParallel};
}

struct Thinking {
    std::string type;
};

const Form<Thinking>& thinkingForm() {
    static const Form<Thinking> form =
        Form<Thinking>("Thinking")
            .required("type", &Thinking::type, word({"enabled", "disabled", "adaptive"}), "");
    return form;
}

Form<MessagesBody> commonForm(const char* name) {
    Form<MessagesBody> form(name);
    form.field("model", &MessagesBody::model, text(0, 4096),
               "One of /v1/models; empty: the first of them.")
        .required("messages", &MessagesBody::messages, list(object(turnForm()), 1, kMaxTurns),
                  "The conversation.")
        .field("system", &MessagesBody::system, textBlocksType(), "What the model should be.")
        .field("tools", &MessagesBody::tools, list(object(toolForm()).map(toTool), 0, 256),
               "What the model may call.")
        .field("tool_choice", &MessagesBody::toolChoice, object(choiceForm()).map(toChoice),
               "Whether it calls one, or which.")
        .field("thinking", &MessagesBody::thinking,
               object(thinkingForm()).map([](const Thinking& body) { return body.type; }),
               "Whether the model thinks before it answers, where its template knows that.");
    return form;
}

/// The parts of a turn as messages of a chat template: results of tools come first.
void addTurn(const Turn& turn, std::vector<Message>& messages) {
    Message message;
    message.role = turn.role;
    Json calls = Json::array();
    std::string thinking;
    for (const Block& block : turn.content) {
        if (block.type == "text") {
            message.content += (message.content.empty() ? "" : "\n") + block.text;
        } else if (block.type == "thinking") {
            thinking += block.text;
        } else if (block.type == "tool_use") {
            calls.push_back({{"id", block.id},
                             {"type", "function"},
                             {"function", {{"name", block.name}, {"arguments", block.input}}}});
        } else if (block.type == "tool_result") {
            messages.push_back({"tool", block.text, jsonText({{"tool_call_id", block.id}})});
        }
    }
    Json extra = Json::object();
    if (!thinking.empty())
        extra["reasoning_content"] = thinking;
    if (!calls.empty())
        extra["tool_calls"] = std::move(calls);
    if (extra.empty() && message.content.empty() && !messages.empty() &&
        messages.back().role == "tool")
        return;
    if (!extra.empty())
        message.extraJson = jsonText(extra);
    messages.push_back(std::move(message));
}

bool callsTools(const Turn& turn) {
    for (const Block& block : turn.content)
        if (block.type == "tool_use")
            return true;
    return false;
}

} // namespace

const Form<MessagesBody>& messagesForm() {
    static const Form<MessagesBody> form = [] {
        Form<MessagesBody> body = commonForm("MessagesRequest");
        body.required("max_tokens", &MessagesBody::maxTokens,
                      integer(1, std::numeric_limits<std::int32_t>::max()), "New tokens at most.")
            .field("stop_sequences", &MessagesBody::stopSequences,
                   list(text(1, kMaxStopBytes), 0, kMaxStops),
                   "The reply ends before any of these texts.")
            .field("temperature", &MessagesBody::temperature, number(0.0, 2.0),
                   "0: always the likeliest token.")
            .field("top_p", &MessagesBody::topP, number(0.0, 1.0, LowEnd::Excluded),
                   "Draw from the likeliest tokens that have so much probability together.")
            .field("top_k", &MessagesBody::topK, integer(0, 1 << 30),
                   "Draw from so many likeliest tokens; 0: from all.")
            .field("stream", &MessagesBody::stream, boolean(), "Send the reply as it is made.");
        return body;
    }();
    return form;
}

const Form<MessagesBody>& countTokensForm() {
    static const Form<MessagesBody> form = commonForm("CountTokensRequest");
    return form;
}

Request messagesRequest(const MessagesBody& body, const SamplingDefaults& defaults) {
    Request request;
    ChatPrompt prompt;
    if (!body.system.empty())
        prompt.messages.push_back({"system", body.system, {}});
    for (const Turn& turn : body.messages)
        addTurn(turn, prompt.messages);
    const bool continues = prompt.messages.size() > 1 && body.messages.back().role == "assistant" &&
                           !callsTools(body.messages.back());
    // An empty turn behind a tool's result leaves no message of its own.
    if (continues && prompt.messages.back().role == "assistant") {
        prompt.replyPrefix = prompt.messages.back().content;
        prompt.messages.pop_back();
    }
    prompt.variablesJson = jsonText({{"enable_thinking", body.thinking != "disabled"}});
    request.prompt = std::move(prompt);
    SamplingFields fields;
    fields.temperature = body.temperature;
    fields.topP = body.topP;
    fields.topK = body.topK;
    fields.stop = body.stopSequences;
    applySampling(fields, defaults, request);
    request.maxTokens = body.maxTokens.value_or(0);
    return request;
}

ReplyFormat replyFormat(const MessagesBody& body) {
    return toolFormat(body.tools, body.toolChoice);
}

} // namespace hearth::serve
