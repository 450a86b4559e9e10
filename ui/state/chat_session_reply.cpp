#include "state/chat_session.h"

#include "state/chat_store.h"

#include <utility>

namespace hearth::ui {

void ChatSession::startReply(const MessageRecord* before) {
    m_sent = prompt();
    MessageRecord reply =
        makeMessage(MessageRole::Assistant, m_path.isEmpty() ? 0 : m_path.last(), {});
    reply.state = ReplyState::Streaming;
    m_tokensBefore = 0;
    if (before != nullptr) {
        reply.text = replyToContinue(before->text);
        m_sent.prompt.replyPrefix = reply.text.toStdString();
        m_tokensBefore = before->figures ? before->figures->completionTokens : 0;
        m_marks[reply.id] = marksToContinue(before->id, reply.text);
    }
    Request request;
    request.prompt = m_sent.prompt;
    request.sampling = m_record.settings.sampling();
    request.maxTokens = m_record.settings.maxTokens;
    if (m_record.settings.whenFull == WhenFull::Forget) {
        request.overflow = Overflow::DropOldest;
        request.reserveTokens = reserveTokens();
    }
    m_reply = reply.id;
    m_ticket = m_bridge.send(std::move(request));
    m_progress = {m_bridge.isWaiting(m_ticket) ? ReplyProgress::Phase::NoModel
                                               : ReplyProgress::Phase::Queued,
                  0, 0, m_tokensBefore, 0};
    appendToPath(reply);
    touchRecord();
    emit busyChanged();
}

QList<TokenMark> ChatSession::marksToContinue(RecordId before, const QString& prefix) const {
    if (!m_record.settings.probabilities)
        return {};
    QList<TokenMark> marks;
    qsizetype length = 0;
    for (const TokenMark& mark : m_marks.value(before)) {
        if (length + mark.text.size() > prefix.size())
            break;
        length += mark.text.size();
        marks.append(mark);
    }
    if (length < prefix.size())
        marks.append({prefix.mid(length), 0.0, {}});
    return marks;
}

void ChatSession::stop() {
    if (isBusy())
        m_bridge.stop(m_ticket);
    else if (isSummarising())
        m_bridge.stop(m_summaryTicket);
}

void ChatSession::onAccepted(quint64 ticket, int dropped) {
    if (ticket == m_ticket)
        m_progress.forgotten = messagesIn(m_sent, dropped);
}

void ChatSession::onProbabilities(quint64 ticket, const std::vector<TokenInfo>& tokens) {
    if (ticket != m_ticket || !m_record.settings.probabilities)
        return;
    QList<TokenMark>& marks = m_marks[m_reply];
    for (const TokenInfo& token : tokens)
        marks.append(toTokenMark(token));
    emit probabilitiesChanged(indexOf(m_reply));
}

void ChatSession::onSubmitted(quint64 ticket) {
    if (ticket != m_ticket || m_progress.phase != ReplyProgress::Phase::NoModel)
        return;
    m_progress.phase = ReplyProgress::Phase::Queued;
    emit stateChanged(indexOf(m_reply));
}

void ChatSession::onPrefill(quint64 ticket, int done, int total) {
    if (ticket != m_ticket)
        return;
    m_progress.phase = ReplyProgress::Phase::Prefilling;
    m_progress.done = done;
    m_progress.total = total;
    emit stateChanged(indexOf(m_reply));
}

void ChatSession::onText(quint64 ticket, const QString& text, int tokens) {
    if (ticket == m_summaryTicket)
        m_summaryText += text;
    if (ticket != m_ticket)
        return;
    m_progress.generated += tokens;
    if (text.isEmpty())
        return;
    const int index = indexOf(m_reply);
    if (m_progress.phase != ReplyProgress::Phase::Streaming) {
        m_progress.phase = ReplyProgress::Phase::Streaming;
        emit stateChanged(index);
    }
    m_nodes[m_reply].text += text;
    m_replyUnsaved = true;
    saveSoon();
    emit textAppended(index, text);
}

void ChatSession::onFinished(quint64 ticket, FinishReason reason,
                             const RequestStatistics& statistics) {
    if (ticket == m_summaryTicket)
        endSummary(reason != FinishReason::Cancelled);
    if (ticket != m_ticket)
        return;
    MessageRecord& reply = m_nodes[m_reply];
    reply.state = reason == FinishReason::Cancelled ? ReplyState::Stopped : ReplyState::Complete;
    if (statistics.promptTokens > 0)
        reply.figures = ReplyFigures{statistics.tokensPerSecond,
                                     statistics.timeToFirstToken,
                                     statistics.promptTokens,
                                     statistics.cachedTokens,
                                     statistics.completionTokens + m_tokensBefore,
                                     reason,
                                     m_record.settings.model,
                                     m_progress.forgotten};
    endReply();
}

void ChatSession::onFailed(quint64 ticket, const Error& error) {
    if (ticket == m_summaryTicket)
        endSummary(false);
    if (ticket != m_ticket)
        return;
    MessageRecord& reply = m_nodes[m_reply];
    reply.state = ReplyState::Failed;
    reply.error = error;
    endReply();
}

void ChatSession::endReply() {
    const int index = indexOf(m_reply);
    const bool hasFailed = m_nodes[m_reply].state == ReplyState::Failed;
    m_replyUnsaved = true;
    save();
    m_ticket = 0;
    m_reply = 0;
    m_progress = {};
    m_sent = {};
    touchRecord();
    emit stateChanged(index);
    emit busyChanged();
    emit replyEnded(hasFailed);
}

} // namespace hearth::ui
