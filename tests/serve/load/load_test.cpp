#include "serve/http/http_server.h"
#include "serve/load/stream_clients.h"
#include "serve/support/raw_client.h"
#include "serve/support/test_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace hearth::test {

using namespace std::chrono_literals;
using namespace serve;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kIdle = 1000;
constexpr int kStreams = 256;
constexpr int kLines = 100;
constexpr std::chrono::milliseconds kStep = 20ms; ///< 50 lines a second and stream.

std::string lineOf(int number) {
    return "data: " + std::to_string(number) + " " +
           std::to_string(std::chrono::nanoseconds(Clock::now().time_since_epoch()).count()) +
           "\n\n";
}

/// A server whose streams are fed as an engine does it: by one thread, all in each step.
struct StreamingServer {
    StreamingServer() {
        auto router = std::make_shared<Router>();
        Route stream;
        stream.method = Method::Post;
        stream.path = "/stream";
        stream.generates = true;
        stream.handler = [this](const std::shared_ptr<Exchange>& exchange) {
            exchange->beginStream(200, "text/event-stream");
            const std::scoped_lock lock(mutex);
            waiting.push_back(exchange);
        };
        router->add(std::move(stream));
        Route health;
        health.path = "/health";
        health.runOn = RunOn::Network;
        health.handler = [](const auto& exchange) { exchange->respond({}); };
        router->add(std::move(health));
        ServerOptions options;
        options.port = 0;
        http = *HttpServer::start(options, router, [](const Served&) {});
    }

    std::vector<std::shared_ptr<Exchange>> takeAll() {
        eventually([&] {
            const std::scoped_lock lock(mutex);
            return waiting.size() == std::size_t(kStreams);
        });
        const std::scoped_lock lock(mutex);
        return std::exchange(waiting, {});
    }

    std::mutex mutex;
    std::vector<std::shared_ptr<Exchange>> waiting;
    std::unique_ptr<HttpServer> http;
};

void feed(const std::vector<std::shared_ptr<Exchange>>& streams) {
    auto next = Clock::now();
    for (int line = 0; line < kLines; ++line) {
        std::this_thread::sleep_until(next += kStep);
        for (const std::shared_ptr<Exchange>& stream : streams)
            stream->write(lineOf(line));
    }
    for (const std::shared_ptr<Exchange>& stream : streams)
        stream->end();
}

std::vector<std::unique_ptr<RawClient>> connectIdle(std::uint16_t port, const char* bytes) {
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < kIdle; ++i) {
        clients.push_back(std::make_unique<RawClient>(port));
        clients.back()->send(bytes);
    }
    return clients;
}

void report(const char* what, const std::vector<double>& milliseconds) {
    std::printf("%s, ms: p50 %.2f, p99 %.2f, most %.2f\n", what, percentile(milliseconds, 0.5),
                percentile(milliseconds, 0.99), percentile(milliseconds, 1.0));
}

} // namespace

TEST(HttpLoad, LosesNothingOf256StreamsBeside1000IdleConnections) {
    StreamingServer server;
    const auto idle = connectIdle(server.http->port(), "");
    StreamClients clients(server.http->port(), kStreams, makeRequest("POST", "/stream", "{}"));
    const std::vector<std::shared_ptr<Exchange>> streams = server.takeAll();
    ASSERT_EQ(streams.size(), std::size_t(kStreams));
    const auto start = Clock::now();
    const std::clock_t cpu = std::clock();
    std::thread engine([&] { feed(streams); });
    const StreamClients::Figures figures = clients.read(kLines, 30s);
    engine.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    std::printf("%d streams of %d lines at once beside %d idle connections: %.1f s, %.0f%% of a "
                "core for clients and server\n",
                figures.whole, kLines, kIdle, seconds,
                double(std::clock() - cpu) / CLOCKS_PER_SEC / seconds * 100.0);
    report("first byte after its write", figures.firstByte);
    report("every line after its write", figures.everyLine);
    EXPECT_EQ(figures.whole, kStreams);
    // 5 ms is the aim, and what an idle machine shows; tests share theirs.
    EXPECT_LE(percentile(figures.firstByte, 0.5), 50.0);
    EXPECT_EQ(server.http->connections(), std::size_t(kIdle + kStreams));
    for (const auto& client : idle)
        ASSERT_TRUE(client->send(makeRequest("GET", "/health")));
    for (const auto& client : idle)
        ASSERT_EQ(client->receive().status, 200);
}

TEST(HttpLoad, HealthIsQuickUnderAThousandSlowClients) {
    StreamingServer server;
    const auto slow = connectIdle(server.http->port(), "POST /stream HTTP/1.1\r\nHost: local");
    std::atomic<bool> done = false;
    std::thread dripping([&] {
        while (!done)
            for (const auto& client : slow) {
                client->send("x");
                if (done)
                    break;
            }
    });
    std::vector<double> times;
    for (int i = 0; i < 500; ++i) {
        const auto start = Clock::now();
        EXPECT_EQ(exchangeRaw(server.http->port(), makeRequest("GET", "/health")).status, 200);
        times.push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    done = true;
    dripping.join();
    report("/health under 1,000 slow clients", times);
    EXPECT_LT(percentile(times, 0.99), 50.0);
}

TEST(HttpLoad, TenThousandDisconnectsLeaveNothing) {
    TestServer server;
    for (int i = 0; i < 10000; ++i) {
        RawClient client(server.port());
        ASSERT_TRUE(client.connected());
        client.send(makeRequest("POST", i % 2 == 0 ? "/hang" : "/stream", "{}"));
        if (i % 7 == 0)
            client.reset();
    }
    EXPECT_TRUE(eventually([&] { return server.http->connections() == 0; }, 10s));
    EXPECT_TRUE(eventually([&] { return *server.hanging == 0 && *server.streaming == 0; }));
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("GET", "/plain")).status, 200);
}

} // namespace hearth::test
