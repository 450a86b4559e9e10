#include "serve/load/stream_clients.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hearth::test {

namespace {

int connectTo(std::uint16_t port) {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return made;
    ::close(made);
    return -1;
}

} // namespace

StreamClients::StreamClients(std::uint16_t port, int count, const std::string& request)
    : m_clients(static_cast<std::size_t>(count))
    , m_poll(epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t i = 0; i < m_clients.size(); ++i) {
        m_clients[i].socket = connectTo(port);
        if (m_clients[i].socket < 0)
            continue;
        if (::send(m_clients[i].socket, request.data(), request.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(request.size()))
            m_clients[i].inOrder = false;
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = i;
        epoll_ctl(m_poll, EPOLL_CTL_ADD, m_clients[i].socket, &event);
    }
}

StreamClients::~StreamClients() {
    for (const Client& client : m_clients)
        if (client.socket >= 0)
            ::close(client.socket);
    ::close(m_poll);
}

StreamClients::Figures StreamClients::read(int lines, std::chrono::seconds limit) {
    Figures figures;
    const auto end = std::chrono::steady_clock::now() + limit;
    const auto isOpen = [](const Client& client) { return client.socket >= 0 && !client.ended; };
    std::array<epoll_event, 256> events{};
    while (std::chrono::steady_clock::now() < end &&
           std::any_of(m_clients.begin(), m_clients.end(), isOpen)) {
        const int ready = epoll_wait(m_poll, events.data(), int(events.size()), 100);
        for (int i = 0; i < ready; ++i)
            take(m_clients[events[std::size_t(i)].data.u64], figures);
    }
    figures.whole = static_cast<int>(
        std::count_if(m_clients.begin(), m_clients.end(), [&](const Client& client) {
            return client.ended && client.inOrder && client.lines == lines;
        }));
    return figures;
}

void StreamClients::take(Client& client, Figures& figures) {
    std::array<char, 16384> bytes{};
    const ssize_t got = ::recv(client.socket, bytes.data(), bytes.size(), 0);
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    if (got <= 0) {
        ::close(client.socket);
        client.socket = -1;
        return;
    }
    client.unread.append(bytes.data(), static_cast<std::size_t>(got));
    for (;;) {
        const std::size_t line = client.unread.find("data: ");
        const std::size_t lineEnd = client.unread.find("\n\n", line);
        if (line == std::string::npos || lineEnd == std::string::npos)
            break;
        int number = -1;
        long long nanoseconds = 0;
        std::sscanf(client.unread.c_str() + line, "data: %d %lld", &number, &nanoseconds);
        const double delay =
            std::chrono::duration<double, std::milli>(now - std::chrono::nanoseconds(nanoseconds))
                .count();
        client.inOrder &= number == client.lines;
        if (client.lines++ == 0)
            figures.firstByte.push_back(delay);
        figures.everyLine.push_back(delay);
        client.unread.erase(0, lineEnd + 2);
    }
    client.ended |= client.unread.ends_with("0\r\n\r\n");
}

double percentile(std::vector<double> values, double share) {
    if (values.empty())
        return 0.0;
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1, std::size_t(double(values.size()) * share))];
}

} // namespace hearth::test
