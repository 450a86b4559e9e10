#include "hub_server.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <chrono>
#include <poll.h>
#include <sstream>
#include <string_view>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace hearth::test {

namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return char(std::tolower(c)); });
    return text;
}

bool sendAll(int connection, const char* data, std::size_t size) {
    while (size > 0) {
        const ssize_t sent = ::send(connection, data, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data += sent;
        size -= std::size_t(sent);
    }
    return true;
}

std::string readHead(int connection) {
    std::string head;
    char c = 0;
    while (head.size() < 65536 && !head.ends_with("\r\n\r\n") &&
           ::recv(connection, &c, 1, 0) == 1) {
        head += c;
        // The first byte of TLS, which this server does not speak.
        if (head[0] == '\x16') {
            char hello[4096];
            static_cast<void>(::recv(connection, hello, sizeof hello, 0));
            constexpr std::string_view kPlain = "HTTP/1.1 400 Plain\r\n\r\n";
            sendAll(connection, kPlain.data(), kPlain.size());
            return {};
        }
    }
    return head;
}

ServedRequest parse(const std::string& head) {
    ServedRequest request;
    std::istringstream lines(head);
    std::string line;
    std::getline(lines, line);
    std::istringstream(line) >> request.method >> request.path;
    while (std::getline(lines, line)) {
        const std::size_t colon = line.find(": ");
        if (colon != std::string::npos)
            request.headers[lower(line.substr(0, colon))] =
                line.substr(colon + 2, line.find('\r') - colon - 2);
    }
    return request;
}

} // namespace

std::string ServedRequest::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
}

std::optional<std::uint64_t> ServedRequest::from() const {
    const std::string range = header("range");
    if (!range.starts_with("bytes="))
        return std::nullopt;
    return std::stoull(range.substr(6));
}

HubServer::HubServer(Handler handler) : m_handler(std::move(handler)) {
    m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (m_listener < 0 ||
        ::bind(m_listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(m_listener, 16) != 0 ||
        ::getsockname(m_listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("no server");
    m_port = ntohs(address.sin_port);
    m_thread = std::thread([this] { serve(); });
}

HubServer::~HubServer() {
    m_stopping = true;
    m_thread.join();
    ::close(m_listener);
}

std::string HubServer::address() const {
    return "http://127.0.0.1:" + std::to_string(m_port);
}

std::vector<ServedRequest> HubServer::requests() const {
    const std::lock_guard lock(m_mutex);
    return m_requests;
}

void HubServer::serve() {
    while (!m_stopping) {
        pollfd waiting{m_listener, POLLIN, 0};
        if (::poll(&waiting, 1, 20) <= 0)
            continue;
        const int connection = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0)
            continue;
        answer(connection);
        ::close(connection);
    }
}

void HubServer::answer(int connection) {
    const std::string head = readHead(connection);
    if (head.find("HTTP/1.1") == std::string::npos)
        return;
    const ServedRequest request = parse(head);
    {
        const std::lock_guard lock(m_mutex);
        m_requests.push_back(request);
    }
    ServedReply reply = m_handler(request);
    std::string text =
        "HTTP/1.1 " + std::to_string(reply.status) + " Said\r\nConnection: close\r\n";
    for (const auto& [name, value] : reply.headers)
        text += name + ": " + value + "\r\n";
    text += "Content-Length: " + std::to_string(reply.statedLength.value_or(reply.body.size())) +
            "\r\n\r\n";
    if (!sendAll(connection, text.data(), text.size()) || request.method == "HEAD")
        return;
    for (int waited = 0; waited < reply.pauseMilliseconds && !m_stopping; waited += 10)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    const std::uint64_t size =
        std::min<std::uint64_t>(reply.cutAfter.value_or(reply.body.size()), reply.body.size());
    sendAll(connection, reply.body.data(), size);
}

DownloadOptions quickDownload(const HubServer& server) {
    DownloadOptions options;
    options.endpoint = server.address();
    options.firstWait = std::chrono::milliseconds(5);
    options.connectTimeout = std::chrono::seconds(2);
    options.stallTimeout = std::chrono::seconds(2);
    options.spareBytes = 0;
    return options;
}

} // namespace hearth::test
