#include "serve/http/server_core.h"

#include "serve/http/printable.h"
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
constexpr std::size_t kShownBytes = 200; ///< Of a header that an error repeats.

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

ServerError refused(int status, std::string message, std::string code = {}) {
    return {status, std::move(message), std::move(code), {}};
}

ServerError retryLater(int status, std::string message, std::string code, std::string seconds) {
    return {status, std::move(message), std::move(code), {{"retry-after", std::move(seconds)}}};
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
    const std::size_t most = std::min(limits.bodyBytes, limits.allBodiesBytes);
    return reads && route.access == Access::Key ? most : std::min(most, kSmallBody);
}

} // namespace

ServerCore::ServerCore(ServerOptions serverOptions, std::shared_ptr<const Router> routes,
                       ServedHandler servedHandler)
    : options(std::move(serverOptions))
    , tasks(kQueuedTasks)
    , bodies(options.limits.allBodiesBytes)
    , m_router(std::move(routes))
    , m_served(std::move(servedHandler))
    , m_access(options)
    , m_rates(options.limits.requestsPerMinute) {}

ServerCore::Refusal ServerCore::judgeHost(const RequestHead& head,
                                          std::string_view localAddress) const {
    const std::string_view host = head.value("host");
    if (head.count("host") > 1 || (host.empty() && head.http11))
        return refused(400, "The request needs one Host header.");
    if (host.empty() || m_access.allowsHost(host, localAddress))
        return std::nullopt;
    const std::string name = printable(hostOf(host), kShownBytes);
    return refused(403,
                   name.empty() ? "The Host header names no host."
                                : fmt::format("Requests for the host {0} are refused (against DNS "
                                              "rebinding); to allow it, start the server with "
                                              "--allow-hosts {0}.",
                                              name),
                   "host_not_allowed");
}

ServerCore::Refusal ServerCore::judgeOrigin(const RequestHead& head,
                                            std::vector<Header>& common) const {
    common.push_back({"vary", "origin"});
    const std::string_view origin = head.value("origin");
    if (head.count("origin") == 0)
        return std::nullopt;
    if (head.count("origin") > 1 || !m_access.allowsOrigin(origin, head.value("host")))
        return refused(403,
                       fmt::format("Web pages of {0} may not use the server; to allow them, start "
                                   "the server with --allow-origins {0}.",
                                   origin.empty() ? "\"\"" : printable(origin, kShownBytes)),
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

ServerCore::Refusal ServerCore::judgeKey(const RequestHead& head, HttpRequest& request) const {
    if (!m_access.demandsKey())
        return std::nullopt;
    const std::string_view authorization = head.value("authorization");
    const std::string_view plain = head.value("x-api-key");
    if (std::optional<std::string> name = m_access.keyName(authorization, plain)) {
        request.keyName = *std::move(name);
        return std::nullopt;
    }
    ServerError error =
        authorization.empty() && plain.empty()
            ? refused(401, "An API key is needed: send it as \"Authorization: Bearer KEY\" or "
                           "\"x-api-key: KEY\".",
                      "missing_api_key")
            : refused(401, "The API key is not one of this server's.", "invalid_api_key");
    error.headers.push_back({"www-authenticate", "Bearer"});
    return error;
}

ServerCore::Refusal ServerCore::judgeBody(const RequestHead& head, std::size_t most) const {
    if (std::any_of(head.headers.begin(), head.headers.end(), isCompressed))
        return refused(415, "Compressed request bodies are not taken.",
                       "unsupported_content_encoding");
    const std::uint64_t length = head.contentLength.value_or(0);
    if (length > most)
        return refused(413,
                       fmt::format("The request body has {} bytes; {} are taken.", length, most),
                       "body_too_large");
    if (!bodies.hasRoomFor(length))
        return bodiesFull();
    return std::nullopt;
}

ServerCore::Refusal ServerCore::judgeLoad(const HttpRequest& request, Admission& admission) {
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

ServerCore::Refusal ServerCore::judgeRoute(const RequestHead& head, int targetStatus,
                                           HttpRequest& request, Admission& admission) {
    Router::Match match;
    if (targetStatus == 0)
        match = m_router->match(head.method, request.path);
    admission.route = match.route;
    request.parameters = std::move(match.parameters);
    if (match.route == nullptr || match.route->access == Access::Key)
        if (Refusal refusal = judgeKey(head, request))
            return refusal;
    if (targetStatus == 400)
        return refused(400, "The path of the request is malformed.");
    if (match.route == nullptr && !match.allowed.empty()) {
        ServerError error = refused(405, "This path takes " + match.allowed + " only.",
                                    "method_not_allowed");
        error.headers.push_back({"allow", match.allowed + ", OPTIONS"});
        return error;
    }
    if (match.route == nullptr)
        return refused(404, head.methodName + " " + request.path + ": there is no such path.",
                       "not_found");
    if (Refusal refusal = judgeBody(head, bodyLimit(*match.route, options.limits)))
        return refusal;
    return match.route->generates ? judgeLoad(request, admission) : std::nullopt;
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

ServerError ServerCore::bodiesFull() {
    return retryLater(503, "The server holds as many request bodies as it takes; try again soon.",
                      "overloaded", kRetrySeconds);
}

int ServerCore::identify(const RequestHead& head, HttpRequest& request) {
    request.method = head.method;
    request.headers = head.headers;
    request.id = requestId(head.value("x-request-id"));
    RequestTarget target = parseTarget(head.target);
    request.path = target.status == 0 ? std::move(target.path) : head.target;
    request.query = std::move(target.query);
    return target.status;
}

Admission ServerCore::admit(const RequestHead& head, int targetStatus,
                            std::string_view localAddress, HttpRequest& request) {
    Admission admission;
    Refusal refusal = judgeHost(head, localAddress);
    if (!refusal)
        refusal = judgeOrigin(head, admission.commonHeaders);
    if (!refusal && head.method == Method::Options) {
        admission.refusal = preflight(head);
        return admission;
    }
    if (!refusal)
        refusal = judgeRoute(head, targetStatus, request, admission);
    if (admission.route != nullptr)
        admission.bodyBytes = bodyLimit(*admission.route, options.limits);
    if (refusal)
        admission.refusal = errorAnswer(dialectAt(request.path), *refusal);
    return admission;
}

} // namespace hearth::serve
