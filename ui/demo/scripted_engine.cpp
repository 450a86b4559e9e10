#include "demo/scripted_engine.h"

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
    , m_thread([this] { run(); }) {}

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
    m_requests.push_back(request);
    m_queue.push_back({++m_lastId, std::move(request), std::move(handler)});
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
    statistics.running = m_cancelled.empty() ? 0 : 1;
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

Result<PromptFit> ScriptedEngine::fitPrompt(const ChatPrompt& prompt,
                                            std::int32_t reserve) const {
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

void ScriptedEngine::run() {
    while (true) {
        std::unique_lock lock(m_mutex);
        m_wake.wait(lock, [this] { return m_stopping || !m_queue.empty(); });
        if (m_queue.empty())
            return;
        const Pending pending = std::move(m_queue.front());
        m_queue.pop_front();
        const std::string reply = m_script.replies[m_nextReply++ % m_script.replies.size()];
        const int number = m_answered++;
        const bool fails =
            m_script.error && (m_script.failingRequest < 0 || m_script.failingRequest == number);
        lock.unlock();

        if (m_script.failure.empty())
            answer(pending, reply, fails ? m_script.wordsBeforeError : -1);
        else
            pending.handler(pending.id,
                            FailedEvent{fail(ErrorCode::Internal, m_script.failure).error});
        lock.lock();
        m_cancelled.erase(pending.id);
    }
}

void ScriptedEngine::answer(const Pending& pending, const std::string& reply,
                            int wordsBeforeError) {
    const auto start = std::chrono::steady_clock::now();
    FinishedEvent end;
    RequestStatistics& statistics = end.statistics;
    statistics.promptTokens = static_cast<std::int32_t>(countTokens(pending.request.prompt));
    statistics.cachedTokens = statistics.promptTokens / 2;
    pending.handler(pending.id, AcceptedEvent{statistics.promptTokens});
    pending.handler(pending.id, PrefillEvent{statistics.cachedTokens, statistics.promptTokens});

    bool cancelled = !sleepUnlessCancelled(pending.id, m_script.prefillDelay);
    if (!cancelled)
        pending.handler(pending.id,
                        PrefillEvent{statistics.promptTokens, statistics.promptTokens});
    for (const std::string& word : splitWords(reply)) {
        if (cancelled)
            break;
        if (statistics.completionTokens == wordsBeforeError) {
            if (m_script.error->code == ErrorCode::DeviceLost)
                loseDevice();
            pending.handler(pending.id, FailedEvent{*m_script.error});
            return;
        }
        const bool holds = statistics.completionTokens == m_script.wordsBeforeHold;
        cancelled = (holds && !holdUnlessCancelled(pending.id)) ||
                    !sleepUnlessCancelled(pending.id, m_script.wordDelay);
        if (cancelled)
            break;
        if (statistics.completionTokens++ == 0)
            statistics.timeToFirstToken = secondsSince(start);
        pending.handler(pending.id, TextEvent{word, {0}, {}});
    }
    statistics.totalSeconds = secondsSince(start);
    if (statistics.completionTokens > 1)
        statistics.tokensPerSecond = (statistics.completionTokens - 1) /
                                     (statistics.totalSeconds - statistics.timeToFirstToken);
    end.reason = cancelled ? FinishReason::Cancelled : FinishReason::Stop;
    std::unique_lock lock(m_mutex);
    const bool isLost = m_lost;
    lock.unlock();
    if (isLost)
        pending.handler(pending.id, FailedEvent{fail(ErrorCode::DeviceLost).error});
    else
        pending.handler(pending.id, std::move(end));
}

bool ScriptedEngine::isCancelled(RequestId id) const {
    return m_stopping || m_lost || m_cancelled.at(id);
}

bool ScriptedEngine::sleepUnlessCancelled(RequestId id, std::chrono::microseconds delay) {
    std::unique_lock lock(m_mutex);
    return !m_wake.wait_for(lock, delay, [&] { return isCancelled(id); });
}

bool ScriptedEngine::holdUnlessCancelled(RequestId id) {
    std::unique_lock lock(m_mutex);
    m_wake.wait(lock, [&] { return m_released || isCancelled(id); });
    return !isCancelled(id);
}

} // namespace hearth::ui
