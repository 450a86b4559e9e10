#include "serve/openai/chat_writer.h"

#include "serve/api/event_stream.h"
#include "serve/api/json_text.h"
#include "serve/api/random_id.h"
#include "serve/api/whole_writer.h"
#include "serve/openai/usage_json.h"

#include <iterator>
#include <set>
#include <utility>

namespace hearth::serve {

namespace {

class ChatWhole final : public WholeWriter {
public:
    ChatWhole(std::shared_ptr<Exchange> exchange, ChatAnswer answer)
        : m_exchange(std::move(exchange)), m_answer(std::move(answer)) {}

    void promptRead(std::int32_t /*prompt*/, std::vector<TokenInfo> tokens) override {
        m_promptTokens.insert(m_promptTokens.end(), std::make_move_iterator(tokens.begin()),
                              std::make_move_iterator(tokens.end()));
    }
    void failed(const ApiError& error) override {
        m_exchange->respond(openAiErrorResponse(error));
    }

protected:
    void whole(std::vector<ChoiceResult>& results, const GenerationUsage& usage) override {
        Json choices = Json::array();
        for (std::size_t i = 0; i < results.size(); ++i)
            choices.push_back(choice(i, results[i]));
        HttpResponse response;
        Json answer = {{"id", randomId("chatcmpl-")},   {"object", "chat.completion"},
                       {"created", unixTime()},         {"model", m_answer.model},
                       {"choices", std::move(choices)}, {"usage", usageJson(usage)}};
        if (m_answer.promptLogprobs)
            answer["prompt_logprobs"] = rankedPromptLogprobs(m_promptTokens);
        response.body = jsonText(answer);
        m_exchange->respond(std::move(response));
    }

private:
    [[nodiscard]] Json choice(std::size_t index, const ChoiceResult& result) const {
        Json message = {{"role", "assistant"}};
        const bool callsOnly = result.text.empty() && !result.toolCalls.empty();
        message["content"] = callsOnly ? Json(nullptr) : Json(result.text);
        if (!result.reasoning.empty())
            message["reasoning_content"] = result.reasoning;
        if (!result.toolCalls.empty())
            message["tool_calls"] = toolCallsJson(result.toolCalls);
        return {{"index", index},
                {"message", std::move(message)},
                {"logprobs",
                 m_answer.logprobs ? chatLogprobs(result.probabilities) : Json(nullptr)},
                {"finish_reason", finishReasonText(result.end)}};
    }

    std::shared_ptr<Exchange> m_exchange;
    ChatAnswer m_answer;
    std::vector<TokenInfo> m_promptTokens;
};

/// Chunks are put together as text: one is made for every token of every stream.
class ChatStream final : public GenerationWriter {
public:
    ChatStream(std::shared_ptr<Exchange> exchange, ChatAnswer answer)
        : m_stream(std::move(exchange)), m_answer(std::move(answer)) {
        const std::string head = jsonText({{"id", randomId("chatcmpl-")},
                                           {"object", "chat.completion.chunk"},
                                           {"created", unixTime()},
                                           {"model", m_answer.model}});
        m_head = head.substr(0, head.size() - 1) + ",\"choices\":[";
        m_tail = m_answer.includeUsage ? "],\"usage\":null}" : "]}";
    }

    [[nodiscard]] bool streams() const override { return true; }
    void open() override { m_stream.open(); }
    void keepAlive(std::string_view text) override { m_stream.comment(text); }
    void flush() override { m_stream.flush(); }

    void delta(ChoiceDelta delta) override {
        begin(delta.choice);
        std::string logprobs;
        if (m_answer.logprobs && !delta.probabilities.empty())
            logprobs = jsonText(chatLogprobs(delta.probabilities));
        if (!delta.reasoning.empty())
            text(delta.choice, "reasoning_content", delta.reasoning, std::exchange(logprobs, {}));
        if (!delta.text.empty() || !logprobs.empty())
            text(delta.choice, "content", delta.text, std::exchange(logprobs, {}));
        for (const ToolCallDelta& call : delta.toolCalls)
            toolCall(delta.choice, call);
    }

    void choiceEnded(const ChoiceEnd& end) override {
        begin(end.choice);
        chunk(end.choice, "{}", {}, finishReasonText(end));
    }

    void ended(const GenerationUsage& usage) override {
        if (m_answer.includeUsage)
            m_stream.data(m_head + "],\"usage\":" + jsonText(usageJson(usage)) + "}");
        m_stream.data("[DONE]");
        m_stream.end();
    }

    void failed(const ApiError& error) override {
        if (!m_stream.isOpen()) {
            m_stream.refuse(openAiErrorResponse(error));
            return;
        }
        m_stream.data(openAiErrorBody(error));
        m_stream.data("[DONE]");
        m_stream.end();
    }

private:
    /// The role comes first, in a chunk of its own.
    void begin(std::int32_t choice) {
        if (m_begun.insert(choice).second)
            chunk(choice, R"({"role":"assistant","content":""})", {}, nullptr);
    }

    void text(std::int32_t choice, const char* field, const std::string& text,
              const std::string& logprobs) {
        std::string delta = std::string("{\"") + field + "\":";
        appendJsonString(delta, text);
        delta += '}';
        chunk(choice, delta, logprobs, nullptr);
    }

    void toolCall(std::int32_t choice, const ToolCallDelta& call) {
        if (!call.name.empty())
            chunk(choice,
                  jsonText({{"tool_calls",
                             {{{"index", call.index},
                               {"id", call.id},
                               {"type", "function"},
                               {"function", {{"name", call.name}, {"arguments", ""}}}}}}}),
                  {}, nullptr);
        if (!call.arguments.empty())
            chunk(choice,
                  jsonText({{"tool_calls",
                             {{{"index", call.index},
                               {"function", {{"arguments", call.arguments}}}}}}}),
                  {}, nullptr);
    }

    void chunk(std::int32_t choice, std::string_view delta, std::string_view logprobs,
               const char* reason) {
        std::string data = m_head;
        data += "{\"index\":" + std::to_string(choice) + ",\"delta\":";
        data += delta;
        if (!logprobs.empty())
            data.append(",\"logprobs\":").append(logprobs);
        data += ",\"finish_reason\":";
        data += reason == nullptr ? "null" : std::string("\"") + reason + "\"";
        data += '}';
        data += m_tail;
        m_stream.data(data);
    }

    EventStream m_stream;
    ChatAnswer m_answer;
    std::string m_head; ///< Of every chunk, to within the list of choices.
    std::string m_tail;
    std::set<std::int32_t> m_begun;
};

} // namespace

std::unique_ptr<GenerationWriter> chatWriter(std::shared_ptr<Exchange> exchange,
                                             ChatAnswer answer) {
    if (answer.stream)
        return std::make_unique<ChatStream>(std::move(exchange), std::move(answer));
    return std::make_unique<ChatWhole>(std::move(exchange), std::move(answer));
}

} // namespace hearth::serve
