#include "serve/api/event_stream.h"
#include "serve/tgi/tgi_error.h"
#include "serve/tgi/tgi_writers.h"

#include <utility>

namespace hearth::serve {

namespace {

class TgiStreamWriter final : public GenerationWriter {
public:
    TgiStreamWriter(std::shared_ptr<Exchange> exchange, std::shared_ptr<TgiTurn> turn)
        : m_exchange(std::move(exchange)), m_events(m_exchange), m_turn(std::move(turn)) {}

    [[nodiscard]] bool streams() const override { return true; }
    void open() override { m_events.open(); }
    void keepAlive(std::string_view text) override { m_events.comment(text); }

    void delta(ChoiceDelta delta) override {
        m_text += delta.text;
        for (TokenInfo& info : delta.probabilities) {
            if (m_held)
                send(false);
            m_held = std::move(info);
            // Only the last token that was asked for waits, for the end that must follow.
            if (m_sent + 1 < m_turn->maxNewTokens && !delta.text.empty())
                send(false);
        }
    }

    void choiceEnded(const ChoiceEnd& end) override { m_end = end; }

    void ended(const GenerationUsage&) override {
        if (!m_held) // its text came before the end was known
            m_held = std::exchange(m_last, {});
        send(true);
        m_events.end();
    }

    void failed(const ApiError& error) override {
        if (!m_events.isOpen()) {
            m_exchange->respond(tgiErrorResponse(error));
            return;
        }
        m_events.data(tgiErrorBody(asTgiError(error)));
        m_events.end();
    }

    void flush() override { m_events.flush(); }

private:
    void send(bool last) {
        TokenInfo info = m_held ? *std::exchange(m_held, {}) : TokenInfo{};
        ++m_sent;
        Json event = {{"index", m_sent},
                      {"token", m_tokens.token(info, last && m_end.reason == FinishReason::Stop)}};
        if (m_turn->parameters.topTokens > 0)
            event["top_tokens"] = TgiTokens::top(info);
        event["generated_text"] = nullptr;
        event["details"] = nullptr;
        if (last) {
            const TgiParameters& asked = m_turn->parameters;
            event["generated_text"] = asked.returnFullText ? m_turn->inputs + m_text : m_text;
            if (asked.details)
                event["details"] = {{"finish_reason", tgiReason(m_end.reason)},
                                    {"generated_tokens", m_end.statistics.completionTokens},
                                    {"seed", tgiSeed(asked, m_end.statistics)},
                                    {"input_length", m_turn->inputTokens}};
        }
        m_events.data(jsonText(event));
        info.chosen.text.clear(); // said already
        m_last = std::move(info);
    }

    const std::shared_ptr<Exchange> m_exchange;
    EventStream m_events;
    const std::shared_ptr<TgiTurn> m_turn;
    TgiTokens m_tokens;
    std::optional<TokenInfo> m_held;
    std::optional<TokenInfo> m_last;
    std::string m_text;
    std::int32_t m_sent = 0;
    ChoiceEnd m_end;
};

} // namespace

std::unique_ptr<GenerationWriter> makeTgiStreamWriter(std::shared_ptr<Exchange> exchange,
                                                      std::shared_ptr<TgiTurn> turn) {
    return std::make_unique<TgiStreamWriter>(std::move(exchange), std::move(turn));
}

} // namespace hearth::serve
