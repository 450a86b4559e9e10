#include "screenshot.h"

#include <QCoreApplication>
#include <QPixmap>

#include <cstdio>

namespace hearth::desktop {

namespace {

constexpr int kLookMilliseconds = 50;
constexpr int kMostLooks = 60'000 / kLookMilliseconds;
/// Fades and layouts end some frames after the last event.
constexpr int kReadyLooks = 8;

} // namespace

Screenshot::Screenshot(QWidget& widget, const QString& file, std::function<bool()> isReady)
    : m_widget(widget)
    , m_file(file)
    , m_isReady(std::move(isReady)) {
    connect(&m_timer, &QTimer::timeout, this, &Screenshot::look);
    m_timer.start(kLookMilliseconds);
}

void Screenshot::look() {
    m_readyLooks = m_isReady() ? m_readyLooks + 1 : 0;
    const bool isLate = ++m_looks > kMostLooks;
    if (m_readyLooks < kReadyLooks && !isLate)
        return;
    m_timer.stop();
    const bool isSaved = m_widget.grab().save(m_file, "PNG");
    if (!isSaved)
        std::fprintf(stderr, "hearth-desktop: \"%s\" could not be written\n", qPrintable(m_file));
    else if (isLate)
        std::fprintf(stderr, "hearth-desktop: the page was not ready within a minute; "
                             "it was drawn as it was\n");
    QCoreApplication::exit(isSaved && !isLate ? 0 : 1);
}

} // namespace hearth::desktop
