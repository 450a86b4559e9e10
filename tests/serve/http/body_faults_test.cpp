#include "serve/support/raw_client.h"
#include "serve/support/test_server.h"

#include <gtest/gtest.h>

namespace hearth::test {

using namespace std::chrono_literals;

namespace {

constexpr const char* kPost = "POST /echo HTTP/1.1\r\nHost: localhost\r\n";

ServerOptions smallBodies() {
    ServerOptions options;
    options.limits.bodyBytes = 100000;
    return options;
}

/// Refused with this status, the connection closed, and the next client served.
void expectRefused(TestServer& server, const std::string& request, int status) {
    const int before = *server.handled;
    RawClient client(server.port());
    client.send(request);
    const RawAnswer answer = client.receive();
    EXPECT_EQ(answer.status, status) << request.substr(0, 200);
    EXPECT_TRUE(answer.body.starts_with(R"({"error":{"message":")")) << answer.body;
    client.endWriting();
    EXPECT_TRUE(client.closedWithin(20s));
    EXPECT_EQ(*server.handled, before);
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("POST", "/echo", "ok")).body, "ok");
}

} // namespace

TEST(HttpFaults, fault_033_empty_body_arrives_as_empty) {
    TestServer server;
    for (const char* length : {"", "Content-Length: 0\r\n"}) {
        const RawAnswer answer = exchangeRaw(server.port(), std::string(kPost) + length + "\r\n");
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, "");
    }
}

TEST(HttpFaults, fault_040_body_over_the_cap) {
    TestServer server(smallBodies());
    expectRefused(server, std::string(kPost) + "Content-Length: 100001\r\n\r\n", 413);
    expectRefused(server, std::string(kPost) + "Content-Length: 18446744073709551615\r\n\r\n", 413);
    expectRefused(server,
                  std::string(kPost) + "Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n",
                  413);
    const std::string most(100000, 'x');
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("POST", "/echo", most)).body, most);
}

TEST(HttpFaults, fault_040_bodies_that_are_refused_reach_the_client_all_the_same) {
    TestServer server(smallBodies());
    RawClient client(server.port());
    client.send(makeRequest("POST", "/echo", std::string(8U << 20, 'x')));
    EXPECT_EQ(client.receive().status, 413);
}

TEST(HttpFaults, fault_040_lying_content_length) {
    ServerOptions options = smallBodies();
    options.limits.bodyTime = 1s;
    TestServer server(options);
    RawClient client(server.port());
    client.send(std::string(kPost) + "Content-Length: 10\r\n\r\nshort");
    EXPECT_EQ(client.receive().status, 408);
    EXPECT_EQ(*server.handled, 0);
    RawClient gone(server.port());
    gone.send(std::string(kPost) + "Content-Length: 10\r\n\r\nshort");
    gone.close();
    EXPECT_EQ(server.log(2)[1].status, 499);
    // What is too much is the next request, and no good one.
    RawClient more(server.port());
    more.send(std::string(kPost) + "Content-Length: 2\r\n\r\nokGARBAGE\r\n\r\n");
    EXPECT_EQ(more.receive().body, "ok");
    EXPECT_EQ(more.receive().status, 400);
}

TEST(HttpFaults, fault_040_content_lengths_that_differ_or_repeat) {
    TestServer server;
    for (const char* lengths :
         {"Content-Length: 2\r\nContent-Length: 3\r\n",
          "Content-Length: 2\r\nContent-Length: 2\r\n", "Content-Length: 2, 3\r\n",
          "Content-Length: -2\r\n", "Content-Length: +2\r\n", "Content-Length: 0x2\r\n",
          "Content-Length: 2 2\r\n", "Content-Length: \r\n",
          "Content-Length: 99999999999999999999\r\n", "Content-Length : 2\r\n"})
        expectRefused(server, std::string(kPost) + lengths + "\r\nok", 400);
}

TEST(HttpFaults, fault_040_content_length_and_transfer_encoding) {
    TestServer server;
    const std::string body = "\r\n2\r\nok\r\n0\r\n\r\n";
    expectRefused(server,
                  std::string(kPost) + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n" + body,
                  400);
    expectRefused(server,
                  std::string(kPost) + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n" + body,
                  400);
    expectRefused(server, std::string(kPost) + "Transfer-Encoding: gzip, chunked\r\n" + body, 501);
    expectRefused(server, std::string(kPost) + "Transfer-Encoding: chunked, identity\r\n" + body,
                  501);
    expectRefused(server, std::string(kPost) + "Transfer-Encoding: xchunked\r\n" + body, 501);
    expectRefused(server,
                  "POST /echo HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" + body,
                  400);
}

TEST(HttpFaults, fault_040_chunks_negative_endless_or_broken) {
    TestServer server(smallBodies());
    const std::string head = std::string(kPost) + "Transfer-Encoding: chunked\r\n\r\n";
    expectRefused(server, head + "-1\r\nx\r\n", 400);
    expectRefused(server, head + "zz\r\nx\r\n", 400);
    expectRefused(server, head + "2\r\nokX\r\n0\r\n\r\n", 400);
    expectRefused(server, head + "ffffffffffffffff\r\nx", 413);
    expectRefused(server, head + "1ffffffffffffffffffff\r\nx", 400);
    expectRefused(server, head + "1;" + std::string(100000, 'x'), 400);
    std::string endless = head;
    for (int i = 0; i < 200; ++i)
        endless += "3e8\r\n" + std::string(1000, 'x') + "\r\n";
    expectRefused(server, endless, 413);
}

TEST(HttpFaults, fault_040_bodies_have_a_budget_together) {
    ServerOptions options;
    options.limits.allBodiesBytes = 100000;
    TestServer server(options);
    const std::string head = std::string(kPost) + "Content-Length: 80000\r\n\r\n";
    const std::string most(79999, 'x');
    // What is alone too large for it will never fit.
    expectRefused(server, std::string(kPost) + "Content-Length: 100001\r\n\r\n", 413);
    auto first = std::make_unique<RawClient>(server.port());
    first->send(head + most);
    const auto isFull = [&] { // else it is told to go on
        const RawAnswer answer = exchangeRaw(
            server.port(),
            std::string(kPost) + "Content-Length: 80000\r\nExpect: 100-continue\r\n\r\n");
        return answer.status == 503 && answer.headers.contains("retry-after");
    };
    ASSERT_TRUE(eventually(isFull));
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("POST", "/echo", "small")).body, "small");
    // A length that is not told counts as it comes.
    RawClient chunked(server.port());
    chunked.send(std::string(kPost) + "Transfer-Encoding: chunked\r\n\r\n13880\r\n" + most);
    EXPECT_EQ(chunked.receive().status, 503);
    first->send("x");
    EXPECT_EQ(first->receive().body.size(), 80000U);
    EXPECT_TRUE(eventually([&] {
        return exchangeRaw(server.port(), makeRequest("POST", "/echo", most)).status == 200;
    }));
}

TEST(HttpFaults, fault_040_bodies_are_counted_until_their_requests_are_over) {
    ServerOptions options;
    options.limits.allBodiesBytes = 100000;
    TestServer server(options);
    auto hanging = std::make_unique<RawClient>(server.port());
    hanging->send(makeRequest("POST", "/hang", std::string(80000, 'x')));
    ASSERT_TRUE(eventually([&] { return *server.hanging == 1; }));
    const std::string request = makeRequest("POST", "/echo", std::string(30000, 'x'));
    EXPECT_EQ(exchangeRaw(server.port(), request).status, 503);
    hanging.reset();
    EXPECT_TRUE(eventually([&] { return exchangeRaw(server.port(), request).status == 200; }));
}

TEST(HttpFaults, fault_042_compressed_bodies_are_refused) {
    TestServer server;
    for (const char* coding : {"gzip", "deflate", "br", "zstd", "gzip, gzip"}) {
        const RawAnswer answer = exchangeRaw(
            server.port(), makeRequest("POST", "/echo", "\x1f\x8b bomb",
                                       std::string("Content-Encoding: ") + coding + "\r\n"));
        EXPECT_EQ(answer.status, 415);
    }
    EXPECT_EQ(exchangeRaw(server.port(),
                          makeRequest("POST", "/echo", "\x1f\x8b bomb",
                                      "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n"))
                  .status,
              415);
    EXPECT_EQ(*server.handled, 0);
    EXPECT_EQ(exchangeRaw(server.port(),
                          makeRequest("POST", "/echo", "plain", "Content-Encoding: Identity\r\n"))
                  .status,
              200);
}

TEST(HttpFaults, fault_040_routes_that_read_no_body_take_little) {
    TestServer server;
    const std::string large(100'000, 'x');
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("GET", "/plain", large)).status, 413);
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("GET", "/plain", "small")).status, 200);
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("POST", "/echo", large)).status, 200);
}

TEST(HttpFaults, fault_045_a_client_that_sends_far_ahead_gets_its_answers) {
    TestServer server;
    std::string ahead;
    for (int i = 0; i < 3000; ++i)
        ahead += makeRequest("GET", "/plain");
    ASSERT_GT(ahead.size(), 100'000U);
    RawClient client(server.port());
    ASSERT_TRUE(client.send(makeRequest("POST", "/echo", "first")));
    ASSERT_TRUE(client.send(ahead));
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(client.receive().status, 200) << i;
}

} // namespace hearth::test
