#include "view/pages/context_forecast.h"

#include "bridge/token_counter.h"

#include <algorithm>
#include <utility>

namespace hearth::ui {

namespace {

constexpr int kAskDelayMilliseconds = 200;

/// What the turns were made of, without the leading ones of the system, which always stay.
QList<QList<RecordId>> turnSources(const SessionPrompt& prompt) {
    qsizetype first = 0;
    for (const Message& message : prompt.prompt.messages) {
        if (message.role != "system")
            break;
        ++first;
    }
    return prompt.sources.mid(first);
}

} // namespace

ContextForecast::ContextForecast(EngineBridge& bridge, TokenCounter& counter, QObject* parent)
    : QObject(parent)
    , m_bridge(bridge)
    , m_counter(counter) {
    m_soon.setSingleShot(true);
    m_soon.setInterval(kAskDelayMilliseconds);
    connect(&m_soon, &QTimer::timeout, this, &ContextForecast::ask);
    connect(&counter, &TokenCounter::counted, this, &ContextForecast::onCounted);
    connect(&counter, &TokenCounter::textCounted, this, &ContextForecast::onTextCounted);
}

void ContextForecast::setSession(ChatSession* session) {
    if (m_session != nullptr)
        disconnect(m_session, nullptr, this, nullptr);
    m_session = session;
    m_fit = {};
    m_turns.clear();
    m_isAsked = false;
    m_attachmentQuestions.clear();
    if (session != nullptr) {
        const auto askSoon = [this] { m_soon.start(); };
        connect(session, &ChatSession::reset, this, askSoon);
        connect(session, &ChatSession::inserted, this, askSoon);
        connect(session, &ChatSession::removed, this, askSoon);
        connect(session, &ChatSession::busyChanged, this, askSoon);
        connect(session, &ChatSession::recordChanged, this, askSoon);
        connect(session, &ChatSession::summarised, this, askSoon);
        connect(session, &ChatSession::textAppended, this, &ContextForecast::changed);
        m_soon.start();
    }
    emit changed();
}

void ContextForecast::setDraft(const QString& text, const QList<Attachment>& attachments) {
    m_draft = text;
    m_attachments = attachments;
    m_soon.start();
}

void ContextForecast::ask() {
    const auto& engine = m_bridge.engine();
    if (!engine || m_session == nullptr || !m_session->isLoaded() || m_session->isBusy())
        return;
    if (m_engine.lock() != engine) {
        m_engine = engine;
        m_systemCount = m_summaryCount = m_draftCount = {};
        m_attachmentQuestions.clear();
    }
    const ChatRecord& record = m_session->record();
    count(m_systemCount, record.settings.systemPrompt);
    count(m_summaryCount, record.summary);
    count(m_draftCount, m_draft.trimmed());
    for (const Attachment& attachment : std::as_const(m_attachments)) {
        const auto asked = std::find(m_attachmentQuestions.cbegin(), m_attachmentQuestions.cend(),
                                     attachment.text);
        if (attachment.tokens > 0 || asked != m_attachmentQuestions.cend())
            continue;
        m_attachmentQuestions.insert(++m_lastQuestion, attachment.text);
        m_counter.countText(engine, m_lastQuestion, attachment.text);
    }
    SessionPrompt prompt = m_session->prompt(m_draft.trimmed(), m_attachments);
    m_askedTurns = turnSources(prompt);
    m_isAsked = true;
    if (prompt.prompt.messages.empty()) {
        PromptFit nothing;
        nothing.context = engine->model().context;
        onCounted(nothing);
        return;
    }
    m_counter.count(engine, std::move(prompt.prompt), m_session->reserveTokens());
}

void ContextForecast::count(Counted& counted, const QString& text) {
    if (counted.text == text)
        return;
    counted.text = text;
    counted.question = 0;
    if (text.isEmpty()) {
        counted.tokens = 0;
        return;
    }
    counted.question = ++m_lastQuestion;
    m_counter.countText(m_bridge.engine(), m_lastQuestion, text);
}

void ContextForecast::onCounted(const PromptFit& fit) {
    if (!m_isAsked)
        return;
    m_isAsked = false;
    m_turns = std::move(m_askedTurns);
    m_fit = fit;
    emit changed();
}

void ContextForecast::onTextCounted(quint64 question, int tokens) {
    for (Counted* counted : {&m_systemCount, &m_summaryCount, &m_draftCount}) {
        if (counted->question != question)
            continue;
        counted->tokens = tokens;
        counted->question = 0;
        emit changed();
        return;
    }
    if (!m_attachmentQuestions.contains(question))
        return;
    const QString text = m_attachmentQuestions.take(question);
    for (int index = 0; index < m_attachments.size(); ++index) {
        if (m_attachments.at(index).text != text)
            continue;
        m_attachments[index].tokens = tokens;
        emit attachmentCounted(index, tokens);
    }
}

int ContextForecast::used() const {
    if (m_session != nullptr && m_session->isBusy() && m_session->progress().total > 0)
        return m_session->progress().total + m_session->progress().generated;
    // A chat that was opened in mid-reply was not counted; its request was.
    if (m_session != nullptr && m_session->isBusy() && m_session->progress().generated > 0)
        return m_fit.tokens + m_session->progress().generated;
    return m_fit.tokens;
}

ContextForecast::Parts ContextForecast::parts() const {
    Parts parts;
    parts.context = m_fit.context;
    parts.reserve = m_fit.reserve;
    parts.system = m_systemCount.tokens;
    parts.summary = m_summaryCount.tokens;
    parts.draft = m_draftCount.tokens;
    for (const Attachment& attachment : m_attachments)
        parts.attachments += attachment.tokens;
    parts.conversation =
        std::max(0, used() - parts.system - parts.summary - parts.draft - parts.attachments);
    return parts;
}

bool ContextForecast::isHopeless() const {
    return isKnown() && m_fit.fittedTokens >= m_fit.context;
}

QList<RecordId> ContextForecast::forgotten() const {
    QList<RecordId> messages;
    for (int turn = 0; turn < m_fit.dropped && turn < m_turns.size(); ++turn)
        messages += m_turns.at(turn);
    return messages;
}

} // namespace hearth::ui
