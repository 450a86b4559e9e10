#pragma once

#include "hearth/result.h"
#include "serve/http/network_loop.h"
#include "serve/http/server_core.h"
#include "serve/http/transport.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hearth::serve {

/// Takes connections and hands them to the loops in turn. Lives on the first loop's thread.
class Listener : public std::enable_shared_from_this<Listener> {
public:
    Listener(std::shared_ptr<ServerCore> core, std::vector<std::shared_ptr<NetworkLoop>> loops,
             std::shared_ptr<boost::asio::ssl::context> tls);

    /// Binds and listens, before the loops run. Errors: InvalidArgument (no IP address), Io.
    Result<void> open(const std::string& address, std::uint16_t port);
    [[nodiscard]] std::uint16_t port() const { return m_port; }

    void accept();
    void close();

private:
    bool onAccepted(const std::shared_ptr<NetworkLoop>& loop,
                    boost::asio::ip::tcp::socket socket);
    void pause();

    const std::shared_ptr<ServerCore> m_core;
    const std::vector<std::shared_ptr<NetworkLoop>> m_loops;
    const std::shared_ptr<boost::asio::ssl::context> m_tls;
    boost::asio::ip::tcp::acceptor m_acceptor;
    boost::asio::steady_timer m_pause;
    std::size_t m_next = 0;
    std::uint16_t m_port = 0;
};

} // namespace hearth::serve
