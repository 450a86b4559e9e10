#include "serve/api/json_text.h"
#include "serve/support/tiny_pool.h"

#include <gtest/gtest.h>

#include <sstream>

namespace hearth::test {

namespace {

using serve::Json;

class Ollama : public testing::Test {
protected:
    Ollama() { serve::addOllama(m_tiny.router, m_tiny.context); }

    static Json options(int tokens = 12) { return {{"temperature", 0}, {"num_predict", tokens}}; }
    static Json chat() {
        return {{"model", "tiny"},
                {"messages", {{{"role", "user"}, {"content", "Hello"}}}},
                {"options", options()}};
    }
    static Json whole(Json body) {
        body["stream"] = false;
        return body;
    }
    Json post(const char* path, const Json& body) {
        const auto exchange = m_tiny.post(path, body.dump());
        EXPECT_EQ(exchange->status, 200) << exchange->body;
        return Json::parse(exchange->body);
    }
    std::vector<Json> lines(const char* path, const Json& body) {
        const auto exchange = m_tiny.post(path, body.dump());
        EXPECT_EQ(exchange->contentType, "application/x-ndjson");
        std::vector<Json> all;
        std::istringstream stream(exchange->body);
        for (std::string line; std::getline(stream, line);)
            all.push_back(Json::parse(line));
        return all;
    }
    Json refused(const char* path, const Json& body, int status) {
        const auto exchange = m_tiny.post(path, body.dump());
        EXPECT_EQ(exchange->status, status) << body.dump() << exchange->body;
        return Json::parse(exchange->body);
    }
    bool unloads(const char* name) {
        return serve::FakeExchange::post("", "")->waitFor(
            [&] { return m_tiny.host().find(name) == nullptr; });
    }

    TinyPool m_tiny{{"tiny", "other"}};
};

void expectEnd(const Json& answer) {
    EXPECT_EQ(answer["done"], true);
    EXPECT_EQ(answer["done_reason"], "length");
    EXPECT_EQ(answer["eval_count"], 12);
    EXPECT_EQ(answer["prompt_eval_count"], 8);
    for (const char* duration : {"total_duration", "eval_duration", "prompt_eval_duration"})
        EXPECT_GT(answer[duration].get<std::int64_t>(), 1000) << duration; // nanoseconds
    EXPECT_GE(answer["total_duration"], answer["eval_duration"]);
}

TEST_F(Ollama, ChatsInOnePieceAndInLines) {
    const Json answer = post("/api/chat", whole(chat()));
    EXPECT_EQ(answer["model"], "tiny");
    EXPECT_EQ(answer["message"]["role"], "assistant");
    expectEnd(answer);
    const std::vector<Json> stream = lines("/api/chat", chat()); // streams unless told not to
    ASSERT_GT(stream.size(), 1U);
    std::string text;
    for (const Json& line : stream) {
        EXPECT_EQ(line["done"], &line == &stream.back());
        text += line["message"]["content"];
    }
    EXPECT_EQ(text, answer["message"]["content"].get<std::string>());
    expectEnd(stream.back());
}

TEST_F(Ollama, GeneratesAndGoesOnFromAContext) {
    const Json body = {{"model", "tiny:latest"}, {"prompt", "Hello"}, {"options", options()}};
    const Json answer = post("/api/generate", whole(body));
    expectEnd(answer);
    EXPECT_EQ(answer["response"],
              post("/api/chat", whole(chat()))["message"]["content"]);
    EXPECT_EQ(answer["context"].size(), 8U + 12U);
    Json more = body;
    more["context"] = answer["context"];
    const Json next = post("/api/generate", whole(more));
    EXPECT_EQ(next["prompt_eval_count"], 20 + 9); // <|end|><|user|>Hello<|end|><|assistant|>
    Json raw = body;
    raw["raw"] = true;
    EXPECT_EQ(post("/api/generate", whole(raw))["prompt_eval_count"], 5);
    std::string text;
    for (const Json& line : lines("/api/generate", body))
        text += line["response"];
    EXPECT_EQ(text, answer["response"].get<std::string>());
}

TEST_F(Ollama, OptionsAreFollowed) {
    Json body = chat();
    body["options"] = {{"temperature", 1.5}, {"seed", 7}, {"num_predict", 20}};
    const Json one = post("/api/chat", whole(body));
    EXPECT_EQ(one["message"], post("/api/chat", whole(body))["message"]);
    EXPECT_LE(one["eval_count"], 20);
    body["options"]["seed"] = 8;
    EXPECT_NE(one["message"], post("/api/chat", whole(body))["message"]);
}

TEST_F(Ollama, AnEmptyRequestLoadsAndUnloads) {
    const Json loaded = post("/api/generate", {{"model", "tiny"}});
    EXPECT_EQ(loaded["done_reason"], "load");
    EXPECT_EQ(loaded["done"], true);
    EXPECT_NE(m_tiny.host().find("tiny"), nullptr);
    const Json gone = post("/api/chat", {{"model", "tiny"}, {"messages", Json::array()},
                                         {"keep_alive", 0}});
    EXPECT_EQ(gone["done_reason"], "unload");
    EXPECT_TRUE(unloads("tiny"));
}

TEST_F(Ollama, KeepAliveIsTheModelsIdleTime) {
    Json body = whole(chat());
    body["keep_alive"] = "10s";
    post("/api/chat", body);
    const auto until = m_tiny.pool().find("tiny")->unloadsAt;
    ASSERT_TRUE(until);
    EXPECT_LT(*until - std::chrono::system_clock::now(), std::chrono::seconds(11));
    body["keep_alive"] = -1;
    post("/api/chat", body);
    EXPECT_FALSE(m_tiny.pool().find("tiny")->unloadsAt);
    body["keep_alive"] = 0;
    post("/api/chat", body);
    EXPECT_TRUE(unloads("tiny"));
}

TEST_F(Ollama, ListsAndShowsModels) {
    const Json tags = Json::parse(m_tiny.ask(serve::Method::Get, "/api/tags")->body)["models"];
    ASSERT_EQ(tags.size(), 2U);
    EXPECT_EQ(tags[0]["name"], "tiny:latest");
    EXPECT_EQ(tags[0]["details"]["family"], "llama");
    EXPECT_TRUE(Json::parse(m_tiny.ask(serve::Method::Get, "/api/ps")->body)["models"].empty());
    post("/api/generate", {{"model", "tiny"}});
    const Json running = Json::parse(m_tiny.ask(serve::Method::Get, "/api/ps")->body)["models"];
    ASSERT_EQ(running.size(), 1U);
    EXPECT_EQ(running[0]["context_length"], 2048);
    const Json shown = post("/api/show", {{"model", "tiny"}});
    EXPECT_EQ(shown["model_info"]["general.architecture"], "llama");
    EXPECT_EQ(shown["model_info"]["llama.context_length"], 2048);
    EXPECT_EQ(shown["capabilities"][0], "completion");
    EXPECT_TRUE(Json::parse(m_tiny.ask(serve::Method::Get, "/api/version")->body)["version"]
                    .is_string());
}

TEST_F(Ollama, EmbedsTexts) {
    const Json answer = post("/api/embed", {{"model", "tiny"}, {"input", {"one", "two"}}});
    ASSERT_EQ(answer["embeddings"].size(), 2U);
    double square = 0.0;
    for (const Json& value : answer["embeddings"][0])
        square += value.get<double>() * value.get<double>();
    EXPECT_NEAR(square, 1.0, 1e-4);
    EXPECT_GT(answer["prompt_eval_count"], 0);
    const Json older = post("/api/embeddings", {{"model", "tiny"}, {"prompt", "one"}});
    EXPECT_EQ(older["embedding"], answer["embeddings"][0]);
}

TEST_F(Ollama, ErrorsAreTexts) {
    EXPECT_TRUE(refused("/api/chat", {{"model", "nobody"}, {"messages", {{{"role", "user"}}}}},
                        404)["error"].is_string());
    refused("/api/show", {{"model", "nobody"}}, 404);
    refused("/api/embed", {{"model", "nobody"}, {"input", "x"}}, 404);
    refused("/api/chat", {{"messages", Json::array()}}, 400);
    refused("/api/generate", {{"model", "tiny"}, {"prompt", 7}}, 400);
    Json images = chat();
    images["messages"][0]["images"] = {"aGk="};
    EXPECT_NE(refused("/api/chat", images, 400)["error"].get<std::string>().find("mages"),
              std::string::npos);
    Json context = {{"model", "tiny"}, {"prompt", "x"}, {"context", {999999}}};
    refused("/api/generate", context, 400);
}

TEST_F(Ollama, APromptIsCutOnlyWhereThatIsWanted) {
    Json body = {{"model", "tiny"}, {"messages", Json::array()}, {"stream", false}};
    for (int i = 0; i < 40; ++i)
        body["messages"].push_back({{"role", i % 2 == 0 ? "user" : "assistant"},
                                    {"content", std::string(200, 'x')}});
    body["messages"].push_back({{"role", "user"}, {"content", "y"}});
    body["options"] = options(4);
    EXPECT_EQ(m_tiny.post("/api/chat", body.dump())->status, 200);
    body["options"]["num_ctx"] = 16384;
    refused("/api/chat", body, 400);
    body["options"]["num_ctx"] = 512;
    EXPECT_EQ(m_tiny.post("/api/chat", body.dump())->status, 200);
    body["truncate"] = false;
    refused("/api/chat", body, 400);
}

TEST_F(Ollama, fault_064_an_unloaded_model_ends_the_stream_with_an_error) {
    Json body = chat();
    body["options"]["num_predict"] = 2000;
    const auto running = m_tiny.begin(serve::Method::Post, "/api/chat", body.dump());
    ASSERT_TRUE(running->waitFor([&] { return !running->writes.empty(); }));
    m_tiny.host().unload("tiny");
    ASSERT_TRUE(running->waitForEnd());
    const std::string& last = running->writes.back();
    EXPECT_TRUE(Json::parse(last)["error"].is_string()) << last;
}

} // namespace

} // namespace hearth::test
