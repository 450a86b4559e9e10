#include "termination.h"

#include <array>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace hearth::desktop {

namespace {

constexpr std::array kSignals{SIGTERM, SIGINT, SIGHUP};

std::atomic<int> s_pipe = -1;

/// Only what is allowed within a signal.
void onSignal(int) {
    const char byte = 0;
    const auto written = write(s_pipe, &byte, 1);
    static_cast<void>(written);
}

void setHandlers(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    for (const int signal : kSignals)
        sigaction(signal, &action, nullptr);
}

} // namespace

Termination::Termination(QObject* parent)
    : QObject(parent) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    m_read = ends[0];
    m_write = ends[1];
    s_pipe = m_write;
    m_notifier = std::make_unique<QSocketNotifier>(m_read, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] {
        char byte = 0;
        if (read(m_read, &byte, 1) == 1)
            emit requested();
    });
    setHandlers(onSignal);
}

Termination::~Termination() {
    if (m_read < 0)
        return;
    setHandlers(SIG_DFL);
    m_notifier.reset();
    s_pipe = -1;
    close(m_read);
    close(m_write);
}

} // namespace hearth::desktop
