#include "state/chat_session.h"

#include <utility>

namespace hearth::ui {

namespace {

constexpr int kSummaryTokens = 400;
constexpr float kSummaryTemperature = 0.2F;
constexpr char kInstruction[] =
    "Summarize our conversation so far in at most 150 words, in the language we speak. Keep names, "
    "numbers, decisions and open questions. Write the summary only.";

} // namespace

void ChatSession::summarise(int messages) {
    int taken = std::min(messages, count() - 1);
    while (taken > 0 && message(taken).role != MessageRole::User)
        --taken;
    if (!m_loaded || isSummarising() || taken <= 0 || isReplying(taken - 1)) {
        emit summarised(false);
        return;
    }
    PromptBuilder builder = begun(taken);
    builder.addUser(QLatin1String(kInstruction));
    Request request;
    request.prompt = builder.take().prompt;
    request.sampling = m_record.settings.sampling();
    request.sampling.temperature = kSummaryTemperature;
    request.sampling.logprobs = -1;
    request.maxTokens = kSummaryTokens;
    request.lane = Lane::Title;
    m_summaryText.clear();
    m_summaryThrough = m_path.at(taken - 1);
    m_summaryTicket = m_bridge.send(std::move(request));
}

void ChatSession::endSummary(bool done) {
    m_summaryTicket = 0;
    const QString summary = withoutThinking(std::exchange(m_summaryText, {}));
    const bool isUsable = done && !summary.isEmpty();
    if (isUsable)
        setSummary(summary, m_summaryThrough);
    emit summarised(isUsable);
}

void ChatSession::setSummary(const QString& text, RecordId through) {
    amend([&](ChatRecord& record) {
        record.summary = text.trimmed();
        record.summaryThrough = record.summary.isEmpty() ? 0 : through;
    });
}

} // namespace hearth::ui
