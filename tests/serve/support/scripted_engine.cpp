#include "serve/support/scripted_engine.h"

#include <algorithm>
#include <utility>

namespace hearth::serve {

Result<RequestId> ScriptedEngine::submit(Request request, EventHandler handler) {
    std::size_t number = 0;
    {
        const std::lock_guard lock(m_mutex);
        if (refusal)
            return fail(*refusal);
        number = m_submitted.size();
        auto entry = std::make_unique<Submitted>();
        entry->id = number + 1;
        entry->request = std::move(request);
        entry->handler = std::move(handler);
        m_submitted.push_back(std::move(entry));
    }
    if (!manual)
        answer(number);
    return RequestId(number + 1);
}

void ScriptedEngine::cancel(RequestId id) {
    Submitted& entry = at(std::size_t(id - 1));
    if (entry.cancelled || entry.ended)
        return;
    entry.cancelled = true;
    finish(std::size_t(id - 1), FinishReason::Cancelled);
}

TokenInfo ScriptedEngine::probability(std::size_t number, std::size_t piece) const {
    TokenInfo result;
    result.chosen = {std::int32_t(piece), pieces[piece],
                     logprobs.empty() ? -0.5F : logprobs[number % logprobs.size()]};
    result.top.push_back(result.chosen);
    result.top.push_back({99, "other", -3.0F});
    return result;
}

void ScriptedEngine::answer(std::size_t number) {
    Submitted& entry = at(number);
    const auto tokens = tokenize(entry.request.prompt);
    send(number, AcceptedEvent{std::int32_t(tokens ? tokens->size() : 0), 0});
    if (tokens && entry.request.promptLogprobs >= 0)
        sendPrompt(number, *tokens);
    if (entry.request.promptOnly) {
        finish(number, FinishReason::Length);
        return;
    }
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (failure && i == 2) {
            send(number, FailedEvent{*failure});
            return;
        }
        TextEvent event{pieces[i], {std::int32_t(i)}, {}};
        if (entry.request.sampling.logprobs >= 0)
            event.probabilities.push_back(probability(number, i));
        send(number, std::move(event));
    }
    FinishedEvent finished;
    finished.reason = reason;
    finished.statistics.promptTokens = std::int32_t(tokens ? tokens->size() : 0);
    finished.statistics.cachedTokens = 2;
    finished.statistics.completionTokens = std::int32_t(pieces.size());
    send(number, finished);
}

void ScriptedEngine::sendPrompt(std::size_t number, const std::vector<std::int32_t>& tokens) {
    const std::int32_t count = at(number).request.promptLogprobs;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        TokenInfo token;
        token.chosen = {tokens[i], std::string(1, char(tokens[i])), i == 0 ? 0.0F : -float(i)};
        for (std::int32_t rank = 0; i > 0 && rank < count; ++rank)
            token.top.push_back({1000 + rank, "t" + std::to_string(rank), -0.25F * float(rank + 1)});
        send(number, PromptLogprobsEvent{std::int32_t(i), {std::move(token)}});
    }
}

Result<std::string> ScriptedEngine::renderPrompt(const ChatPrompt& prompt) const {
    std::string text;
    for (const Message& message : prompt.messages)
        text += message.role + ": " + message.content + "\n";
    return text;
}

Result<std::vector<std::int32_t>> ScriptedEngine::tokenize(const Prompt& prompt) const {
    if (const auto* tokens = std::get_if<TokenPrompt>(&prompt))
        return tokens->tokens;
    std::string text;
    if (const auto* chat = std::get_if<ChatPrompt>(&prompt))
        text = *renderPrompt(*chat);
    else
        text = std::get<TextPrompt>(prompt).text;
    return std::vector<std::int32_t>(text.begin(), text.end());
}

Result<PromptFit> ScriptedEngine::fitPrompt(const ChatPrompt& prompt, std::int32_t reserve) const {
    PromptFit fit;
    fit.tokens = fit.fittedTokens = std::int32_t(tokenize(prompt)->size());
    fit.context = info.context;
    fit.reserve = reserve;
    return fit;
}

std::string ScriptedEngine::detokenize(const std::vector<std::int32_t>& tokens) const {
    return {tokens.begin(), tokens.end()};
}

std::size_t ScriptedEngine::count() const {
    const std::lock_guard lock(m_mutex);
    return m_submitted.size();
}

ScriptedEngine::Submitted& ScriptedEngine::at(std::size_t number) {
    const std::lock_guard lock(m_mutex);
    return *m_submitted.at(number);
}

void ScriptedEngine::send(std::size_t number, Event event) {
    Submitted& entry = at(number);
    if (entry.ended)
        return;
    entry.ended =
        std::holds_alternative<FinishedEvent>(event) || std::holds_alternative<FailedEvent>(event);
    entry.handler(entry.id, std::move(event));
    if (entry.ended)
        entry.handler = {};
}

void ScriptedEngine::sendText(std::size_t number, std::string text, std::int32_t token) {
    send(number, TextEvent{std::move(text), {token}, {}});
}

void ScriptedEngine::finish(std::size_t number, FinishReason why) {
    FinishedEvent event;
    event.reason = why;
    send(number, event);
}

} // namespace hearth::serve
