#include "serve/support/raw_client.h"
#include "serve/support/test_server.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include <openssl/bio.h>
#include <openssl/ssl.h>

namespace hearth::test {

using namespace std::chrono_literals;

namespace {

const std::string kFolder = HEARTH_TEST_DATA "/tls/";

ServerOptions withTls() {
    ServerOptions options;
    options.certificateFile = kFolder + "certificate.pem";
    options.keyFile = kFolder + "key.pem"; // of the tests only
    return options;
}

/// A TLS connection that trusts whoever answers.
class TlsClient {
public:
    explicit TlsClient(std::uint16_t port)
        : m_context(SSL_CTX_new(TLS_client_method()))
        , m_bio(BIO_new_ssl_connect(m_context)) {
        BIO_set_conn_hostname(m_bio, ("127.0.0.1:" + std::to_string(port)).c_str());
    }
    ~TlsClient() {
        BIO_free_all(m_bio);
        SSL_CTX_free(m_context);
    }
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    bool send(const std::string& bytes) {
        return BIO_write(m_bio, bytes.data(), int(bytes.size())) == int(bytes.size());
    }
    /// Until `end` came or the server closed.
    std::string readUntil(const std::string& end) {
        std::string text;
        std::array<char, 4096> bytes{};
        while (text.find(end) == std::string::npos) {
            const int got = BIO_read(m_bio, bytes.data(), int(bytes.size()));
            if (got <= 0)
                break;
            text.append(bytes.data(), std::size_t(got));
        }
        return text;
    }

private:
    SSL_CTX* m_context;
    BIO* m_bio;
};

} // namespace

TEST(HttpTls, AnswersAndStreams) {
    TestServer server(withTls());
    TlsClient client(server.port());
    const std::string body(300000, 'x');
    ASSERT_TRUE(client.send(makeRequest("POST", "/echo", body)));
    EXPECT_EQ(client.readUntil(body).substr(0, 15), "HTTP/1.1 200 OK");
    ASSERT_TRUE(client.send(makeRequest("GET", "/plain")));
    EXPECT_TRUE(client.readUntil("\r\n\r\nplain").ends_with("plain"));
    ASSERT_TRUE(client.send(makeRequest("POST", "/stream", "{}")));
    EXPECT_NE(client.readUntil("tick\n\n").find("tick"), std::string::npos);
    EXPECT_EQ(*server.streaming, 1);
}

TEST(HttpTls, NoticesThatTheClientIsGone) {
    TestServer server(withTls());
    {
        TlsClient client(server.port());
        client.send(makeRequest("POST", "/stream", "{}"));
        client.readUntil("tick");
        EXPECT_EQ(*server.streaming, 1);
    }
    EXPECT_TRUE(eventually([&] { return *server.streaming == 0; }));
}

TEST(HttpTls, TellsWhoIsCutOffAtTheEndOfTheDrain) {
    TestServer server(withTls());
    TlsClient client(server.port());
    client.send(makeRequest("POST", "/stream", "{}"));
    client.readUntil("tick");
    server.http->stop(0ms);
    EXPECT_TRUE(client.readUntil("(never)").ends_with("503 ends the stream\r\n0\r\n\r\n"));
    EXPECT_EQ(*server.streaming, 0);
}

TEST(HttpTls, ClosesAsItWasAsked) {
    TestServer server(withTls());
    TlsClient client(server.port());
    client.send(makeRequest("GET", "/plain", "", "Connection: close\r\n"));
    EXPECT_TRUE(client.readUntil("(never)").ends_with("plain"));
}

TEST(HttpTls, SurvivesPlainTextAndSilence) {
    ServerOptions options = withTls();
    options.limits.headerTime = 1s;
    TestServer server(options);
    RawClient plain(server.port());
    RawClient silent(server.port());
    plain.send(makeRequest("GET", "/plain"));
    EXPECT_TRUE(plain.closedWithin(20s));
    EXPECT_TRUE(silent.closedWithin(20s));
    TlsClient client(server.port());
    client.send(makeRequest("GET", "/plain"));
    EXPECT_TRUE(client.readUntil("\r\n\r\nplain").ends_with("plain"));
}

TEST(HttpTls, NamesTheFileThatIsNoCertificate) {
    ServerOptions options = withTls();
    options.port = 0;
    const auto start = [&] {
        return serve::HttpServer::start(options, std::make_shared<serve::Router>(),
                                        [](const serve::Served&) {});
    };
    options.certificateFile = kFolder + "missing.pem";
    auto missing = start();
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
    EXPECT_EQ(missing.error().path, options.certificateFile);
    options.certificateFile = kFolder + "key.pem";
    auto wrong = start();
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, ErrorCode::Corrupt);
    options.certificateFile = kFolder + "certificate.pem";
    options.keyFile.clear();
    EXPECT_EQ(start().error().code, ErrorCode::InvalidArgument);
}

} // namespace hearth::test
