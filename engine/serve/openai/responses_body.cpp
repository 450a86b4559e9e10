#include "serve/openai/responses_body.h"

#include "serve/api/message_type.h"

#include <algorithm>
#include <utility>

namespace hearth::serve {

namespace {

constexpr std::size_t kMaxItems = 16384;

struct ItemBody {
    std::string type = "message";
    std::optional<std::string> role;
    std::optional<std::string> content;
    std::optional<std::string> callId;
    std::optional<std::string> name;
    std::optional<std::string> arguments;
    std::optional<std::string> output;
};

void checkItem(const ItemBody& item, Reading& reading) {
    if (item.type == "message") {
        reading.need("role", item.role.has_value());
        reading.need("content", item.content.has_value());
    } else if (item.type == "function_call") {
        reading.need("call_id", item.callId.has_value());
        reading.need("name", item.name.has_value());
        reading.need("arguments", item.arguments.has_value());
    } else if (item.type == "function_call_output") {
        reading.need("call_id", item.callId.has_value());
        reading.need("output", item.output.has_value());
    }
}

/// A reasoning item's content is of no use to a template, so it may be anything.
FieldType<std::string> itemContentType() {
    FieldType<std::string> type = contentType();
    const FieldType<std::string> content = type;
    type.read = [content](const Json& value, Reading& reading) -> std::optional<std::string> {
        const bool ofReasoning = value.is_array() && !value.empty() && value.front().is_object() &&
                                 value.front().value("type", Json()) == "reasoning_text";
        if (ofReasoning || (value.is_array() && value.empty()))
            return std::string();
        return content.read(value, reading);
    };
    return type;
}

const Form<ItemBody>& itemForm() {
    static const Form<ItemBody> form =
        Form<ItemBody>("ResponseItem")
            .field("type", &ItemBody::type,
                   word({"message", "function_call", "function_call_output", "reasoning"}), "")
            .field("role", &ItemBody::role, word({"system", "developer", "user", "assistant"}), "")
            .field("content", &ItemBody::content, itemContentType(), "A text, or parts of it.")
            .field("call_id", &ItemBody::callId, text(0, 256), "")
            .field("name", &ItemBody::name, text(0, 256), "")
            .field("arguments", &ItemBody::arguments, text(), "JSON text.")
            .field("output", &ItemBody::output, contentType(), "What a function returned.")
            .rule(checkItem);
    return form;
}

ResponseItem toItem(ItemBody body) {
    ResponseItem item;
    item.type = std::move(body.type);
    item.role = body.role == "developer" ? "system" : body.role.value_or("");
    item.content = body.output ? *std::move(body.output) : body.content.value_or("");
    item.callId = body.callId.value_or("");
    item.name = body.name.value_or("");
    item.arguments = body.arguments.value_or("");
    return item;
}

std::vector<ResponseItem> userItem(std::string content) {
    ResponseItem item;
    item.role = "user";
    item.content = std::move(content);
    return {std::move(item)};
}

struct TextOptions {
    Constraint format;
};

const Form<TextOptions>& textForm() {
    static const Form<TextOptions> form =
        Form<TextOptions>("ResponseText")
            .field("format", &TextOptions::format, responseFormatType(),
                   "Hold the reply to a form.");
    return form;
}

struct Reasoning {
    std::optional<std::string> effort;
};

const Form<Reasoning>& reasoningForm() {
    static const Form<Reasoning> form =
        Form<Reasoning>("Reasoning")
            .field("effort", &Reasoning::effort,
                   word({"none", "minimal", "low", "medium", "high", "xhigh"}), "");
    return form;
}

void addReplyFields(Form<ResponsesBody>& form) {
    form.field("text", &ResponsesBody::constraint,
               object(textForm()).map([](const TextOptions& options) { return options.format; }),
               "")
        .field("reasoning", &ResponsesBody::reasoningEffort,
               object(reasoningForm()).map([](const Reasoning& reasoning) {
                   return reasoning.effort.value_or("");
               }),
               "")
        .field("include", &ResponsesBody::include, list(text(0, 256), 0, 64),
               "\"message.output_text.logprobs\": tell tokens' logprobs.")
        .field("top_logprobs", &ResponsesBody::topLogprobs, integer(0, kMaxTopLogprobs),
               "And those of so many likeliest tokens.")
        .field("chat_template_kwargs", &ResponsesBody::templateVariables, anyObject(),
               "Variables for the model's chat template.");
}

Json callJson(const ResponseItem& item) {
    Json arguments = item.arguments;
    if (const Outcome<Json> parsed = parseBody(item.arguments))
        arguments = *parsed;
    return {{"id", item.callId},
            {"type", "function"},
            {"function", {{"name", item.name}, {"arguments", std::move(arguments)}}}};
}

} // namespace

const Form<ResponsesBody>& responsesForm() {
    static const Form<ResponsesBody> form = [] {
        Form<ResponsesBody> body("ResponsesRequest");
        body.field("model", &ResponsesBody::model, text(0, 4096),
                   "One of /v1/models; empty: the first of them.")
            .required(
                "input", &ResponsesBody::input,
                oneOf<std::vector<ResponseItem>>(
                    {text().map(userItem), list(object(itemForm()).map(toItem), 1, kMaxItems)}),
                "What the user says, or items of a conversation.")
            .field("instructions", &ResponsesBody::instructions, text(),
                   "What the model should be.")
            .field("previous_response_id", &ResponsesBody::previousResponseId, text(0, 256),
                   "Go on from a stored answer.")
            .field("max_output_tokens", &ResponsesBody::maxOutputTokens,
                   newTokensType(), "New tokens at most; -1 or absent: all the context holds.")
            .field("stream", &ResponsesBody::stream, boolean(), "Send the reply as it is made.")
            .field("store", &ResponsesBody::store, boolean(),
                   "Keep the answer for a while, in memory.");
        addReplyFields(body);
        addToolFields(body);
        addSamplingFields(body);
        return body;
    }();
    return form;
}

std::vector<Message> messagesOf(const std::vector<ResponseItem>& items) {
    std::vector<Message> messages;
    Json calls; // Of the last message.
    for (const ResponseItem& item : items) {
        if (item.type == "reasoning")
            continue;
        if (item.type == "function_call") {
            if (messages.empty() || messages.back().role != "assistant") {
                messages.push_back({"assistant", {}, {}});
                calls = Json::array();
            } else if (messages.back().extraJson.empty()) {
                calls = Json::array();
            }
            calls.push_back(callJson(item));
            messages.back().extraJson = jsonText({{"tool_calls", calls}});
        } else if (item.type == "function_call_output") {
            messages.push_back({"tool", item.content, jsonText({{"tool_call_id", item.callId}})});
        } else {
            messages.push_back({item.role, item.content, {}});
        }
    }
    return messages;
}

Request responsesRequest(const ResponsesBody& body, const std::vector<ResponseItem>& history,
                         const SamplingDefaults& defaults) {
    std::vector<ResponseItem> items = history;
    items.insert(items.end(), body.input.begin(), body.input.end());
    Request request;
    ChatPrompt prompt;
    prompt.messages = messagesOf(items);
    if (body.instructions)
        prompt.messages.insert(prompt.messages.begin(), {"system", *body.instructions, {}});
    Json variables = body.templateVariables.value_or(Json::object());
    if (body.reasoningEffort && !body.reasoningEffort->empty()) {
        variables.emplace("reasoning_effort", *body.reasoningEffort);
        if (*body.reasoningEffort == "none")
            variables.emplace("enable_thinking", false);
    }
    if (!variables.empty())
        prompt.variablesJson = jsonText(variables);
    request.prompt = std::move(prompt);
    applySampling(body, defaults, request);
    request.maxTokens = body.maxOutputTokens.value_or(0);
    request.sampling.logprobs = wantsLogprobs(body) ? body.topLogprobs : -1;
    return request;
}

bool wantsLogprobs(const ResponsesBody& body) {
    return body.topLogprobs > 0 || std::find(body.include.begin(), body.include.end(),
                                             "message.output_text.logprobs") != body.include.end();
}

} // namespace hearth::serve
