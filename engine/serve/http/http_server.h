#pragma once

#include "hearth/server.h"
#include "serve/http/exchange.h"
#include "serve/http/router.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace hearth::serve {

/// When the parts of a request were over; unset where it did not come so far.
struct RequestTimes {
    using Point = std::chrono::steady_clock::time_point;
    Point received; ///< Its headers.
    Point read;     ///< Its body.
    Point handled;  ///< The handler returned.
    Point finished; ///< The answer was handed over, or given up.
};

/// A request whose answer is over.
struct Served {
    const ServedRequest& entry;
    const HttpRequest& request;
    const RequestNote& note;
    const RequestTimes& times;
    const Route* route; ///< Null where none was found.
};
/// Called on any thread of the server, or of a handler's that let go of its exchange; must return
/// at once.
using ServedHandler = std::function<void(const Served&)>;

/// Sockets, network threads and worker threads, without any knowledge of models. Functions may be
/// called from any thread.
class HttpServer {
public:
    /// Errors as Server::start().
    static Result<std::unique_ptr<HttpServer>> start(ServerOptions options,
                                                     std::shared_ptr<const Router> router,
                                                     ServedHandler served);
    virtual ~HttpServer() = default;

    [[nodiscard]] virtual std::uint16_t port() const = 0;
    [[nodiscard]] virtual std::size_t connections() const = 0;
    [[nodiscard]] virtual bool draining() const = 0;
    virtual void stop(std::chrono::milliseconds drain) = 0;
};

} // namespace hearth::serve
