#pragma once

#include "hearth/result.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace boost::asio::ssl {
class context;
}

namespace hearth::serve {

/// A connected socket, plain or under TLS. One thread. `Done` gets an error or the bytes moved; one
/// read and one write may be under way at a time.
class Transport {
public:
    using Done = std::function<void(const boost::system::error_code&, std::size_t)>;
    using Socket = boost::asio::ip::tcp::socket;

    virtual ~Transport() = default;

    virtual void handshake(Done done) = 0;
    virtual void readSome(boost::asio::mutable_buffer buffer, Done done) = 0;
    virtual void writeSome(const std::vector<boost::asio::const_buffer>& buffers, Done done) = 0;
    /// Tells the client that nothing more comes.
    virtual void endWriting(Done done) = 0;
    virtual Socket& socket() = 0;

    static std::unique_ptr<Transport> plain(Socket socket);
    static std::unique_ptr<Transport> secure(Socket socket,
                                             std::shared_ptr<boost::asio::ssl::context> tls);
};

/// Reads certificate chain and key. Errors: NotFound, Corrupt (with `path`).
Result<std::shared_ptr<boost::asio::ssl::context>> openTls(const std::string& certificateFile,
                                                           const std::string& keyFile);

} // namespace hearth::serve
