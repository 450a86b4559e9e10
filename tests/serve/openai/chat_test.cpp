#include "serve/support/api_fixture.h"

#include <gmock/gmock.h>

#include <fmt/format.h>

namespace hearth::serve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ChatTest : public ApiTest {
protected:
    ChatTest() { addOpenAi(router, context); }

    static std::string body(const std::string& more = {}) {
        return R"({"model":"tiny","messages":[{"role":"user","content":"Hi"}])" +
               (more.empty() ? "" : "," + more) + "}";
    }
    std::shared_ptr<FakeExchange> chat(const std::string& text) {
        return post("/v1/chat/completions", text);
    }
    const Request& request(std::size_t number = 0) { return engine->at(number).request; }
    const ChatPrompt& prompt() { return std::get<ChatPrompt>(request().prompt); }
};

TEST_F(ChatTest, AnswersWhole) {
    const auto exchange = chat(body());
    EXPECT_EQ(exchange->status, 200);
    const Json answer = json(*exchange);
    EXPECT_EQ(answer["object"], "chat.completion");
    EXPECT_EQ(answer["model"], "tiny");
    EXPECT_THAT(answer["id"].get<std::string>(), testing::StartsWith("chatcmpl-"));
    EXPECT_EQ(answer["choices"][0]["message"],
              Json::parse(R"({"role":"assistant","content":"Hello, world!"})"));
    EXPECT_EQ(answer["choices"][0]["finish_reason"], "stop");
    EXPECT_EQ(answer["usage"]["completion_tokens"], 4);
    EXPECT_EQ(answer["usage"]["prompt_tokens_details"]["cached_tokens"], 2);
    EXPECT_EQ(request().lane, Lane::Api);
    EXPECT_FLOAT_EQ(request().sampling.temperature, 0.7F);
}

TEST_F(ChatTest, TellsThePromptsLogprobs) {
    const Json answer = json(*chat(body(R"("prompt_logprobs":1)")));
    const Json& ranked = answer["prompt_logprobs"];
    ASSERT_EQ(ranked.size(), std::size_t(answer["usage"]["prompt_tokens"]));
    EXPECT_TRUE(ranked[0].is_null());
    EXPECT_EQ(ranked[2]["1000"]["rank"], 1);
    EXPECT_EQ(ranked[2][std::to_string(int('e'))]["logprob"], -2.0); // "user: Hi"
    EXPECT_FALSE(json(*chat(body())).contains("prompt_logprobs"));
    EXPECT_EQ(chat(body(R"("prompt_logprobs":1,"stream":true)"))->status, 422);
}

TEST_F(ChatTest, WhatTheModelSuggestsStandsInForAbsentFields) {
    engine->info.suggestedSampling.temperature = 0.6F;
    engine->info.suggestedSampling.topK = 20;
    chat(body(R"("top_p":0.5)"));
    EXPECT_FLOAT_EQ(request().sampling.temperature, 0.6F);
    EXPECT_EQ(request().sampling.topK, 20);
    EXPECT_FLOAT_EQ(request().sampling.topP, 0.5F);
}

TEST_F(ChatTest, ServesWithoutThePrefixToo) {
    EXPECT_EQ(post("/chat/completions", body())->status, 200);
}

TEST_F(ChatTest, StreamsChunks) {
    engine->manual = true;
    const auto exchange = begin(Method::Post, "/v1/chat/completions",
                                body(R"("stream":true,"stream_options":{"include_usage":true})"));
    exchange->run();
    engine->send(0, AcceptedEvent{7, 0});
    for (const char* piece : {"Hel", "lo \"you\"\n"}) {
        engine->sendText(0, piece);
        exchange->run();
    }
    engine->finish(0, FinishReason::Length);
    ASSERT_TRUE(exchange->waitForEnd());
    EXPECT_THAT(exchange->contentType, HasSubstr("text/event-stream"));
    const std::vector<Json> all = events(*exchange);
    ASSERT_EQ(all.size(), 6U);
    EXPECT_EQ(all[0]["choices"][0]["delta"], Json::parse(R"({"role":"assistant","content":""})"));
    EXPECT_EQ(all[1]["choices"][0]["delta"]["content"], "Hel");
    EXPECT_TRUE(all[1]["choices"][0]["finish_reason"].is_null());
    EXPECT_EQ(all[2]["choices"][0]["delta"]["content"], "lo \"you\"\n");
    EXPECT_EQ(all[3]["choices"][0]["delta"], Json::object());
    EXPECT_EQ(all[3]["choices"][0]["finish_reason"], "length");
    EXPECT_EQ(all[4]["choices"], Json::array());
    EXPECT_EQ(all[4]["usage"]["prompt_tokens"], 7);
    EXPECT_EQ(all[5], "[DONE]");
    for (std::size_t i = 1; i < 5; ++i) {
        EXPECT_EQ(all[i]["id"], all[0]["id"]);
        EXPECT_EQ(all[i]["created"], all[0]["created"]);
        EXPECT_EQ(all[i]["model"], "tiny");
    }
}

TEST_F(ChatTest, SendsNoUsageUnlessAsked) {
    const std::vector<Json> all = events(*chat(body(R"("stream":true)")));
    for (const Json& event : all) {
        EXPECT_NE(event.is_object() ? event["choices"] : Json(1), Json::array());
        EXPECT_FALSE(event.is_object() && event.contains("usage"));
    }
    EXPECT_EQ(all.back(), "[DONE]");
}

TEST_F(ChatTest, SendsSeveralChoices) {
    const Json answer = json(*chat(body(R"("n":3,"seed":5)")));
    ASSERT_EQ(answer["choices"].size(), 3U);
    EXPECT_EQ(answer["choices"][2]["index"], 2);
    EXPECT_EQ(answer["usage"]["completion_tokens"], 12);
    EXPECT_EQ(request(0).sampling.seed, 5U);
    EXPECT_EQ(request(2).sampling.seed, 7U);
}

TEST_F(ChatTest, TellsLogprobs) {
    const Json answer = json(*chat(body(R"("logprobs":true,"top_logprobs":2)")));
    const Json& content = answer["choices"][0]["logprobs"]["content"];
    ASSERT_EQ(content.size(), 4U);
    EXPECT_EQ(content[2]["token"], " world");
    EXPECT_EQ(content[2]["logprob"], -0.5);
    EXPECT_EQ(content[1]["bytes"], Json::array({44}));
    EXPECT_EQ(content[0]["top_logprobs"][1]["token"], "other");
    EXPECT_EQ(request().sampling.logprobs, 2);
}

TEST_F(ChatTest, StreamsLogprobsOfHeldTokensButNotOfTheEnd) {
    engine->manual = true;
    const auto exchange =
        begin(Method::Post, "/v1/chat/completions", body(R"("stream":true,"logprobs":true)"));
    exchange->run();
    const auto token = [](const char* text) {
        TokenInfo info;
        info.chosen.text = text;
        return info;
    };
    engine->send(0, TextEvent{"", {1}, {token("\xE4\xBD")}});
    exchange->run();
    engine->send(0, TextEvent{"\xE4\xBD\xA0", {2}, {token("\xA0")}});
    exchange->run();
    engine->send(0, TextEvent{"", {3}, {token("<|im_end|>")}});
    exchange->run();
    engine->finish(0);
    ASSERT_TRUE(exchange->waitForEnd());
    const std::vector<Json> all = events(*exchange);
    ASSERT_EQ(all.size(), 4U);
    const Json& content = all[1]["choices"][0]["logprobs"]["content"];
    ASSERT_EQ(content.size(), 2U);
    EXPECT_EQ(content[0]["bytes"], Json::array({0xE4, 0xBD}));
    EXPECT_EQ(content[0]["token"], "\xEF\xBF\xBD");
}

TEST_F(ChatTest, TakesSamplingFields) {
    chat(body(R"("temperature":0,"top_p":0.5,"top_k":7,"min_p":0.1,"repetition_penalty":1.2,
        "presence_penalty":1,"frequency_penalty":-1,"stop":["a","b"],"stop_token_ids":[4],
        "ignore_eos":true,"max_completion_tokens":9,"max_tokens":5,"logit_bias":{"3":-100},
        "session_id":4,"user":"me")"));
    const Request& made = request();
    EXPECT_EQ(made.sampling.temperature, 0.0F);
    EXPECT_EQ(made.sampling.topK, 7);
    EXPECT_EQ(made.stopStrings, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(made.maxTokens, 9);
    EXPECT_TRUE(made.ignoreEos);
    EXPECT_EQ(made.sampling.biases.at(0).token, 3);
}

TEST_F(ChatTest, BelowZeroIsToTheEndOfTheContext) {
    for (const char* field : {"max_tokens", "max_completion_tokens"}) {
        const std::string name = std::string("\"") + field + "\":";
        EXPECT_EQ(chat(body(name + "-1"))->status, 200);
        EXPECT_EQ(engine->at(engine->count() - 1).request.maxTokens, 0);
        EXPECT_EQ(chat(body(name + "0"))->status, 422);
        EXPECT_EQ(chat(body(name + "-3"))->status, 422);
    }
    EXPECT_EQ(post("/v1/completions", R"({"prompt":"x","max_tokens":-1})")->status, 200);
    EXPECT_EQ(engine->at(engine->count() - 1).request.maxTokens, 0);
    EXPECT_EQ(post("/v1/responses", R"({"input":"x","max_output_tokens":-1})")->status, 200);
    EXPECT_EQ(engine->at(engine->count() - 1).request.maxTokens, 0);
}

TEST_F(ChatTest, TakesPartsAndRoles) {
    chat(R"({"messages":[{"role":"developer","content":"Be short"},
        {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
        {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",
            "function":{"name":"f","arguments":"{\"x\":1}"}}]},
        {"role":"tool","tool_call_id":"c1","content":"2"}],
        "chat_template_kwargs":{"enable_thinking":false}})");
    ASSERT_EQ(prompt().messages.size(), 4U);
    EXPECT_EQ(prompt().messages[0].role, "system");
    EXPECT_EQ(prompt().messages[1].content, "a\nb");
    EXPECT_EQ(
        Json::parse(prompt().messages[2].extraJson)["tool_calls"][0]["function"]["arguments"]["x"],
        1);
    EXPECT_EQ(Json::parse(prompt().messages[3].extraJson)["tool_call_id"], "c1");
    EXPECT_EQ(prompt().variablesJson, R"({"enable_thinking":false})");
}

TEST_F(ChatTest, ContinuesTheAssistantsLastMessage) {
    chat(R"({"messages":[{"role":"user","content":"Count"},
                         {"role":"assistant","content":"1, 2,"}]})");
    EXPECT_EQ(prompt().messages.size(), 1U);
    EXPECT_EQ(prompt().replyPrefix, "1, 2,");
}

TEST_F(ChatTest, HoldsRepliesToSchemas) {
    chat(body(R"("response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,
        "schema":{"type":"object","properties":{"b":{},"a":{}}}}})"));
    const auto* schema = std::get_if<JsonSchema>(&request().constraint.syntax);
    ASSERT_NE(schema, nullptr);
    EXPECT_EQ(schema->text, R"({"type":"object","properties":{"b":{},"a":{}}})");
    EXPECT_EQ(schema->unknown, UnknownKeywords::Fail);
    chat(body(R"("response_format":{"type":"json_object"})"));
    EXPECT_TRUE(std::holds_alternative<AnyJsonObject>(request(1).constraint.syntax));
}

TEST_F(ChatTest, PutsTitleJobsIntoTheirLane) {
    HttpRequest made;
    made.body = body();
    made.headers.push_back({"x-hearth-lane", "title"});
    const auto exchange = FakeExchange::with(made);
    router.match(Method::Post, "/v1/chat/completions").route->handler(exchange);
    ASSERT_TRUE(exchange->waitForEnd());
    EXPECT_EQ(request().lane, Lane::Title);
    chat(body(R"("priority":5)"));
    EXPECT_EQ(request(1).lane, Lane::Title);
}

TEST_F(ChatTest, RefusesWhatDoesNotFitTogether) {
    EXPECT_EQ(chat(body(R"("tool_choice":"required")"))->status, 400);
    EXPECT_EQ(chat(body(R"("top_logprobs":3)"))->status, 422);
    EXPECT_EQ(chat(body(R"("response_format":{"type":"json_schema"})"))->status, 422);
    EXPECT_EQ(chat(R"({"messages":[]})")->status, 422);
    EXPECT_EQ(chat(R"({"messages":[{"role":"user"}]})")->status, 422);
    EXPECT_EQ(engine->count(), 0U);
}

TEST_F(ChatTest, fault_033_malformed_bodies_are_400) {
    for (const std::string& text : {std::string(), std::string("{"), std::string(100000, '{'),
                                    std::string(R"({"messages":[{"role":"user","content":"a)")}) {
        const auto exchange = chat(text);
        EXPECT_EQ(exchange->status, 400);
        EXPECT_EQ(json(*exchange)["error"]["code"], "invalid_json");
    }
}

TEST_F(ChatTest, fault_035_wrong_type_for_every_field) {
    const auto* route = router.match(Method::Post, "/v1/chat/completions").route;
    const Json schema = Json::parse(route->document.requestSchema);
    std::size_t refused = 0;
    for (const auto& [name, property] : schema["properties"].items())
        for (const char* value : {"[[[1]]]", "{\"?\":[]}", "-7.25", "true", "\"\\u0000\""}) {
            const auto exchange =
                chat(name == "messages" ? fmt::format(R"({{"messages":{}}})", value)
                                        : body(fmt::format("\"{}\":{}", name, value)));
            EXPECT_TRUE(exchange->status == 200 ||
                        (exchange->status >= 400 && exchange->status < 500))
                << name << " " << value << " " << exchange->body;
            if (exchange->status != 422)
                continue;
            ++refused;
            EXPECT_EQ(json(*exchange)["detail"][0]["loc"][1], name);
        }
    EXPECT_GT(refused, 3 * schema["properties"].size());
}

TEST_F(ChatTest, fault_049_image_urls_are_refused) {
    for (const char* url : {"file:///etc/passwd", "http://127.0.0.1:1/x.png", "data:image/png;,"}) {
        const auto exchange = chat(fmt::format(
            R"({{"messages":[{{"role":"user","content":[{{"type":"text","text":"?"}},
                {{"type":"image_url","image_url":{{"url":"{}"}}}}]}}]}})",
            url));
        EXPECT_EQ(exchange->status, 422);
        EXPECT_EQ(json(*exchange)["error"]["param"], "messages[0].content[1].type");
    }
    EXPECT_EQ(engine->count(), 0U);
}

TEST_F(ChatTest, fault_048_odd_model_names_are_404) {
    for (const char* name :
         {"../tiny", "\\\\\\\\host\\\\share", "a\\u0000b", "%2e%2e/tiny", "Tiny"}) {
        const auto exchange = chat(
            fmt::format(R"({{"model":"{}","messages":[{{"role":"user","content":"Hi"}}]}})", name));
        EXPECT_EQ(exchange->status, 404) << name;
        EXPECT_EQ(json(*exchange)["error"]["code"], "model_not_found");
    }
}

} // namespace
} // namespace hearth::serve
