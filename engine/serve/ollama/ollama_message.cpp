#include "serve/ollama/ollama_message.h"

#include "serve/api/form.h"

#include <utility>

namespace hearth::serve {

namespace {

struct Body {
    std::string role;
    std::string content;
    std::optional<std::string> thinking;
    std::optional<Json> toolCalls;
    std::optional<std::string> toolName;
    std::optional<Json> images;
};

/// As the templates of Hugging Face have calls: with a type, arguments as objects.
Json templateCalls(const Json& calls) {
    Json list = Json::array();
    for (const Json& call : calls) {
        if (!call.is_object() || !call.contains("function"))
            continue;
        Json made = {{"type", "function"}};
        made.update(call);
        list.push_back(std::move(made));
    }
    return list;
}

Message messageOf(Body body) {
    Json extra = Json::object();
    if (body.thinking)
        extra["reasoning_content"] = *std::move(body.thinking);
    if (body.toolCalls && body.toolCalls->is_array() && !body.toolCalls->empty())
        extra["tool_calls"] = templateCalls(*body.toolCalls);
    if (body.toolName)
        extra["name"] = *std::move(body.toolName);
    return {std::move(body.role), std::move(body.content),
            extra.empty() ? std::string() : jsonText(extra)};
}

const Form<Body>& messageForm() {
    static const Form<Body> form =
        Form<Body>("Message")
            .required("role", &Body::role, text(1, 64), "system, user, assistant or tool.")
            .field("content", &Body::content, text(), "")
            .field("thinking", &Body::thinking, text(), "What the model thought before.")
            .field("tool_calls", &Body::toolCalls, anyValue(), "Functions that it called.")
            .field("tool_name", &Body::toolName, text(0, 256), "Whose result a tool's message is.")
            .field("images", &Body::images, noImagesType(), "Not supported.");
    return form;
}

} // namespace

FieldType<Json> noImagesType() {
    FieldType<Json> type = anyValue();
    type.schema = {{"type", "array"}, {"maxItems", 0}};
    type.read = [](const Json& value, Reading& reading) -> std::optional<Json> {
        if (value.empty())
            return value;
        reading.add("value_error", "Images are not supported: no model here sees them");
        return std::nullopt;
    };
    return type;
}

FieldType<Message> ollamaMessageType() {
    return object(messageForm()).map(messageOf);
}

Json ollamaToolCalls(const std::vector<ToolCall>& calls) {
    Json list = Json::array();
    for (const ToolCall& call : calls) {
        const Json arguments = Json::parse(call.arguments, nullptr, false);
        list.push_back({{"function",
                         {{"name", call.name},
                          {"arguments", arguments.is_object() ? arguments : Json::object()}}}});
    }
    return list;
}

} // namespace hearth::serve
