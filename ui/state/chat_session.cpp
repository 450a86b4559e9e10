#include "state/chat_session.h"

#include "state/chat_store.h"

#include <algorithm>

namespace hearth::ui {

ChatSession::ChatSession(ChatRecord record, EngineBridge& bridge, ChatStore& store, QObject* parent)
    : QObject(parent)
    , m_bridge(bridge)
    , m_store(store)
    , m_record(std::move(record)) {
    m_saveTimer.setSingleShot(true);
    m_saveTimer.setInterval(kSaveMilliseconds);
    connect(&m_saveTimer, &QTimer::timeout, this, &ChatSession::save);
    connect(&bridge, &EngineBridge::submitted, this, &ChatSession::onSubmitted);
    connect(&bridge, &EngineBridge::accepted, this,
            [this](quint64 ticket, int, int dropped) { onAccepted(ticket, dropped); });
    connect(&bridge, &EngineBridge::probabilitiesArrived, this, &ChatSession::onProbabilities);
    connect(&bridge, &EngineBridge::prefillAdvanced, this, &ChatSession::onPrefill);
    connect(&bridge, &EngineBridge::textArrived, this, &ChatSession::onText);
    connect(&bridge, &EngineBridge::finished, this, &ChatSession::onFinished);
    connect(&bridge, &EngineBridge::failed, this, &ChatSession::onFailed);
}

ChatSession::~ChatSession() {
    if (isBusy()) {
        m_bridge.stop(m_ticket);
        m_nodes[m_reply].state = ReplyState::Stopped;
        m_replyUnsaved = true;
    }
    if (isSummarising())
        m_bridge.stop(m_summaryTicket);
    save();
}

void ChatSession::addNode(const MessageRecord& message) {
    m_nodes.insert(message.id, message);
    m_children[message.parent].append(message.id);
}

void ChatSession::setMessages(const QList<MessageRecord>& messages) {
    m_nodes.clear();
    m_children.clear();
    RecordId newest = 0;
    for (MessageRecord message : messages) {
        // The program ended before the reply did.
        if (message.state == ReplyState::Streaming)
            message.state = ReplyState::Stopped;
        addNode(message);
        newest = std::max(newest, message.id);
    }
    m_loaded = true;
    setPathTo(m_nodes.contains(m_record.leaf) ? m_record.leaf : newest);
}

void ChatSession::setPathTo(RecordId leaf) {
    m_path.clear();
    // A damaged row may point in a circle.
    for (RecordId id = leaf; m_nodes.contains(id) && m_path.size() < m_nodes.size();
         id = m_nodes[id].parent)
        m_path.prepend(id);
    m_record.leaf = leaf;
    emit reset();
}

const MessageRecord& ChatSession::message(int index) const {
    return *m_nodes.constFind(m_path.at(index));
}

int ChatSession::indexOf(RecordId message) const {
    return static_cast<int>(m_path.indexOf(message));
}

bool ChatSession::isReplying(int index) const {
    return isBusy() && m_path.at(index) == m_reply;
}

std::pair<int, int> ChatSession::version(int index) const {
    const MessageRecord& shown = message(index);
    const QList<RecordId> siblings = m_children.value(shown.parent);
    return {static_cast<int>(siblings.indexOf(shown.id)) + 1, static_cast<int>(siblings.size())};
}

SessionPrompt ChatSession::prompt(const QString& draft,
                                  const QList<Attachment>& attachments) const {
    PromptBuilder builder = begun(count());
    if (!draft.isEmpty() || !attachments.isEmpty())
        builder.addUser(draft, attachments);
    return builder.take();
}

PromptBuilder ChatSession::begun(int messages) const {
    const int covered = m_record.summary.isEmpty() ? 0 : indexOf(m_record.summaryThrough) + 1;
    // The last message is what a reply answers: no summary can stand for it.
    const int first = covered < messages ? covered : 0;
    PromptBuilder builder(m_record.settings, first > 0 ? m_record.summary : QString());
    for (int index = first; index < messages; ++index)
        if (!isReplying(index))
            builder.add(message(index));
    return builder;
}

int ChatSession::reserveTokens() const {
    // A limit far beyond what replies take must not push out the whole conversation.
    const int context = m_bridge.engine() ? m_bridge.engine()->model().context : 0;
    const int wanted = m_record.settings.maxTokens;
    return wanted < context / 8 ? wanted : 0;
}

const QList<TokenMark>& ChatSession::probabilities(int index) const {
    static const QList<TokenMark> kNone;
    const auto found = m_marks.constFind(m_path.at(index));
    return found == m_marks.cend() ? kNone : *found;
}

MessageRecord ChatSession::makeMessage(MessageRole role, RecordId parent,
                                       const QString& text) const {
    MessageRecord message;
    message.id = makeRecordId();
    message.chat = m_record.id;
    message.parent = parent;
    message.role = role;
    message.createdMs = nowMilliseconds();
    message.text = text;
    return message;
}

void ChatSession::appendToPath(const MessageRecord& message) {
    addNode(message);
    m_store.put(message);
    m_path.append(message.id);
    m_record.leaf = message.id;
    emit inserted(count() - 1, 1);
}

void ChatSession::truncatePath(int kept) {
    const int dropped = count() - kept;
    if (dropped <= 0)
        return;
    m_path.resize(kept);
    emit removed(kept, dropped);
}

bool ChatSession::send(const QString& text, const QList<Attachment>& attachments) {
    const QString trimmed = text.trimmed();
    if (!m_loaded || isBusy() || (trimmed.isEmpty() && attachments.isEmpty()))
        return false;
    m_record.draft.clear();
    m_record.draftAttachments.clear();
    MessageRecord message =
        makeMessage(MessageRole::User, m_path.isEmpty() ? 0 : m_path.last(), trimmed);
    message.attachments = attachments;
    if (m_record.title.isEmpty())
        m_record.title = titleFromMessage(message);
    appendToPath(message);
    startReply();
    return true;
}

bool ChatSession::canChange(int index, MessageRole role) const {
    return m_loaded && !isBusy() && index >= 0 && index < count() && message(index).role == role;
}

void ChatSession::regenerate(int index) {
    if (!canChange(index, MessageRole::Assistant))
        return;
    truncatePath(index);
    startReply();
}

bool ChatSession::canContinue(int index) const {
    if (!canChange(index, MessageRole::Assistant))
        return false;
    const MessageRecord& reply = message(index);
    const bool isCutOff = reply.state != ReplyState::Complete ||
                          (reply.figures && reply.figures->reason == FinishReason::Length);
    return isCutOff && !replyToContinue(reply.text).isEmpty();
}

void ChatSession::continueReply(int index) {
    if (!canContinue(index))
        return;
    const MessageRecord before = message(index);
    truncatePath(index);
    startReply(&before);
}

void ChatSession::edit(int index, const QString& text, const QList<Attachment>& attachments) {
    const QString trimmed = text.trimmed();
    if (!canChange(index, MessageRole::User) || (trimmed.isEmpty() && attachments.isEmpty()))
        return;
    MessageRecord edited = makeMessage(MessageRole::User, message(index).parent, trimmed);
    edited.attachments = attachments;
    truncatePath(index);
    appendToPath(edited);
    startReply();
}

void ChatSession::showVersion(int index, int version) {
    if (isBusy() || index < 0 || index >= count())
        return;
    const QList<RecordId> siblings = m_children.value(message(index).parent);
    if (version < 1 || version > siblings.size())
        return;
    setPathTo(newestLeafBelow(siblings.at(version - 1)));
    keepBranch();
}

bool ChatSession::reveal(RecordId message) {
    if (indexOf(message) >= 0)
        return true;
    if (isBusy() || !m_nodes.contains(message))
        return false;
    setPathTo(newestLeafBelow(message));
    keepBranch();
    return true;
}

void ChatSession::keepBranch() {
    m_store.put(m_record);
    // Whoever opens the chat anew begins with the record that the list has.
    emit recordChanged();
}

RecordId ChatSession::newestLeafBelow(RecordId id) const {
    for (qsizetype steps = 0; steps < m_nodes.size(); ++steps) {
        const auto below = m_children.constFind(id);
        if (below == m_children.cend() || below->isEmpty())
            break;
        id = below->last();
    }
    return id;
}

void ChatSession::setTitle(const QString& title) {
    const QString line = plainLine(title);
    if (line.isEmpty())
        return;
    amend([&](ChatRecord& record) {
        record.title = line;
        record.titleIsOurs = false;
    });
}

void ChatSession::setAutomaticTitle(const QString& title) {
    if (m_record.titleIsOurs)
        amend([&](ChatRecord& record) { record.title = title; });
}

void ChatSession::amend(const std::function<void(ChatRecord&)>& change) {
    change(m_record);
    keepRecord();
}

bool ChatSession::hasDraft() const {
    return !m_record.draft.isEmpty() || !m_record.draftAttachments.isEmpty();
}

void ChatSession::setDraft(const QString& draft, const QList<Attachment>& attachments) {
    if (draft == m_record.draft && attachments == m_record.draftAttachments)
        return;
    m_record.draft = draft;
    m_record.draftAttachments = attachments;
    m_recordUnsaved = true;
    saveSoon();
}

void ChatSession::setSettings(const ChatSettings& settings) {
    if (settings == m_record.settings)
        return;
    m_record.settings = settings;
    keepRecord();
}

void ChatSession::keepRecord() {
    // A chat that has not begun is stored for its draft only; one that still loads has begun.
    if (!m_loaded || !m_path.isEmpty())
        m_store.put(m_record);
    emit recordChanged();
}

void ChatSession::touchRecord() {
    m_record.updatedMs = nowMilliseconds();
    m_store.put(m_record);
    m_recordUnsaved = false;
    emit recordChanged();
}

void ChatSession::saveSoon() {
    if (!m_saveTimer.isActive())
        m_saveTimer.start();
}

void ChatSession::save() {
    m_saveTimer.stop();
    if (std::exchange(m_replyUnsaved, false))
        m_store.put(m_nodes[m_reply]);
    if (!std::exchange(m_recordUnsaved, false))
        return;
    // A chat that was never begun is kept for its draft only.
    if (m_loaded && m_path.isEmpty() && !hasDraft())
        m_store.remove(m_record.id);
    else
        m_store.put(m_record);
    emit recordChanged();
}

} // namespace hearth::ui
