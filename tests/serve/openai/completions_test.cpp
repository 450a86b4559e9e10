#include "serve/support/api_fixture.h"

#include <gmock/gmock.h>

namespace hearth::serve {
namespace {

class CompletionsTest : public ApiTest {
protected:
    CompletionsTest() { addOpenAi(router, context); }
    std::shared_ptr<FakeExchange> complete(const std::string& fields) {
        return post("/v1/completions", "{\"model\":\"tiny\"," + fields + "}");
    }
};

TEST_F(CompletionsTest, TakesEveryKindOfPrompt) {
    for (const auto& [prompt, count] : std::vector<std::pair<std::string, std::size_t>>{
             {"\"a\"", 1}, {"[\"a\",\"b\"]", 2}, {"[1,2,3]", 1}, {"[[1,2],[3]]", 2}}) {
        const Json answer = json(*complete("\"prompt\":" + prompt));
        EXPECT_EQ(answer["choices"].size(), count) << prompt;
        EXPECT_EQ(answer["choices"][0]["text"], "Hello, world!");
        EXPECT_EQ(answer["object"], "text_completion");
    }
    EXPECT_EQ(complete("\"prompt\":[]")->status, 422);
    EXPECT_EQ(complete("\"prompt\":[\"a\",1]")->status, 422);
    EXPECT_EQ(complete("\"prompt\":[[]]")->status, 422);
    EXPECT_EQ(engine->at(0).request.maxTokens, 16);
}

TEST_F(CompletionsTest, EchoesPromptsAndTellsLogprobs) {
    const Json echoed = json(*complete(R"("prompt":"Say: ","echo":true)"));
    EXPECT_EQ(echoed["choices"][0]["text"], "Say: Hello, world!");
    const Json answer = json(*complete(R"("prompt":"Say: ","logprobs":1)"));
    const Json& logprobs = answer["choices"][0]["logprobs"];
    EXPECT_EQ(logprobs["tokens"], Json::array({"Hello", ",", " world", "!"}));
    EXPECT_EQ(logprobs["text_offset"], Json::array({0, 5, 6, 12}));
    EXPECT_EQ(logprobs["top_logprobs"][0]["other"], -3.0);
}

TEST_F(CompletionsTest, EchoesWithoutAReply) {
    const Json answer = json(*complete(R"("prompt":"abc","echo":true,"max_tokens":0)"));
    EXPECT_EQ(answer["choices"][0]["text"], "abc");
    EXPECT_EQ(answer["usage"]["prompt_tokens"], 3);
    EXPECT_EQ(engine->count(), 0U);
    EXPECT_EQ(complete(R"("prompt":"abc","max_tokens":0)")->status, 400);
}

TEST_F(CompletionsTest, Streams) {
    const std::vector<Json> all =
        events(*complete(R"("prompt":["a","b"],"stream":true,"echo":true,"n":2)"));
    std::map<int, std::string> texts;
    for (const Json& event : all)
        if (event.is_object())
            for (const Json& choice : event["choices"])
                texts[choice["index"].get<int>()] += choice["text"].get<std::string>();
    EXPECT_EQ(texts.size(), 4U);
    EXPECT_EQ(texts[0], "aHello, world!");
    EXPECT_EQ(texts[3], "bHello, world!");
    EXPECT_EQ(all.back(), "[DONE]");
}

TEST_F(CompletionsTest, KeepsTheBest) {
    const Json answer = json(*complete(R"("prompt":"a","n":2,"best_of":3)"));
    EXPECT_EQ(answer["choices"].size(), 2U);
    EXPECT_TRUE(answer["choices"][0]["logprobs"].is_null());
    EXPECT_EQ(engine->count(), 3U);
    EXPECT_EQ(complete(R"("prompt":"a","n":3,"best_of":2)")->status, 422);
    EXPECT_EQ(complete(R"("prompt":"a","best_of":2,"stream":true)")->status, 422);
}

TEST_F(CompletionsTest, RefusesBeamsWithWhatTheyCannotKeepTo) {
    EXPECT_EQ(complete(R"("prompt":"a","use_beam_search":true,"stop":"x")")->status, 400);
    EXPECT_EQ(complete(R"("prompt":"a","use_beam_search":true,"n":11)")->status, 400);
    EXPECT_EQ(complete(R"("prompt":"a","use_beam_search":true,"stream":true)")->status, 422);
}

TEST_F(CompletionsTest, RefusesASuffixTheModelCannotUse) {
    EXPECT_EQ(complete(R"("prompt":"a","suffix":"z")")->status, 400);
    EXPECT_EQ(complete(R"("prompt":"a","suffix":"")")->status, 200);
}

TEST_F(CompletionsTest, fault_039_a_million_logprobs_or_choices) {
    EXPECT_EQ(complete(R"("prompt":"a","logprobs":1000000)")->status, 422);
    EXPECT_EQ(complete(R"("prompt":"a","n":1000000)")->status, 422);
    std::string prompts;
    for (int i = 0; i < 1000; ++i)
        prompts += i == 0 ? "\"a\"" : ",\"a\"";
    EXPECT_EQ(complete("\"n\":128,\"prompt\":[" + prompts + "]")->status, 400);
    EXPECT_EQ(engine->count(), 0U);
}

} // namespace
} // namespace hearth::serve
