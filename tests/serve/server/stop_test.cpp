#include "hearth/server.h"
#include "serve/support/raw_client.h"
#include "serve/support/scripted_pool.h"
#include "serve/support/test_server.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace hearth::test {

using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

/// A server whose model says one word and then nothing more, until it is stopped.
struct StopTest : testing::Test {
    StopTest() {
        engine->manual = true;
        engine->info.context = 4096;
        ServerOptions options;
        options.port = 0;
        server = *Server::start(options, pool);
    }

    /// What a client has got when the server was stopped amid its answer.
    RawAnswer stopAmid(const std::string& path, const std::string& body) {
        RawClient client(server->port());
        client.send(makeRequest("POST", path, body));
        EXPECT_TRUE(eventually([&] { return engine->count() == 1; }));
        engine->send(0, AcceptedEvent{3, 0});
        TokenInfo token;
        token.chosen = {1, "word", -0.5F};
        engine->send(0, TextEvent{"word", {1}, {token}});
        if (body.find(R"("stream":true)") != std::string::npos)
            awaitHead(client);
        server->stop(0ms);
        EXPECT_TRUE(engine->at(0).cancelled);
        return client.receive();
    }
    /// The last event or line of a stream that ended in good order.
    static std::string lastOf(const RawAnswer& answer, const std::string& end) {
        EXPECT_EQ(answer.status, 200);
        EXPECT_TRUE(answer.whole) << answer.body;
        EXPECT_NE(answer.body.find("word"), std::string::npos) << answer.body;
        EXPECT_TRUE(answer.body.ends_with(end)) << answer.body;
        const std::string text = answer.body.substr(0, answer.body.size() - end.size());
        return text.substr(text.rfind('\n') + 1);
    }
    static Json dataOf(const std::string& line) {
        EXPECT_TRUE(line.starts_with("data: ")) << line;
        return Json::parse(line.substr(6));
    }

    std::shared_ptr<serve::ScriptedEngine> engine = std::make_shared<serve::ScriptedEngine>();
    std::shared_ptr<serve::ScriptedPool> pool = std::make_shared<serve::ScriptedPool>(engine);
    std::unique_ptr<Server> server;

private:
    /// Leaves what came where receive() takes it from.
    static void awaitHead(RawClient& client) {
        EXPECT_TRUE(eventually([&] { return client.peek().find("word") != std::string::npos; }));
    }
};

} // namespace

TEST_F(StopTest, OpenAisStreamsEndWithAnError) {
    const RawAnswer answer = stopAmid(
        "/v1/chat/completions", R"({"messages":[{"role":"user","content":"x"}],"stream":true})");
    const Json last = dataOf(lastOf(answer, "\n\ndata: [DONE]\n\n"));
    EXPECT_EQ(last.at("error").at("code"), "shutting_down");
}

TEST_F(StopTest, TheResponsesApiHasAnEventForIt) {
    const RawAnswer answer = stopAmid("/v1/responses", R"({"input":"x","stream":true})");
    EXPECT_EQ(dataOf(lastOf(answer, "\n\n")).at("type"), "error");
    EXPECT_NE(answer.body.find("event: error\n"), std::string::npos);
}

TEST_F(StopTest, AnthropicsStreamsEndWithAnErrorEvent) {
    const RawAnswer answer =
        stopAmid("/v1/messages", R"({"messages":[{"role":"user","content":"x"}],)"
                                 R"("max_tokens":9,"stream":true})");
    const Json last = dataOf(lastOf(answer, "\n\n"));
    EXPECT_EQ(last.at("type"), "error");
    EXPECT_EQ(last.at("error").at("type"), "overloaded_error");
    EXPECT_NE(answer.body.find("event: error\n"), std::string::npos);
}

TEST_F(StopTest, OllamasStreamsEndWithAnErrorLine) {
    const RawAnswer answer =
        stopAmid("/api/generate", R"({"model":"tiny","prompt":"x","stream":true})");
    EXPECT_TRUE(Json::parse(lastOf(answer, "\n")).at("error").is_string());
}

TEST_F(StopTest, TgisStreamsEndWithItsError) {
    const RawAnswer answer =
        stopAmid("/generate_stream", R"({"inputs":"x","parameters":{},"stream":true})");
    EXPECT_EQ(dataOf(lastOf(answer, "\n\n")).at("error_type"), "overloaded");
}

TEST_F(StopTest, LmDeploysStreamsEndWithItsError) {
    const RawAnswer answer =
        stopAmid("/v1/chat/interactive", R"({"prompt":"x","stream":true,"session_id":7})");
    EXPECT_EQ(Json::parse(lastOf(answer, "\n")).at("object"), "error");
}

TEST_F(StopTest, WholeAnswersAreRefusedInTheirDialect) {
    const RawAnswer answer = stopAmid(
        "/v1/messages", R"({"messages":[{"role":"user","content":"x"}],"max_tokens":9})");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(Json::parse(answer.body).at("error").at("type"), "overloaded_error");
}

} // namespace hearth::test
