#include "cli/interrupt.h"

namespace hearth::cli {

namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP}; ///< The first alone for Ctrl+C.

volatile std::sig_atomic_t interrupted = 0;

extern "C" void noteInterrupt(int /*signal*/) {
    interrupted = 1;
}

} // namespace

InterruptGuard::InterruptGuard(Signals signals)
    : m_count(signals == Signals::All ? kSignals.size() : 1) {
    interrupted = 0;
    struct sigaction action = {};
    action.sa_handler = noteInterrupt;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (std::size_t i = 0; i < m_count; ++i)
        sigaction(kSignals[i], &action, &m_previous[i]);
}

InterruptGuard::~InterruptGuard() {
    for (std::size_t i = 0; i < m_count; ++i)
        sigaction(kSignals[i], &m_previous[i], nullptr);
}

bool isInterrupted() {
    return interrupted != 0;
}

} // namespace hearth::cli
