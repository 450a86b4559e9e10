#pragma once

#include "serve/http/http_server.h"
#include "serve/http/router.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hearth::test {

/// The routes that most tests of the server take:
///   GET /open              without a key
///   GET /plain             "plain"
///   GET /models/{id...}    its id
///   POST /echo             the body
///   POST /v1/stream        an endless stream, a line a millisecond; `generates`; its errors are
///                          "503 in plain words" or "503 ends the stream"
///   POST /hang             answers never, but counts how it is aborted; `generates`
///   POST /flood            64 MiB as fast as write() takes them
///   GET /boom              throws
struct TestServer {
    explicit TestServer(ServerOptions options = {});

    [[nodiscard]] std::uint16_t port() const { return http->port(); }
    /// The log's entries; waits until there are so many.
    std::vector<ServedRequest> log(std::size_t least);

    std::shared_ptr<std::atomic<int>> streaming = std::make_shared<std::atomic<int>>(0);
    std::shared_ptr<std::atomic<int>> hanging = std::make_shared<std::atomic<int>>(0);
    std::shared_ptr<std::atomic<int>> handled = std::make_shared<std::atomic<int>>(0);

private:
    std::mutex m_mutex;
    std::vector<ServedRequest> m_log;

public:
    std::unique_ptr<serve::HttpServer> http; ///< Goes first: it writes the log to its end.
};

/// Waits until `condition` holds; false after `limit`.
template<typename Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

} // namespace hearth::test
