#include "hearth/server.h"
#include "serve/support/raw_client.h"
#include "serve/support/scripted_pool.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace hearth::test {

using Json = nlohmann::json;

namespace {

constexpr const char* kKey = "x-api-key: secret\r\n";

struct DialectsTest : testing::Test {
    DialectsTest() {
        ServerOptions options;
        options.port = 0;
        options.keys = {{"first", "secret"}};
        server = *Server::start(options, std::make_shared<serve::ScriptedPool>(
                                             std::make_shared<serve::ScriptedEngine>()));
    }
    Json ask(int status, const std::string& method, const std::string& path,
             const std::string& headers) {
        const RawAnswer answer =
            exchangeRaw(server->port(), makeRequest(method, path, {}, headers));
        EXPECT_EQ(answer.status, status) << path;
        EXPECT_EQ(answer.headers.at("content-type"), "application/json");
        return Json::parse(answer.body, nullptr, false);
    }
    /// What the server says before a handler runs: no key, no such path, wrong method, too large.
    std::vector<Json> refusals(const std::string& path) {
        const std::string large = std::string(kKey) + "Content-Length: 99999999\r\n";
        return {ask(401, "POST", path, ""), ask(404, "GET", path + "/no/such", kKey),
                ask(405, "DELETE", path, kKey), ask(413, "POST", path, large)};
    }

    std::unique_ptr<Server> server;
};

} // namespace

TEST_F(DialectsTest, AnthropicsOfMessages) {
    for (const char* path : {"/v1/messages", "/messages", "/v1/messages/count_tokens"}) {
        const std::vector<Json> errors = refusals(path);
        const char* types[] = {"authentication_error", "not_found_error", "invalid_request_error",
                               "request_too_large"};
        for (std::size_t i = 0; i < errors.size(); ++i) {
            EXPECT_EQ(errors[i].at("type"), "error") << errors[i];
            EXPECT_EQ(errors[i].at("error").at("type"), types[i]);
            EXPECT_TRUE(errors[i].at("error").at("message").is_string());
        }
    }
    EXPECT_EQ(ask(400, "POST", "/v1/messages?x=%zz", kKey).at("error").at("type"),
              "invalid_request_error");
    const RawAnswer host = exchangeRaw(
        server->port(), "POST /v1/messages HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    EXPECT_EQ(Json::parse(host.body).at("error").at("type"), "permission_error");
}

TEST_F(DialectsTest, StandInTheDocument) {
    const Json paths = ask(200, "GET", "/openapi.json", {}).at("paths");
    const auto refusal = [&](const char* path) -> const Json& {
        return paths.at(path).at("post").at("responses").at("429").at("content").at(
            "application/json");
    };
    EXPECT_EQ(refusal("/v1/messages").at("example").at("error").at("type"), "rate_limit_error");
    EXPECT_EQ(refusal("/api/chat").at("example"), Json({{"error", "Too many requests."}}));
    EXPECT_EQ(refusal("/v1/chat/completions").at("schema").at("$ref"),
              "#/components/schemas/ErrorResponse");
}

TEST_F(DialectsTest, OllamasOfItsApi) {
    for (const char* path : {"/api/chat", "/api/embed"})
        for (const Json& error : refusals(path))
            EXPECT_TRUE(error.at("error").is_string()) << error;
    EXPECT_TRUE(ask(404, "GET", "/api", kKey).at("error").is_string());
}

TEST_F(DialectsTest, OpenAisOfLmStudioAndElsewhere) {
    for (const char* path :
         {"/api/v0/chat/completions", "/v1/chat/completions", "/v1/responses", "/v1/rerank"})
        for (const Json& error : refusals(path)) {
            EXPECT_TRUE(error.at("error").at("message").is_string()) << error;
            EXPECT_TRUE(error.at("error").contains("code"));
            EXPECT_FALSE(error.contains("type"));
        }
    EXPECT_TRUE(ask(404, "GET", "/v1/messagesX", kKey).at("error").contains("code"));
}

TEST_F(DialectsTest, TgisAndLmDeploys) {
    const char* types[] = {"authentication", "validation", "validation", "validation"};
    for (const char* path : {"/generate_stream", "/generate"}) {
        const std::vector<Json> errors = refusals(path);
        for (std::size_t i = 0; i < errors.size(); ++i) {
            EXPECT_TRUE(errors[i].at("error").is_string()) << errors[i];
            EXPECT_EQ(errors[i].at("error_type"), types[i]);
        }
    }
    for (const char* path : {"/v1/chat/interactive", "/v1/encode", "/abort_request"})
        for (const Json& error : refusals(path)) {
            EXPECT_EQ(error.at("object"), "error") << error;
            EXPECT_TRUE(error.at("message").is_string());
        }
}

} // namespace hearth::test
