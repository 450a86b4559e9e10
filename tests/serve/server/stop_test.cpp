#include "hearth/server.h"
#include "serve/support/raw_client.h"
#include "serve/support/scripted_pool.h"
#include "serve/support/test_server.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace hearth::test {

using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

/// Computes until it is told to stop.
class EndlessEmbedder final : public Embedder {
public:
    [[nodiscard]] const ModelInfo& model() const override { return m_info; }
    [[nodiscard]] Pooling pooling() const override { return Pooling::Mean; }
    [[nodiscard]] bool normalises() const override { return false; }
    Result<std::vector<Embedding>> embed(std::span<const std::string>, TooLong,
                                         const std::stop_token& stop) override {
        return compute(stop);
    }
    Result<std::vector<Embedding>> embedTokens(std::span<const std::vector<std::int32_t>>,
                                               const std::stop_token& stop) override {
        return compute(stop);
    }

    std::atomic<bool> begun = false;
    std::atomic<bool> stopped = false;

private:
    Result<std::vector<Embedding>> compute(const std::stop_token& stop) {
        begun = true;
        stopped = eventually([&] { return stop.stop_requested(); });
        return fail(ErrorCode::Cancelled);
    }
    ModelInfo m_info;
};

/// A server whose model says one word and then nothing more, until it is stopped.
struct StopTest : testing::Test {
    StopTest() {
        engine->manual = true;
        engine->info.context = 4096;
        start();
    }
    void start() {
        ServerOptions options;
        options.port = 0;
        options.workerThreads = 1; // the pool is for one thread
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

TEST_F(StopTest, GenerateEndsInTheShapeOfWhoAsked) {
    const RawAnswer tgi = stopAmid("/generate", R"({"inputs":"x","stream":true})");
    EXPECT_TRUE(dataOf(lastOf(tgi, "\n\n")).contains("error_type"));
    engine = std::make_shared<serve::ScriptedEngine>();
    engine->manual = true;
    engine->info.context = 4096;
    pool->engine = engine;
    start();
    const RawAnswer lmDeploy = stopAmid("/generate", R"({"prompt":"x","stream":true})");
    EXPECT_EQ(Json::parse(lastOf(lmDeploy, "\n")).at("object"), "error");
}

TEST_F(StopTest, AnEmbeddingIsStopped) {
    const auto embedder = std::make_shared<EndlessEmbedder>();
    pool->embedder = embedder;
    for (const char* path : {"/v1/embeddings", "/api/embed"}) {
        embedder->begun = embedder->stopped = false;
        if (!server)
            start();
        RawClient client(server->port());
        client.send(makeRequest("POST", path, R"({"model":"tiny","input":"x"})"));
        ASSERT_TRUE(eventually([&] { return embedder->begun.load(); }));
        server->stop(0ms);
        EXPECT_EQ(client.receive().status, 503) << path;
        server.reset(); // waits for what computes
        EXPECT_TRUE(embedder->stopped) << path;
        EXPECT_EQ(pool->leases(), 0);
    }
}

TEST_F(StopTest, ABeamSearchIsStopped) {
    RawClient client(server->port());
    client.send(makeRequest("POST", "/v1/completions",
                            R"({"prompt":"a","n":2,"use_beam_search":true,"max_tokens":5})"));
    ASSERT_TRUE(eventually([&] { return engine->count() == 1; }));
    server->stop(0ms);
    EXPECT_EQ(client.receive().status, 503);
    EXPECT_TRUE(engine->at(0).cancelled);
    server.reset();
    EXPECT_EQ(pool->leases(), 0);
}

TEST_F(StopTest, WhoWaitsForAModelIsToldAndALateModelIsGivenBack) {
    pool->loading = true;
    RawClient whole(server->port());
    whole.send(makeRequest("POST", "/v1/completions", R"({"prompt":"a"})"));
    RawClient stream(server->port());
    stream.send(makeRequest("POST", "/v1/completions", R"({"prompt":"a","stream":true})"));
    RawClient embedding(server->port());
    embedding.send(makeRequest("POST", "/v1/embeddings", R"({"input":"a"})"));
    ASSERT_TRUE(eventually([&] { return pool->waiting == 3; }));
    ASSERT_TRUE(eventually([&] { return stream.peek().find("200 OK") != std::string::npos; }));
    server->stop(0ms);
    EXPECT_EQ(whole.receive().status, 503);
    EXPECT_EQ(embedding.receive().status, 503);
    const RawAnswer begun = stream.receive();
    EXPECT_TRUE(begun.whole);
    EXPECT_NE(begun.body.find("shutting_down"), std::string::npos) << begun.body;
    server.reset();
    pool->finishLoading();
    EXPECT_EQ(pool->leases(), 0);
}

} // namespace hearth::test
