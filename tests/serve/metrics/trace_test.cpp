#include "serve/metrics/access_log.h"
#include "serve/metrics/trace_exporter.h"
#include "serve/support/test_server.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <mutex>

namespace hearth::test {

using namespace std::chrono_literals;
using namespace serve;
using Json = nlohmann::json;

namespace {

constexpr const char* kParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Keeps what is posted to /v1/traces.
struct Collector {
    Collector() {
        auto router = std::make_shared<Router>();
        Route route;
        route.method = Method::Post;
        route.path = "/v1/traces";
        route.handler = [this](const std::shared_ptr<Exchange>& exchange) {
            {
                const std::scoped_lock lock(mutex);
                const Json document = Json::parse(exchange->request().body);
                for (const Json& span :
                     document.at("/resourceSpans/0/scopeSpans/0/spans"_json_pointer))
                    spans.push_back(span);
            }
            exchange->respond({200, "application/json", "{}", {}});
        };
        router->add(std::move(route));
        ServerOptions options;
        options.port = 0;
        http = *HttpServer::start(options, router, [](const Served&) {});
    }
    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(http->port());
    }
    std::size_t count() {
        const std::scoped_lock lock(mutex);
        return spans.size();
    }

    std::mutex mutex;
    std::vector<Json> spans;
    std::unique_ptr<HttpServer> http;
};

struct TracedRequest {
    TracedRequest() {
        entry.at = std::chrono::system_clock::now() - 2s;
        entry.method = "POST";
        entry.status = 200;
        entry.path = "/v1/completions";
        times.received = std::chrono::steady_clock::now() - 2s;
        times.handled = times.received + 100ms;
        times.finished = times.received + 2s;
        note.model = "tiny";
        note.queueSeconds = 0.2;
        note.timeToFirstToken = 0.5;
        route.path = "/v1/completions";
        route.generates = true;
    }
    [[nodiscard]] Served served() const { return {entry, request, note, times, &route}; }

    ServedRequest entry;
    HttpRequest request;
    RequestNote note;
    RequestTimes times;
    Route route;
};

double seconds(const Json& span) {
    return (std::stod(span.at("endTimeUnixNano").get<std::string>()) -
            std::stod(span.at("startTimeUnixNano").get<std::string>())) /
           1e9;
}

} // namespace

TEST(TraceContext, TakesWhatIsWellFormedOnly) {
    const auto parsed = parseTraceParent(kParent);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->traceId, "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(parsed->parentSpan, "b7ad6b7169203331");
    EXPECT_TRUE(parsed->sampled);
    EXPECT_FALSE(
        parseTraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")->sampled);
    for (const char* text :
         {"", "00", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          "00-00000000000000000000000000000000-b7ad6b7169203331-01",
          "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
          "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
          "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01"})
        EXPECT_FALSE(parseTraceParent(text)) << text;
}

TEST(TraceExporter, SendsASpanForEachPhaseUnderTheCallersSpan) {
    Collector collector;
    TraceExporter exporter(collector.url());
    TracedRequest finished;
    finished.request.headers = {{"traceparent", kParent}};
    exporter.record(finished.served());
    ASSERT_TRUE(eventually([&] { return collector.count() == 5; }));
    const Json& root = collector.spans.front();
    EXPECT_EQ(root.at("name"), "POST /v1/completions");
    EXPECT_EQ(root.at("traceId"), "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(root.at("parentSpanId"), "b7ad6b7169203331");
    const std::vector<std::pair<std::string, double>> phases{
        {"validate", 0.1}, {"queue", 0.2}, {"prefill", 0.3}, {"decode", 1.4}};
    for (std::size_t i = 0; i < phases.size(); ++i) {
        const Json& span = collector.spans[i + 1];
        EXPECT_EQ(span.at("name"), phases[i].first);
        EXPECT_EQ(span.at("parentSpanId"), root.at("spanId"));
        EXPECT_NEAR(seconds(span), phases[i].second, 1e-4);
    }
    EXPECT_EQ(exporter.dropped(), 0U);
}

TEST(TraceExporter, LeavesOutWhatTheCallerDoesNotSample) {
    Collector collector;
    {
        TraceExporter exporter(collector.url());
        TracedRequest finished;
        finished.request.headers = {
            {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}};
        exporter.record(finished.served());
    }
    EXPECT_EQ(collector.count(), 0U);
}

TEST(TraceExporter, DropsAndNeverWaitsWhileTheCollectorIsAway) {
    TraceExporter exporter("http://127.0.0.1:1");
    const TracedRequest finished;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 20000; ++i)
        exporter.record(finished.served());
    EXPECT_LT(std::chrono::steady_clock::now() - start, 20s); // some milliseconds, else minutes
    EXPECT_TRUE(eventually([&] { return exporter.dropped() > 10000; }));
}

TEST(HttpFaults, fault_050_nothing_in_a_log_line_ends_it_or_steers_a_terminal) {
    ServedRequest entry;
    entry.path = "/models/a\r\n{\"status\":200}\x1b[2J\x7f";
    entry.agent = "\xff\xc2\x9b" "31m \xe2\x80\xae"; // no UTF-8, a C1 control, a bidi override
    entry.error = std::string("a\0b", 3);
    entry.model = "\n";
    const std::string line = accessLogLine(entry);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    for (const char byte : line.substr(0, line.size() - 1))
        EXPECT_TRUE(byte >= 0x20 && byte <= 0x7e) << int(byte);
    const Json parsed = Json::parse(line);
    EXPECT_EQ(parsed.at("status"), 0);
    EXPECT_EQ(parsed.at("error"), std::string("a\0b", 3));
}

TEST(AccessLog, AppendsALineForEachRequest) {
    const TemporaryFolder folder;
    const std::string path = (folder.path() / "access.jsonl").string();
    for (int round = 0; round < 2; ++round) {
        const auto log = AccessLog::open(path);
        ASSERT_TRUE(log);
        for (int i = 0; i < 100; ++i) {
            ServedRequest entry;
            entry.id = std::to_string(round * 100 + i);
            (*log)->write(entry);
        }
    }
    std::ifstream file(path);
    int count = 0;
    for (std::string line; std::getline(file, line); ++count)
        EXPECT_EQ(Json::parse(line).at("id"), std::to_string(count));
    EXPECT_EQ(count, 200);
    const auto missing = AccessLog::open((folder.path() / "no" / "such").string());
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::Io);
}

} // namespace hearth::test
