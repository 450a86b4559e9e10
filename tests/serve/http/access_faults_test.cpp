#include "serve/http/access_policy.h"
#include "serve/support/raw_client.h"
#include "serve/support/test_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::test {

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

ServerOptions withKeys() {
    ServerOptions options;
    options.keys = {{"first", "secret-one"}, {"second", "secret-two"}};
    return options;
}

RawAnswer get(TestServer& server, const std::string& headers, const char* target = "/plain") {
    return exchangeRaw(server.port(), makeRequest("GET", target, "", headers));
}

RawAnswer getFrom(TestServer& server, const std::string& host, const std::string& headers = {}) {
    return exchangeRaw(server.port(),
                       "GET /plain HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "\r\n");
}

} // namespace

TEST(HttpFaults, fault_046_keys_missing_wrong_or_nearly_right) {
    TestServer server(withKeys());
    for (const char* headers :
         {"", "Authorization: Bearer \r\n", "Authorization: Bearer wrong\r\n",
          "Authorization: Bearer secret-on\r\n", "Authorization: Bearer secret-one2\r\n",
          "Authorization: Bearer SECRET-ONE\r\n", "Authorization: secret-one\r\n",
          "Authorization: Basic secret-one\r\n", "x-api-key: secret\r\n", "x-api-key: \r\n"}) {
        const RawAnswer answer = get(server, headers);
        EXPECT_EQ(answer.status, 401) << headers;
        EXPECT_EQ(answer.headers.at("www-authenticate"), "Bearer");
        EXPECT_NE(answer.body.find("api_key"), std::string::npos);
        EXPECT_EQ(answer.body.find("secret"), std::string::npos);
    }
    EXPECT_EQ(*server.handled, 0);
    EXPECT_EQ(get(server, "Authorization: Bearer secret-one\r\n").status, 200);
    EXPECT_EQ(get(server, "authorization: bearer   secret-two\r\n").status, 200);
    EXPECT_EQ(get(server, "X-Api-Key: secret-two\r\n").status, 200);
    EXPECT_EQ(server.log(13).back().key, "second");
}

TEST(HttpFaults, fault_046_odd_paths_need_the_key_too) {
    TestServer server(withKeys());
    for (const char* target : {"/nothing", "//plain", "/open/../plain", "/open//", "/plain?/open",
                               "/%6fpen/x", "/plain#/open", "/OPEN", "/open%00"})
        EXPECT_EQ(get(server, "", target).status, 401) << target;
    EXPECT_EQ(get(server, "", "/open").status, 200);
    EXPECT_EQ(get(server, "", "/open/").status, 200);
    EXPECT_EQ(get(server, "", "/%6fpen").status, 200);
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("DELETE", "/plain")).status, 401);
}

TEST(HttpAccess, TakesAnyKeyWhileNoneIsDemanded) {
    TestServer server;
    EXPECT_EQ(get(server, "Authorization: Bearer whatever\r\n").status, 200);
}

TEST(HttpFaults, fault_047_foreign_host_names) {
    TestServer server;
    for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                             "localhost:80:80", "[::1", "localhost:99999999", "0.0.0.0", "10.0.0.1",
                             "localhost.", "user@localhost", "localhost:x"})
        EXPECT_EQ(getFrom(server, host).status, 403) << host;
    EXPECT_EQ(getFrom(server, "").status, 400);
    EXPECT_EQ(getFrom(server, "localhost", "Host: evil.example\r\n").status, 400);
    EXPECT_EQ(*server.handled, 0);
    EXPECT_THAT(getFrom(server, "Evil.example:80").body, HasSubstr("--allow-hosts evil.example."));
    for (const char* host : {"localhost", "LocalHost:1", "127.0.0.1", "127.0.0.1:23333", "[::1]",
                             "[::1]:8080"})
        EXPECT_EQ(getFrom(server, host).status, 200) << host;
}

TEST(HttpFaults, fault_047_hosts_that_are_allowed) {
    ServerOptions options;
    options.allowedHosts = {"Box.Lan"};
    TestServer server(options);
    EXPECT_EQ(getFrom(server, "box.lan:23333").status, 200);
    EXPECT_EQ(getFrom(server, "x.box.lan").status, 403);
}

TEST(HttpFaults, fault_047_foreign_and_null_origins) {
    TestServer server(withKeys());
    const std::string key = "x-api-key: secret-one\r\n";
    for (const char* origin : {"http://evil.example", "null", "https://localhost.evil.example",
                               "file://", "http://localhost@evil.example", "localhost", "",
                               "chrome-extension://abc"}) {
        const RawAnswer answer = get(server, key + "Origin: " + origin + "\r\n");
        EXPECT_EQ(answer.status, 403) << origin;
        EXPECT_FALSE(answer.headers.contains("access-control-allow-origin"));
    }
    EXPECT_THAT(get(server, key + "Origin: http://evil.example\r\n").body,
                HasSubstr("--allow-origins http://evil.example."));
    EXPECT_EQ(*server.handled, 0);
    for (const char* origin : {"http://localhost", "http://localhost:5173", "https://127.0.0.1:1",
                               "http://[::1]:3000"}) {
        const RawAnswer answer = get(server, key + "Origin: " + origin + "\r\n");
        EXPECT_EQ(answer.status, 200) << origin;
        EXPECT_EQ(answer.headers.at("access-control-allow-origin"), origin);
        EXPECT_EQ(answer.headers.at("vary"), "origin");
    }
    const RawAnswer unauthorised = get(server, "Origin: http://localhost:5173\r\n");
    EXPECT_EQ(unauthorised.status, 401);
    EXPECT_EQ(unauthorised.headers.at("access-control-allow-origin"), "http://localhost:5173");
}

TEST(HttpFaults, fault_047_preflight) {
    ServerOptions options = withKeys();
    options.allowedOrigins = {"https://chat.example"};
    TestServer server(options);
    const auto preflight = [&](const std::string& origin) {
        return exchangeRaw(server.port(),
                           makeRequest("OPTIONS", "/plain", "",
                                       "Origin: " + origin +
                                           "\r\nAccess-Control-Request-Method: POST\r\n"
                                           "Access-Control-Request-Headers: authorization, "
                                           "x-stainless-os\r\n"
                                           "Access-Control-Request-Private-Network: true\r\n"));
    };
    const RawAnswer allowed = preflight("https://chat.example");
    EXPECT_EQ(allowed.status, 204);
    EXPECT_EQ(allowed.headers.at("access-control-allow-origin"), "https://chat.example");
    EXPECT_EQ(allowed.headers.at("access-control-allow-headers"), "authorization, x-stainless-os");
    EXPECT_EQ(allowed.headers.at("access-control-allow-private-network"), "true");
    EXPECT_FALSE(allowed.headers.contains("access-control-allow-credentials"));
    const RawAnswer foreign = preflight("https://evil.example");
    EXPECT_EQ(foreign.status, 403);
    EXPECT_FALSE(foreign.headers.contains("access-control-allow-private-network"));
}

TEST(HttpAccess, LimitsTheRateOfEachKey) {
    ServerOptions options = withKeys();
    options.limits.requestsPerMinute = 3;
    TestServer server(options);
    std::vector<int> statuses;
    for (int i = 0; i < 4; ++i) {
        RawClient client(server.port());
        client.send(makeRequest("POST", "/hang", "{}", "x-api-key: secret-one\r\n"));
        statuses.push_back(i < 3 ? 0 : client.receive().status);
        if (i < 3) {
            ASSERT_TRUE(eventually([&] { return *server.hanging == 1; }));
        }
        client.close();
        ASSERT_TRUE(eventually([&] { return *server.hanging == 0; }));
    }
    EXPECT_EQ(statuses.back(), 429);
    RawClient other(server.port());
    other.send(makeRequest("POST", "/hang", "{}", "x-api-key: secret-two\r\n"));
    EXPECT_TRUE(eventually([&] { return *server.hanging == 1; }));
}

TEST(HttpAccess, DemandsAKeyBeyondLoopback) {
    ServerOptions options;
    options.port = 0;
    for (const char* address : {"0.0.0.0", "::", "192.168.1.1"}) {
        options.address = address;
        const auto started = serve::HttpServer::start(
            options, std::make_shared<serve::Router>(), [](const serve::Served&) {});
        ASSERT_FALSE(started);
        EXPECT_EQ(started.error().code, ErrorCode::InvalidArgument);
        EXPECT_EQ(started.error().field, "keys");
    }
    EXPECT_TRUE(serve::isLoopback("127.1.2.3"));
    EXPECT_TRUE(serve::isLoopback("::1"));
    EXPECT_FALSE(serve::isLoopback("128.0.0.1"));
}

} // namespace hearth::test
