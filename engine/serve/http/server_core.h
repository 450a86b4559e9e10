#pragma once

#include "base/bounded_queue.h"
#include "hearth/server.h"
#include "serve/http/access_policy.h"
#include "serve/http/body_budget.h"
#include "serve/http/http_error.h"
#include "serve/http/http_server.h"
#include "serve/http/rate_limiter.h"
#include "serve/http/request_reader.h"
#include "serve/http/router.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth::serve {

/// One of the requests that generate at once, as long as it lives.
class GenerationSlot {
public:
    explicit GenerationSlot(std::shared_ptr<std::atomic<std::size_t>> count)
        : m_count(std::move(count)) {
        ++*m_count;
    }
    ~GenerationSlot() { --*m_count; }
    GenerationSlot(const GenerationSlot&) = delete;
    GenerationSlot& operator=(const GenerationSlot&) = delete;

private:
    std::shared_ptr<std::atomic<std::size_t>> m_count;
};

/// What the server thinks of a request whose head it has read.
struct Admission {
    std::optional<HttpResponse> refusal; ///< Also the answer to OPTIONS.
    const Route* route = nullptr;    ///< Null only with a refusal.
    std::vector<Header> commonHeaders; ///< Of whatever is answered: CORS.
    std::size_t bodyBytes = 0;         ///< That the route takes at most.
    std::unique_ptr<GenerationSlot> slot;
};

/// What all connections of a server share; outlives it as long as an exchange lives. Thread-safe.
class ServerCore {
public:
    ServerCore(ServerOptions options, std::shared_ptr<const Router> router, ServedHandler served);

    /// Fills what a head says of the request, also where it came in part: its method, headers,
    /// path, query and id. The result is its status in RequestTarget.
    static int identify(const RequestHead& head, HttpRequest& request);
    /// Decides about an identified request by head, access and limits; fills its parameters and
    /// key. `localAddress`: where the client reached the server.
    Admission admit(const RequestHead& head, int targetStatus, std::string_view localAddress,
                    HttpRequest& request);
    /// The 503 of bodies that BodyBudget has no room for.
    [[nodiscard]] static ServerError bodiesFull();
    [[nodiscard]] ErrorDialect dialectAt(std::string_view path) const {
        return m_router->dialectAt(path.substr(0, path.find('?'))); // of a target as it came
    }
    /// Tells of a request whose answer is over, unless the server has let go.
    void tell(const Served& served) const;
    /// Lets go of the routes, with all that their handlers own, and of whoever is told. Exchanges
    /// may live on in the hands of engines; what they own must not go there. To be called when no
    /// network or worker thread runs any more.
    void letGo();

    const ServerOptions options;
    BoundedQueue<std::function<void()>> tasks;
    std::atomic<bool> draining = false;
    std::atomic<std::size_t> connections = 0;
    std::atomic<std::size_t> exchanges = 0; ///< Whose answer is not over.
    BodyBudget bodies;

private:
    using Refusal = std::optional<ServerError>;

    Refusal judgeHost(const RequestHead& head, std::string_view localAddress) const;
    Refusal judgeOrigin(const RequestHead& head, std::vector<Header>& common) const;
    [[nodiscard]] HttpResponse preflight(const RequestHead& head) const;
    Refusal judgeRoute(const RequestHead& head, int targetStatus, HttpRequest& request,
                       Admission& admission);
    Refusal judgeKey(const RequestHead& head, HttpRequest& request) const;
    Refusal judgeBody(const RequestHead& head, std::size_t most) const;
    Refusal judgeLoad(const HttpRequest& request, Admission& admission);

    std::shared_ptr<const Router> m_router;
    mutable std::shared_mutex m_servedMutex; ///< Guards the next.
    ServedHandler m_served;
    const AccessPolicy m_access;
    RateLimiter m_rates;
    std::shared_ptr<std::atomic<std::size_t>> m_generating =
        std::make_shared<std::atomic<std::size_t>>(0);
};

} // namespace hearth::serve
