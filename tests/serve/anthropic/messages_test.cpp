#include "serve/support/api_fixture.h"

#include <gmock/gmock.h>

#include <fmt/format.h>

namespace hearth::serve {
namespace {

class MessagesTest : public ApiTest {
protected:
    MessagesTest() { addAnthropic(router, context); }
    std::shared_ptr<FakeExchange> send(const std::string& more) {
        return post("/v1/messages", R"({"model":"tiny","max_tokens":50,)" + more + "}");
    }
    static std::string hello(const std::string& more = {}) {
        return R"("messages":[{"role":"user","content":"Hi"}])" + (more.empty() ? "" : "," + more);
    }
    const ChatPrompt& prompt() { return std::get<ChatPrompt>(engine->at(0).request.prompt); }
};

TEST_F(MessagesTest, AnswersWhole) {
    const Json answer = json(*send(hello(R"("system":"Be short")")));
    EXPECT_EQ(answer["type"], "message");
    EXPECT_EQ(answer["content"], Json::parse(R"([{"type":"text","text":"Hello, world!"}])"));
    EXPECT_EQ(answer["stop_reason"], "end_turn");
    EXPECT_EQ(answer["usage"]["output_tokens"], 4);
    EXPECT_EQ(answer["usage"]["cache_read_input_tokens"], 2);
    EXPECT_EQ(prompt().messages[0].role, "system");
    EXPECT_EQ(engine->at(0).request.maxTokens, 50);
}

TEST_F(MessagesTest, StreamsEventsInTheirOrder) {
    engine->manual = true;
    const auto exchange =
        begin(Method::Post, "/v1/messages", R"({"max_tokens":9,"stream":true,)" + hello() + "}");
    exchange->run();
    engine->send(0, AcceptedEvent{12, 0});
    engine->sendText(0, "a\"");
    exchange->run();
    engine->sendText(0, "b");
    exchange->run();
    engine->finish(0, FinishReason::Length);
    ASSERT_TRUE(exchange->waitForEnd());
    const std::vector<Json> all = events(*exchange);
    std::vector<std::string> types;
    for (const Json& event : all)
        types.push_back(event["type"].get<std::string>());
    EXPECT_THAT(types, testing::ElementsAre("message_start", "ping", "content_block_start",
                                            "content_block_delta", "content_block_delta",
                                            "content_block_stop", "message_delta", "message_stop"));
    EXPECT_EQ(all[0]["message"]["usage"]["input_tokens"], 12);
    EXPECT_EQ(all[3]["delta"]["text"], "a\"");
    EXPECT_EQ(all[6]["delta"]["stop_reason"], "max_tokens");
    EXPECT_THAT(exchange->body, testing::StartsWith("event: message_start\ndata: {"));
}

TEST_F(MessagesTest, TellsWhichStopSequenceEndedTheReply) {
    engine->pieces = {"one"};
    engine->reason = FinishReason::StopString;
    EXPECT_EQ(json(*send(hello(R"("stop_sequences":["END"])")))["stop_sequence"], "END");
    const Json answer = json(*send(hello(R"("stop_sequences":["x","\u0000"])")));
    EXPECT_EQ(answer["stop_reason"], "stop_sequence");
    EXPECT_EQ(answer["stop_sequence"], std::string(1, '\0'));
}

TEST_F(MessagesTest, TakesBlocksOfToolsAndThinking) {
    send(R"("messages":[{"role":"user","content":[{"type":"text","text":"Weather?"}]},
        {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":""},
            {"type":"text","text":"Looking"},
            {"type":"tool_use","id":"t1","name":"get","input":{"city":"Oslo"}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1",
            "content":[{"type":"text","text":"4 degrees"}]}]}],
        "tools":[{"name":"get","input_schema":{"type":"object"}}],"tool_choice":{"type":"none"})");
    ASSERT_EQ(prompt().messages.size(), 3U);
    const Json extra = Json::parse(prompt().messages[1].extraJson);
    EXPECT_EQ(extra["reasoning_content"], "hm");
    EXPECT_EQ(extra["tool_calls"][0]["function"]["arguments"]["city"], "Oslo");
    EXPECT_EQ(prompt().messages[2].role, "tool");
    EXPECT_EQ(prompt().messages[2].content, "4 degrees");
    EXPECT_EQ(prompt().variablesJson, R"({"enable_thinking":false})");
}

TEST_F(MessagesTest, WhatTheModelSuggestsStandsInForAbsentFields) {
    engine->info.suggestedSampling.temperature = 0.6F;
    engine->info.suggestedSampling.topP = 0.95F;
    send(hello(R"("top_p":0.5)"));
    EXPECT_FLOAT_EQ(engine->at(0).request.sampling.temperature, 0.6F);
    EXPECT_FLOAT_EQ(engine->at(0).request.sampling.topP, 0.5F);
}

TEST_F(MessagesTest, CountsTokens) {
    const Json answer = json(*post("/v1/messages/count_tokens", "{" + hello() + "}"));
    EXPECT_EQ(answer["input_tokens"], 9);
}

TEST_F(MessagesTest, RefusesInItsOwnShape) {
    const auto exchange = post("/v1/messages", "{" + hello() + "}");
    EXPECT_EQ(exchange->status, 400);
    const Json answer = json(*exchange);
    EXPECT_EQ(answer["type"], "error");
    EXPECT_EQ(answer["error"]["type"], "invalid_request_error");
    EXPECT_THAT(answer["error"]["message"].get<std::string>(),
                testing::HasSubstr("max_tokens: Field required"));
    const auto unknown = post("/v1/messages", R"({"model":"x","max_tokens":1,)" + hello() + "}");
    EXPECT_EQ(unknown->status, 404);
    EXPECT_EQ(json(*unknown)["error"]["type"], "not_found_error");
}

TEST_F(MessagesTest, fault_049_images_are_refused) {
    const auto exchange = send(R"("messages":[{"role":"user","content":[{"type":"image",
        "source":{"type":"url","url":"http://127.0.0.1/x.png"}}]}])");
    EXPECT_EQ(exchange->status, 400);
    EXPECT_EQ(engine->count(), 0U);
}

TEST_F(MessagesTest, fault_035_wrong_type_for_every_field) {
    const Json schema =
        Json::parse(router.match(Method::Post, "/v1/messages").route->document.requestSchema);
    for (const auto& [name, property] : schema["properties"].items())
        for (const char* value : {"[[[1]]]", "{\"?\":[]}", "-7.25", "\"\\u0000\""}) {
            Json body = Json::parse(R"({"max_tokens":5,)" + hello() + "}");
            body[name] = Json::parse(value);
            const auto exchange = post("/v1/messages", jsonText(body));
            EXPECT_TRUE(exchange->status == 200 ||
                        (exchange->status >= 400 && exchange->status < 500))
                << name << value;
            if (name == "messages" || name == "max_tokens" || name == "stream") {
                EXPECT_EQ(exchange->status, 400) << name << value;
            }
        }
}

} // namespace
} // namespace hearth::serve
