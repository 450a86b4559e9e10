#include "state/chat_session.h"

#include <utility>

namespace hearth::ui {

namespace {

constexpr int kSummaryTokens = 400;
constexpr float kSummaryTemperature = 0.2F;
constexpr char kInstruction[] =
    "Summarize this conversation in at most 150 words, in its own language. Keep names, numbers, "
    "decisions and open questions. Write the summary only.";

/// As a text rather than as turns: small models go on talking instead of looking back.
QString transcriptOf(const SessionPrompt& prompt) {
    QStringList lines;
    for (const Message& message : prompt.prompt.messages) {
        QString role = QString::fromStdString(message.role);
        role[0] = role[0].toUpper();
        lines.append(role + QLatin1String(": ") + QString::fromStdString(message.content));
    }
    return lines.join(QLatin1String("\n\n"));
}

} // namespace

void ChatSession::summarise(int messages) {
    int taken = std::min(messages, count() - 1);
    while (taken > 0 && message(taken).role != MessageRole::User)
        --taken;
    if (!m_loaded || isSummarising() || taken <= 0 || isReplying(taken - 1)) {
        emit summarised(false);
        return;
    }
    PromptBuilder builder{ChatSettings()};
    builder.addUser(QLatin1String(kInstruction) + QLatin1String("\n\n") +
                    transcriptOf(begun(taken).take()));
    Request request;
    request.prompt = builder.take().prompt;
    request.sampling = ChatSettings().sampling();
    request.sampling.temperature = kSummaryTemperature;
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
