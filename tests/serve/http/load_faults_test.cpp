#include "serve/support/raw_client.h"
#include "serve/support/test_server.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace hearth::test {

using namespace std::chrono_literals;

namespace {

/// Sends a request and reads its first bytes.
std::unique_ptr<RawClient> begin(TestServer& server, const char* target) {
    auto client = std::make_unique<RawClient>(server.port());
    client->send(makeRequest("POST", target, "{}"));
    return client;
}

/// A request of another client is answered although limits for slow ones are minutes away.
void expectServes(TestServer& server) {
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("GET", "/plain")).status, 200);
}

} // namespace

TEST(HttpFaults, fault_043_slow_heads_and_bodies_hold_up_nobody) {
    ServerOptions options;
    options.limits.headerTime = 5min;
    options.limits.bodyTime = 5min;
    TestServer server(options);
    RawClient head(server.port());
    RawClient body(server.port());
    const RawClient silent(server.port());
    head.send("GET /plain HTTP/1.1\r\n");
    body.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 10; ++i) {
        head.send("a");
        body.send("a");
        expectServes(server);
    }
}

TEST(HttpFaults, fault_043_slow_heads_and_bodies_meet_a_deadline) {
    ServerOptions options;
    options.limits.headerTime = 1s;
    options.limits.bodyTime = 1s;
    TestServer server(options);
    RawClient head(server.port());
    RawClient body(server.port());
    RawClient silent(server.port());
    head.send("GET /plain HTTP/1.1\r\n");
    body.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n");
    EXPECT_TRUE(eventually([&] { // a byte now and then does not help
        head.send("a");
        body.send("a");
        return !head.peek().empty() && !body.peek().empty();
    }));
    EXPECT_EQ(head.receive().status, 408);
    EXPECT_EQ(body.receive().status, 408);
    EXPECT_TRUE(silent.closedWithin(20s));
}

TEST(HttpFaults, fault_043_a_reader_that_takes_nothing_is_cut_off) {
    ServerOptions options;
    options.limits.stallTime = 5min;
    options.limits.sendBufferBytes = 1U << 20;
    TestServer server(options);
    RawClient slow(server.port(), 4096);
    slow.send(makeRequest("POST", "/stream", "{}"));
    RawClient flooded(server.port(), 4096);
    flooded.send(makeRequest("POST", "/flood", "{}")); // writes more than the buffer at once
    const std::vector<ServedRequest> log = server.log(1);
    ASSERT_FALSE(log.empty());
    EXPECT_EQ(log.front().path, "/flood");
    EXPECT_EQ(log.front().error, "The client reads too slowly.");
    expectServes(server);
}

TEST(HttpFaults, fault_043_a_stalled_reader_meets_a_deadline) {
    ServerOptions options;
    options.limits.stallTime = 1s;
    TestServer server(options);
    RawClient client(server.port(), 4096);
    const std::string body(16U << 20, 'x');
    std::thread sending([&] { client.send(makeRequest("POST", "/echo", body)); });
    sending.join();
    const std::vector<ServedRequest> log = server.log(1);
    ASSERT_FALSE(log.empty());
    EXPECT_EQ(log.front().error, "The client reads too slowly.");
}

TEST(HttpFaults, fault_044_two_thousand_connections) {
    ServerOptions options;
    options.limits.connections = 500;
    TestServer server(options);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 500; ++i)
        clients.push_back(std::make_unique<RawClient>(server.port()));
    ASSERT_TRUE(eventually([&] { return server.http->connections() == 500; }));
    for (int i = 0; i < 1500; ++i) {
        RawClient more(server.port());
        ASSERT_TRUE(more.connected());
        const RawAnswer answer = more.receive();
        EXPECT_EQ(answer.status, 503);
        EXPECT_TRUE(answer.headers.contains("retry-after"));
    }
    for (const auto& client : clients) // who was there first is served
        ASSERT_TRUE(client->send(makeRequest("GET", "/plain")));
    for (const auto& client : clients)
        EXPECT_EQ(client->receive().status, 200);
    clients.clear();
    ASSERT_TRUE(eventually([&] { return server.http->connections() == 0; }));
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("GET", "/plain")).status, 200);
}

TEST(HttpFaults, fault_044_more_requests_than_are_taken) {
    ServerOptions options;
    options.limits.requests = 8;
    TestServer server(options);
    std::vector<std::unique_ptr<RawClient>> running;
    for (int i = 0; i < 8; ++i)
        running.push_back(begin(server, "/hang"));
    ASSERT_TRUE(eventually([&] { return *server.hanging == 8; }));
    const RawAnswer refused = exchangeRaw(server.port(), makeRequest("POST", "/hang", "{}"));
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.headers.at("retry-after"), "1");
    EXPECT_NE(refused.body.find("queue_full"), std::string::npos);
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("GET", "/plain")).status, 200);
    running.pop_back();
    ASSERT_TRUE(eventually([&] { return *server.hanging == 7; }));
    running.push_back(begin(server, "/hang"));
    EXPECT_TRUE(eventually([&] { return *server.hanging == 8; }));
}

TEST(HttpFaults, fault_045_a_disconnect_is_told_at_once_and_to_its_own_request_only) {
    TestServer server;
    std::vector<std::unique_ptr<RawClient>> waiting;
    std::vector<std::unique_ptr<RawClient>> streaming;
    for (int i = 0; i < 10; ++i) {
        waiting.push_back(begin(server, "/hang"));
        streaming.push_back(begin(server, "/stream"));
    }
    ASSERT_TRUE(eventually([&] { return *server.hanging == 10 && *server.streaming == 10; }));
    waiting[3]->close();
    waiting[4]->reset();
    streaming[5]->close();
    streaming[6]->reset();
    ASSERT_TRUE(eventually([&] { return *server.hanging == 8 && *server.streaming == 8; }));
    for (std::size_t i = 0; i < streaming.size(); ++i)
        if (i != 5 && i != 6) {
            EXPECT_FALSE(streaming[i]->receiveSome().empty());
        }
    EXPECT_EQ(*server.hanging, 8);
    EXPECT_EQ(*server.streaming, 8);
}

TEST(HttpFaults, fault_045_a_disconnect_amid_the_body) {
    TestServer server;
    for (int i = 0; i < 200; ++i) {
        RawClient client(server.port());
        client.send("POST /hang HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf");
    }
    EXPECT_TRUE(eventually([&] { return server.http->connections() == 0; }));
    EXPECT_EQ(*server.hanging, 0);
}

TEST(HttpFaults, fault_051_port_busy_is_an_error_that_names_it) {
    TestServer server;
    ServerOptions options;
    options.port = server.port();
    const auto second = serve::HttpServer::start(options, std::make_shared<serve::Router>(),
                                                 [](const serve::Served&) {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::Io);
    EXPECT_EQ(second.error().path, "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_EQ(second.error().detail, "Address already in use");
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("GET", "/plain")).status, 200);
}

TEST(HttpServer, CutsOffRequestsThatTakeTooLong) {
    ServerOptions options;
    options.limits.requestTime = 1s;
    TestServer server(options);
    const auto hanging = begin(server, "/hang");
    const auto streaming = begin(server, "/stream");
    EXPECT_EQ(hanging->receive().status, 504);
    EXPECT_EQ(*server.hanging, 0);
    EXPECT_TRUE(streaming->closedWithin(20s));
    EXPECT_TRUE(eventually([&] { return *server.streaming == 0; }));
}

} // namespace hearth::test
