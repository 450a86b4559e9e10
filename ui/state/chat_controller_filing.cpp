#include "state/chat_controller.h"

#include "state/chat_session.h"
#include "state/chat_store.h"
#include "state/request_text.h"

#include <algorithm>
#include <utility>

namespace hearth::ui {

void ChatController::change(RecordId id, const std::function<void(ChatRecord&)>& change) {
    if (const auto found = m_sessions.find(id); found != m_sessions.end()) {
        found->second->amend(change);
        return;
    }
    const ChatRecord* const known = m_list.find(id);
    if (known == nullptr)
        return;
    ChatRecord record = *known;
    change(record);
    m_store.put(record);
    m_list.put(record);
}

void ChatController::rename(RecordId id, const QString& title) {
    const QString line = plainLine(title);
    if (line.isEmpty())
        return;
    change(id, [&](ChatRecord& record) {
        record.title = line;
        record.titleIsOurs = false;
    });
}

void ChatController::setPinned(RecordId id, bool pinned) {
    change(id, [&](ChatRecord& record) { record.pinned = pinned; });
}

void ChatController::setFolder(RecordId id, const QString& folder) {
    change(id, [&](ChatRecord& record) { record.folder = plainLine(folder); });
    emit foldersChanged();
}

QStringList ChatController::folders() const {
    QSet<QString> folders;
    for (const auto& [id, chat] : m_list.all())
        if (!chat.folder.isEmpty() && !chat.archived)
            folders.insert(chat.folder);
    QStringList sorted(folders.cbegin(), folders.cend());
    std::sort(sorted.begin(), sorted.end(), [](const QString& a, const QString& b) {
        return QString::localeAwareCompare(a, b) < 0;
    });
    return sorted;
}

void ChatController::renameFolder(const QString& from, const QString& to) {
    const QString name = plainLine(to);
    if (from.isEmpty() || name == from)
        return;
    QList<RecordId> inside;
    for (const auto& [id, chat] : m_list.all())
        if (chat.folder == from)
            inside.append(id);
    for (const RecordId id : inside)
        change(id, [&](ChatRecord& record) { record.folder = name; });
    if (m_list.scope() == ChatScope{ChatScope::Kind::Folder, from})
        m_list.setScope(name.isEmpty() ? ChatScope{} : ChatScope{ChatScope::Kind::Folder, name});
    emit foldersChanged();
}

void ChatController::setArchived(const QList<RecordId>& ids, bool archived) {
    for (const RecordId id : ids)
        change(id, [&](ChatRecord& record) { record.archived = archived; });
    emit foldersChanged();
}

void ChatController::setScope(const ChatScope& scope) {
    m_list.setScope(scope);
}

RecordId ChatController::neighbourOf(RecordId id, const QSet<RecordId>& gone) const {
    const int row = m_list.rowOf(id);
    for (int after = row + 1; after < m_list.rowCount(); ++after)
        if (!gone.contains(m_list.idAt(after)))
            return m_list.idAt(after);
    for (int before = row - 1; before >= 0; --before)
        if (!gone.contains(m_list.idAt(before)))
            return m_list.idAt(before);
    return 0;
}

void ChatController::remove(const QList<RecordId>& ids) {
    const QSet<RecordId> gone(ids.cbegin(), ids.cend());
    if (const RecordId shown = m_current->record().id;
        gone.contains(shown) && m_list.find(shown) != nullptr) {
        const RecordId next = neighbourOf(shown, gone);
        if (next != 0)
            open(next);
        else
            newChat();
    }
    for (const RecordId id : gone)
        takeOut(id);
    m_titles.setBusy(isBusy());
    emit foldersChanged();
    emit busyChanged();
}

void ChatController::takeOut(RecordId id) {
    if (m_list.find(id) == nullptr)
        return;
    if (const auto found = m_sessions.find(id); found != m_sessions.end())
        found->second->save();
    m_sessions.erase(id);
    ChatRecord record = *m_list.find(id);
    m_list.remove(id);
    m_list.setBusy(id, false);
    m_bin[id] = record;
    record.deletedMs = nowMilliseconds();
    m_store.put(record);
}

void ChatController::restore(const QList<RecordId>& ids) {
    RecordId last = 0;
    for (const RecordId id : ids) {
        const auto found = m_bin.find(id);
        if (found == m_bin.end())
            continue;
        m_store.put(found->second);
        m_list.put(found->second);
        m_bin.erase(found);
        last = id;
    }
    if (last == 0)
        return;
    if (ids.size() == 1)
        open(last);
    emit foldersChanged();
}

void ChatController::finishRemoval(const QList<RecordId>& ids) {
    for (const RecordId id : ids) {
        if (m_bin.erase(id) == 0)
            continue;
        m_store.remove(id);
        m_marks.erase(id);
    }
}

void ChatController::fork(int index) {
    const ChatSession& from = *m_current;
    if (index < 0 || index >= from.count() || from.isReplying(index))
        return;
    ChatRecord record = from.record();
    record.id = makeRecordId();
    record.createdMs = record.updatedMs = nowMilliseconds();
    record.pinned = record.archived = false;
    record.draft.clear();
    record.draftAttachments.clear();
    record.summaryThrough = 0;
    QList<MessageRecord> messages;
    for (int i = 0; i <= index; ++i) {
        MessageRecord message = from.message(i);
        message.id = makeRecordId();
        message.chat = record.id;
        message.parent = messages.isEmpty() ? 0 : messages.last().id;
        if (from.message(i).id == from.record().summaryThrough)
            record.summaryThrough = message.id;
        messages.append(message);
    }
    if (record.summaryThrough == 0)
        record.summary.clear();
    record.leaf = messages.last().id;
    for (const MessageRecord& message : std::as_const(messages))
        m_store.put(message);
    m_store.put(record);
    m_list.put(record);
    ChatSession& session =
        adopt(std::make_unique<ChatSession>(std::move(record), m_bridge, m_store));
    session.setMessages(messages);
    setCurrent(session);
}

void ChatController::openConversation(const Conversation& conversation) {
    ChatRecord record;
    record.id = makeRecordId();
    record.createdMs = record.updatedMs = nowMilliseconds();
    record.settings.model = m_model;
    record.settings.temperature = m_temperature;
    record.settings.systemPrompt = conversation.systemPrompt;
    QList<Conversation::Turn> turns = conversation.turns;
    if (!turns.isEmpty() && turns.last().role == MessageRole::User)
        record.draft = turns.takeLast().text;
    QList<MessageRecord> messages;
    for (const Conversation::Turn& turn : std::as_const(turns)) {
        MessageRecord message;
        message.id = makeRecordId();
        message.chat = record.id;
        message.parent = messages.isEmpty() ? 0 : messages.last().id;
        message.role = turn.role;
        message.createdMs = record.createdMs;
        message.text = turn.text;
        messages.append(message);
    }
    if (messages.isEmpty()) {
        begin(std::move(record));
        return;
    }
    record.title = titleFromPrompt(messages.first().text);
    record.leaf = messages.last().id;
    for (const MessageRecord& message : std::as_const(messages))
        m_store.put(message);
    m_store.put(record);
    m_list.put(record);
    ChatSession& session =
        adopt(std::make_unique<ChatSession>(std::move(record), m_bridge, m_store));
    session.setMessages(messages);
    setCurrent(session);
}

} // namespace hearth::ui
