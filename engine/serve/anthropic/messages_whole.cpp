#include "serve/anthropic/messages_writer.h"

#include "serve/api/random_id.h"
#include "serve/api/whole_writer.h"

#include <utility>

namespace hearth::serve {

namespace {

Json inputJson(const std::string& arguments) {
    const Outcome<Json> parsed = parseBody(arguments);
    return parsed && parsed->is_object() ? *parsed : Json::object();
}

Json contentJson(const ChoiceResult& result) {
    Json content = Json::array();
    if (!result.reasoning.empty())
        content.push_back(
            {{"type", "thinking"}, {"thinking", result.reasoning}, {"signature", ""}});
    if (!result.text.empty() || (result.toolCalls.empty() && content.empty()))
        content.push_back({{"type", "text"}, {"text", result.text}});
    for (const ToolCall& call : result.toolCalls)
        content.push_back({{"type", "tool_use"},
                           {"id", call.id},
                           {"name", call.name},
                           {"input", inputJson(call.arguments)}});
    return content;
}

class MessagesWhole final : public WholeWriter {
public:
    MessagesWhole(std::shared_ptr<Exchange> exchange, MessagesAnswer answer)
        : m_exchange(std::move(exchange))
        , m_answer(std::move(answer)) {}

    void failed(const ApiError& error) override {
        m_exchange->respond(anthropicErrorResponse(error));
    }

protected:
    void whole(std::vector<ChoiceResult>& results, const GenerationUsage& usage) override {
        const ChoiceResult result = results.empty() ? ChoiceResult() : std::move(results.front());
        Json stop = nullptr;
        if (result.end.reason == FinishReason::StopString)
            stop = m_answer.matchedStop(result.tokens);
        HttpResponse response;
        response.body = jsonText({{"id", randomId("msg_")},
                                  {"type", "message"},
                                  {"role", "assistant"},
                                  {"model", m_answer.model},
                                  {"content", contentJson(result)},
                                  {"stop_reason", stopReasonText(result.end)},
                                  {"stop_sequence", std::move(stop)},
                                  {"usage", anthropicUsage(usage)}});
        m_exchange->respond(std::move(response));
    }

private:
    std::shared_ptr<Exchange> m_exchange;
    MessagesAnswer m_answer;
};

} // namespace

std::string MessagesAnswer::matchedStop(const std::vector<std::int32_t>& tokens) const {
    if (stopSequences.size() <= 1 || !*detokenize)
        return stopSequences.empty() ? std::string() : stopSequences.front();
    const std::string whole = (*detokenize)(tokens);
    std::size_t first = std::string::npos;
    std::string matched;
    for (const std::string& stop : stopSequences) {
        const std::size_t at = whole.find(stop);
        if (at == std::string::npos || at >= first)
            continue;
        first = at;
        matched = stop;
    }
    return matched;
}

const char* stopReasonText(const ChoiceEnd& end) {
    if (end.reason == FinishReason::Length)
        return "max_tokens";
    if (end.calledTools)
        return "tool_use";
    return end.reason == FinishReason::StopString ? "stop_sequence" : "end_turn";
}

Json anthropicUsage(const GenerationUsage& usage) {
    return {{"input_tokens", usage.promptTokens - usage.cachedTokens},
            {"cache_creation_input_tokens", 0},
            {"cache_read_input_tokens", usage.cachedTokens},
            {"output_tokens", usage.completionTokens}};
}

std::unique_ptr<GenerationWriter> messagesWhole(std::shared_ptr<Exchange> exchange,
                                                MessagesAnswer answer) {
    return std::make_unique<MessagesWhole>(std::move(exchange), std::move(answer));
}

} // namespace hearth::serve
