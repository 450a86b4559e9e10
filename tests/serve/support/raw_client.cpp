#include "serve/support/raw_client.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace hearth::test {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kLimit{30};

std::string lowerCase(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

void parseHead(std::string_view head, RawAnswer& answer) {
    const std::size_t lineEnd = head.find("\r\n");
    const std::string line(head.substr(0, lineEnd));
    if (line.size() < 12)
        return;
    answer.status = std::atoi(line.c_str() + 9);
    answer.reason = line.size() > 13 ? line.substr(13) : "";
    std::size_t at = lineEnd == std::string_view::npos ? head.size() : lineEnd + 2;
    while (at < head.size()) {
        const std::size_t end = std::min(head.find("\r\n", at), head.size());
        const std::string_view field = head.substr(at, end - at);
        const std::size_t colon = field.find(": ");
        if (colon != std::string_view::npos)
            answer.headers[lowerCase(std::string(field.substr(0, colon)))] =
                field.substr(colon + 2);
        at = end + 2;
    }
}

} // namespace

RawClient::RawClient(std::uint16_t port, int receiveBufferBytes) {
    m_socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receiveBufferBytes > 0)
        setsockopt(m_socket, SOL_SOCKET, SO_RCVBUF, &receiveBufferBytes,
                   sizeof receiveBufferBytes);
    const int on = 1;
    setsockopt(m_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(m_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        close();
}

RawClient::~RawClient() {
    close();
}

void RawClient::close() {
    if (m_socket >= 0)
        ::close(m_socket);
    m_socket = -1;
}

void RawClient::reset() {
    const linger now{1, 0};
    setsockopt(m_socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

void RawClient::endWriting() {
    ::shutdown(m_socket, SHUT_WR);
}

bool RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::string RawClient::receiveSome(std::chrono::milliseconds limit) {
    if (!m_buffer.empty())
        return std::exchange(m_buffer, {});
    pollfd wait{m_socket, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(limit.count())) <= 0)
        return {};
    std::array<char, 65536> bytes{};
    const ssize_t got = ::recv(m_socket, bytes.data(), bytes.size(), 0);
    return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
}

const std::string& RawClient::peek() {
    std::array<char, 65536> bytes{};
    const ssize_t got = ::recv(m_socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0)
        m_buffer.append(bytes.data(), static_cast<std::size_t>(got));
    return m_buffer;
}

bool RawClient::closedWithin(std::chrono::milliseconds limit) {
    const Clock::time_point end = Clock::now() + limit;
    m_buffer.clear();
    std::array<char, 65536> bytes{};
    while (Clock::now() < end) {
        pollfd wait{m_socket, POLLIN, 0};
        if (::poll(&wait, 1, 10) > 0 && ::recv(m_socket, bytes.data(), bytes.size(), 0) <= 0)
            return true;
    }
    return false;
}

RawAnswer RawClient::receive(bool hasBody) {
    RawAnswer answer;
    std::string text;
    const Clock::time_point end = Clock::now() + kLimit;
    const auto more = [&] {
        if (Clock::now() > end)
            return false;
        const std::string bytes = receiveSome();
        text += bytes;
        return !bytes.empty();
    };
    while (text.find("\r\n\r\n") == std::string::npos)
        if (!more())
            return answer;
    const std::size_t headEnd = text.find("\r\n\r\n");
    parseHead(std::string_view(text).substr(0, headEnd), answer);
    text.erase(0, headEnd + 4);
    const bool bodiless = !hasBody || answer.status == 204 || answer.status < 200;
    if (bodiless) {
        answer.whole = true;
    } else if (answer.headers.contains("content-length")) {
        const std::size_t length = std::stoul(answer.headers["content-length"]);
        while (text.size() < length && more()) {
        }
        answer.whole = text.size() >= length;
        answer.body = text.substr(0, length);
        text.erase(0, answer.body.size());
    } else if (answer.headers["transfer-encoding"] == "chunked") {
        for (;;) {
            while (text.find("\r\n") == std::string::npos)
                if (!more())
                    return answer;
            const std::size_t line = text.find("\r\n");
            const std::size_t size = std::stoul(text.substr(0, line), nullptr, 16);
            while (text.size() < line + size + 4)
                if (!more())
                    return answer;
            answer.body += text.substr(line + 2, size);
            text.erase(0, line + size + 4);
            if (size == 0)
                break;
        }
        answer.whole = true;
    } else {
        while (more()) {
        }
        answer.body = std::exchange(text, {});
        answer.whole = true;
    }
    m_buffer = std::move(text);
    return answer;
}

RawAnswer exchangeRaw(std::uint16_t port, std::string_view request) {
    RawClient client(port);
    client.send(request);
    return client.receive(!request.starts_with("HEAD "));
}

std::string makeRequest(std::string_view method, std::string_view target, std::string_view body,
                        std::string_view moreHeaders) {
    std::string request;
    request.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
    if (!body.empty())
        request.append("Content-Type: application/json\r\nContent-Length: ")
            .append(std::to_string(body.size()))
            .append("\r\n");
    request.append(moreHeaders).append("\r\n").append(body);
    return request;
}

} // namespace hearth::test
