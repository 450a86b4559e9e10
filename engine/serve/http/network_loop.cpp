#include "serve/http/network_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <exception>
#include <utility>

namespace hearth::serve {

namespace {

/// What goes wrong in a handler costs its own request; the loop goes on.
void runGuarded(boost::asio::io_context& context) {
    const auto guard = boost::asio::make_work_guard(context);
    for (;;) {
        try {
            context.run();
            return;
        } catch (const std::exception&) {
            continue;
        }
    }
}

} // namespace

NetworkLoop::NetworkLoop() : m_context(std::make_unique<boost::asio::io_context>(1)) {}

void NetworkLoop::start() {
    m_thread = std::thread([this] { runGuarded(*m_context); });
}

void NetworkLoop::close() {
    {
        const std::scoped_lock lock(m_mutex);
        m_closed = true;
    }
    if (!m_context)
        return;
    m_context->stop();
    if (m_thread.joinable())
        m_thread.join();
    m_context.reset(); // what waits in it may hold exchanges, and they this loop
}

void NetworkLoop::post(std::function<void()> work) {
    const std::scoped_lock lock(m_mutex);
    if (!m_closed)
        boost::asio::post(*m_context, std::move(work));
}

void NetworkLoop::postAfter(std::chrono::milliseconds delay, std::function<void()> work) {
    post([this, delay, work = std::move(work)]() mutable {
        auto timer = std::make_shared<boost::asio::steady_timer>(*m_context, delay);
        timer->async_wait([timer, work = std::move(work)](const boost::system::error_code& error) {
            if (!error)
                work();
        });
    });
}

} // namespace hearth::serve
