#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hearth::serve {

/// A conversation that stays on the server. Its keys and values are in the engine's prefix cache
/// as long as that has room; the tokens are what counts, anything else is computed again from them.
struct SessionHistory {
    std::string modelPath; ///< Whose tokens these are; empty: none yet.
    std::vector<std::int32_t> tokens;
};

struct SessionLimits {
    std::size_t sessions = 4096;              ///< That are kept; the oldest go.
    std::size_t tokens = std::size_t{1} << 25; ///< Of all together (4 bytes each).
    std::chrono::seconds idleTime{3600};
};

/// The interactive sessions of a server by key and id. A session serves one request at a time.
/// Thread-safe.
class SessionStore : public std::enable_shared_from_this<SessionStore> {
public:
    using Key = std::pair<std::string, std::int64_t>; ///< Name of the API key, session id.
    using Clock = std::chrono::steady_clock;

    /// Names one use of a session.
    struct Ticket {
        Key key;
        std::uint64_t number = 0;
    };

    /// The right of one request to its session. What it does not keep() stays as it was.
    class Use {
    public:
        Use(std::shared_ptr<SessionStore> store, Ticket ticket, SessionHistory history)
            : m_store(std::move(store)), m_ticket(std::move(ticket))
            , m_history(std::move(history)) {}
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

        [[nodiscard]] const Ticket& ticket() const { return m_ticket; }
        [[nodiscard]] const SessionHistory& history() const { return m_history; }
        void keep(SessionHistory history) { m_result = std::move(history); }
        void erase() { m_result = SessionHistory{}; }

    private:
        std::shared_ptr<SessionStore> m_store;
        Ticket m_ticket;
        SessionHistory m_history;
        std::optional<SessionHistory> m_result;
    };

    static std::shared_ptr<SessionStore> create(SessionLimits limits = {});

    /// Null: a request of the session is running.
    std::shared_ptr<Use> begin(const Key& key);
    /// Says how to stop the request of a use, unless that is over; called at once if it was
    /// stopped already.
    void onCancel(const Ticket& ticket, std::function<void()> cancel);
    /// Stops the session's running request, which keeps what it said. Returns the tokens of the
    /// history.
    std::size_t cancel(const Key& key);
    /// Likewise all of a key's.
    void cancelAll(const std::string& keyName);
    /// Forgets the session; a running request is stopped first. Returns the tokens it had.
    std::size_t end(const Key& key);

    [[nodiscard]] bool isKnown(const Key& key) const;
    [[nodiscard]] std::size_t count() const;

private:
    struct Session {
        SessionHistory history;
        Clock::time_point lastUse;
        std::uint64_t use = 0; ///< The running request's number; 0: none runs.
        bool ended = false;     ///< Forget it when the request is over.
        bool cancelled = false;
        std::function<void()> cancel;
    };

    explicit SessionStore(SessionLimits limits) : m_limits(limits) {}
    void finish(const Ticket& ticket, std::optional<SessionHistory> result);
    void dropOld();

    const SessionLimits m_limits;
    mutable std::mutex m_mutex;
    std::map<Key, Session> m_sessions;
    std::size_t m_tokens = 0;
    std::uint64_t m_lastUse = 0;
};

} // namespace hearth::serve
