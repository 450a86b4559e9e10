#pragma once

#include "hearth/download.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace hearth::test {

struct ServedRequest {
    std::string method;
    std::string path;
    std::map<std::string, std::string> headers; ///< Names in lower case.

    [[nodiscard]] std::string header(const std::string& name) const;
    /// N of "Range: bytes=N-".
    [[nodiscard]] std::optional<std::uint64_t> from() const;
};

struct ServedReply {
    int status = 200;
    std::map<std::string, std::string> headers;
    std::string body;
    std::optional<std::uint64_t> cutAfter; ///< The connection ends after so many bytes of the body.
    std::optional<std::uint64_t> statedLength; ///< Content-Length if it is to lie.
    int pauseMilliseconds = 0;                 ///< Before the body, with the connection open.
};

/// An HTTP/1.1 server on a port of its own at 127.0.0.1, one request a connection, one thread.
class HubServer {
public:
    using Handler = std::function<ServedReply(const ServedRequest&)>;

    explicit HubServer(Handler handler);
    ~HubServer();
    HubServer(const HubServer&) = delete;
    HubServer& operator=(const HubServer&) = delete;

    [[nodiscard]] std::string address() const; ///< "http://127.0.0.1:PORT"
    [[nodiscard]] int port() const { return m_port; }
    [[nodiscard]] std::vector<ServedRequest> requests() const;

private:
    void serve();
    void answer(int connection);

    const Handler m_handler;
    int m_listener = -1;
    int m_port = 0;
    std::atomic<bool> m_stopping = false;
    mutable std::mutex m_mutex;
    std::vector<ServedRequest> m_requests;
    std::thread m_thread;
};

/// Downloads from it with short waits.
DownloadOptions quickDownload(const HubServer& server);

} // namespace hearth::test
