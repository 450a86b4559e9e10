#pragma once

#include "hearth/download.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hearth {

struct HttpRequest {
    std::string url;
    std::string bearer;                ///< Empty: no Authorization.
    bool headersOnly = false;          ///< HEAD
    std::optional<std::uint64_t> from; ///< Range: bytes=FROM-TO
    std::optional<std::uint64_t> to;   ///< The last byte; nothing: all that follow.
    std::string ifRange;               ///< ETag; empty: none.
};

struct HttpResponse {
    long status = 0;
    std::map<std::string, std::string> headers; ///< Names in lower case.
    std::string redirect;                       ///< The whole address of a Location; else empty.

    [[nodiscard]] std::string header(const std::string& name) const;
    [[nodiscard]] std::optional<std::uint64_t> number(const std::string& name) const;
};

/// HTTP(S) by libcurl, one request at a time, redirects told but not followed. Of one thread.
class HttpTransfer {
public:
    /// Both are called on the thread of run(); a failure ends the transfer and is its result.
    struct Receiver {
        std::function<Result<void>(const HttpResponse&)> begin; ///< Before the first byte; not of a
                                                                ///< redirect.
        std::function<Result<void>(const char*, std::size_t)> take;
    };

    HttpTransfer(const DownloadOptions& options, std::stop_token stop);
    ~HttpTransfer();
    HttpTransfer(const HttpTransfer&) = delete;
    HttpTransfer& operator=(const HttpTransfer&) = delete;

    /// Errors: Cancelled, NoNetwork, TlsFailed, WrongContent for an address that is none of http
    /// or https; those of the receiver. Without a receiver the body is not read.
    Result<HttpResponse> run(const HttpRequest& request, const Receiver& receiver = {});

private:
    class Call;
    const DownloadOptions m_options;
    const std::stop_token m_stop;
    struct Handles;
    std::unique_ptr<Handles> m_handles;
};

/// Scheme, host and port, in lower case with the port always there; empty for what is no http(s)
/// address. Two addresses of one origin are one server.
[[nodiscard]] std::string originOf(const std::string& url);
/// "hub.example" of "https://hub.example:443/x".
[[nodiscard]] std::string hostOf(const std::string& url);

} // namespace hearth
