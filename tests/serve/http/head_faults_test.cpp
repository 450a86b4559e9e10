#include "serve/support/raw_client.h"
#include "serve/support/test_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::test {

using namespace std::chrono_literals;

namespace {

int statusOf(TestServer& server, const std::string& request) {
    return exchangeRaw(server.port(), request).status;
}

} // namespace

TEST(HttpFaults, fault_041_header_of_a_megabyte) {
    TestServer server;
    EXPECT_EQ(statusOf(server, makeRequest("GET", "/plain", "",
                                           "X-Long: " + std::string(1U << 20, 'x') + "\r\n")),
              431);
    EXPECT_EQ(statusOf(server, makeRequest("GET", "/plain")), 200);
}

TEST(HttpFaults, fault_041_ten_thousand_headers) {
    TestServer server;
    std::string many;
    for (int i = 0; i < 10000; ++i)
        many += "a" + std::to_string(i) + ":\r\n";
    EXPECT_EQ(statusOf(server, makeRequest("GET", "/plain", "", many)), 431);
    std::string few;
    for (int i = 0; i < 200; ++i)
        few += "a" + std::to_string(i) + ":\r\n";
    EXPECT_EQ(statusOf(server, makeRequest("GET", "/plain", "", few)), 431);
}

TEST(HttpFaults, fault_041_long_uri) {
    TestServer server;
    EXPECT_EQ(statusOf(server, makeRequest("GET", "/" + std::string(9000, 'x'))), 414);
    EXPECT_EQ(statusOf(server, makeRequest("GET", "/" + std::string(1U << 20, 'x'))), 414);
    EXPECT_EQ(statusOf(server, makeRequest("GET", "/plain?" + std::string(5000, 'x'))), 200);
}

TEST(HttpFaults, fault_041_requests_that_are_no_http) {
    TestServer server;
    for (const char* bytes :
         {"\x16\x03\x01\x02\r\n\r\n", "GET\r\n\r\n", "GET /plain\r\n\r\n", "\r\n\r\n\r\n\r\n",
          "GET /plain HTTP/1.1\r\n Host: localhost\r\n\r\n",
          "GET /plain HTTP/1.1\r\nHost: localhost\r\nbad name: 1\r\n\r\n",
          "GET /plain HTTP/1.1\r\nHost: localhost\r\nx: \x01\r\n\r\n",
          "GET http://localhost/plain HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "GET plain HTTP/1.1\r\nHost: localhost\r\n\r\n"})
        EXPECT_EQ(statusOf(server, bytes), 400) << bytes;
    EXPECT_EQ(statusOf(server, "GET /plain HTTP/1.1\nHost: localhost\n\n\r\n\r\n"), 505);
    EXPECT_EQ(statusOf(server, "GET /plain HTTP/2.0\r\nHost: localhost\r\n\r\n"), 505);
    EXPECT_EQ(statusOf(server, makeRequest("GET", "/plain")), 200);
}

TEST(HttpFaults, fault_048_paths_that_name_nothing) {
    TestServer server;
    for (const char* target :
         {"/../plain", "/./plain", "//plain", "/plain//", "/%2e%2e/plain", "/plain%00", "/plain%ff",
          "/plain%c0%af", "/PLAIN", "/models/", "/models", "/plain%2f", "\\\\server\\share"})
        EXPECT_THAT(statusOf(server, makeRequest("GET", target)),
                    testing::AnyOf(404, 400, 405))
            << target;
    for (const char* target : {"/plain%", "/plain%4", "/plain%zz", "/models/%u0041"})
        EXPECT_EQ(statusOf(server, makeRequest("GET", target)), 400) << target;
    EXPECT_EQ(*server.handled, 0);
    // A name is what it says, dots too: whoever looks it up finds nothing by it.
    EXPECT_EQ(exchangeRaw(server.port(), makeRequest("GET", "/models/%2e%2e%2Fetc")).body,
              "../etc");
    EXPECT_EQ(statusOf(server, makeRequest("GET", "/models/%5C%5Cserver%00")), 404);
}

TEST(HttpFaults, fault_050_line_breaks_and_escapes_stay_out_of_the_log_and_the_headers) {
    TestServer server;
    const RawAnswer answer = exchangeRaw(
        server.port(),
        makeRequest("GET", "/models/a%0D%0AX-Evil:%201%1B[31m", "",
                    "User-Agent: a\x1b[2J\xff\r\nX-Request-Id: a\tb\r\n"));
    // The parser refuses control characters in headers; in paths they are text.
    EXPECT_THAT(answer.status, testing::AnyOf(200, 400));
    EXPECT_FALSE(answer.headers.contains("x-evil"));
    const ServedRequest entry = server.log(1).front();
    for (const std::string* field : {&entry.id, &entry.path, &entry.agent})
        EXPECT_EQ(field->find_first_of("\r\n\t\x1b\xff"), std::string::npos) << *field;
    exchangeRaw(server.port(), makeRequest("GET", "/models/a%0D%0Ab%1B%5B2J%C2%9B"));
    EXPECT_EQ(server.log(2).back().path, "/models/a\\u{d}\\u{a}b\\u{1b}[2J\\u{9b}");
}

} // namespace hearth::test
