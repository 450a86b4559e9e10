#include "serve/http/listener.h"

#include "serve/http/connection.h"
#include "serve/http/http_error.h"
#include "serve/http/response_head.h"

#include <boost/asio/ip/v6_only.hpp>

#include <array>
#include <exception>
#include <utility>

namespace hearth::serve {

namespace net = boost::asio;
using boost::system::error_code;
using Tcp = net::ip::tcp;

namespace {

constexpr int kBacklog = 4096;

/// Answers without ever waiting for the client: there is no room for it.
void turnAway(Tcp::socket socket) {
    HttpResponse response =
        httpError(503, "The server has as many connections as it takes.", "too_many_connections");
    response.headers.push_back({"retry-after", "1"});
    ResponseHead head;
    head.status = response.status;
    head.contentType = response.contentType;
    head.length = response.body.size();
    head.keepAlive = false;
    error_code error;
    socket.non_blocking(true, error);
    std::array<char, 4096> unread{};
    socket.read_some(net::buffer(unread), error); // unread bytes would reset the connection
    socket.write_some(net::buffer(responseHead(head, {}, response.headers) + response.body), error);
    socket.shutdown(Tcp::socket::shutdown_send, error);
}

} // namespace

Listener::Listener(std::shared_ptr<ServerCore> core,
                   std::vector<std::shared_ptr<NetworkLoop>> loops,
                   std::shared_ptr<net::ssl::context> tls)
    : m_core(std::move(core))
    , m_loops(std::move(loops))
    , m_tls(std::move(tls))
    , m_acceptor(m_loops.front()->context())
    , m_pause(m_loops.front()->context()) {}

Result<void> Listener::open(const std::string& address, std::uint16_t port) {
    error_code error;
    const net::ip::address ip = net::ip::make_address(address, error);
    if (error) {
        Error failure;
        failure.code = ErrorCode::InvalidArgument;
        failure.field = "address";
        failure.detail = address + " is not an IP address";
        return fail(std::move(failure));
    }
    const Tcp::endpoint endpoint(ip, port);
    m_acceptor.open(endpoint.protocol(), error);
    if (!error)
        m_acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error && ip.is_v6() && ip.is_unspecified())
        m_acceptor.set_option(net::ip::v6_only(false), error);
    if (!error)
        m_acceptor.bind(endpoint, error);
    if (!error)
        m_acceptor.listen(kBacklog, error);
    if (error) {
        Error failure;
        failure.code = ErrorCode::Io;
        failure.path = (ip.is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(port);
        failure.detail = error.message();
        return fail(std::move(failure));
    }
    m_port = m_acceptor.local_endpoint(error).port();
    return {};
}

void Listener::accept() {
    const std::shared_ptr<NetworkLoop> loop = m_loops[m_next++ % m_loops.size()];
    m_acceptor.async_accept(loop->context(), [self = shared_from_this(),
                                              loop](const error_code& error, Tcp::socket socket) {
        if (error == net::error::operation_aborted || !self->m_acceptor.is_open())
            return;
        if (error || !self->onAccepted(loop, std::move(socket)))
            return self->pause();
        self->accept();
    });
}

bool Listener::onAccepted(const std::shared_ptr<NetworkLoop>& loop, Tcp::socket socket) {
    try {
        if (m_core->connections >= m_core->options.limits.connections) {
            turnAway(std::move(socket));
            return true;
        }
        std::unique_ptr<Transport> transport = m_tls
                                                   ? Transport::secure(std::move(socket), m_tls)
                                                   : Transport::plain(std::move(socket));
        auto connection = std::make_shared<Connection>(m_core, loop, std::move(transport));
        // It must end on its own loop's thread.
        loop->post([connection = std::move(connection)] { connection->start(); });
        return true;
    } catch (const std::exception&) {
        return false; // no memory, or none that TLS can have
    }
}

void Listener::pause() {
    m_pause.expires_after(std::chrono::milliseconds(100));
    m_pause.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error && self->m_acceptor.is_open())
            self->accept();
    });
}

void Listener::close() {
    error_code error;
    m_acceptor.close(error);
    m_pause.cancel();
}

} // namespace hearth::serve
