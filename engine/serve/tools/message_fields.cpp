#include "serve/tools/message_fields.h"

#include <utility>

namespace hearth::serve {

namespace {

std::optional<std::string> readPart(const Json& part, Reading& reading) {
    if (part.is_object() && part.value("type", Json()) == "text") {
        const auto text = part.find("text");
        if (text != part.end() && text->is_string())
            return text->get<std::string>();
    }
    reading.add("value_error", "Only parts with a text are taken here");
    return std::nullopt;
}

std::optional<std::string> readContent(const Json& content, Reading& reading) {
    if (content.is_null())
        return std::string();
    if (content.is_string())
        return content.get<std::string>();
    if (!content.is_array()) {
        detail::addWrongKind(reading, "union_type", "a valid string or a valid list");
        return std::nullopt;
    }
    std::string joined;
    for (std::size_t i = 0; i < content.size() && !reading.full(); ++i) {
        const Reading::Step step(reading, i);
        if (const std::optional<std::string> text = readPart(content[i], reading))
            joined += *text;
    }
    return joined;
}

std::optional<Message> readMessage(const Json& value, Reading& reading) {
    if (!value.is_object()) {
        detail::addWrongKind(reading, "dict_type", "a valid dictionary");
        return std::nullopt;
    }
    Message message;
    Json extra = Json::object();
    bool hasRole = false;
    for (const auto& [name, member] : value.items()) {
        const Reading::Step step(reading, name);
        if (name == "role") {
            hasRole = true;
            if (member.is_string() && !member.get_ref<const std::string&>().empty())
                message.role = member.get<std::string>();
            else
                detail::addWrongKind(reading, "string_type", "a valid string");
        } else if (name == "content") {
            message.content = readContent(member, reading).value_or("");
        } else {
            extra[name] = member;
        }
    }
    if (!hasRole) {
        const Reading::Step step(reading, std::string("role"));
        reading.add("missing", "Field required");
    }
    if (!extra.empty())
        message.extraJson = jsonText(extra);
    return message;
}

} // namespace

FieldType<Message> messageType() {
    FieldType<Message> type;
    type.expected = "a valid dictionary";
    type.schema = {
        {"type", "object"},
        {"properties",
         {{"role", {{"type", "string"}}},
          {"content",
           {{"anyOf", {{{"type", "string"}},
                       {{"type", "array"}, {"items", {{"type", "object"}}}},
                       {{"type", "null"}}}}}}}},
        {"required", {"role"}}};
    type.accepts = [](const Json& value) { return value.is_object(); };
    type.read = readMessage;
    return type;
}

FieldType<TextOrMessages> textOrMessagesType() {
    return oneOf<TextOrMessages>(
        {text().map([](std::string value) { return TextOrMessages{std::move(value), {}}; }),
         list(messageType(), 1, 65536).map([](std::vector<Message> messages) {
             return TextOrMessages{{}, std::move(messages)};
         })});
}

} // namespace hearth::serve
