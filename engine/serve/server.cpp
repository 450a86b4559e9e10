#include "hearth/server.h"

#include "serve/context.h"
#include "serve/http/http_server.h"
#include "serve/metrics/access_log.h"
#include "serve/metrics/metrics.h"
#include "serve/metrics/trace_exporter.h"

#include <utility>

namespace hearth {

namespace {

using namespace serve;

class LocalServer final : public Server {
public:
    LocalServer(std::unique_ptr<HttpServer> http, std::string url)
        : m_http(std::move(http))
        , m_url(std::move(url)) {}

    [[nodiscard]] std::uint16_t port() const override { return m_http->port(); }
    [[nodiscard]] std::string url() const override { return m_url; }
    [[nodiscard]] std::size_t connections() const override { return m_http->connections(); }
    void stop(std::chrono::milliseconds drain) override { m_http->stop(drain); }

private:
    const std::unique_ptr<HttpServer> m_http;
    const std::string m_url;
};

/// Where a program on this machine reaches the server.
std::string urlOf(const ServerOptions& options, std::uint16_t port) {
    std::string host = options.address;
    if (host == "0.0.0.0")
        host = "127.0.0.1";
    else if (host == "::")
        host = "[::1]";
    else if (host.find(':') != std::string::npos)
        host = "[" + host + "]";
    return (options.certificateFile.empty() ? "http://" : "https://") + host + ":" +
           std::to_string(port);
}

} // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options,
                                              std::shared_ptr<ModelPool> models,
                                              Observer observer) {
    const auto context = std::make_shared<Context>();
    context->options = options;
    context->models = std::move(models);
    context->metrics = std::make_shared<Metrics>(context->models, options.stallAfter);
    auto router = std::make_shared<Router>();
    for (const auto addRoutes : {addOperations, addOpenAi, addAnthropic, addLmDeploy, addTgi,
                                 addGenerate, addOllama, addLmStudio, addTools, addDocuments})
        addRoutes(*router, context);

    std::shared_ptr<AccessLog> log;
    if (!options.accessLogFile.empty()) {
        HEARTH_TRY_ASSIGN(log, AccessLog::open(options.accessLogFile));
    }
    std::shared_ptr<TraceExporter> traces;
    if (!options.traceEndpoint.empty())
        traces = std::make_shared<TraceExporter>(options.traceEndpoint);
    ServedHandler served = [metrics = context->metrics, log, traces,
                            observer = std::move(observer)](const Served& request) {
        metrics->record(request);
        if (log)
            log->write(request.entry);
        if (traces)
            traces->record(request);
        if (observer)
            observer(request.entry);
    };
    HEARTH_TRY_ASSIGN(std::unique_ptr<HttpServer> http,
                      HttpServer::start(options, std::move(router), std::move(served)));
    context->metrics->setServer(http.get());
    std::string url = urlOf(options, http->port());
    return std::unique_ptr<Server>(std::make_unique<LocalServer>(std::move(http), std::move(url)));
}

} // namespace hearth
