#pragma once

#include <cstdint>
#include <mutex>
#include <utility>

namespace hearth {

/// Bytes that all loaded models of a process share. Thread-safe.
class MemoryBudget {
public:
    explicit MemoryBudget(std::uint64_t bytes) : m_total(bytes) {}

    [[nodiscard]] bool tryReserve(std::uint64_t bytes) {
        const std::scoped_lock lock(m_mutex);
        if (bytes > m_total - m_used)
            return false;
        m_used += bytes;
        return true;
    }
    void release(std::uint64_t bytes) {
        const std::scoped_lock lock(m_mutex);
        m_used -= bytes;
    }
    [[nodiscard]] std::uint64_t total() const { return m_total; }
    [[nodiscard]] std::uint64_t used() const {
        const std::scoped_lock lock(m_mutex);
        return m_used;
    }
    [[nodiscard]] std::uint64_t available() const {
        const std::scoped_lock lock(m_mutex);
        return m_total - m_used;
    }

private:
    const std::uint64_t m_total;
    mutable std::mutex m_mutex;
    std::uint64_t m_used = 0;
};

/// A share of the budget that is given back with its owner. Move-only.
class MemoryReservation {
public:
    MemoryReservation() = default;
    explicit MemoryReservation(MemoryBudget& budget) : m_budget(&budget) {}
    MemoryReservation(MemoryReservation&& other) noexcept
        : m_budget(std::exchange(other.m_budget, nullptr)), m_bytes(std::exchange(other.m_bytes, 0)) {}
    MemoryReservation& operator=(MemoryReservation&& other) noexcept {
        if (this != &other) {
            release();
            m_budget = std::exchange(other.m_budget, nullptr);
            m_bytes = std::exchange(other.m_bytes, 0);
        }
        return *this;
    }
    ~MemoryReservation() { release(); }

    [[nodiscard]] std::uint64_t bytes() const { return m_bytes; }
    /// Grows or shrinks the share; false changes nothing.
    [[nodiscard]] bool resize(std::uint64_t bytes) {
        if (bytes > m_bytes && !m_budget->tryReserve(bytes - m_bytes))
            return false;
        if (bytes < m_bytes)
            m_budget->release(m_bytes - bytes);
        m_bytes = bytes;
        return true;
    }

private:
    void release() {
        if (m_budget != nullptr && m_bytes > 0)
            m_budget->release(m_bytes);
        m_bytes = 0;
    }

    MemoryBudget* m_budget = nullptr;
    std::uint64_t m_bytes = 0;
};

} // namespace hearth
