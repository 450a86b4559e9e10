#pragma once

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>

namespace hearth::cli {

/// Turns the first Ctrl+C into a flag for as long as it lives; a second one ends the program. One
/// at a time.
class InterruptGuard {
public:
    enum class Signals : std::uint8_t {
        Interrupt, ///< Ctrl+C alone: it stops the reply, and kill ends the program.
        All,       ///< Kill and hang-up too: what was begun is ended in order.
    };

    explicit InterruptGuard(Signals signals = Signals::Interrupt);
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

private:
    std::size_t m_count;
    std::array<struct sigaction, 3> m_previous = {};
};

/// Whether a signal came since the last guard was made.
[[nodiscard]] bool isInterrupted();

} // namespace hearth::cli
