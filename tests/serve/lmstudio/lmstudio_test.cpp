#include "serve/api/json_text.h"
#include "serve/support/tiny_pool.h"

#include <gtest/gtest.h>

#include <sstream>

namespace hearth::test {

namespace {

using serve::Json;

class LmStudio : public testing::Test {
protected:
    LmStudio() {
        serve::addOpenAi(m_tiny.router, m_tiny.context);
        serve::addLmStudio(m_tiny.router, m_tiny.context);
    }

    static Json chat(bool stream) {
        return {{"model", "tiny"},      {"messages", {{{"role", "user"}, {"content", "Hello"}}}},
                {"temperature", 0},     {"max_tokens", 12},
                {"ignore_eos", true},   {"stream", stream}};
    }
    static void expectStats(const Json& answer) {
        EXPECT_GT(answer["stats"]["tokens_per_second"], 0.0);
        EXPECT_GT(answer["stats"]["time_to_first_token"], 0.0);
        EXPECT_GT(answer["stats"]["generation_time"], 0.0);
        EXPECT_EQ(answer["stats"]["stop_reason"], "maxPredictedTokensReached");
        EXPECT_EQ(answer["model_info"]["arch"], "llama");
        EXPECT_EQ(answer["model_info"]["context_length"], 2048);
    }

    TinyPool m_tiny{{"tiny", "other"}};
};

TEST_F(LmStudio, ListsModels) {
    const Json list = Json::parse(m_tiny.ask(serve::Method::Get, "/api/v0/models")->body);
    ASSERT_EQ(list["data"].size(), 2U);
    EXPECT_EQ(list["data"][0]["state"], "not-loaded");
    EXPECT_EQ(list["data"][0]["max_context_length"], 2048);
    m_tiny.post("/api/v0/chat/completions", chat(false).dump());
    const Json one = Json::parse(m_tiny.ask(serve::Method::Get, "/api/v0/models/tiny")->body);
    EXPECT_EQ(one["state"], "loaded");
    EXPECT_EQ(one["loaded_context_length"], 2048);
    EXPECT_EQ(m_tiny.ask(serve::Method::Get, "/api/v0/models/nobody")->status, 404);
}

TEST_F(LmStudio, AnswersHaveStatistics) {
    const auto exchange = m_tiny.post("/api/v0/chat/completions", chat(false).dump());
    const Json answer = Json::parse(exchange->body);
    EXPECT_EQ(answer["object"], "chat.completion");
    expectStats(answer);
    const Json plain = Json::parse(m_tiny.post("/v1/chat/completions", chat(false).dump())->body);
    EXPECT_FALSE(plain.contains("stats"));
    EXPECT_EQ(plain["choices"], answer["choices"]);
}

TEST_F(LmStudio, TheLastEventOfAStreamHasThem) {
    const auto exchange = m_tiny.post("/api/v0/chat/completions", chat(true).dump());
    std::istringstream lines(exchange->body);
    int withStats = 0;
    bool done = false;
    for (std::string line; std::getline(lines, line);) {
        done = done || line == "data: [DONE]";
        if (!line.starts_with("data: {"))
            continue;
        const Json event = Json::parse(line.substr(6));
        if (!event.contains("stats"))
            continue;
        ++withStats;
        expectStats(event);
    }
    EXPECT_EQ(withStats, 1);
    EXPECT_TRUE(done);
}

TEST_F(LmStudio, ErrorsAndEmbeddingsStayAsTheyAre) {
    EXPECT_EQ(m_tiny.post("/api/v0/chat/completions", "{}")->status, 422);
    const auto exchange =
        m_tiny.post("/api/v0/embeddings", R"({"model":"tiny","input":"Hello"})");
    EXPECT_EQ(exchange->status, 200) << exchange->body;
    EXPECT_FALSE(Json::parse(exchange->body).contains("stats"));
}

} // namespace

} // namespace hearth::test
