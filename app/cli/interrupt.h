#pragma once

#include <csignal>

namespace hearth::cli {

/// Turns the first Ctrl+C into a flag for as long as it lives; a second one ends the program. One
/// at a time.
class InterruptGuard {
public:
    InterruptGuard();
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

private:
    struct sigaction m_previous = {};
};

/// Whether Ctrl+C came since the last guard was made.
[[nodiscard]] bool isInterrupted();

} // namespace hearth::cli
