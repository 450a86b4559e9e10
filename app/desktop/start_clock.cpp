#include "start_clock.h"

#include <QCoreApplication>
#include <QEvent>
#include <QFile>
#include <QTimer>
#include <QWidget>

#include <ctime>
#include <unistd.h>

namespace hearth::desktop {

namespace {

/// Field of /proc/self/stat, counted from 1: when the process began, in ticks since the boot.
constexpr int kStartField = 22;

} // namespace

StartClock::StartClock(QWidget& window, const QWidget& prompt)
    : m_window(window)
    , m_prompt(prompt) {
    QCoreApplication::instance()->installEventFilter(this);
}

qint64 StartClock::sinceStart() {
    QFile file(QStringLiteral("/proc/self/stat"));
    if (!file.open(QIODevice::ReadOnly))
        return -1;
    // The name, in brackets, may hold anything.
    const QByteArray stat = file.readAll();
    const QList<QByteArray> fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
    const qint64 ticks = fields.value(kStartField - 3).toLongLong();
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1'000'000 - ticks * 1000 / sysconf(_SC_CLK_TCK);
}

bool StartClock::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::Paint || m_usable)
        return false;
    const auto* widget = qobject_cast<QWidget*>(watched);
    if (widget == nullptr || widget->window() != &m_window)
        return false;
    // Told once the frame that is being painted is done.
    QTimer::singleShot(0, this, [this] {
        if (!m_firstPaint)
            m_firstPaint = sinceStart();
        if (!m_usable && m_prompt.isVisible() && m_prompt.isEnabled()) {
            m_usable = sinceStart();
            QCoreApplication::instance()->removeEventFilter(this);
        }
    });
    return false;
}

} // namespace hearth::desktop
