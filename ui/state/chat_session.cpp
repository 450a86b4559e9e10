#include "state/chat_session.h"

#include "state/chat_store.h"

#include <algorithm>

namespace hearth::ui {

namespace {

const char* roleName(MessageRole role) {
    switch (role) {
    case MessageRole::System:
        return "system";
    case MessageRole::User:
        return "user";
    case MessageRole::Assistant:
        break;
    }
    return "assistant";
}

/// Many templates refuse two turns of one side; a failed reply leaves them.
void appendTurn(std::vector<Message>& turns, const char* role, const QString& text) {
    if (text.isEmpty())
        return;
    if (!turns.empty() && turns.back().role == role)
        turns.back().content += "\n\n" + text.toStdString();
    else
        turns.push_back({role, text.toStdString(), {}});
}

} // namespace

ChatSession::ChatSession(ChatRecord record, EngineBridge& bridge, ChatStore& store, QObject* parent)
    : QObject(parent)
    , m_bridge(bridge)
    , m_store(store)
    , m_record(std::move(record)) {
    m_saveTimer.setSingleShot(true);
    m_saveTimer.setInterval(kSaveMilliseconds);
    connect(&m_saveTimer, &QTimer::timeout, this, &ChatSession::save);
    connect(&bridge, &EngineBridge::submitted, this, &ChatSession::onSubmitted);
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

SessionPrompt ChatSession::prompt(const QString& draft, const QList<Attachment>&) const {
    SessionPrompt result;
    ChatPrompt& prompt = result.prompt;
    appendTurn(prompt.messages, "system", m_record.settings.systemPrompt);
    for (const RecordId id : m_path)
        if (id != m_reply || !isBusy())
            appendTurn(prompt.messages, roleName(m_nodes[id].role), m_nodes[id].text);
    appendTurn(prompt.messages, "user", draft);
    return result;
}

const QList<TokenMark>& ChatSession::probabilities(int) const {
    static const QList<TokenMark> none;
    return none;
}

void ChatSession::continueReply(int) {}
bool ChatSession::canContinue(int) const { return false; }
void ChatSession::summarise(int) {}
bool ChatSession::isSummarising() const { return false; }

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

bool ChatSession::send(const QString& text, const QList<Attachment>&) {
    const QString trimmed = text.trimmed();
    if (!m_loaded || isBusy() || trimmed.isEmpty())
        return false;
    if (m_record.title.isEmpty())
        m_record.title = titleFromPrompt(trimmed);
    m_record.draft.clear();
    appendToPath(makeMessage(MessageRole::User, m_path.isEmpty() ? 0 : m_path.last(), trimmed));
    startReply();
    return true;
}

void ChatSession::regenerate(int index) {
    if (isBusy() || index < 0 || index >= count() ||
        message(index).role != MessageRole::Assistant)
        return;
    truncatePath(index);
    startReply();
}

void ChatSession::edit(int index, const QString& text, const QList<Attachment>&) {
    const QString trimmed = text.trimmed();
    if (isBusy() || index < 0 || index >= count() || trimmed.isEmpty() ||
        message(index).role != MessageRole::User)
        return;
    const RecordId parent = message(index).parent;
    truncatePath(index);
    appendToPath(makeMessage(MessageRole::User, parent, trimmed));
    startReply();
}

void ChatSession::showVersion(int index, int version) {
    if (isBusy() || index < 0 || index >= count())
        return;
    const QList<RecordId> siblings = m_children.value(message(index).parent);
    if (version < 1 || version > siblings.size())
        return;
    setPathTo(newestLeafBelow(siblings.at(version - 1)));
    m_store.put(m_record);
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

void ChatSession::startReply() {
    Request request;
    request.prompt = prompt().prompt;
    request.sampling = m_record.settings.sampling();
    request.maxTokens = m_record.settings.maxTokens;

    MessageRecord reply =
        makeMessage(MessageRole::Assistant, m_path.isEmpty() ? 0 : m_path.last(), {});
    reply.state = ReplyState::Streaming;
    m_reply = reply.id;
    m_ticket = m_bridge.send(std::move(request));
    m_progress = {m_bridge.isWaiting(m_ticket) ? ReplyProgress::Phase::NoModel
                                               : ReplyProgress::Phase::Queued,
                  0, 0, 0};
    appendToPath(reply);
    touchRecord();
    emit busyChanged();
}

void ChatSession::stop() {
    if (isBusy())
        m_bridge.stop(m_ticket);
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
    m_progress = {ReplyProgress::Phase::Prefilling, done, total, 0};
    emit stateChanged(indexOf(m_reply));
}

void ChatSession::onText(quint64 ticket, const QString& text, int tokens) {
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
    if (ticket != m_ticket)
        return;
    MessageRecord& reply = m_nodes[m_reply];
    reply.state =
        reason == FinishReason::Cancelled ? ReplyState::Stopped : ReplyState::Complete;
    if (statistics.promptTokens > 0)
        reply.figures = ReplyFigures{statistics.tokensPerSecond,  statistics.timeToFirstToken,
                                     statistics.promptTokens,     statistics.cachedTokens,
                                     statistics.completionTokens, reason,
                                     m_record.settings.model};
    endReply();
}

void ChatSession::onFailed(quint64 ticket, const Error& error) {
    if (ticket != m_ticket)
        return;
    MessageRecord& reply = m_nodes[m_reply];
    reply.state = ReplyState::Failed;
    reply.error = error;
    endReply();
}

void ChatSession::endReply() {
    const int index = indexOf(m_reply);
    m_replyUnsaved = true;
    save();
    m_ticket = 0;
    m_reply = 0;
    m_progress = {};
    touchRecord();
    emit stateChanged(index);
    emit busyChanged();
}

void ChatSession::setTitle(const QString& title) {
    const QString trimmed = title.simplified();
    if (trimmed.isEmpty() || trimmed == m_record.title)
        return;
    m_record.title = trimmed;
    m_store.put(m_record);
    emit recordChanged();
}

void ChatSession::setDraft(const QString& draft, const QList<Attachment>&) {
    if (draft == m_record.draft)
        return;
    m_record.draft = draft;
    m_recordUnsaved = true;
    saveSoon();
}

void ChatSession::setSettings(const ChatSettings& settings) {
    m_record.settings = settings;
    if (!m_path.isEmpty()) {
        m_store.put(m_record);
        emit recordChanged();
    }
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
    if (m_loaded && m_path.isEmpty() && m_record.draft.isEmpty())
        m_store.remove(m_record.id);
    else
        m_store.put(m_record);
    emit recordChanged();
}

} // namespace hearth::ui
