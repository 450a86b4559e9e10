#pragma once

#include "hearth/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hearth {

class ModelPool;

/// A key that a client may show, as "Authorization: Bearer SECRET" or "x-api-key: SECRET".
struct ApiKey {
    std::string name; ///< What logs and rates call it.
    std::string secret;
};

/// What the server takes from a client before it refuses or hangs up.
struct ServerLimits {
    std::size_t bodyBytes = std::size_t{32} << 20;
    /// Of all requests that are read or answered at once; more get 503.
    std::size_t allBodiesBytes = std::size_t{256} << 20;
    std::size_t headerBytes = 16U << 10; ///< Request line and headers together.
    std::size_t connections = 4096;
    std::size_t requests = 1024;         ///< That generate at once, waiting ones included; 429.
    std::size_t sendBufferBytes = std::size_t{4} << 20; ///< Unsent bytes of a stream, at most.
    std::chrono::seconds headerTime{10};  ///< For the whole of the headers.
    std::chrono::seconds bodyTime{60};    ///< For the whole of the body.
    std::chrono::seconds idleTime{75};    ///< Between two requests of a connection.
    std::chrono::seconds stallTime{30};   ///< A reader that takes nothing for so long is cut off.
    std::chrono::seconds requestTime{0};  ///< For a whole request; 0: no limit.
    std::int32_t requestsPerMinute = 0;   ///< Of each key (without keys: address); 0: no limit.
};

struct ServerOptions {
    std::string address = "127.0.0.1"; ///< An IP address; beyond loopback keys are demanded.
    std::uint16_t port = 23333;        ///< 0: a free one, see Server::port().
    std::vector<ApiKey> keys;          ///< Empty: whoever reaches the server may use it.
    /// Web pages that may use the server, as "https://host:port"; "*": any. Pages of the server
    /// itself and of this machine (http://localhost:*, http://127.0.0.1:*) may always.
    std::vector<std::string> allowedOrigins;
    /// Names besides loopback's and the bound address that a Host header may have, without port
    /// (against DNS rebinding).
    std::vector<std::string> allowedHosts;
    std::string certificateFile; ///< PEM chain; with keyFile: TLS. Empty: plain HTTP.
    std::string keyFile;         ///< PEM.
    ServerLimits limits;
    std::int32_t networkThreads = 1;
    std::int32_t workerThreads = 2;   ///< Read and check bodies, render templates.
    std::string accessLogFile;        ///< One JSON object a line is appended. Empty: none.
    std::string traceEndpoint;        ///< OTLP/HTTP collector, "http://host:4318". Empty: none.
    std::chrono::seconds stallAfter{30}; ///< A step of so long makes /health say 503.
    bool keepBodies = false; ///< ServedRequest::body, for the window.
};

/// What the log keeps of a request, told when its answer is over.
struct ServedRequest {
    std::chrono::system_clock::time_point at; ///< When its headers had come.
    std::string id;       ///< Also in the answer's x-request-id.
    std::string client;   ///< Address.
    std::string agent;    ///< User-Agent, cut to 200 bytes.
    std::string key;      ///< Name of the key; empty without.
    std::string method;
    std::string path;
    int status = 0;       ///< 499: the client hung up.
    double seconds = 0.0; ///< Until the last byte was handed over.
    std::uint64_t sentBytes = 0;
    std::string model;
    std::string error; ///< One sentence; empty if all went well.
    std::int32_t promptTokens = 0;
    std::int32_t cachedTokens = 0;
    std::int32_t completionTokens = 0;
    double timeToFirstToken = 0.0; ///< Seconds.
    double tokensPerSecond = 0.0;
    std::string body; ///< Of the request, cut to 64 KiB, if ServerOptions::keepBodies.
};

/// The REST server: owns its sockets and threads, uses the pool's models. Functions may be called
/// from any thread. Destroying it is stop() without time.
class Server {
public:
    /// Called on a thread of the server; must return at once.
    using Observer = std::function<void(const ServedRequest&)>;

    /// Binds and serves. Errors: InvalidArgument (an option; a bind beyond loopback without keys),
    /// Io with the address in `path` (port busy, address not here), NotFound or Corrupt
    /// (certificate).
    static Result<std::unique_ptr<Server>> start(ServerOptions options,
                                                 std::shared_ptr<ModelPool> models,
                                                 Observer observer = {});
    virtual ~Server() = default;

    [[nodiscard]] virtual std::uint16_t port() const = 0;
    /// Where programs on this machine reach it: "http://127.0.0.1:23333".
    [[nodiscard]] virtual std::string url() const = 0;
    /// Where other devices do, as far as the machine's addresses tell now; empty for a bind to
    /// loopback. They need a key.
    [[nodiscard]] virtual std::vector<std::string> networkUrls() const = 0;
    [[nodiscard]] virtual std::size_t connections() const = 0;
    /// Takes no more connections and lets running requests end for `drain`. Then answers end with
    /// an error in their API's shape, and who has not read that a second later is cut off.
    virtual void stop(std::chrono::milliseconds drain) = 0;
};

} // namespace hearth
