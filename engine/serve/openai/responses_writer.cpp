#include "serve/openai/responses_writer.h"

#include "serve/api/event_stream.h"
#include "serve/api/random_id.h"
#include "serve/openai/usage_json.h"

#include <utility>

namespace hearth::serve {

namespace {

/// Builds the output items one after the other and tells each step as an event, which an answer
/// in one piece leaves out.
class ResponsesWriter final : public GenerationWriter {
public:
    ResponsesWriter(std::shared_ptr<Exchange> exchange, ResponsesAnswer answer)
        : m_exchange(exchange)
        , m_stream(std::move(exchange))
        , m_answer(std::move(answer))
        , m_id(randomId("resp_"))
        , m_created(unixTime()) {}

    [[nodiscard]] bool streams() const override { return m_answer.stream; }
    void open() override { m_stream.open(); }
    void keepAlive(std::string_view text) override { m_stream.comment(text); }
    void flush() override { m_stream.flush(); }

    void started(const GenerationUsage& /*usage*/) override {
        send("response.created", {{"response", response("in_progress")}});
        send("response.in_progress", {{"response", response("in_progress")}});
    }

    void delta(ChoiceDelta delta) override {
        if (!delta.reasoning.empty()) {
            beginItem("reasoning");
            m_text += delta.reasoning;
            sendText("response.reasoning_text.delta", delta.reasoning, {});
        }
        Json logprobs = Json::array();
        if (m_answer.logprobs && !delta.probabilities.empty())
            logprobs = chatLogprobs(delta.probabilities)["content"];
        if (!delta.text.empty() || !logprobs.empty()) {
            beginItem("message");
            m_text += delta.text;
            sendText("response.output_text.delta", delta.text, logprobs);
            for (Json& entry : logprobs)
                m_logprobs.push_back(std::move(entry));
        }
        for (const ToolCallDelta& call : delta.toolCalls)
            toolCall(call);
    }

    void choiceEnded(const ChoiceEnd& end) override {
        if (m_open.empty() && m_output.empty())
            beginItem("message");
        endItem(end.reason == FinishReason::Length ? "incomplete" : "completed");
        m_end = end;
    }

    void ended(const GenerationUsage& usage) override {
        const bool cut = m_end.reason == FinishReason::Length;
        Json whole = response(cut ? "incomplete" : "completed");
        if (cut)
            whole["incomplete_details"] = {{"reason", "max_output_tokens"}};
        whole["usage"] = {{"input_tokens", usage.promptTokens},
                          {"input_tokens_details", {{"cached_tokens", usage.cachedTokens}}},
                          {"output_tokens", usage.completionTokens},
                          {"output_tokens_details", {{"reasoning_tokens", usage.reasoningTokens}}},
                          {"total_tokens", usage.promptTokens + usage.completionTokens}};
        keep(whole);
        if (m_answer.stream) {
            send(cut ? "response.incomplete" : "response.completed", {{"response", whole}});
            m_stream.end();
            return;
        }
        HttpResponse answer;
        answer.body = jsonText(whole);
        m_exchange->respond(std::move(answer));
    }

    void failed(const ApiError& error) override {
        if (!m_stream.isOpen()) {
            m_exchange->respond(openAiErrorResponse(error));
            return;
        }
        Json whole = response("failed");
        whole["error"] = {{"code", "server_error"}, {"message", error.message}};
        send("error", {{"code", error.code}, {"message", error.message}, {"param", nullptr}});
        send("response.failed", {{"response", std::move(whole)}});
        m_stream.end();
    }

private:
    [[nodiscard]] Json response(const char* status) const {
        Json object = {{"id", m_id},
                       {"object", "response"},
                       {"created_at", m_created},
                       {"status", status},
                       {"error", nullptr},
                       {"incomplete_details", nullptr},
                       {"model", m_answer.model},
                       {"output", m_output}};
        object.update(*m_answer.echo);
        object["usage"] = nullptr;
        return object;
    }

    void send(const char* type, const Json& fields) {
        if (!m_answer.stream)
            return;
        Json event = {{"type", type}, {"sequence_number", m_sequence++}};
        event.update(fields);
        m_stream.event(type, jsonText(event));
    }

    /// What every event of an item's content names.
    [[nodiscard]] Json place() const {
        return {{"item_id", m_itemId}, {"output_index", m_output.size()}, {"content_index", 0}};
    }

    void sendText(const char* type, const std::string& text, const Json& logprobs) {
        if (!m_answer.stream)
            return;
        Json fields = place();
        fields["delta"] = text;
        if (m_open == "message")
            fields["logprobs"] = logprobs;
        send(type, fields);
    }

    [[nodiscard]] Json part() const {
        if (m_open == "reasoning")
            return {{"type", "reasoning_text"}, {"text", m_text}};
        return {{"type", "output_text"},
                {"text", m_text},
                {"annotations", Json::array()},
                {"logprobs", m_logprobs}};
    }

    [[nodiscard]] Json item(const char* status, bool withContent) const {
        Json result = {{"id", m_itemId}, {"type", m_open}, {"status", status}};
        if (m_open == "function_call") {
            result["call_id"] = m_call.id;
            result["name"] = m_call.name;
            result["arguments"] = m_text;
            return result;
        }
        if (m_open == "message")
            result["role"] = "assistant";
        else
            result["summary"] = Json::array();
        result["content"] = withContent ? Json::array({part()}) : Json::array();
        return result;
    }

    void beginItem(const std::string& kind) {
        if (m_open == kind)
            return;
        endItem("completed");
        m_open = kind;
        m_itemId = randomId(kind == "message" ? "msg_" : kind == "reasoning" ? "rs_" : "fc_");
        send("response.output_item.added",
             {{"output_index", m_output.size()}, {"item", item("in_progress", false)}});
        if (kind == "function_call")
            return;
        Json fields = place();
        fields["part"] = part();
        send("response.content_part.added", fields);
    }

    void endItem(const char* status) {
        if (m_open.empty())
            return;
        Json fields = place();
        if (m_open == "function_call") {
            fields.erase("content_index");
            fields["name"] = m_call.name;
            fields["arguments"] = m_text;
            send("response.function_call_arguments.done", fields);
        } else {
            fields["text"] = m_text;
            if (m_open == "message")
                fields["logprobs"] = m_logprobs;
            send(m_open == "message" ? "response.output_text.done" : "response.reasoning_text.done",
                 fields);
            fields = place();
            fields["part"] = part();
            send("response.content_part.done", fields);
        }
        Json done = item(status, true);
        send("response.output_item.done", {{"output_index", m_output.size()}, {"item", done}});
        remember();
        m_output.push_back(std::move(done));
        m_open.clear();
        m_text.clear();
        m_logprobs = Json::array();
    }

    void toolCall(const ToolCallDelta& call) {
        if (!call.name.empty()) {
            endItem("completed");
            m_call = call;
            beginItem("function_call");
        }
        if (call.arguments.empty())
            return;
        m_text += call.arguments;
        Json fields = place();
        fields.erase("content_index");
        fields["delta"] = call.arguments;
        send("response.function_call_arguments.delta", fields);
    }

    /// The item that ends, as a later request will see it.
    void remember() {
        ResponseItem kept;
        kept.type = m_open;
        kept.role = "assistant";
        if (m_open == "function_call") {
            kept.callId = m_call.id;
            kept.name = m_call.name;
            kept.arguments = m_text;
        } else {
            kept.content = m_text;
        }
        m_answer.conversation.push_back(std::move(kept));
    }

    void keep(const Json& whole) {
        if (m_answer.store)
            m_answer.store->put(m_id, {m_exchange->request().keyName, jsonText(whole),
                                       std::move(m_answer.conversation)});
    }

    std::shared_ptr<Exchange> m_exchange;
    EventStream m_stream;
    ResponsesAnswer m_answer;
    const std::string m_id;
    const long long m_created;
    Json m_output = Json::array(); ///< Items that are complete.
    std::string m_open;            ///< Type of the item that is being made; empty: none.
    std::string m_itemId;
    std::string m_text; ///< Of it, or the call's arguments.
    Json m_logprobs = Json::array();
    ToolCallDelta m_call;
    ChoiceEnd m_end;
    int m_sequence = 0;
};

} // namespace

std::unique_ptr<GenerationWriter> responsesWriter(std::shared_ptr<Exchange> exchange,
                                                  ResponsesAnswer answer) {
    return std::make_unique<ResponsesWriter>(std::move(exchange), std::move(answer));
}

} // namespace hearth::serve
