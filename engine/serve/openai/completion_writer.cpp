#include "serve/openai/completion_writer.h"

#include "serve/api/event_stream.h"
#include "serve/api/json_text.h"
#include "serve/api/random_id.h"
#include "serve/api/whole_writer.h"
#include "serve/openai/usage_json.h"
#include "text/utf8.h"

#include <map>
#include <utility>

namespace hearth::serve {

namespace {

const std::string& echoOf(const CompletionAnswer& answer, std::int32_t choice) {
    static const std::string none;
    const auto prompt = static_cast<std::size_t>(choice / answer.choices);
    return prompt < answer.echoes->size() ? (*answer.echoes)[prompt] : none;
}

Json logprobsJson(const CompletionAnswer& answer, const std::vector<TokenInfo>& tokens,
                  std::size_t& offset) {
    if (!answer.logprobs)
        return nullptr;
    return completionLogprobs(tokens, *answer.logprobs > 0, offset);
}

class CompletionWhole final : public WholeWriter {
public:
    CompletionWhole(std::shared_ptr<Exchange> exchange, CompletionAnswer answer)
        : m_exchange(std::move(exchange))
        , m_answer(std::move(answer)) {}

    void failed(const ApiError& error) override { m_exchange->respond(openAiErrorResponse(error)); }

protected:
    void whole(std::vector<ChoiceResult>& results, const GenerationUsage& usage) override {
        Json choices = Json::array();
        for (std::size_t i = 0; i < results.size(); ++i) {
            const std::string& echo = echoOf(m_answer, static_cast<std::int32_t>(i));
            std::size_t offset = utf8::countCharacters(echo);
            choices.push_back(
                {{"index", i},
                 {"text", echo + results[i].text},
                 {"logprobs", logprobsJson(m_answer, results[i].probabilities, offset)},
                 {"finish_reason", finishReasonText(results[i].end)}});
        }
        HttpResponse response;
        response.body = jsonText({{"id", randomId("cmpl-")},
                                  {"object", "text_completion"},
                                  {"created", unixTime()},
                                  {"model", m_answer.model},
                                  {"choices", std::move(choices)},
                                  {"usage", usageJson(usage)}});
        m_exchange->respond(std::move(response));
    }

private:
    std::shared_ptr<Exchange> m_exchange;
    CompletionAnswer m_answer;
};

class CompletionStream final : public GenerationWriter {
public:
    CompletionStream(std::shared_ptr<Exchange> exchange, CompletionAnswer answer)
        : m_stream(std::move(exchange))
        , m_answer(std::move(answer)) {
        const std::string head = jsonText({{"id", randomId("cmpl-")},
                                           {"object", "text_completion"},
                                           {"created", unixTime()},
                                           {"model", m_answer.model}});
        m_head = head.substr(0, head.size() - 1) + ",\"choices\":[";
    }

    [[nodiscard]] bool streams() const override { return true; }
    void open() override { m_stream.open(); }
    void keepAlive(std::string_view text) override { m_stream.comment(text); }
    void flush() override { m_stream.flush(); }

    void delta(ChoiceDelta delta) override {
        begin(delta.choice);
        if (!delta.text.empty() || !delta.probabilities.empty())
            chunk(delta.choice, delta.text, delta.probabilities, nullptr);
    }

    void choiceEnded(const ChoiceEnd& end) override {
        begin(end.choice);
        chunk(end.choice, {}, {}, finishReasonText(end));
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
    void begin(std::int32_t choice) {
        if (!m_offsets.try_emplace(choice, 0).second)
            return;
        const std::string& echo = echoOf(m_answer, choice);
        if (!echo.empty())
            chunk(choice, echo, {}, nullptr);
        m_offsets[choice] = utf8::countCharacters(echo);
    }

    void chunk(std::int32_t choice, const std::string& text,
               const std::vector<TokenInfo>& probabilities, const char* reason) {
        std::string data = m_head;
        data += "{\"index\":" + std::to_string(choice) + ",\"text\":";
        appendJsonString(data, text);
        data += ",\"logprobs\":";
        data += probabilities.empty()
                    ? "null"
                    : jsonText(logprobsJson(m_answer, probabilities, m_offsets[choice]));
        data += ",\"finish_reason\":";
        data += reason == nullptr ? "null" : std::string("\"") + reason + "\"";
        data += m_answer.includeUsage ? "}],\"usage\":null}" : "}]}";
        m_stream.data(data);
    }

    EventStream m_stream;
    CompletionAnswer m_answer;
    std::string m_head;
    std::map<std::int32_t, std::size_t> m_offsets; ///< In characters, of choices that have begun.
};

} // namespace

std::unique_ptr<GenerationWriter> completionWriter(std::shared_ptr<Exchange> exchange,
                                                   CompletionAnswer answer) {
    if (!answer.echoes)
        answer.echoes = std::make_shared<std::vector<std::string>>();
    if (answer.stream)
        return std::make_unique<CompletionStream>(std::move(exchange), std::move(answer));
    return std::make_unique<CompletionWhole>(std::move(exchange), std::move(answer));
}

} // namespace hearth::serve
