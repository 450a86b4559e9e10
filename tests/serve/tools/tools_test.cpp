#include "serve/api/json_text.h"
#include "serve/support/tiny_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::test {

namespace {

using serve::Json;

class Tools : public testing::Test {
protected:
    Tools() { serve::addTools(m_tiny.router, m_tiny.context); }

    Json post(const char* path, const Json& body) {
        const auto exchange = m_tiny.post(path, body.dump());
        EXPECT_EQ(exchange->status, 200) << exchange->body;
        return Json::parse(exchange->body);
    }
    int statusOf(const char* path, const Json& body) {
        return m_tiny.post(path, body.dump())->status;
    }

    TinyPool m_tiny{{"tiny", "other"}};
};

TEST_F(Tools, TokenizesUnderEveryName) {
    const Json expected = {72, 105};
    for (const char* field : {"prompt", "text", "content"}) {
        const Json answer = post("/tokenize", {{field, "Hi"}});
        EXPECT_EQ(answer["tokens"], expected);
        EXPECT_EQ(answer["count"], 2);
        EXPECT_EQ(answer["max_model_len"], 2048);
    }
    EXPECT_EQ(post("/v1/tokenize", {{"prompt", "Hi<|end|>"}})["tokens"], Json({72, 105, 259}));
    EXPECT_EQ(post("/tokenize", {{"prompt", "<|end|>"}, {"parse_special", false}})["count"], 7);
    EXPECT_EQ(post("/tokenize", {{"prompt", "Hi"}, {"with_pieces", true}})["tokens"][1]["piece"],
              "i");
    EXPECT_EQ(post("/tokenize", {{"prompt", "Hi"}, {"return_token_strs", true}})["token_strs"],
              Json({"H", "i"}));
}

TEST_F(Tools, TokenizesConversations) {
    Json body = {{"messages", {{{"role", "user"}, {"content", "!"}}}}};
    EXPECT_EQ(post("/tokenize", body)["tokens"], Json({256, 33, 259, 257}));
    body["add_generation_prompt"] = false;
    EXPECT_EQ(post("/tokenize", body)["tokens"], Json({256, 33, 259}));
}

TEST_F(Tools, Detokenizes) {
    const Json answer = post("/detokenize", {{"tokens", {72, 105}}});
    EXPECT_EQ(answer["prompt"], "Hi");
    EXPECT_EQ(answer["text"], "Hi");
    EXPECT_EQ(post("/detokenize", {{"tokens", Json::array()}})["text"], "");
    EXPECT_EQ(post("/detokenize", {{"tokens", {2000000000}}})["text"], ""); // no such id
}

TEST_F(Tools, fault_035_refuses_fields_of_the_wrong_type) {
    EXPECT_EQ(statusOf("/tokenize", {{"prompt", 7}}), 422);
    EXPECT_EQ(statusOf("/tokenize", Json::object()), 422);
    EXPECT_EQ(statusOf("/detokenize", {{"tokens", {"a"}}}), 422);
    EXPECT_EQ(statusOf("/detokenize", {{"tokens", {-1}}}), 422);
    EXPECT_EQ(statusOf("/rerank", {{"query", "a"}, {"documents", "b"}}), 422);
    EXPECT_EQ(statusOf("/rerank", {{"query", "a"}, {"documents", Json::array()}}), 422);
    EXPECT_EQ(statusOf("/v1/models/load", Json::object()), 422);
}

TEST_F(Tools, RanksByTheEmbeddingsCosine) {
    const Json answer =
        post("/v1/rerank", {{"query", "the same text"},
                            {"documents", {"something else", "the same text", {{"text", "third"}}}},
                            {"return_documents", true}});
    ASSERT_EQ(answer["results"].size(), 3U);
    const Json& best = answer["results"][0];
    EXPECT_EQ(best["index"], 1);
    EXPECT_NEAR(best["relevance_score"].get<double>(), 1.0, 1e-5);
    EXPECT_EQ(best["document"]["text"], "the same text");
    EXPECT_GE(answer["results"][1]["relevance_score"], answer["results"][2]["relevance_score"]);
    EXPECT_GT(answer["usage"]["total_tokens"], 0);
    const Json one = post("/rerank", {{"query", "a"}, {"documents", {"b", "a"}}, {"top_n", 1}});
    ASSERT_EQ(one["results"].size(), 1U);
    EXPECT_EQ(one["results"][0]["index"], 1);
    EXPECT_FALSE(one["results"][0].contains("document"));
}

TEST_F(Tools, ScoresPairs) {
    const Json one = post("/score", {{"text_1", "a"}, {"text_2", {"a", "b"}}});
    ASSERT_EQ(one["data"].size(), 2U);
    EXPECT_NEAR(one["data"][0]["score"].get<double>(), 1.0, 1e-5);
    EXPECT_LT(one["data"][1]["score"], 0.9999);
    EXPECT_EQ(post("/score", {{"text_1", {"a", "b"}}, {"text_2", {"c", "d"}}})["data"].size(), 2U);
    EXPECT_EQ(statusOf("/score", {{"text_1", {"a", "b"}}, {"text_2", {"c", "d", "e"}}}), 422);
}

TEST_F(Tools, LoadsPinsAndUnloadsModels) {
    EXPECT_EQ(post("/v1/models/load", {{"model", "other"}, {"pin", true}})["state"], "loaded");
    EXPECT_TRUE(m_tiny.pool().find("other")->pinned);
    const auto status = m_tiny.ask(serve::Method::Get, "/v1/models/status");
    const Json models = Json::parse(status->body)["models"];
    ASSERT_EQ(models.size(), 2U);
    EXPECT_EQ(models[0]["state"], "unloaded");
    EXPECT_EQ(models[1]["state"], "loaded");
    EXPECT_EQ(models[1]["pinned"], true);
    EXPECT_GT(models[1]["kv_blocks"], 0);
    post("/v1/models/unload", {{"model", "other"}});
    const auto any = serve::FakeExchange::post("", "");
    EXPECT_TRUE(any->waitFor([&] { return m_tiny.host().find("other") == nullptr; }));
    EXPECT_EQ(statusOf("/v1/models/load", {{"model", "tiny"}, {"wait", false}}), 202);
    EXPECT_TRUE(any->waitFor([&] { return m_tiny.host().find("tiny") != nullptr; }));
}

TEST_F(Tools, fault_048_strange_names_are_not_found) {
    for (const char* name : {"../tiny", "\\\\host\\share", "/etc/passwd", "%2e%2e", "tiny\n"}) {
        EXPECT_EQ(statusOf("/tokenize", {{"prompt", "x"}, {"model", name}}), 404) << name;
        EXPECT_EQ(statusOf("/v1/models/load", {{"model", name}}), 404) << name;
        EXPECT_EQ(statusOf("/v1/models/unload", {{"model", name}}), 404) << name;
        EXPECT_EQ(statusOf("/rerank", {{"model", name}, {"query", "a"}, {"documents", {"b"}}}),
                  404);
    }
}

TEST_F(Tools, TheWindowsModelIsNotUnloaded) {
    const auto windows = m_tiny.host().load(m_tiny.pool().find("tiny")->model.path, "window", {});
    ASSERT_TRUE(windows);
    EXPECT_EQ(statusOf("/v1/models/unload", {{"model", "window"}}), 400);
    EXPECT_EQ(post("/v1/models/load", {{"model", "window"}, {"pin", true}})["pinned"], true);
    EXPECT_NE(m_tiny.host().find("window"), nullptr);
}

} // namespace

} // namespace hearth::test
