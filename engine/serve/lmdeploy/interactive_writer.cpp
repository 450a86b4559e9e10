#include "serve/lmdeploy/interactive_writer.h"

#include "serve/api/json_text.h"
#include "serve/lmdeploy/lmdeploy_error.h"

#include <utility>

namespace hearth::serve {

namespace {

class InteractiveWriter final : public GenerationWriter {
public:
    InteractiveWriter(std::shared_ptr<Exchange> exchange, std::shared_ptr<InteractiveTurn> turn,
                      bool stream)
        : m_exchange(std::move(exchange)), m_turn(std::move(turn)), m_stream(stream) {}

    [[nodiscard]] bool streams() const override { return m_stream; }

    void open() override {
        m_open = true;
        m_exchange->beginStream(200, "text/event-stream; charset=utf-8", header());
    }

    // Readers of lines skip empty ones.
    void keepAlive(std::string_view) override { m_exchange->write("\n"); }

    void delta(ChoiceDelta delta) override {
        m_tokens += static_cast<std::int32_t>(delta.tokens.size());
        m_turn->tokens.insert(m_turn->tokens.end(), delta.tokens.begin(), delta.tokens.end());
        m_text += delta.text;
    }

    void flush() override {
        if (m_stream && !m_text.empty())
            m_exchange->write(line(std::exchange(m_text, {}), nullptr));
    }

    void choiceEnded(const ChoiceEnd& end) override {
        m_reason = end.reason == FinishReason::Length ? "length" : "stop";
    }

    void ended(const GenerationUsage&) override {
        store();
        answer();
    }

    void failed(const ApiError& error) override {
        if (error.code == kSessionFull) {
            if (!m_turn->interactive)
                m_turn->use->erase();
            m_turn->use.reset();
            m_reason = "length";
            answer();
        } else if (error.code == kPromptTaken) {
            store();
            m_reason = "length";
            answer();
        } else {
            m_turn->use.reset();
            refuse(error);
        }
    }

private:
    // Before the answer: the client may ask on at once.
    void store() {
        if (m_turn->interactive)
            m_turn->use->keep({m_turn->modelPath, std::move(m_turn->tokens)});
        else
            m_turn->use->erase();
        m_turn->use.reset();
    }

    void answer() {
        if (m_stream) {
            if (!m_open)
                open();
            m_exchange->write(line(std::exchange(m_text, {}), m_reason));
            m_exchange->end();
            return;
        }
        HttpResponse response;
        response.body = text(m_text, m_reason);
        response.headers = header();
        m_exchange->respond(std::move(response));
    }

    void refuse(const ApiError& error) {
        if (!m_open) {
            m_exchange->respond(lmDeployErrorResponse(error));
            return;
        }
        m_exchange->write(lmDeployErrorBody(error) + "\n");
        m_exchange->end();
    }

    /// Tells those who asked for any session which one they got.
    [[nodiscard]] std::vector<Header> header() const { return {{"x-session-id", m_session}}; }
    [[nodiscard]] std::string text(std::string_view reply, const char* reason) const {
        return interactiveAnswer(reply, m_tokens, m_turn->inputTokens, m_turn->historyTokens,
                                 reason);
    }
    [[nodiscard]] std::string line(std::string_view reply, const char* reason) const {
        return text(reply, reason) + "\n";
    }

    const std::shared_ptr<Exchange> m_exchange;
    const std::shared_ptr<InteractiveTurn> m_turn;
    const bool m_stream;
    const std::string m_session = std::to_string(m_turn->use->ticket().key.second);
    bool m_open = false;
    std::int32_t m_tokens = 0;
    std::string m_text; ///< Not sent yet.
    const char* m_reason = "stop";
};

} // namespace

std::string interactiveAnswer(std::string_view text, std::int32_t tokens, std::int64_t input,
                              std::int64_t history, const char* finishReason) {
    return jsonText({{"text", text},
                     {"tokens", tokens},
                     {"input_tokens", input},
                     {"history_tokens", history},
                     {"finish_reason", finishReason ? Json(finishReason) : Json(nullptr)}});
}

std::unique_ptr<GenerationWriter> makeInteractiveWriter(std::shared_ptr<Exchange> exchange,
                                                        std::shared_ptr<InteractiveTurn> turn,
                                                        bool stream) {
    return std::make_unique<InteractiveWriter>(std::move(exchange), std::move(turn), stream);
}

} // namespace hearth::serve
