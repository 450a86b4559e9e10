#include "serve/api/background.h"

#include <exception>
#include <utility>

namespace hearth::serve {

Background::Background(int threads) {
    for (int i = 0; i < threads; ++i)
        m_threads.emplace_back([this](const std::stop_token& stop) { loop(stop); });
}

Background::~Background() {
    for (std::jthread& thread : m_threads)
        thread.request_stop();
    m_threads.clear();
}

void Background::run(std::function<void()> work) {
    {
        const std::lock_guard lock(m_mutex);
        m_work.push_back(std::move(work));
    }
    m_wake.notify_one();
}

void Background::loop(const std::stop_token& stop) {
    for (;;) {
        std::function<void()> work;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [this] { return !m_work.empty(); }))
                return;
            if (stop.stop_requested())
                return;
            work = std::move(m_work.front());
            m_work.pop_front();
        }
        try {
            work();
        } catch (const std::exception&) {
            // The exchange that it held answers for it.
        }
    }
}

} // namespace hearth::serve
