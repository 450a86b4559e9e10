#pragma once

#include "hearth/server.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth::serve {

enum class Method : std::uint8_t { Get, Head, Post, Put, Delete, Options, Other };

struct ErrorDialect;

struct Header {
    std::string name;
    std::string value;
};

/// A request that was read whole and let in.
struct HttpRequest {
    Method method = Method::Get;
    std::string path; ///< Percent-decoded, valid UTF-8, without query.
    std::map<std::string, std::string, std::less<>> query;
    std::map<std::string, std::string, std::less<>> parameters; ///< "{id}" of the route's path.
    std::vector<Header> headers; ///< Names in lower case.
    std::string body;
    std::string id;      ///< Of the request, for x-request-id and the log.
    std::string client;  ///< Address.
    std::string keyName; ///< Of the API key; empty without.

    /// Its first value, or nothing.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

struct HttpResponse {
    int status = 200;
    std::string contentType = "application/json";
    std::string body;
    std::vector<Header> headers; ///< Besides content-type and -length, CORS and x-request-id.
};

/// What the log, the metrics and the traces learn of a request from its handler.
struct RequestNote {
    std::string model;
    std::string error;
    std::int32_t promptTokens = 0;
    std::int32_t cachedTokens = 0;
    std::int32_t completionTokens = 0;
    double queueSeconds = 0.0;     ///< This and the next as RequestStatistics counts them.
    double timeToFirstToken = 0.0;
    double tokensPerSecond = 0.0;
    std::string finishReason; ///< "stop", "length", …; empty: by the status.
    /// When the engine got it; unset: when the handler returned.
    std::chrono::steady_clock::time_point submitted;
};

/// One request and its answer. Owned by shared_ptr: the connection holds it until the answer is
/// over, a handler as long as it still answers. Functions may be called from any thread and never
/// block. Either respond() once, or beginStream(), write()s and end(). What is written after the
/// client has gone is thrown away.
class Exchange {
public:
    virtual ~Exchange() = default;

    [[nodiscard]] virtual const HttpRequest& request() const = 0;

    virtual void respond(HttpResponse response) = 0;

    /// Sends the headers at once, the body follows in chunks.
    virtual void beginStream(int status, std::string contentType,
                             std::vector<Header> headers = {}) = 0;
    virtual void write(std::string bytes) = 0;
    virtual void end() = 0;

    /// Is called once if the client hangs up, reads too slowly, or the server stops, before the
    /// answer is over; at once if that is so already. On the exchange's executor.
    virtual void onAbort(std::function<void()> aborted) = 0;
    [[nodiscard]] virtual bool aborted() const = 0;

    /// Runs `work` on the network thread of this connection: in order, one at a time. It must be
    /// short.
    virtual void post(std::function<void()> work) = 0;
    /// Likewise after `delay`, unless the answer is over by then.
    virtual void postAfter(std::chrono::milliseconds delay, std::function<void()> work) = 0;

    /// How the server ends this answer if it must, in place of the path's dialect. Called by the
    /// handler before it answers.
    virtual void setDialect(const ErrorDialect& dialect) = 0;

    /// Later calls replace earlier ones.
    virtual void note(RequestNote note) = 0;
};

} // namespace hearth::serve
