#include "serve/support/raw_client.h"
#include "serve/support/test_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace hearth::test {

using namespace std::chrono_literals;

TEST(HttpServer, Answers) {
    TestServer server;
    const RawAnswer answer = exchangeRaw(server.port(), makeRequest("GET", "/plain"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.reason, "OK");
    EXPECT_EQ(answer.body, "plain");
    EXPECT_EQ(answer.headers.at("content-type"), "text/plain");
    EXPECT_TRUE(answer.headers.at("x-request-id").starts_with("req-"));
}

TEST(HttpServer, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
    TestServer server;
    RawClient client(server.port());
    std::string requests;
    for (int i = 0; i < 50; ++i)
        requests += makeRequest("POST", "/echo", "body " + std::to_string(i));
    ASSERT_TRUE(client.send(requests));
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(client.receive().body, "body " + std::to_string(i));
}

TEST(HttpServer, TakesBodiesByteByByte) {
    TestServer server;
    RawClient client(server.port());
    for (const char byte : makeRequest("POST", "/echo", R"({"a":1})"))
        ASSERT_TRUE(client.send(std::string_view(&byte, 1)));
    EXPECT_EQ(client.receive().body, R"({"a":1})");
}

TEST(HttpServer, JoinsChunks) {
    TestServer server;
    const RawAnswer answer =
        exchangeRaw(server.port(), makeRequest("POST", "/echo", "",
                                               "Transfer-Encoding: chunked\r\n") +
                                       "4;x=y\r\nabcd\r\n3\r\nefg\r\n0\r\nTrailer: t\r\n\r\n");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "abcdefg");
}

TEST(HttpServer, StreamsUntilTheClientGoes) {
    TestServer server;
    RawClient client(server.port());
    client.send(makeRequest("POST", "/stream", "{}")); // the alias of /v1/stream
    std::string got;
    while (got.find("tick\n\n") == std::string::npos) {
        const std::string more = client.receiveSome();
        ASSERT_FALSE(more.empty());
        got += more;
    }
    EXPECT_NE(got.find("transfer-encoding: chunked"), std::string::npos);
    EXPECT_EQ(*server.streaming, 1);
    client.close();
    EXPECT_TRUE(eventually([&] { return *server.streaming == 0; }));
    EXPECT_EQ(server.log(1).front().status, 499);
}

TEST(HttpServer, SpreadsConnectionsOverThreads) {
    ServerOptions options;
    options.networkThreads = 3;
    TestServer server(options);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 30; ++i) {
        clients.push_back(std::make_unique<RawClient>(server.port()));
        clients.back()->send(makeRequest("POST", "/stream", "{}"));
    }
    for (const auto& client : clients)
        EXPECT_FALSE(client->receiveSome().empty());
    EXPECT_EQ(*server.streaming, 30);
    clients.resize(15);
    EXPECT_TRUE(eventually([&] { return *server.streaming == 15; }));
    server.http->stop(0ms);
    EXPECT_EQ(*server.streaming, 0);
}

TEST(HttpServer, SpeaksHttp10) {
    TestServer server;
    RawClient client(server.port());
    client.send("GET /plain HTTP/1.0\r\n\r\n");
    const RawAnswer answer = client.receive();
    EXPECT_EQ(answer.body, "plain");
    EXPECT_EQ(answer.headers.at("connection"), "close");
    EXPECT_TRUE(client.closedWithin(20s));
    RawClient stream(server.port());
    stream.send("POST /flood HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
    const std::string head = stream.receiveSome();
    EXPECT_EQ(head.find("transfer-encoding"), std::string::npos);
}

TEST(HttpServer, AnswersHeadWithoutBody) {
    TestServer server;
    RawClient client(server.port());
    client.send(makeRequest("HEAD", "/plain"));
    const RawAnswer answer = client.receive(false);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.at("content-length"), "5");
    client.send(makeRequest("GET", "/plain"));
    EXPECT_EQ(client.receive().body, "plain");
}

TEST(HttpServer, SendsContinueWhereItIsExpected) {
    TestServer server;
    RawClient client(server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
                "Expect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.receive().status, 100);
    client.send("ok");
    EXPECT_EQ(client.receive().body, "ok");
}

TEST(HttpServer, SaysNotFoundAndWrongMethodInJson) {
    TestServer server;
    const RawAnswer unknown = exchangeRaw(server.port(), makeRequest("GET", "/nothing"));
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.headers.at("content-type"), "application/json");
    EXPECT_NE(unknown.body.find(R"({"error":{"message":)"), std::string::npos);
    const RawAnswer wrong = exchangeRaw(server.port(), makeRequest("DELETE", "/plain"));
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.headers.at("allow"), "GET, HEAD, OPTIONS");
}

TEST(HttpServer, ASlashAtTheEndOfAPathMeansNothing) {
    TestServer server;
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("GET", "/plain/")).body, "plain");
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("GET", "/models/a/b/?x=y")).body, "a/b");
}

TEST(HttpServer, SpeaksTheDialectOfThePath) {
    TestServer server;
    for (const char* path : {"/v1/stream", "/stream", "/v1/stream/", "/v1/stream/nothing?x=y"})
        EXPECT_EQ(exchangeRaw(server.port(), makeRequest("DELETE", path)).body.substr(0, 2), "40")
            << path;
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("DELETE", "/v1/streams")).body.front(), '{');
    RawClient unread(server.port());
    unread.send("POST /stream HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n");
    EXPECT_EQ(unread.receive().body, "400 in plain words");
}

TEST(HttpServer, LogsAndNumbersRequestsThatItCannotRead) {
    TestServer server;
    const RawAnswer answer = exchangeRaw(
        server.port(), "GET /plain HTTP/1.1\r\nUser-Agent: curl/8\r\nX-Request-Id: mine\r\n"
                       "Transfer-Encoding: gzip\r\n\r\n");
    EXPECT_EQ(answer.status, 501);
    EXPECT_EQ(answer.headers.at("x-request-id"), "mine");
    const ServedRequest entry = server.log(1).front();
    EXPECT_EQ(entry.id, "mine");
    EXPECT_EQ(entry.agent, "curl/8");
    EXPECT_EQ(entry.method, "GET");
    EXPECT_EQ(entry.path, "/plain");
}

TEST(HttpServer, TurnsWhatAHandlerThrowsIntoA500) {
    TestServer server;
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("GET", "/boom")).status, 500);
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("GET", "/plain")).status, 200);
}

TEST(HttpServer, TakesCleanRequestIdsOnly) {
    TestServer server;
    EXPECT_EQ(exchangeRaw(server.port(),
                          makeRequest("GET", "/plain", "", "X-Request-Id: mine-1\r\n"))
                  .headers.at("x-request-id"),
              "mine-1");
    EXPECT_NE(exchangeRaw(server.port(),
                          makeRequest("GET", "/plain", "", "X-Request-Id: a b\"\r\n"))
                  .headers.at("x-request-id"),
              "a b\"");
}

TEST(HttpServer, DrainsWhatRunsAndRefusesWhatComes) {
    TestServer server;
    RawClient idle(server.port());
    idle.send(makeRequest("GET", "/plain"));
    EXPECT_EQ(idle.receive().status, 200);
    RawClient running(server.port());
    running.send(makeRequest("POST", "/hang", "{}"));
    ASSERT_TRUE(eventually([&] { return *server.hanging == 1; }));
    std::thread stopping([&] { server.http->stop(30s); });
    EXPECT_TRUE(idle.closedWithin(20s));
    EXPECT_EQ(*server.hanging, 1);
    server.http->stop(0ms);
    stopping.join();
    EXPECT_EQ(*server.hanging, 0);
    EXPECT_FALSE(RawClient(server.port()).connected());
}

TEST(HttpServer, TellsWhoIsCutOffAtTheEndOfTheDrain) {
    TestServer server;
    RawClient waiting(server.port());
    waiting.send(makeRequest("POST", "/hang", "{}"));
    RawClient streaming(server.port());
    streaming.send(makeRequest("POST", "/stream", "{}"));
    RawClient sending(server.port());
    sending.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
                 "Expect: 100-continue\r\n\r\n");
    EXPECT_NE(sending.receiveSome().find("100 Continue"), std::string::npos);
    sending.send("half"); // stays unread, or is read: neither may cost the answer
    ASSERT_TRUE(eventually([&] { return *server.hanging == 1 && *server.streaming == 1; }));
    ASSERT_TRUE(eventually([&] { return server.http->connections() == 3; }));
    server.http->stop(0ms);
    EXPECT_EQ(waiting.receive().status, 503);
    const RawAnswer stream = streaming.receive();
    EXPECT_TRUE(stream.whole);
    EXPECT_TRUE(stream.body.ends_with("503 ends the stream")) << stream.body;
    EXPECT_TRUE(streaming.closedWithin(20s));
    EXPECT_EQ(sending.receive().status, 503);
    EXPECT_EQ(*server.hanging, 0);
    EXPECT_EQ(*server.streaming, 0);
    for (const ServedRequest& entry : server.log(3))
        EXPECT_THAT(entry.path, testing::StartsWith("/"));
}

TEST(HttpServer, AReaderThatTakesNothingDoesNotHoldUpTheStop) {
    TestServer server;
    RawClient slow(server.port(), 4096);
    slow.send(makeRequest("POST", "/echo", std::string(16U << 20, 'x')));
    ASSERT_TRUE(eventually([&] { return *server.handled == 1; }, 30s));
    const auto begin = std::chrono::steady_clock::now();
    server.http->stop(0ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s); // its stall time is 30 s
}

TEST(HttpServer, ASecondStopIsNotPatient) {
    TestServer server;
    RawClient running(server.port());
    running.send(makeRequest("POST", "/hang", "{}"));
    ASSERT_TRUE(eventually([&] { return *server.hanging == 1; }));
    const auto begin = std::chrono::steady_clock::now();
    std::thread stopping([&] { server.http->stop(30s); });
    EXPECT_TRUE(eventually([&] { return server.http->draining(); }));
    server.http->stop(0ms);
    stopping.join();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

} // namespace hearth::test
