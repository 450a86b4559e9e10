#include "runtime/prompt_encoder.h"

#include "formats/json_file.h"

#include <utility>

namespace hearth {

namespace {

using Json = nlohmann::ordered_json;

Failure invalid(const char* field, const char* detail) {
    Error error;
    error.code = ErrorCode::InvalidArgument;
    error.field = field;
    error.detail = detail;
    return fail(std::move(error));
}

/// Keeps the order of keys, which templates print; parseJson() guards the depth first.
Result<Json> parseOrdered(const std::string& text, const char* field) {
    if (auto checked = parseJson(text, field); !checked)
        return invalid(field, "is not valid JSON");
    return Json::parse(text);
}

Result<Json> messagesJson(const std::vector<Message>& messages) {
    Json list = Json::array();
    for (const Message& message : messages) {
        Json entry = Json::object();
        entry["role"] = message.role;
        entry["content"] = message.content;
        if (!message.extraJson.empty()) {
            HEARTH_TRY_ASSIGN(const Json extra, parseOrdered(message.extraJson, "message"));
            if (!extra.is_object())
                return invalid("message", "further fields must be a JSON object");
            entry.update(extra);
        }
        list.push_back(std::move(entry));
    }
    return list;
}

} // namespace

PromptEncoder::PromptEncoder(std::unique_ptr<Tokenizer> tokenizer, ChatTemplate chatTemplate)
    : m_tokenizer(std::move(tokenizer)), m_chatTemplate(std::move(chatTemplate)) {}

Result<std::vector<Segment>> PromptEncoder::segments(const ChatPrompt& prompt) const {
    HEARTH_TRY_ASSIGN(const Json messages, messagesJson(prompt.messages));
    Json tools;
    if (!prompt.toolsJson.empty()) {
        HEARTH_TRY_ASSIGN(tools, parseOrdered(prompt.toolsJson, "tools"));
        if (!tools.is_array())
            return invalid("tools", "must be a JSON array");
    }
    Json variables;
    if (!prompt.variablesJson.empty()) {
        HEARTH_TRY_ASSIGN(variables, parseOrdered(prompt.variablesJson, "variables"));
        if (!variables.is_object())
            return invalid("variables", "must be a JSON object");
    }
    return m_chatTemplate.render(messages, tools,
                                 prompt.addGenerationPrompt ? GenerationPrompt::Add
                                                            : GenerationPrompt::Omit,
                                 variables);
}

Result<std::string> PromptEncoder::render(const ChatPrompt& prompt) const {
    HEARTH_TRY_ASSIGN(const std::vector<Segment> rendered, segments(prompt));
    return jinja::joinSegments(rendered);
}

Result<std::vector<std::int32_t>> PromptEncoder::encode(const Prompt& prompt) const {
    if (const auto* tokens = std::get_if<TokenPrompt>(&prompt))
        return tokens->tokens;
    if (const auto* text = std::get_if<TextPrompt>(&prompt))
        return m_tokenizer->encode(text->text, {text->parseSpecialTokens, text->addSpecialTokens});
    HEARTH_TRY_ASSIGN(const std::vector<Segment> rendered, segments(std::get<ChatPrompt>(prompt)));
    std::vector<TextSegment> parts;
    parts.reserve(rendered.size());
    for (const Segment& segment : rendered)
        parts.push_back({segment.text, segment.trusted});
    return m_tokenizer->encodeSegments(parts);
}

} // namespace hearth
