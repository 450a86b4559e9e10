#include "serve/openai/usage_json.h"

#include "text/utf8.h"

#include <algorithm>

namespace hearth::serve {

namespace {

/// JSON has no infinity: what OpenAI gives for tokens that cannot be drawn.
double finite(float logprob) {
    return std::max(double(logprob), -9999.0);
}

Json byteList(const std::string& text) {
    Json bytes = Json::array();
    for (const char c : text)
        bytes.push_back(static_cast<unsigned char>(c));
    return bytes;
}

Json tokenJson(const TokenProbability& token) {
    return {{"token", utf8::sanitized(token.text)},
            {"logprob", finite(token.logprob)},
            {"bytes", byteList(token.text)}};
}

} // namespace

Json usageJson(const GenerationUsage& usage) {
    return {{"prompt_tokens", usage.promptTokens},
            {"completion_tokens", usage.completionTokens},
            {"total_tokens", usage.promptTokens + usage.completionTokens},
            {"prompt_tokens_details", {{"cached_tokens", usage.cachedTokens}}},
            {"completion_tokens_details", {{"reasoning_tokens", usage.reasoningTokens}}}};
}

const char* finishReasonText(const ChoiceEnd& end) {
    if (end.reason == FinishReason::Length)
        return "length";
    return end.calledTools ? "tool_calls" : "stop";
}

Json chatLogprobs(const std::vector<TokenInfo>& tokens) {
    Json content = Json::array();
    for (const TokenInfo& info : tokens) {
        Json entry = tokenJson(info.chosen);
        Json& top = entry["top_logprobs"] = Json::array();
        for (const TokenProbability& other : info.top)
            top.push_back(tokenJson(other));
        content.push_back(std::move(entry));
    }
    return {{"content", std::move(content)}, {"refusal", nullptr}};
}

Json completionLogprobs(const std::vector<TokenInfo>& tokens, bool top, std::size_t& offset) {
    Json result = {{"tokens", Json::array()},
                   {"token_logprobs", Json::array()},
                   {"top_logprobs", top ? Json::array() : Json(nullptr)},
                   {"text_offset", Json::array()}};
    for (const TokenInfo& info : tokens) {
        const std::string text = utf8::sanitized(info.chosen.text);
        result["tokens"].push_back(text);
        result["token_logprobs"].push_back(finite(info.chosen.logprob));
        result["text_offset"].push_back(offset);
        offset += utf8::countCharacters(text);
        if (!top)
            continue;
        Json likeliest = Json::object();
        for (const TokenProbability& other : info.top)
            likeliest[utf8::sanitized(other.text)] = finite(other.logprob);
        likeliest[text] = finite(info.chosen.logprob);
        result["top_logprobs"].push_back(std::move(likeliest));
    }
    return result;
}

Json promptLogprobs(const std::vector<TokenInfo>& tokens, bool top, std::size_t& offset) {
    Json result = completionLogprobs(tokens, top, offset);
    if (tokens.empty())
        return result;
    result["token_logprobs"][0] = nullptr;
    if (top)
        result["top_logprobs"][0] = nullptr;
    return result;
}

Json rankedPromptLogprobs(const std::vector<TokenInfo>& tokens) {
    const auto entry = [](const TokenProbability& token, Json rank) {
        return Json{{"logprob", finite(token.logprob)},
                    {"rank", std::move(rank)},
                    {"decoded_token", utf8::sanitized(token.text)}};
    };
    Json list = Json::array();
    for (const TokenInfo& info : tokens) {
        if (list.empty()) {
            list.push_back(nullptr);
            continue;
        }
        Json ranked = {{std::to_string(info.chosen.token), entry(info.chosen, nullptr)}};
        for (std::size_t i = 0; i < info.top.size(); ++i)
            ranked[std::to_string(info.top[i].token)] = entry(info.top[i], i + 1);
        list.push_back(std::move(ranked));
    }
    return list;
}

Json toolCallsJson(const std::vector<ToolCall>& calls) {
    Json list = Json::array();
    for (const ToolCall& call : calls)
        list.push_back({{"id", call.id},
                        {"type", "function"},
                        {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
    return list;
}

} // namespace hearth::serve
