#include "serve/http/transport.h"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <filesystem>
#include <utility>

namespace hearth::serve {

namespace net = boost::asio;
using boost::system::error_code;

namespace {

class PlainTransport final : public Transport {
public:
    explicit PlainTransport(Socket socket) : m_socket(std::move(socket)) {}

    void handshake(Done done) override {
        net::post(m_socket.get_executor(), [done = std::move(done)] { done({}, 0); });
    }
    void readSome(net::mutable_buffer buffer, Done done) override {
        m_socket.async_read_some(buffer, std::move(done));
    }
    void writeSome(const std::vector<net::const_buffer>& buffers, Done done) override {
        m_socket.async_write_some(buffers, std::move(done));
    }
    void endWriting(Done done) override {
        error_code error;
        m_socket.shutdown(Socket::shutdown_send, error);
        net::post(m_socket.get_executor(),
                  [error, done = std::move(done)] { done(error, 0); });
    }
    Socket& socket() override { return m_socket; }

private:
    Socket m_socket;
};

class SecureTransport final : public Transport {
public:
    SecureTransport(Socket socket, std::shared_ptr<net::ssl::context> tls)
        : m_tls(std::move(tls))
        , m_stream(std::move(socket), *m_tls) {}

    void handshake(Done done) override {
        m_stream.async_handshake(net::ssl::stream_base::server,
                                 [done = std::move(done)](const error_code& error) {
                                     done(error, 0);
                                 });
    }
    void readSome(net::mutable_buffer buffer, Done done) override {
        m_stream.async_read_some(buffer, std::move(done));
    }
    void writeSome(const std::vector<net::const_buffer>& buffers, Done done) override {
        m_stream.async_write_some(buffers.front(), std::move(done));
    }
    void endWriting(Done done) override {
        // Waits for the client's farewell; that ends the read which is under way as well.
        m_stream.async_shutdown(
            [done = std::move(done)](const error_code& error) { done(error, 0); });
    }
    Socket& socket() override { return m_stream.next_layer(); }

private:
    std::shared_ptr<net::ssl::context> m_tls;
    net::ssl::stream<Socket> m_stream;
};

Failure fileFailure(const std::string& path, const error_code& error) {
    std::error_code ignored;
    Error failure;
    failure.code = std::filesystem::exists(path, ignored) ? ErrorCode::Corrupt
                                                          : ErrorCode::NotFound;
    failure.path = path;
    failure.detail = error.message();
    return fail(std::move(failure));
}

} // namespace

std::unique_ptr<Transport> Transport::plain(Socket socket) {
    return std::make_unique<PlainTransport>(std::move(socket));
}

std::unique_ptr<Transport> Transport::secure(Socket socket,
                                             std::shared_ptr<net::ssl::context> tls) {
    return std::make_unique<SecureTransport>(std::move(socket), std::move(tls));
}

Result<std::shared_ptr<net::ssl::context>> openTls(const std::string& certificateFile,
                                                   const std::string& keyFile) {
    auto tls = std::make_shared<net::ssl::context>(net::ssl::context::tls_server);
    error_code error;
    tls->set_options(net::ssl::context::default_workarounds | net::ssl::context::no_tlsv1 |
                         net::ssl::context::no_tlsv1_1,
                     error);
    tls->use_certificate_chain_file(certificateFile, error);
    if (error)
        return fileFailure(certificateFile, error);
    tls->use_private_key_file(keyFile, net::ssl::context::pem, error);
    if (error)
        return fileFailure(keyFile, error);
    return tls;
}

} // namespace hearth::serve
