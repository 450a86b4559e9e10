#include "text/jinja/chat_template.h"

#include <array>
#include <utility>

namespace hearth {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kChatMl =
    "{%- for message in messages -%}\n"
    "{{ '<|im_start|>' + message.role + '\\n' }}\n"
    "{%- if message.content is string -%}\n"
    "{{ message.content }}\n"
    "{%- else -%}\n"
    "{%- for part in message.content or [] if part.type == 'text' -%}{{ part.text }}"
    "{%- endfor -%}\n"
    "{%- endif -%}\n"
    "{{ '<|im_end|>\\n' }}\n"
    "{%- endfor -%}\n"
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}\n";

/// Roles that templates build control tokens from. Any other role is a caller's free text.
const jinja::TrustPolicy& trustPolicy() {
    static const jinja::TrustPolicy kPolicy{{"bos_token", "eos_token", "pad_token", "unk_token"},
                                            {"system", "user", "assistant", "tool", "developer",
                                             "function", "ipython", "observation", "tool_response",
                                             "tool_call", "model", "environment"}};
    return kPolicy;
}

Failure corrupt(std::string detail) {
    Error error;
    error.code = ErrorCode::Corrupt;
    error.field = "chat_template";
    error.detail = std::move(detail);
    return fail(std::move(error));
}

Result<std::optional<std::string>> fromList(const Json& templates, std::string_view name) {
    for (const Json& entry : templates) {
        if (!entry.is_object() || !entry.contains("name") || !entry["name"].is_string() ||
            !entry.contains("template") || !entry["template"].is_string())
            return corrupt("an entry is not an object with the strings 'name' and 'template'");
        if (entry["name"] == name)
            return std::optional<std::string>(entry["template"].get<std::string>());
    }
    Error error;
    error.code = ErrorCode::NotFound;
    error.field = "chat_template";
    error.detail = "there is no template named '" + std::string(name) + "'";
    return fail(std::move(error));
}

} // namespace

Result<std::optional<std::string>> loadChatTemplateSource(const ChatTemplateInputs& inputs,
                                                          std::string_view name) {
    if (const auto found = inputs.additional.find(std::string(name));
        found != inputs.additional.end())
        return std::optional<std::string>(found->second);
    if (inputs.jinjaFile)
        return inputs.jinjaFile;
    if (inputs.config && inputs.config->is_object() && inputs.config->contains("chat_template")) {
        const Json& value = inputs.config->at("chat_template");
        if (value.is_string())
            return std::optional<std::string>(value.get<std::string>());
        if (value.is_array())
            return fromList(value, name);
        if (!value.is_null())
            return corrupt("it is neither a string nor a list");
    }
    return inputs.ggufTemplate;
}

std::string specialTokenText(const Json& config, std::string_view key) {
    const std::string name(key);
    if (!config.is_object() || !config.contains(name))
        return {};
    const Json& value = config.at(name);
    if (value.is_string())
        return value.get<std::string>();
    if (value.is_object() && value.contains("content") && value["content"].is_string())
        return value["content"].get<std::string>();
    return {};
}

std::string_view chatMlTemplateSource() {
    return kChatMl;
}

ChatTemplate::ChatTemplate(std::string source, SpecialTokenTexts tokens, jinja::Template parsed)
    : m_source(std::move(source))
    , m_tokens(std::move(tokens))
    , m_template(std::move(parsed)) {
}

Result<ChatTemplate> ChatTemplate::create(std::string source, SpecialTokenTexts tokens) {
    HEARTH_TRY_ASSIGN(jinja::Template parsed, jinja::Template::parse(source));
    return ChatTemplate(std::move(source), std::move(tokens), std::move(parsed));
}

ChatTemplate ChatTemplate::chatMl(SpecialTokenTexts tokens) {
    return create(std::string(kChatMl), std::move(tokens)).value();
}

Result<std::vector<Segment>> ChatTemplate::render(const Json& messages, const Json& tools,
                                                  GenerationPrompt generationPrompt,
                                                  const Json& extra,
                                                  const jinja::RenderLimits& limits) const {
    if (!messages.is_array() || (!tools.is_array() && !tools.is_null()) ||
        (!extra.is_object() && !extra.is_null())) {
        Error error;
        error.code = ErrorCode::InvalidArgument;
        error.field = !messages.is_array()                   ? "messages"
                      : extra.is_object() || extra.is_null() ? "tools"
                                                             : "extra";
        error.detail = "messages and tools must be arrays, extra an object";
        return fail(std::move(error));
    }
    if (m_withTools && tools.is_array())
        return m_withTools->render(messages, tools, generationPrompt, extra, limits);
    Json variables = extra.is_object() ? extra : Json::object();
    const std::array<std::pair<const char*, const std::string*>, 4> tokens = {
        {{"bos_token", &m_tokens.bos},
         {"eos_token", &m_tokens.eos},
         {"pad_token", &m_tokens.pad},
         {"unk_token", &m_tokens.unk}}};
    for (const auto& [name, text] : tokens) {
        variables.erase(name);
        if (!text->empty())
            variables[name] = *text;
    }
    variables["messages"] = messages;
    variables["tools"] = tools;
    variables["add_generation_prompt"] = generationPrompt == GenerationPrompt::Add;
    if (!variables.contains("documents"))
        variables["documents"] = nullptr;
    return m_template.renderSegments(variables, trustPolicy(), limits);
}

} // namespace hearth
