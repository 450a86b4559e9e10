#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hearth::test {

/// What came back for one request.
struct RawAnswer {
    int status = 0; ///< 0: the connection ended before an answer.
    std::string reason;
    std::map<std::string, std::string> headers; ///< Names in lower case.
    std::string body;                           ///< Chunks joined.
    bool whole = false; ///< It ended as its framing says.
};

/// A TCP connection that sends exactly the bytes it is told to, well-formed or not.
class RawClient {
public:
    explicit RawClient(std::uint16_t port, int receiveBufferBytes = 0);
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    [[nodiscard]] bool connected() const { return m_socket >= 0; }
    /// False once the server has closed.
    bool send(std::string_view bytes);
    /// Reads one answer; of a HEAD request without body.
    RawAnswer receive(bool hasBody = true);
    /// Some bytes; empty: closed, or nothing within the time.
    std::string receiveSome(std::chrono::milliseconds limit = std::chrono::seconds(20));
    /// What has come by now, which the next receive() takes.
    const std::string& peek();
    /// True if the server closes within the time; what it sends before is thrown away.
    bool closedWithin(std::chrono::milliseconds limit);
    void close();
    /// Closes with a reset, as a crash does.
    void reset();
    void endWriting();

private:
    int m_socket = -1;
    std::string m_buffer;
};

/// One request on a connection of its own.
RawAnswer exchangeRaw(std::uint16_t port, std::string_view request);

/// A well-formed request with Host, and Content-Length where there is a body.
std::string makeRequest(std::string_view method, std::string_view target,
                        std::string_view body = {}, std::string_view moreHeaders = {});

} // namespace hearth::test
