#include "serve/lmdeploy/session_store.h"

#include <algorithm>

namespace hearth::serve {

SessionStore::Use::~Use() {
    m_store->finish(m_ticket, std::move(m_result));
}

std::shared_ptr<SessionStore> SessionStore::create(SessionLimits limits) {
    return std::shared_ptr<SessionStore>(new SessionStore(limits));
}

std::shared_ptr<SessionStore::Use> SessionStore::begin(const Key& key) {
    const std::scoped_lock lock(m_mutex);
    dropOld();
    Session& session = m_sessions[key];
    if (session.use != 0)
        return nullptr;
    session.use = ++m_lastUse;
    session.ended = false;
    session.cancelled = false;
    return std::make_shared<Use>(shared_from_this(), Ticket{key, session.use}, session.history);
}

void SessionStore::onCancel(const Ticket& ticket, std::function<void()> cancel) {
    {
        const std::scoped_lock lock(m_mutex);
        const auto found = m_sessions.find(ticket.key);
        if (found == m_sessions.end() || found->second.use != ticket.number)
            return;
        if (!found->second.cancelled) {
            found->second.cancel = std::move(cancel);
            return;
        }
    }
    cancel();
}

std::size_t SessionStore::cancel(const Key& key) {
    std::function<void()> cancel;
    std::size_t tokens = 0;
    {
        const std::scoped_lock lock(m_mutex);
        const auto found = m_sessions.find(key);
        if (found == m_sessions.end())
            return 0;
        found->second.cancelled = found->second.use != 0;
        cancel = found->second.cancel;
        tokens = found->second.history.tokens.size();
    }
    if (cancel)
        cancel();
    return tokens;
}

void SessionStore::cancelAll(const std::string& keyName) {
    std::vector<Key> keys;
    {
        const std::scoped_lock lock(m_mutex);
        for (const auto& [key, session] : m_sessions)
            if (key.first == keyName && session.use != 0)
                keys.push_back(key);
    }
    for (const Key& key : keys)
        cancel(key);
}

std::size_t SessionStore::end(const Key& key) {
    std::function<void()> cancel;
    std::size_t tokens = 0;
    {
        const std::scoped_lock lock(m_mutex);
        const auto found = m_sessions.find(key);
        if (found == m_sessions.end())
            return 0;
        Session& session = found->second;
        tokens = session.history.tokens.size();
        m_tokens -= tokens;
        session.history = {};
        if (session.use != 0) {
            session.ended = true;
            session.cancelled = true;
            cancel = session.cancel;
        } else {
            m_sessions.erase(found);
        }
    }
    if (cancel)
        cancel();
    return tokens;
}

void SessionStore::finish(const Ticket& ticket, std::optional<SessionHistory> result) {
    const std::scoped_lock lock(m_mutex);
    const auto found = m_sessions.find(ticket.key);
    if (found == m_sessions.end())
        return;
    Session& session = found->second;
    session.use = 0;
    session.cancel = {};
    session.lastUse = Clock::now();
    if (result && !session.ended) {
        m_tokens += result->tokens.size();
        m_tokens -= session.history.tokens.size();
        session.history = *std::move(result);
    }
    if (session.history.tokens.empty())
        m_sessions.erase(found);
    dropOld();
}

void SessionStore::dropOld() {
    const auto now = Clock::now();
    const auto drop = [this](auto session) {
        m_tokens -= session->second.history.tokens.size();
        return m_sessions.erase(session);
    };
    for (auto session = m_sessions.begin(); session != m_sessions.end();) {
        const bool isOld = session->second.use == 0 &&
                           now - session->second.lastUse > m_limits.idleTime;
        session = isOld ? drop(session) : std::next(session);
    }
    while (m_sessions.size() > m_limits.sessions || m_tokens > m_limits.tokens) {
        auto oldest = m_sessions.end();
        for (auto session = m_sessions.begin(); session != m_sessions.end(); ++session)
            if (session->second.use == 0 && (oldest == m_sessions.end() ||
                                          session->second.lastUse < oldest->second.lastUse))
                oldest = session;
        if (oldest == m_sessions.end())
            return;
        drop(oldest);
    }
}

bool SessionStore::isKnown(const Key& key) const {
    const std::scoped_lock lock(m_mutex);
    return m_sessions.contains(key);
}

std::size_t SessionStore::count() const {
    const std::scoped_lock lock(m_mutex);
    return m_sessions.size();
}

} // namespace hearth::serve
