#include "serve/openai/completion_writer.h"

#include "serve/api/event_stream.h"
#include "serve/api/json_text.h"
#include "serve/api/random_id.h"
#include "serve/api/whole_writer.h"
#include "serve/openai/usage_json.h"
#include "text/utf8.h"

#include <algorithm>
#include <iterator>
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

/// The tokens of prompts whose logprobs were asked for, by the prompt's number.
class PromptTokens {
public:
    void add(std::int32_t prompt, std::vector<TokenInfo> tokens) {
        std::vector<TokenInfo>& all = m_tokens[prompt];
        all.insert(all.end(), std::make_move_iterator(tokens.begin()),
                   std::make_move_iterator(tokens.end()));
    }
    /// Of a choice's prompt, with `top` likeliest tokens each.
    [[nodiscard]] std::vector<TokenInfo> of(const CompletionAnswer& answer, std::int32_t choice,
                                            std::int32_t top) const {
        const auto found = m_tokens.find(choice / answer.choices);
        std::vector<TokenInfo> tokens = found == m_tokens.end() ? std::vector<TokenInfo>()
                                                                : found->second;
        for (TokenInfo& info : tokens)
            info.top.resize(std::min(info.top.size(), static_cast<std::size_t>(top)));
        return tokens;
    }

private:
    std::map<std::int32_t, std::vector<TokenInfo>> m_tokens;
};

/// Puts the tokens of `more` behind those of `all`.
void appendLogprobs(Json& all, const Json& more) {
    for (auto& [name, list] : all.items())
        if (list.is_array())
            list.insert(list.end(), more[name].begin(), more[name].end());
}

class CompletionWhole final : public WholeWriter {
public:
    CompletionWhole(std::shared_ptr<Exchange> exchange, CompletionAnswer answer)
        : m_exchange(std::move(exchange))
        , m_answer(std::move(answer)) {}

    void promptRead(std::int32_t prompt, std::vector<TokenInfo> tokens) override {
        m_prompts.add(prompt, std::move(tokens));
    }
    void failed(const ApiError& error) override { m_exchange->respond(openAiErrorResponse(error)); }

protected:
    void whole(std::vector<ChoiceResult>& results, const GenerationUsage& usage) override {
        Json choices = Json::array();
        for (std::size_t i = 0; i < results.size(); ++i) {
            const auto number = static_cast<std::int32_t>(i);
            choices.push_back({{"index", i},
                               {"text", echoOf(m_answer, number) + results[i].text},
                               {"logprobs", logprobs(number, results[i].probabilities)},
                               {"finish_reason", finishReasonText(results[i].end)}});
            if (m_answer.promptLogprobs)
                choices.back()["prompt_logprobs"] = rankedPromptLogprobs(
                    m_prompts.of(m_answer, number, *m_answer.promptLogprobs));
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
    /// Of the reply, after those of the prompt if it is sent back.
    [[nodiscard]] Json logprobs(std::int32_t choice, const std::vector<TokenInfo>& reply) const {
        if (!m_answer.logprobs)
            return nullptr;
        if (!m_answer.echo) {
            std::size_t offset = 0;
            return logprobsJson(m_answer, reply, offset);
        }
        std::size_t offset = 0;
        Json all = promptLogprobs(m_prompts.of(m_answer, choice, *m_answer.logprobs),
                                  *m_answer.logprobs > 0, offset);
        appendLogprobs(all, logprobsJson(m_answer, reply, offset));
        return all;
    }

    std::shared_ptr<Exchange> m_exchange;
    CompletionAnswer m_answer;
    PromptTokens m_prompts;
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

    void promptRead(std::int32_t prompt, std::vector<TokenInfo> tokens) override {
        m_prompts.add(prompt, std::move(tokens));
    }

    void delta(ChoiceDelta delta) override {
        begin(delta.choice);
        if (!delta.text.empty() || !delta.probabilities.empty())
            chunk(delta.choice, delta.text, logprobs(delta.choice, delta.probabilities), nullptr);
    }

    void choiceEnded(const ChoiceEnd& end) override {
        begin(end.choice);
        chunk(end.choice, {}, nullptr, finishReasonText(end));
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
        Json ofPrompt;
        std::size_t offset = 0;
        if (m_answer.echo && m_answer.logprobs)
            ofPrompt = promptLogprobs(m_prompts.of(m_answer, choice, *m_answer.logprobs),
                                      *m_answer.logprobs > 0, offset);
        else
            offset = utf8::countCharacters(echo);
        if (!echo.empty() || !ofPrompt.is_null())
            chunk(choice, echo, ofPrompt, nullptr);
        m_offsets[choice] = offset;
    }

    [[nodiscard]] Json logprobs(std::int32_t choice, const std::vector<TokenInfo>& tokens) {
        return tokens.empty() ? Json() : logprobsJson(m_answer, tokens, m_offsets[choice]);
    }

    void chunk(std::int32_t choice, const std::string& text, const Json& logprobs,
               const char* reason) {
        std::string data = m_head;
        data += "{\"index\":" + std::to_string(choice) + ",\"text\":";
        appendJsonString(data, text);
        data += ",\"logprobs\":";
        data += jsonText(logprobs);
        data += ",\"finish_reason\":";
        data += reason == nullptr ? "null" : std::string("\"") + reason + "\"";
        data += m_answer.includeUsage ? "}],\"usage\":null}" : "}]}";
        m_stream.data(data);
    }

    EventStream m_stream;
    CompletionAnswer m_answer;
    std::string m_head;
    PromptTokens m_prompts;
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
