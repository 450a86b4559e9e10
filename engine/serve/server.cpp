#include "hearth/server.h"

#include "serve/context.h"
#include "serve/http/access_policy.h"
#include "serve/http/http_server.h"
#include "serve/http/interface_addresses.h"
#include "serve/metrics/access_log.h"
#include "serve/metrics/metrics.h"
#include "serve/metrics/trace_exporter.h"

#include <utility>

namespace hearth {

namespace {

using namespace serve;

class LocalServer final : public Server {
public:
    LocalServer(std::unique_ptr<HttpServer> http, const ServerOptions& options)
        : m_http(std::move(http))
        , m_address(options.address == "localhost" ? "127.0.0.1" : options.address)
        , m_scheme(options.certificateFile.empty() ? "http://" : "https://") {}

    [[nodiscard]] std::uint16_t port() const override { return m_http->port(); }
    [[nodiscard]] std::string url() const override { return urlAt(localHost()); }
    [[nodiscard]] std::vector<std::string> networkUrls() const override {
        std::vector<std::string> urls;
        if (m_address == "0.0.0.0" || m_address == "::")
            for (const std::string& address : interfaceAddresses(
                     m_address == "::" ? AddressFamily::Both : AddressFamily::Four))
                urls.push_back(urlAt(address));
        else if (!isLoopback(m_address))
            urls.push_back(url());
        return urls;
    }
    [[nodiscard]] std::size_t connections() const override { return m_http->connections(); }
    void stop(std::chrono::milliseconds drain) override { m_http->stop(drain); }

private:
    [[nodiscard]] std::string urlAt(const std::string& host) const {
        return m_scheme + host + ":" + std::to_string(port());
    }
    /// A host by which a program on this machine reaches the server.
    [[nodiscard]] std::string localHost() const {
        if (m_address == "0.0.0.0")
            return "127.0.0.1";
        if (m_address == "::")
            return "[::1]";
        return m_address.find(':') == std::string::npos ? m_address : "[" + m_address + "]";
    }

    const std::unique_ptr<HttpServer> m_http;
    const std::string m_address;
    const std::string m_scheme;
};

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
    return std::unique_ptr<Server>(std::make_unique<LocalServer>(std::move(http), options));
}

} // namespace hearth
