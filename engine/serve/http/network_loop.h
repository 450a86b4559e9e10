#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>

namespace hearth::serve {

class Connection;

/// One network thread and the connections that live on it. post() may be called from any thread
/// and by whoever outlives the server; everything else belongs to the loop's own thread.
class NetworkLoop {
public:
    NetworkLoop();
    ~NetworkLoop() { close(); }
    NetworkLoop(const NetworkLoop&) = delete;
    NetworkLoop& operator=(const NetworkLoop&) = delete;

    void start();
    /// Ends the thread and drops what waits, also what is posted later. Not on the loop's thread.
    void close();

    void post(std::function<void()> work);
    /// Runs `work` after `delay`, or never if the loop is closed before.
    void postAfter(std::chrono::milliseconds delay, std::function<void()> work);

    [[nodiscard]] boost::asio::io_context& context() { return *m_context; } ///< Until close().

    std::unordered_set<Connection*> connections;

private:
    std::unique_ptr<boost::asio::io_context> m_context;
    std::mutex m_mutex;
    bool m_closed = false;
    std::thread m_thread;
};

} // namespace hearth::serve
