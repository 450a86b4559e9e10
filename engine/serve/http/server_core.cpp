#include "serve/http/server_core.h"

#include "serve/http/http_error.h"
#include "serve/http/request_target.h"

#include <algorithm>
#include <cctype>
#include <random>
#include <utility>

#include <fmt/format.h>

namespace hearth::serve {

namespace {

constexpr std::size_t kQueuedTasks = 4096;
constexpr const char* kRetrySeconds = "1";

bool isToken(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

/// The client's own id if it can stand in headers and logs, else a new one.
std::string requestId(std::string_view given) {
    if (!given.empty() && given.size() <= 128 && std::all_of(given.begin(), given.end(), isToken))
        return std::string(given);
    thread_local std::mt19937_64 random{std::random_device{}()};
    return fmt::format("req-{:016x}{:016x}", random(), random());
}

HttpResponse retryLater(int status, std::string_view message, std::string_view code,
                        std::string seconds) {
    HttpResponse response = httpError(status, message, code);
    response.headers.push_back({"retry-after", std::move(seconds)});
    return response;
}

/// A list of header names that a browser asks for, if it is one.
bool isHeaderList(std::string_view text) {
    return text.size() <= 2048 && std::all_of(text.begin(), text.end(), [](char c) {
               return isToken(c) || c == ',' || c == ' ';
           });
}

bool isCompressed(const Header& header) {
    constexpr std::string_view kPlain = "identity";
    return header.name == "content-encoding" && !header.value.empty() &&
           !std::equal(header.value.begin(), header.value.end(), kPlain.begin(), kPlain.end(),
                       [](unsigned char a, char b) { return std::tolower(a) == b; });
}

constexpr std::size_t kSmallBody = 64U << 10;

/// Routes that read no body, or that whoever has no key may ask, take next to none.
std::size_t bodyLimit(const Route& route, const ServerLimits& limits) {
    const bool reads = route.method == Method::Post || route.method == Method::Put;
    return reads && route.access == Access::Key ? limits.bodyBytes
                                                : std::min(limits.bodyBytes, kSmallBody);
}

} // namespace

ServerCore::ServerCore(ServerOptions serverOptions, std::shared_ptr<const Router> routes,
                       ServedHandler servedHandler)
    : options(std::move(serverOptions))
    , tasks(kQueuedTasks)
    , m_router(std::move(routes))
    , m_served(std::move(servedHandler))
    , m_access(options)
    , m_rates(options.limits.requestsPerMinute) {}

std::optional<HttpResponse> ServerCore::judgeOrigins(const RequestHead& head,
                                                     std::string_view localAddress,
                                                     std::vector<Header>& common) const {
    const std::string_view host = head.value("host");
    if (head.count("host") > 1 || (host.empty() && head.http11))
        return httpError(400, "The request needs one Host header.");
    if (!host.empty() && !m_access.allowsHost(host, localAddress))
        return httpError(403, "This host name is not allowed here; the server has an option that "
                              "allows more.",
                         "host_not_allowed");
    common.push_back({"vary", "origin"});
    const std::string_view origin = head.value("origin");
    if (head.count("origin") == 0)
        return std::nullopt;
    if (head.count("origin") > 1 || !m_access.allowsOrigin(origin, host))
        return httpError(403, "Web pages of this origin may not use the server; it has an option "
                              "that allows more.",
                         "origin_not_allowed");
    common.push_back({"access-control-allow-origin",
                      m_access.allowsAnyOrigin() ? "*" : std::string(origin)});
    common.push_back({"access-control-expose-headers", "x-request-id, retry-after"});
    return std::nullopt;
}

HttpResponse ServerCore::preflight(const RequestHead& head) const {
    HttpResponse response;
    response.status = 204;
    response.headers.push_back({"allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS"});
    response.headers.push_back(
        {"access-control-allow-methods", "GET, HEAD, POST, PUT, DELETE, OPTIONS"});
    const std::string_view asked = head.value("access-control-request-headers");
    response.headers.push_back({"access-control-allow-headers",
                                !asked.empty() && isHeaderList(asked)
                                    ? std::string(asked)
                                    : "authorization, content-type, x-api-key, x-request-id"});
    response.headers.push_back({"access-control-max-age", "600"});
    if (head.value("access-control-request-private-network") == "true")
        response.headers.push_back({"access-control-allow-private-network", "true"});
    return response;
}

std::optional<HttpResponse> ServerCore::judgeKey(const RequestHead& head,
                                                 HttpRequest& request) const {
    if (!m_access.demandsKey())
        return std::nullopt;
    const std::string_view authorization = head.value("authorization");
    const std::string_view plain = head.value("x-api-key");
    if (std::optional<std::string> name = m_access.keyName(authorization, plain)) {
        request.keyName = *std::move(name);
        return std::nullopt;
    }
    HttpResponse response =
        authorization.empty() && plain.empty()
            ? httpError(401, "An API key is needed: send it as \"Authorization: Bearer KEY\" or "
                             "\"x-api-key: KEY\".",
                        "missing_api_key")
            : httpError(401, "The API key is not one of this server's.", "invalid_api_key");
    response.headers.push_back({"www-authenticate", "Bearer"});
    return response;
}

std::optional<HttpResponse> ServerCore::judgeLoad(HttpRequest& request, Admission& admission) {
    if (draining)
        return retryLater(503, "The server is stopping.", "shutting_down", "5");
    const std::string& payer = request.keyName.empty() ? request.client : request.keyName;
    if (const std::int32_t wait = m_rates.take(payer, RateLimiter::Clock::now()); wait > 0)
        return retryLater(429, "Too many requests a minute.", "rate_limit_exceeded",
                          std::to_string(wait));
    admission.slot = std::make_unique<GenerationSlot>(m_generating);
    if (*m_generating > options.limits.requests) {
        admission.slot.reset();
        return retryLater(429, "The server has as many requests as it takes.", "queue_full",
                          kRetrySeconds);
    }
    return std::nullopt;
}

void ServerCore::tell(const Served& served) const {
    const std::shared_lock lock(m_servedMutex);
    if (m_served)
        m_served(served);
}

void ServerCore::letGo() {
    const std::shared_ptr<const Router> router = std::exchange(m_router, nullptr);
    ServedHandler served;
    const std::unique_lock lock(m_servedMutex);
    served.swap(m_served);
}

Admission ServerCore::admit(const RequestHead& head, std::string_view localAddress,
                            HttpRequest& request) {
    Admission admission;
    request.method = head.method;
    request.headers = head.headers;
    request.id = requestId(head.value("x-request-id"));
    admission.refusal = judgeOrigins(head, localAddress, admission.commonHeaders);
    RequestTarget target = parseTarget(head.target);
    request.path = target.status == 0 ? target.path : head.target;
    request.query = std::move(target.query);
    if (admission.refusal)
        return admission;
    if (head.method == Method::Options) {
        admission.refusal = preflight(head);
        return admission;
    }
    Router::Match match;
    if (target.status == 0)
        match = m_router->match(head.method, request.path);
    admission.route = match.route;
    if (match.route != nullptr)
        admission.bodyBytes = bodyLimit(*match.route, options.limits);
    request.parameters = std::move(match.parameters);
    if (match.route == nullptr || match.route->access == Access::Key)
        admission.refusal = judgeKey(head, request);
    if (admission.refusal)
        return admission;
    if (target.status == 400) {
        admission.refusal = httpError(400, "The path of the request is malformed.");
    } else if (match.route == nullptr && !match.allowed.empty()) {
        admission.refusal = httpError(405, "This path takes " + match.allowed + " only.",
                                      "method_not_allowed");
        admission.refusal->headers.push_back({"allow", match.allowed + ", OPTIONS"});
    } else if (match.route == nullptr) {
        admission.refusal =
            httpError(404, head.methodName + " " + request.path + ": there is no such path.",
                      "not_found");
    } else if (std::any_of(head.headers.begin(), head.headers.end(), isCompressed)) {
        admission.refusal = httpError(415, "Compressed request bodies are not taken.",
                                      "unsupported_content_encoding");
    } else if (const std::size_t most = bodyLimit(*match.route, options.limits);
               head.contentLength.value_or(0) > most) {
        admission.refusal = httpError(
            413, fmt::format("The request body has {} bytes; {} are taken.", *head.contentLength,
                             most),
            "body_too_large");
    } else if (match.route->generates) {
        admission.refusal = judgeLoad(request, admission);
    }
    return admission;
}

} // namespace hearth::serve
