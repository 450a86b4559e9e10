#include "view/pages/session_source.h"

#include "state/chat_session.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <tuple>
#include <utility>

namespace hearth::ui {

namespace {

void showProgress(const ReplyProgress& progress, ChatMessage& message) {
    switch (progress.phase) {
    case ReplyProgress::Phase::NoModel:
        message.state = MessageState::Queued;
        message.status = SessionSource::tr("Waiting for the model");
        break;
    case ReplyProgress::Phase::Queued:
        message.state = MessageState::Queued;
        message.status = SessionSource::tr("Waiting for its turn");
        break;
    case ReplyProgress::Phase::Prefilling:
        message.state = MessageState::Prefilling;
        message.progress =
            progress.total > 0 ? static_cast<double>(progress.done) / progress.total : 0.0;
        message.status = SessionSource::tr("Reading the prompt · %1%")
                             .arg(static_cast<int>(100 * message.progress));
        break;
    case ReplyProgress::Phase::Streaming:
    case ReplyProgress::Phase::None:
        message.state = MessageState::Streaming;
        break;
    }
}

void showOutcome(const MessageRecord& record, ChatMessage& message) {
    message.state = record.state == ReplyState::Failed    ? MessageState::Failed
                    : record.state == ReplyState::Stopped ? MessageState::Stopped
                                                          : MessageState::Done;
    if (record.error) {
        message.error = record.error->code == ErrorCode::DeviceLost
                            ? SessionSource::tr("Interrupted: the graphics card stopped answering.")
                            : errorText(*record.error);
        message.errorAction = errorActionText(*record.error);
    }
    if (record.figures)
        message.footer = figuresText(*record.figures);
    message.actions = MessageAction::Copy;
    message.actions |= MessageAction::Fork;
    if (record.role == MessageRole::Assistant)
        message.actions |= MessageAction::Regenerate;
    else
        message.actions |= MessageAction::Edit;
}

} // namespace

void SessionSource::setSession(ChatSession* session) {
    if (ChatSession* const before = std::exchange(m_session, session))
        disconnect(before, nullptr, this, nullptr);
    if (session != nullptr) {
        connect(session, &ChatSession::reset, this, &ChatSource::reset);
        connect(session, &ChatSession::inserted, this, &ChatSource::inserted);
        connect(session, &ChatSession::removed, this, &ChatSource::removed);
        connect(session, &ChatSession::textAppended, this, &ChatSource::textAppended);
        connect(session, &ChatSession::stateChanged, this, &ChatSource::stateChanged);
    }
    m_lastForgotten = 0;
    emit reset();
}

void SessionSource::setForgotten(const QList<qint64>& messages) {
    const qint64 last = messages.isEmpty() ? 0 : messages.last();
    const qint64 before = std::exchange(m_lastForgotten, last);
    if (before == last || m_session == nullptr)
        return;
    for (const qint64 changed : {before, last})
        if (const int index = m_session->indexOf(changed); index >= 0)
            emit stateChanged(index);
}

int SessionSource::count() const {
    return m_session == nullptr ? 0 : m_session->count();
}

int SessionSource::indexOf(const QString& id) const {
    return m_session == nullptr ? -1 : m_session->indexOf(id.toLongLong());
}

ChatMessage SessionSource::message(int index) const {
    const MessageRecord& record = m_session->message(index);
    ChatMessage message;
    message.id = QString::number(record.id);
    message.role =
        record.role == MessageRole::Assistant ? ChatRole::Model : ChatRole::Person;
    message.text = record.text;
    std::tie(message.version, message.versions) = m_session->version(index);
    if (m_session->isReplying(index))
        showProgress(m_session->progress(), message);
    else
        showOutcome(record, message);
    if (m_session->canContinue(index) && !m_session->isReplying(index))
        message.actions |= MessageAction::Continue;
    for (const Attachment& attachment : record.attachments)
        message.attachments.append(
            {withoutControls(attachment.name),
             attachment.tokens > 0 ? tokenCountText(attachment.tokens) : QString()});
    QString line;
    if (record.id == m_lastForgotten)
        line = tr("Messages up to here are no longer sent");
    else if (!m_session->record().summary.isEmpty() &&
             record.id == m_session->record().summaryThrough)
        line = tr("Messages up to here are sent as a summary");
    if (!line.isEmpty())
        message.footer = message.footer.isEmpty() ? line : tr("%1 · %2").arg(message.footer, line);
    return message;
}

} // namespace hearth::ui
