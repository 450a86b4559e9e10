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

// What evaluation harnesses ask for.
TEST_F(CompletionsTest, EchoesThePromptsLogprobs) {
    for (const std::string prompt : {"\"abc\"", "[97,98,99]"}) {
        const Json answer =
            json(*complete("\"prompt\":" + prompt + R"(,"echo":true,"max_tokens":1,"logprobs":1)"));
        EXPECT_EQ(answer["choices"][0]["text"], "abcHello, world!");
        const Json& logprobs = answer["choices"][0]["logprobs"];
        EXPECT_EQ(logprobs["tokens"],
                  Json::array({"a", "b", "c", "Hello", ",", " world", "!"}));
        EXPECT_EQ(logprobs["token_logprobs"],
                  Json::array({nullptr, -1.0, -2.0, -0.5, -0.5, -0.5, -0.5}));
        EXPECT_EQ(logprobs["text_offset"], Json::array({0, 1, 2, 3, 8, 9, 15}));
        ASSERT_EQ(logprobs["top_logprobs"].size(), 7U);
        EXPECT_TRUE(logprobs["top_logprobs"][0].is_null());
        EXPECT_EQ(logprobs["top_logprobs"][1], (Json{{"t0", -0.25}, {"b", -1.0}}));
        EXPECT_FALSE(answer["choices"][0].contains("prompt_logprobs"));
    }
    EXPECT_EQ(engine->at(0).request.promptLogprobs, 1);
    EXPECT_FALSE(engine->at(0).request.promptOnly);
}

TEST_F(CompletionsTest, EchoesLogprobsWithoutAReply) {
    const Json answer = json(
        *complete(R"("prompt":["ab","c"],"echo":true,"max_tokens":0,"logprobs":0,"n":2)"));
    ASSERT_EQ(answer["choices"].size(), 4U);
    for (const std::size_t i : {0U, 1U}) {
        const Json& choice = answer["choices"][i];
        EXPECT_EQ(choice["text"], "ab");
        EXPECT_EQ(choice["finish_reason"], "length");
        EXPECT_EQ(choice["logprobs"]["token_logprobs"], Json::array({nullptr, -1.0}));
        EXPECT_TRUE(choice["logprobs"]["top_logprobs"].is_null());
    }
    EXPECT_EQ(answer["choices"][3]["logprobs"]["tokens"], Json::array({"c"}));
    EXPECT_EQ(answer["usage"]["completion_tokens"], 0);
    EXPECT_TRUE(engine->at(0).request.promptOnly);
    EXPECT_EQ(engine->count(), 2U); // a prompt is computed once, whatever `n` is
}

TEST_F(CompletionsTest, AnEchoAloneIsLoggedAndTakesNoRequest) {
    const Json answer =
        json(*complete(R"("prompt":"ab","echo":true,"max_tokens":0,"n":3,"best_of":5)"));
    ASSERT_EQ(answer["choices"].size(), 3U);
    EXPECT_EQ(answer["choices"][2]["text"], "ab");
    EXPECT_EQ(answer["choices"][2]["finish_reason"], "length");
    EXPECT_EQ(answer["usage"]["prompt_tokens"], 2);
    EXPECT_EQ(engine->count(), 0U);
    const auto exchange = complete(R"("prompt":"abc","echo":true,"max_tokens":0)");
    EXPECT_EQ(exchange->lastNote.model, "tiny");
    EXPECT_EQ(exchange->lastNote.promptTokens, 3);
}

TEST_F(CompletionsTest, AnAnswerFullOfPromptLogprobsIsRefused) {
    const std::string prompt = "\"prompt\":\"" + std::string(300, 'x') + '"';
    const std::string most = R"(,"max_tokens":0,"prompt_logprobs":20,"n":)";
    EXPECT_EQ(complete(prompt + most + "1")->status, 200);
    const auto refused = complete(prompt + most + "128");
    EXPECT_EQ(refused->status, 400);
    EXPECT_EQ(json(*refused)["error"]["param"], "logprobs");
    EXPECT_EQ(engine->count(), 1U);
    // A stream tells those of a prompt in one event, which has to fit a connection's buffer.
    const std::string echo =
        "\"prompt\":\"" + std::string(2000, 'x') + R"(","max_tokens":0,"echo":true,"logprobs":20)";
    EXPECT_EQ(complete(echo)->status, 200);
    EXPECT_EQ(complete(echo + R"(,"stream":true)")->status, 400);
}

TEST_F(CompletionsTest, StreamsThePromptsLogprobsWithTheEcho) {
    const std::vector<Json> all =
        events(*complete(R"("prompt":"ab","stream":true,"echo":true,"logprobs":1)"));
    const Json& first = all.front()["choices"][0];
    EXPECT_EQ(first["text"], "ab");
    EXPECT_EQ(first["logprobs"]["token_logprobs"], Json::array({nullptr, -1.0}));
    EXPECT_EQ(all[1]["choices"][0]["logprobs"]["text_offset"][0], 2);
}

TEST_F(CompletionsTest, TellsRankedPromptLogprobs) {
    const Json answer = json(*complete(R"("prompt":"ab","prompt_logprobs":2)"));
    EXPECT_EQ(answer["choices"][0]["text"], "Hello, world!");
    EXPECT_TRUE(answer["choices"][0]["logprobs"].is_null());
    const Json& ranked = answer["choices"][0]["prompt_logprobs"];
    ASSERT_EQ(ranked.size(), 2U);
    EXPECT_TRUE(ranked[0].is_null());
    EXPECT_EQ(ranked[1]["98"],
              (Json{{"logprob", -1.0}, {"rank", nullptr}, {"decoded_token", "b"}}));
    EXPECT_EQ(ranked[1]["1001"],
              (Json{{"logprob", -0.5}, {"rank", 2}, {"decoded_token", "t1"}}));
    EXPECT_EQ(complete(R"("prompt":"ab","prompt_logprobs":2,"stream":true)")->status, 422);
    EXPECT_EQ(complete(R"("prompt":"ab","prompt_logprobs":21)")->status, 422);
    EXPECT_EQ(complete(R"("prompt":"ab","prompt_logprobs":1,"suffix":"z")")->status, 400);
}

TEST_F(CompletionsTest, WhatTheModelSuggestsStandsInForAbsentFields) {
    complete(R"("prompt":"a")");
    EXPECT_FLOAT_EQ(engine->at(0).request.sampling.temperature, 0.7F);
    EXPECT_EQ(engine->at(0).request.sampling.topK, 40);
    engine->info.suggestedSampling = {0.6F, 0.95F, 20, 0.05F, 1.05F};
    complete(R"("prompt":"a","temperature":null)");
    const SamplingOptions& suggested = engine->at(1).request.sampling;
    EXPECT_FLOAT_EQ(suggested.temperature, 0.6F);
    EXPECT_FLOAT_EQ(suggested.topP, 0.95F);
    EXPECT_EQ(suggested.topK, 20);
    EXPECT_FLOAT_EQ(suggested.minP, 0.05F);
    EXPECT_FLOAT_EQ(suggested.repetitionPenalty, 1.05F);
    complete(R"("prompt":"a","temperature":0,"top_p":0.5,"top_k":-1,"min_p":0,)"
             R"("repetition_penalty":1)");
    const SamplingOptions& asked = engine->at(2).request.sampling;
    EXPECT_FLOAT_EQ(asked.temperature, 0.0F);
    EXPECT_FLOAT_EQ(asked.topP, 0.5F);
    EXPECT_EQ(asked.topK, 0);
    EXPECT_FLOAT_EQ(asked.minP, 0.0F);
    EXPECT_FLOAT_EQ(asked.repetitionPenalty, 1.0F);
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
