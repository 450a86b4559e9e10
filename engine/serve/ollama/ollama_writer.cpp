#include "serve/ollama/ollama_writer.h"

#include "serve/api/model_card.h"
#include "serve/ollama/ollama_common.h"
#include "serve/ollama/ollama_message.h"

#include <utility>

namespace hearth::serve {

namespace {

/// The part of an answer that has text in it.
Json piece(const OllamaTurn& turn, std::string_view text, std::string_view thinking,
           const std::vector<ToolCall>& calls) {
    Json json = {{"model", turn.model},
                 {"created_at", utcText(std::chrono::system_clock::now())}};
    Json* into = &json;
    if (turn.shape == OllamaShape::Chat) {
        json["message"] = {{"role", "assistant"}, {"content", text}};
        into = &json["message"];
    } else {
        json["response"] = text;
    }
    if (!thinking.empty())
        (*into)["thinking"] = thinking;
    if (!calls.empty())
        (*into)["tool_calls"] = ollamaToolCalls(calls);
    json["done"] = false;
    return json;
}

class OllamaWriter final : public GenerationWriter {
public:
    OllamaWriter(std::shared_ptr<Exchange> exchange, std::shared_ptr<OllamaTurn> turn)
        : m_exchange(std::move(exchange)), m_turn(std::move(turn)) {}
    ~OllamaWriter() override { over(); }

    [[nodiscard]] bool streams() const override { return m_turn->stream; }
    void open() override {
        m_open = true;
        m_exchange->beginStream(200, "application/x-ndjson");
    }
    // No keepAlive(): Ollama's clients parse every line.

    void delta(ChoiceDelta delta) override { m_reply.add(std::move(delta)); }

    void flush() override {
        if (!m_turn->stream || (m_reply.text.empty() && m_reply.reasoning.empty()))
            return;
        const std::string text = std::exchange(m_reply.text, {});
        write(piece(*m_turn, text, std::exchange(m_reply.reasoning, {}), {}));
    }

    void choiceEnded(const ChoiceEnd& end) override { m_end = end; }

    void ended(const GenerationUsage& usage) override {
        over();
        if (!m_turn->stream) {
            Json whole = piece(*m_turn, m_reply.text, m_reply.reasoning, m_reply.toolCalls);
            addEnd(whole, usage);
            m_exchange->respond(ollamaResponse(whole));
            return;
        }
        flush();
        if (!m_reply.toolCalls.empty()) // in one piece: their arguments are objects
            write(piece(*m_turn, {}, {}, m_reply.toolCalls));
        Json last = piece(*m_turn, {}, {}, {});
        addEnd(last, usage);
        write(last);
        m_exchange->end();
    }

    void failed(const ApiError& error) override {
        over();
        if (!m_open) {
            m_exchange->respond(ollamaErrorResponse(error));
            return;
        }
        m_exchange->write(ollamaErrorBody(error) + "\n");
        m_exchange->end();
    }

private:
    void write(const Json& line) {
        if (!m_open)
            open();
        m_exchange->write(jsonText(line) + "\n");
    }

    void addEnd(Json& json, const GenerationUsage& usage) {
        const RequestStatistics& statistics = m_end.statistics;
        json["done"] = true;
        json["done_reason"] = m_end.reason == FinishReason::Length ? "length" : "stop";
        if (!m_turn->promptTokens.empty()) {
            std::vector<std::int32_t>& context = m_turn->promptTokens;
            context.insert(context.end(), m_reply.tokens.begin(), m_reply.tokens.end());
            json["context"] = context;
        }
        const std::chrono::duration<double> total =
            std::chrono::steady_clock::now() - m_turn->start;
        json["total_duration"] = nanoseconds(total.count());
        json["load_duration"] = nanoseconds(m_turn->loadSeconds);
        json["prompt_eval_count"] = usage.promptTokens;
        json["prompt_eval_duration"] =
            nanoseconds(statistics.timeToFirstToken - statistics.queueSeconds);
        json["eval_count"] = usage.completionTokens;
        json["eval_duration"] =
            nanoseconds(statistics.totalSeconds - statistics.timeToFirstToken);
    }

    void over() {
        if (m_turn->over)
            std::exchange(m_turn->over, {})();
    }

    const std::shared_ptr<Exchange> m_exchange;
    const std::shared_ptr<OllamaTurn> m_turn;
    bool m_open = false;
    ChoiceResult m_reply; ///< Streams: what was not sent yet of it, but all tokens.
    ChoiceEnd m_end;
};

} // namespace

std::unique_ptr<GenerationWriter> makeOllamaWriter(std::shared_ptr<Exchange> exchange,
                                                   std::shared_ptr<OllamaTurn> turn) {
    return std::make_unique<OllamaWriter>(std::move(exchange), std::move(turn));
}

HttpResponse ollamaLoadedResponse(const OllamaTurn& turn, const char* reason) {
    Json json = piece(turn, {}, {}, {});
    json["done"] = true;
    json["done_reason"] = reason;
    return ollamaResponse(json);
}

} // namespace hearth::serve
