#include "serve/anthropic/messages_writer.h"

#include "serve/api/event_stream.h"
#include "serve/api/random_id.h"

#include <utility>

namespace hearth::serve {

namespace {

class MessagesStream final : public GenerationWriter {
public:
    MessagesStream(std::shared_ptr<Exchange> exchange, MessagesAnswer answer)
        : m_stream(std::move(exchange))
        , m_answer(std::move(answer)) {}

    [[nodiscard]] bool streams() const override { return true; }
    void open() override { m_stream.open(); }
    void flush() override { m_stream.flush(); }

    void keepAlive(std::string_view text) override {
        // Clients take no event before message_start.
        if (m_started)
            m_stream.event("ping", R"({"type":"ping"})");
        else
            m_stream.comment(text);
    }

    void started(const GenerationUsage& usage) override {
        m_started = true;
        send("message_start", {{"message",
                                {{"id", randomId("msg_")},
                                 {"type", "message"},
                                 {"role", "assistant"},
                                 {"model", m_answer.model},
                                 {"content", Json::array()},
                                 {"stop_reason", nullptr},
                                 {"stop_sequence", nullptr},
                                 {"usage", anthropicUsage(usage)}}}});
        m_stream.event("ping", R"({"type":"ping"})");
    }

    void delta(ChoiceDelta delta) override {
        m_tokens.insert(m_tokens.end(), delta.tokens.begin(), delta.tokens.end());
        if (!delta.reasoning.empty()) {
            begin(Open::Thinking, {{"type", "thinking"}, {"thinking", ""}, {"signature", ""}});
            sendText("thinking_delta", "thinking", delta.reasoning);
        }
        if (!delta.text.empty()) {
            begin(Open::Text, {{"type", "text"}, {"text", ""}});
            sendText("text_delta", "text", delta.text);
        }
        for (const ToolCallDelta& call : delta.toolCalls) {
            if (!call.name.empty()) {
                close();
                begin(Open::Call, {{"type", "tool_use"},
                                   {"id", call.id},
                                   {"name", call.name},
                                   {"input", Json::object()}});
            }
            if (!call.arguments.empty())
                sendText("input_json_delta", "partial_json", call.arguments);
        }
    }

    void choiceEnded(const ChoiceEnd& end) override {
        if (m_next == 0) // A reply has a block at least.
            begin(Open::Text, {{"type", "text"}, {"text", ""}});
        close();
        m_end = end;
    }

    void ended(const GenerationUsage& usage) override {
        Json stop = nullptr;
        if (m_end.reason == FinishReason::StopString && !m_end.calledTools)
            stop = m_answer.matchedStop(m_tokens);
        send("message_delta",
             {{"delta",
               {{"stop_reason", stopReasonText(m_end)}, {"stop_sequence", std::move(stop)}}},
              {"usage", anthropicUsage(usage)}});
        send("message_stop", Json::object());
        m_stream.end();
    }

    void failed(const ApiError& error) override {
        if (!m_stream.isOpen()) {
            m_stream.refuse(anthropicErrorResponse(error));
            return;
        }
        m_stream.event("error", anthropicErrorBody(error));
        m_stream.end();
    }

private:
    enum class Open : std::uint8_t { None, Thinking, Text, Call };

    void send(const char* name, const Json& fields) {
        Json event = {{"type", name}};
        event.update(fields);
        m_stream.event(name, jsonText(event));
    }

    void begin(Open kind, const Json& block) {
        if (m_open == kind && kind != Open::Call)
            return;
        close();
        m_open = kind;
        send("content_block_start", {{"index", m_next}, {"content_block", block}});
        ++m_next;
    }

    void close() {
        if (std::exchange(m_open, Open::None) != Open::None)
            send("content_block_stop", {{"index", m_next - 1}});
    }

    /// As text: one is made for every token of every stream.
    void sendText(const char* type, const char* field, const std::string& text) {
        std::string data = R"({"type":"content_block_delta","index":)" +
                           std::to_string(m_next - 1) + R"(,"delta":{"type":")" + type + "\",\"" +
                           field + "\":";
        appendJsonString(data, text);
        data += "}}";
        m_stream.event("content_block_delta", data);
    }

    EventStream m_stream;
    MessagesAnswer m_answer;
    std::vector<std::int32_t> m_tokens;
    ChoiceEnd m_end;
    Open m_open = Open::None;
    int m_next = 0; ///< Index of the next block.
    bool m_started = false;
};

} // namespace

std::unique_ptr<GenerationWriter> messagesStream(std::shared_ptr<Exchange> exchange,
                                                 MessagesAnswer answer) {
    return std::make_unique<MessagesStream>(std::move(exchange), std::move(answer));
}

} // namespace hearth::serve
