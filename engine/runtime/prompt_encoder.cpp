#include "runtime/prompt_encoder.h"

#include "formats/json_file.h"

#include <algorithm>
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

std::int32_t leadingSystemMessages(const ChatPrompt& prompt) {
    const auto end = std::find_if(prompt.messages.begin(), prompt.messages.end(),
                                  [](const Message& message) { return message.role != "system"; });
    return static_cast<std::int32_t>(end - prompt.messages.begin());
}

/// How many of the oldest messages may go: those numbers after which a user's turn comes first.
/// The last message stays.
std::vector<std::int32_t> possibleCuts(const ChatPrompt& prompt) {
    const std::int32_t first = leadingSystemMessages(prompt);
    std::vector<std::int32_t> cuts;
    for (auto next = first + 1; next < static_cast<std::int32_t>(prompt.messages.size()); ++next)
        if (prompt.messages[static_cast<std::size_t>(next)].role == "user")
            cuts.push_back(next - first);
    return cuts;
}

} // namespace

PromptEncoder::PromptEncoder(std::unique_ptr<Tokenizer> tokenizer, ChatTemplate chatTemplate,
                             std::optional<std::int32_t> sourceEnd)
    : m_tokenizer(std::move(tokenizer)), m_chatTemplate(std::move(chatTemplate))
    , m_sourceEnd(sourceEnd) {}

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
    HEARTH_TRY_ASSIGN(std::vector<std::int32_t> tokens, encodeText(prompt));
    if (m_sourceEnd && (tokens.empty() || tokens.back() != *m_sourceEnd))
        tokens.push_back(*m_sourceEnd);
    return tokens;
}

Result<std::vector<std::int32_t>> PromptEncoder::encodeText(const Prompt& prompt) const {
    if (const auto* text = std::get_if<TextPrompt>(&prompt))
        return m_tokenizer->encode(text->text, {text->parseSpecialTokens, text->addSpecialTokens});
    HEARTH_TRY_ASSIGN(const std::vector<Segment> rendered, segments(std::get<ChatPrompt>(prompt)));
    std::vector<TextSegment> parts;
    parts.reserve(rendered.size());
    for (const Segment& segment : rendered)
        parts.push_back({segment.text, segment.trusted});
    if (const std::string& prefix = std::get<ChatPrompt>(prompt).replyPrefix; !prefix.empty())
        parts.push_back({prefix, false});
    return m_tokenizer->encodeSegments(parts);
}

Result<PromptFit> PromptEncoder::fit(const ChatPrompt& prompt, std::int32_t context,
                                     std::int32_t reserve) const {
    const auto tokensWithout = [&](std::int32_t dropped) -> Result<std::int32_t> {
        ChatPrompt rest = prompt;
        dropOldest(rest, dropped);
        HEARTH_TRY_ASSIGN(const std::vector<std::int32_t> tokens, encode(rest));
        return static_cast<std::int32_t>(tokens.size());
    };
    PromptFit fit;
    fit.context = context;
    fit.reserve = reserve;
    HEARTH_TRY_ASSIGN(fit.tokens, tokensWithout(0));
    fit.fittedTokens = fit.tokens;
    if (fit.tokens + reserve <= context)
        return fit;
    const std::vector<std::int32_t> cuts = possibleCuts(prompt);
    // The fewest messages that make room; tokens fall as more are dropped.
    std::size_t low = 0;
    std::size_t high = cuts.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        HEARTH_TRY_ASSIGN(const std::int32_t tokens, tokensWithout(cuts[middle]));
        if (tokens + reserve <= context)
            high = middle;
        else
            low = middle + 1;
    }
    if (!cuts.empty()) {
        fit.dropped = cuts[std::min(low, cuts.size() - 1)];
        HEARTH_TRY_ASSIGN(fit.fittedTokens, tokensWithout(fit.dropped));
    }
    if (fit.fittedTokens >= context) {
        Error error;
        error.code = ErrorCode::ContextExceeded;
        error.needed = static_cast<std::uint64_t>(fit.fittedTokens) + 1;
        error.available = static_cast<std::uint64_t>(context);
        return fail(std::move(error));
    }
    return fit;
}

void dropOldest(ChatPrompt& prompt, std::int32_t dropped) {
    const auto first = prompt.messages.begin() + leadingSystemMessages(prompt);
    prompt.messages.erase(first, first + dropped);
}

} // namespace hearth
