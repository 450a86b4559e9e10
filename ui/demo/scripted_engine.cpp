#include "demo/scripted_engine.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <variant>

namespace hearth::ui {

namespace {

/// Words with the blanks before them, so that joining them gives the text again.
std::vector<std::string> splitWords(const std::string& text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\n';
        if (blank && !word.empty() && word.back() != ' ' && word.back() != '\n')
            words.push_back(std::exchange(word, {}));
        word += c;
    }
    if (!word.empty())
        words.push_back(std::move(word));
    return words;
}

std::size_t countTokens(const Prompt& prompt) {
    if (const auto* chat = std::get_if<ChatPrompt>(&prompt)) {
        std::size_t tokens = 0;
        for (const Message& message : chat->messages)
            tokens += splitWords(message.content).size() + 4;
        return tokens;
    }
    if (const auto* text = std::get_if<TextPrompt>(&prompt))
        return splitWords(text->text).size();
    return std::get<TokenPrompt>(prompt).tokens.size();
}

double secondsSince(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

ScriptedEngine::ScriptedEngine(ModelInfo model, Script script)
    : m_model(std::move(model))
    , m_script(std::move(script))
    , m_thread([this] { run(); }) {
}

ScriptedEngine::~ScriptedEngine() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

Result<RequestId> ScriptedEngine::submit(Request request, EventHandler handler) {
    const std::lock_guard lock(m_mutex);
    if (m_stopping)
        return fail(ErrorCode::ShuttingDown);
    if (m_lost)
        return fail(ErrorCode::DeviceLost);
    const bool isHelper = request.lane >= Lane::Title;
    (isHelper ? m_helperRequests : m_requests).push_back(request);
    Running& queued = m_queue.emplace_back();
    queued.id = ++m_lastId;
    queued.request = std::move(request);
    queued.handler = std::move(handler);
    queued.isHelper = isHelper;
    m_cancelled[m_lastId] = false;
    m_wake.notify_all();
    return m_lastId;
}

void ScriptedEngine::cancel(RequestId id) {
    {
        const std::lock_guard lock(m_mutex);
        if (const auto found = m_cancelled.find(id); found != m_cancelled.end())
            found->second = true;
    }
    m_wake.notify_all();
}

EngineStatistics ScriptedEngine::statistics() const {
    const std::lock_guard lock(m_mutex);
    EngineStatistics statistics;
    statistics.running = static_cast<std::int32_t>(m_cancelled.size() - m_queue.size());
    statistics.waiting = static_cast<std::int32_t>(m_queue.size());
    statistics.deviceLost = m_lost;
    return statistics;
}

Result<std::string> ScriptedEngine::renderPrompt(const ChatPrompt& prompt) const {
    std::string text;
    for (const Message& message : prompt.messages)
        text += message.role + ": " + message.content + "\n";
    return text;
}

Result<std::vector<std::int32_t>> ScriptedEngine::tokenize(const Prompt& prompt) const {
    return std::vector<std::int32_t>(countTokens(prompt), 0);
}

Result<PromptFit> ScriptedEngine::fitPrompt(const ChatPrompt& prompt, std::int32_t reserve) const {
    PromptFit fit;
    fit.context = m_model.context;
    fit.reserve = reserve > 0 ? reserve : m_model.context / 8;
    ChatPrompt rest = prompt;
    HEARTH_TRY_ASSIGN(const auto whole, tokenize(rest));
    fit.tokens = fit.fittedTokens = static_cast<std::int32_t>(whole.size());
    while (fit.fittedTokens + fit.reserve > fit.context && rest.messages.size() > 1) {
        const auto oldest = rest.messages.begin() + (rest.messages.front().role == "system");
        if (oldest + 1 == rest.messages.end())
            break;
        rest.messages.erase(oldest);
        ++fit.dropped;
        HEARTH_TRY_ASSIGN(const auto left, tokenize(rest));
        fit.fittedTokens = static_cast<std::int32_t>(left.size());
    }
    return fit;
}

std::string ScriptedEngine::detokenize(const std::vector<std::int32_t>& tokens) const {
    return std::string(tokens.size(), ' ');
}

void ScriptedEngine::release() {
    {
        const std::lock_guard lock(m_mutex);
        m_released = true;
    }
    m_wake.notify_all();
}

void ScriptedEngine::loseDevice() {
    {
        const std::lock_guard lock(m_mutex);
        m_lost = true;
    }
    m_wake.notify_all();
}

std::vector<Request> ScriptedEngine::requests() const {
    const std::lock_guard lock(m_mutex);
    return m_requests;
}

std::vector<Request> ScriptedEngine::helperRequests() const {
    const std::lock_guard lock(m_mutex);
    return m_helperRequests;
}

void ScriptedEngine::run() {
    std::unique_lock lock(m_mutex);
    while (true) {
        while (!m_queue.empty()) {
            m_running.push_back(std::move(m_queue.front()));
            m_queue.pop_front();
            Running& request = m_running.back();
            begin(request);
            lock.unlock();
            const bool goesOn = accept(request);
            lock.lock();
            if (!goesOn) {
                m_cancelled.erase(request.id);
                m_running.pop_back();
            }
        }
        if (m_running.empty() && m_stopping)
            return;
        const auto turn = next();
        if (turn == m_running.end()) {
            waitForNext(lock);
            continue;
        }
        Running request = std::move(*turn);
        m_running.erase(turn);
        const bool wasCancelled = isCancelled(request);
        lock.unlock();
        bool goesOn = !wasCancelled && sayWord(request);
        if (wasCancelled)
            finish(request, true);
        lock.lock();
        if (goesOn)
            m_running.push_back(std::move(request));
        else
            m_cancelled.erase(request.id);
    }
}

void ScriptedEngine::begin(Running& request) {
    request.start = Clock::now();
    request.due = request.start + m_script.prefillDelay;
    std::string reply;
    if (request.isHelper) {
        if (!m_script.helperReplies.empty())
            reply = m_script.helperReplies[m_nextHelperReply++ % m_script.helperReplies.size()];
    } else {
        reply = m_script.replies[m_nextReply++ % m_script.replies.size()];
        const int number = m_answered++;
        if (m_script.error && (m_script.failingRequest < 0 || m_script.failingRequest == number))
            request.wordsBeforeError = m_script.wordsBeforeError;
    }
    const auto* const chat = std::get_if<ChatPrompt>(&request.request.prompt);
    if (chat != nullptr && reply.starts_with(chat->replyPrefix))
        reply.erase(0, chat->replyPrefix.size());
    request.words = splitWords(reply);
}

bool ScriptedEngine::accept(Running& request) {
    RequestStatistics& statistics = request.end.statistics;
    statistics.promptTokens = static_cast<std::int32_t>(countTokens(request.request.prompt));
    std::int32_t dropped = 0;
    Result<PromptFit> fit = PromptFit{};
    if (const auto* chat = std::get_if<ChatPrompt>(&request.request.prompt);
        chat != nullptr && m_model.context > 0)
        fit = fitPrompt(*chat, request.request.reserveTokens);
    if (fit && request.request.overflow == Overflow::DropOldest && fit->dropped > 0) {
        dropped = fit->dropped;
        statistics.promptTokens = fit->fittedTokens;
    }
    std::optional<Error> error;
    if (!m_script.failure.empty())
        error = fail(ErrorCode::Internal, m_script.failure).error;
    if (m_model.context > 0 && statistics.promptTokens >= m_model.context) {
        error = fail(ErrorCode::ContextExceeded).error;
        error->needed = static_cast<std::uint64_t>(statistics.promptTokens) + 1;
        error->available = static_cast<std::uint64_t>(m_model.context);
    }
    if (error) {
        request.handler(request.id, FailedEvent{*error});
        return false;
    }
    statistics.cachedTokens = statistics.promptTokens / 2;
    request.handler(request.id, AcceptedEvent{statistics.promptTokens, dropped});
    request.handler(request.id, PrefillEvent{statistics.cachedTokens, statistics.promptTokens});
    return true;
}

bool ScriptedEngine::sayWord(Running& request) {
    RequestStatistics& statistics = request.end.statistics;
    const int said = statistics.completionTokens;
    if (said == 0)
        request.handler(request.id, PrefillEvent{statistics.promptTokens, statistics.promptTokens});
    if (said == request.wordsBeforeError) {
        if (m_script.error->code == ErrorCode::DeviceLost)
            loseDevice();
        request.handler(request.id, FailedEvent{*m_script.error});
        return false;
    }
    const int limit = request.request.maxTokens;
    if (said == static_cast<int>(request.words.size()) || (limit > 0 && said >= limit)) {
        if (said < static_cast<int>(request.words.size()))
            request.end.reason = FinishReason::Length;
        finish(request, false);
        return false;
    }
    if (statistics.completionTokens++ == 0)
        statistics.timeToFirstToken = secondsSince(request.start);
    request.handler(request.id, wordEvent(request, request.words[static_cast<std::size_t>(said)]));
    request.due = Clock::now() + m_script.wordDelay;
    return true;
}

TextEvent ScriptedEngine::wordEvent(const Running& request, const std::string& word) const {
    TextEvent event{word, {0}, {}};
    const std::int32_t choices = request.request.sampling.logprobs;
    if (choices < 0)
        return event;
    // Made up, but always the same: sure at most words, in doubt at every fourth.
    static constexpr std::array kOthers = {" the", " a", " and", " one", " this", " some"};
    const std::int32_t said = request.end.statistics.completionTokens;
    const double probability = said % 4 == 3 ? 0.38 : 0.91;
    double left = 1.0 - probability;
    TokenInfo token{{0, word, static_cast<float>(std::log(probability))}, {}};
    token.top.push_back(token.chosen);
    for (std::int32_t i = 1; i < choices; ++i) {
        left /= 2;
        token.top.push_back({i, kOthers[static_cast<std::size_t>(said + i) % kOthers.size()],
                             static_cast<float>(std::log(left))});
    }
    if (choices == 0)
        token.top.clear();
    event.probabilities.push_back(std::move(token));
    return event;
}

void ScriptedEngine::finish(Running& request, bool wasCancelled) {
    RequestStatistics& statistics = request.end.statistics;
    statistics.totalSeconds = secondsSince(request.start);
    if (statistics.completionTokens > 1)
        statistics.tokensPerSecond = (statistics.completionTokens - 1) /
                                     (statistics.totalSeconds - statistics.timeToFirstToken);
    if (wasCancelled)
        request.end.reason = FinishReason::Cancelled;
    std::unique_lock lock(m_mutex);
    const bool isLost = m_lost;
    lock.unlock();
    if (isLost)
        request.handler(request.id, FailedEvent{fail(ErrorCode::DeviceLost).error});
    else
        request.handler(request.id, std::move(request.end));
}

bool ScriptedEngine::isCancelled(const Running& request) const {
    return m_stopping || m_lost || m_cancelled.at(request.id);
}

bool ScriptedEngine::isHeld(const Running& request) const {
    return !m_released && !request.isHelper &&
           request.end.statistics.completionTokens == m_script.wordsBeforeHold;
}

std::deque<ScriptedEngine::Running>::iterator ScriptedEngine::next() {
    const auto now = Clock::now();
    return std::find_if(m_running.begin(), m_running.end(), [&](const Running& request) {
        return isCancelled(request) || (!isHeld(request) && request.due <= now);
    });
}

void ScriptedEngine::waitForNext(std::unique_lock<std::mutex>& lock) {
    auto until = Clock::time_point::max();
    for (const Running& request : m_running)
        if (!isHeld(request))
            until = std::min(until, request.due);
    if (until == Clock::time_point::max())
        m_wake.wait(lock);
    else
        m_wake.wait_until(lock, until);
}

} // namespace hearth::ui
