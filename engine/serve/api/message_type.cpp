#include "serve/api/message_type.h"

#include <utility>

#include <fmt/format.h>

namespace hearth::serve {

namespace {

struct Part {
    std::string type;
    std::optional<std::string> text;
    std::optional<std::string> refusal;
};

const Form<Part>& partForm() {
    static const Form<Part> form =
        Form<Part>("ContentPart")
            .required("type", &Part::type, text(), "\"text\".")
            .field("text", &Part::text, text(), "")
            .field("refusal", &Part::refusal, text(), "")
            .rule([](const Part& part, Reading& reading) {
                const bool isText = part.type == "text" || part.type == "input_text" ||
                                    part.type == "output_text";
                if (isText || part.type == "refusal")
                    return reading.need("text", !isText || part.text);
                const Reading::Step step(reading, std::string("type"));
                reading.add("unsupported_content",
                            fmt::format("The model takes text only, not '{}'", part.type));
            });
    return form;
}

struct CalledFunction {
    std::string name;
    Json arguments;
};

struct Call {
    std::optional<std::string> id;
    std::optional<CalledFunction> function;
};

const Form<CalledFunction>& calledFunctionForm() {
    static const Form<CalledFunction> form =
        Form<CalledFunction>("CalledFunction")
            .required("name", &CalledFunction::name, text(1, 256), "")
            .field("arguments", &CalledFunction::arguments,
                   oneOf<Json>({text().map([](std::string value) { return Json(value); }),
                                anyObject()}),
                   "JSON text.");
    return form;
}

const Form<Call>& callForm() {
    static const Form<Call> form =
        Form<Call>("ToolCall")
            .field("id", &Call::id, text(0, 256), "")
            .required("function", &Call::function, object(calledFunctionForm()), "");
    return form;
}

struct MessageBody {
    std::string role;
    std::optional<std::string> content;
    std::optional<std::string> name;
    std::optional<std::string> reasoning;
    std::optional<std::string> toolCallId;
    std::vector<Call> toolCalls;
};

const Form<MessageBody>& messageForm() {
    static const Form<MessageBody> form =
        Form<MessageBody>("Message")
            .required("role", &MessageBody::role,
                      word({"system", "developer", "user", "assistant", "tool", "function"}),
                      "Who says it.")
            .field("content", &MessageBody::content, contentType(), "A text, or parts of it.")
            .field("name", &MessageBody::name, text(0, 256), "")
            .field("reasoning_content", &MessageBody::reasoning, text(),
                   "What the assistant thought before it answered.")
            .field("tool_call_id", &MessageBody::toolCallId, text(0, 256),
                   "The call that a tool's message answers.")
            .field("tool_calls", &MessageBody::toolCalls, list(object(callForm()), 0, 128),
                   "Calls that the assistant made.")
            .rule([](const MessageBody& message, Reading& reading) {
                reading.need("content", message.content || message.role == "assistant");
            });
    return form;
}

/// Templates expect an object; what is no JSON stays as it is.
Json argumentsObject(const Json& arguments) {
    if (!arguments.is_string())
        return arguments.is_null() ? Json::object() : arguments;
    const auto& raw = arguments.get_ref<const std::string&>();
    if (raw.empty())
        return Json::object();
    const Outcome<Json> parsed = parseBody(raw);
    return parsed ? *parsed : arguments;
}

Json callsJson(const std::vector<Call>& calls) {
    Json result = Json::array();
    for (const Call& call : calls)
        result.push_back({{"id", call.id.value_or("")},
                          {"type", "function"},
                          {"function",
                           {{"name", call.function->name},
                            {"arguments", argumentsObject(call.function->arguments)}}}});
    return result;
}

Message toMessage(MessageBody body) {
    Message message;
    message.role = body.role == "developer"  ? "system"
                   : body.role == "function" ? "tool"
                                             : body.role;
    message.content = std::move(body.content).value_or("");
    Json extra = Json::object();
    if (body.name)
        extra["name"] = *body.name;
    if (body.reasoning)
        extra["reasoning_content"] = *body.reasoning;
    if (body.toolCallId)
        extra["tool_call_id"] = *body.toolCallId;
    if (!body.toolCalls.empty())
        extra["tool_calls"] = callsJson(body.toolCalls);
    if (!extra.empty())
        message.extraJson = jsonText(extra);
    return message;
}

} // namespace

FieldType<std::string> contentType() {
    const auto join = [](const std::vector<Part>& parts) {
        std::string whole;
        for (const Part& part : parts) {
            if (!whole.empty())
                whole += '\n';
            whole += part.type == "refusal" ? part.refusal.value_or("") : *part.text;
        }
        return whole;
    };
    return oneOf<std::string>({text(), list(object(partForm()), 1, 4096).map(join)});
}

FieldType<Message> messageType() {
    return object(messageForm()).map(toMessage);
}

} // namespace hearth::serve
