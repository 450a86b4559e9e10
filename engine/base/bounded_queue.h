#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace hearth {

/// A queue of values between threads. tryPush() never blocks and fails when `capacity` values
/// wait; pushAlways() ignores the capacity and is for commands that must get through (cancel,
/// shutdown). Any thread may call any function.
template<typename T>
class BoundedQueue {
public:
    explicit BoundedQueue(std::size_t capacity) : m_capacity(capacity) {}

    /// Takes `value` only on success: on a full or closed queue it is left as it was.
    [[nodiscard]] bool tryPush(T&& value) {
        {
            const std::scoped_lock lock(m_mutex);
            if (m_closed || m_values.size() >= m_capacity)
                return false;
            m_values.push_back(std::move(value));
        }
        m_wake.notify_one();
        return true;
    }
    void pushAlways(T value) {
        {
            const std::scoped_lock lock(m_mutex);
            if (m_closed)
                return;
            m_values.push_back(std::move(value));
        }
        m_wake.notify_one();
    }
    [[nodiscard]] std::optional<T> tryPop() {
        const std::scoped_lock lock(m_mutex);
        return take();
    }
    /// Waits for a value; nothing once the queue is closed and empty.
    [[nodiscard]] std::optional<T> waitPop() {
        std::unique_lock lock(m_mutex);
        m_wake.wait(lock, [this] { return m_closed || !m_values.empty(); });
        return take();
    }
    /// Refuses further values and wakes every waiter; what is queued can still be taken.
    void close() {
        {
            const std::scoped_lock lock(m_mutex);
            m_closed = true;
        }
        m_wake.notify_all();
    }
    [[nodiscard]] std::size_t size() const {
        const std::scoped_lock lock(m_mutex);
        return m_values.size();
    }

private:
    std::optional<T> take() {
        if (m_values.empty())
            return std::nullopt;
        std::optional<T> value(std::move(m_values.front()));
        m_values.pop_front();
        return value;
    }

    const std::size_t m_capacity;
    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<T> m_values;
    bool m_closed = false;
};

} // namespace hearth
