#pragma once

#include "serve/http/exchange.h"
#include "serve/http/http_error.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth::serve {

/// Answers a request, now or later; must not throw (what it throws becomes a 500).
using Handler = std::function<void(std::shared_ptr<Exchange>)>;

enum class Access : std::uint8_t {
    Open, ///< Also without a key: health, the page itself.
    Key,  ///< Where keys are demanded.
};

enum class RunOn : std::uint8_t {
    Network, ///< The network thread: returns within microseconds. Health must never wait.
    Worker,  ///< A worker thread: may parse megabytes, must not wait for a model.
};

/// What /openapi.json says of a route. Schemas are JSON texts (OpenAPI 3.1 = JSON Schema 2020-12)
/// or empty.
struct RouteDocument {
    std::string summary;
    std::string tag; ///< "OpenAI", "Anthropic", "LMDeploy", …
    std::string requestSchema;
    std::string responseSchema;
    bool streams = false; ///< May answer with text/event-stream.
};

struct Route {
    Method method = Method::Get;
    std::string path; ///< "/v1/models/{id}"; "{id...}" takes slashes too.
    Handler handler;
    RouteDocument document;
    Access access = Access::Key;
    RunOn runOn = RunOn::Worker;
    bool generates = false; ///< Counts towards ServerLimits::requests and the rate of a key.
};

/// The table of routes. Filled before the server starts, only read afterwards.
class Router {
public:
    /// A path that begins with "/v1/" also serves without that prefix, unless taken.
    void add(Route route);

    /// The server's own errors have this dialect at `path` and everything below, whether routes are
    /// there or not. The longest path counts; elsewhere it is OpenAI's. "/v1/…" as add() has it.
    void speakAt(std::string path, ErrorDialect dialect);
    [[nodiscard]] const ErrorDialect& dialectAt(std::string_view path) const;

    struct Match {
        const Route* route = nullptr; ///< Null: none has the path (404), or see allowed.
        std::map<std::string, std::string, std::less<>> parameters;
        std::string allowed; ///< "GET, HEAD" where the path exists for other methods (405).
    };
    /// HEAD finds GET's route.
    [[nodiscard]] Match match(Method method, std::string_view path) const;
    [[nodiscard]] const std::vector<Route>& routes() const { return m_routes; }

private:
    std::vector<Route> m_routes; ///< As added, aliases not among them.
    std::vector<Route> m_aliases;
    std::vector<std::pair<std::string, ErrorDialect>> m_dialects; ///< By path.
};

} // namespace hearth::serve
