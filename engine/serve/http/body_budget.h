#pragma once

#include <atomic>
#include <cstddef>

namespace hearth::serve {

/// How many bytes of request bodies all connections together may hold: a bound of each body bounds
/// nothing where there are thousands. Thread-safe.
class BodyBudget {
public:
    explicit BodyBudget(std::size_t bytes) : m_bytes(bytes) {}

    [[nodiscard]] bool hasRoomFor(std::size_t bytes) const {
        const std::size_t held = m_held;
        return held <= m_bytes && bytes <= m_bytes - held;
    }

    /// What one request holds; given back when it goes. One thread at a time.
    class Share {
    public:
        explicit Share(BodyBudget& budget) : m_budget(budget) {}
        ~Share() { m_budget.m_held -= m_bytes; }
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

        /// Holds `bytes` in all from now on, more than before; false if that is too much.
        [[nodiscard]] bool growTo(std::size_t bytes) {
            if (bytes <= m_bytes)
                return true;
            const std::size_t more = bytes - m_bytes;
            if (m_budget.m_held.fetch_add(more) + more > m_budget.m_bytes) {
                m_budget.m_held -= more;
                return false;
            }
            m_bytes = bytes;
            return true;
        }

    private:
        BodyBudget& m_budget;
        std::size_t m_bytes = 0;
    };

private:
    const std::size_t m_bytes;
    std::atomic<std::size_t> m_held = 0;
};

} // namespace hearth::serve
