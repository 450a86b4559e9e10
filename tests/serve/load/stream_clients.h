#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace hearth::test {

/// Many clients on one thread, each with a request whose answer is a stream of lines
/// "data: NUMBER NANOSECONDS": when the line was written, by the steady clock.
class StreamClients {
public:
    struct Figures {
        int whole = 0;                      ///< Streams with every line in order and a proper end.
        std::vector<double> firstByte;      ///< Milliseconds from the first write to its arrival.
        std::vector<double> everyLine;      ///< Likewise, of all lines.
    };

    /// Connects `count` clients and sends their requests.
    StreamClients(std::uint16_t port, int count, const std::string& request);
    ~StreamClients();
    StreamClients(const StreamClients&) = delete;
    StreamClients& operator=(const StreamClients&) = delete;

    /// Reads until all streams have ended, or the time is over.
    Figures read(int lines, std::chrono::seconds limit);

private:
    struct Client {
        int socket = -1;
        std::string unread;
        int lines = 0;
        bool inOrder = true;
        bool ended = false;
    };
    void take(Client& client, Figures& figures);

    std::vector<Client> m_clients;
    int m_poll = -1;
};

/// The value below which `share` of them lie.
[[nodiscard]] double percentile(std::vector<double> values, double share);

} // namespace hearth::test
