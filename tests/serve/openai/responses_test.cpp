#include "serve/openai/response_store.h"
#include "serve/support/api_fixture.h"

#include <gmock/gmock.h>

namespace hearth::serve {
namespace {

class ResponsesTest : public ApiTest {
protected:
    ResponsesTest() { addOpenAi(router, context); }
    Json create(const std::string& fields) {
        const auto exchange = post("/v1/responses", "{\"model\":\"tiny\"," + fields + "}");
        EXPECT_EQ(exchange->status, 200) << exchange->body;
        return json(*exchange);
    }
    const ChatPrompt& prompt(std::size_t number) {
        return std::get<ChatPrompt>(engine->at(number).request.prompt);
    }
};

TEST_F(ResponsesTest, AnswersWhole) {
    const Json answer = create(R"("input":"Hi","instructions":"Be short","metadata":{"a":"b"})");
    EXPECT_EQ(answer["object"], "response");
    EXPECT_EQ(answer["status"], "completed");
    EXPECT_EQ(answer["output"][0]["type"], "message");
    EXPECT_EQ(answer["output"][0]["content"][0]["text"], "Hello, world!");
    EXPECT_EQ(answer["usage"]["output_tokens"], 4);
    EXPECT_EQ(answer["metadata"]["a"], "b");
    EXPECT_EQ(answer["temperature"].dump(), "0.7");
    EXPECT_EQ(prompt(0).messages[0].role, "system");
}

TEST_F(ResponsesTest, TellsTheSamplingThatTheModelSuggests) {
    engine->info.suggestedSampling.temperature = 0.6F;
    engine->info.suggestedSampling.topP = 0.95F;
    const Json answer = create(R"("input":"Hi")");
    EXPECT_EQ(answer["temperature"].dump(), "0.6");
    EXPECT_EQ(answer["top_p"].dump(), "0.95");
    EXPECT_FLOAT_EQ(engine->at(0).request.sampling.temperature, 0.6F);
    EXPECT_EQ(create(R"("input":"Hi","temperature":0.1)")["temperature"].dump(), "0.1");
}

TEST_F(ResponsesTest, GoesOnFromAStoredAnswer) {
    const std::string id = create(R"("input":"Hi")")["id"];
    create(R"("previous_response_id":")" + id + R"(","input":"More")");
    ASSERT_EQ(prompt(1).messages.size(), 3U);
    EXPECT_EQ(prompt(1).messages[1].role, "assistant");
    EXPECT_EQ(prompt(1).messages[1].content, "Hello, world!");
    EXPECT_EQ(json(*begin(Method::Get, "/v1/responses/" + id))["id"], id);
    EXPECT_EQ(json(*begin(Method::Delete, "/v1/responses/" + id))["deleted"], true);
    EXPECT_EQ(begin(Method::Get, "/v1/responses/" + id)->status, 404);
    EXPECT_EQ(post("/v1/responses", R"({"input":"x","previous_response_id":"no"})")->status, 404);
    const std::string unkept = create(R"("input":"Hi","store":false)")["id"];
    EXPECT_EQ(begin(Method::Get, "/v1/responses/" + unkept)->status, 404);
}

TEST_F(ResponsesTest, TakesItemsOfCalls) {
    create(R"("input":[{"role":"user","content":[{"type":"input_text","text":"Weather?"}]},
        {"type":"reasoning","id":"rs","summary":[],"content":[{"type":"reasoning_text","text":"m"}]},
        {"type":"function_call","call_id":"c1","name":"get","arguments":"{\"a\":1}"},
        {"type":"function_call","call_id":"c2","name":"get","arguments":"{}"},
        {"type":"function_call_output","call_id":"c1","output":"4"},
        {"type":"function_call_output","call_id":"c2","output":"5"}])");
    ASSERT_EQ(prompt(0).messages.size(), 4U);
    const Json calls = Json::parse(prompt(0).messages[1].extraJson)["tool_calls"];
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_EQ(calls[0]["function"]["arguments"]["a"], 1);
    EXPECT_EQ(prompt(0).messages[3].content, "5");
}

TEST_F(ResponsesTest, StreamsTheEventsOfItsMaking) {
    engine->manual = true;
    const auto exchange = begin(Method::Post, "/v1/responses", R"({"input":"Hi","stream":true})");
    exchange->run();
    engine->send(0, AcceptedEvent{3, 0});
    engine->sendText(0, "Hel");
    exchange->run();
    engine->sendText(0, "lo");
    exchange->run();
    engine->finish(0, FinishReason::Length);
    ASSERT_TRUE(exchange->waitForEnd());
    const std::vector<Json> all = events(*exchange);
    std::vector<std::string> types;
    for (std::size_t i = 0; i < all.size(); ++i) {
        types.push_back(all[i]["type"].get<std::string>());
        EXPECT_EQ(all[i]["sequence_number"], i);
    }
    EXPECT_THAT(types,
                testing::ElementsAre("response.created", "response.in_progress",
                                     "response.output_item.added", "response.content_part.added",
                                     "response.output_text.delta", "response.output_text.delta",
                                     "response.output_text.done", "response.content_part.done",
                                     "response.output_item.done", "response.incomplete"));
    EXPECT_EQ(all[6]["text"], "Hello");
    EXPECT_EQ(all[9]["response"]["incomplete_details"]["reason"], "max_output_tokens");
    EXPECT_EQ(all[9]["response"]["output"][0]["id"], all[2]["item"]["id"]);
}

TEST_F(ResponsesTest, fault_035_wrong_types_are_422) {
    for (const char* fields : {R"("input":5)", R"("input":[])", R"("input":[{"role":"x"}])",
                               R"("input":"a","tools":[{"type":"web_search"}])",
                               R"("input":"a","text":{"format":{"type":"xml"}})",
                               R"("input":"a","max_output_tokens":0)",
                               R"("input":[{"role":"user","content":[{"type":"input_image",
                                  "image_url":"http://127.0.0.1/x"}]}])"})
        EXPECT_EQ(post("/v1/responses", std::string("{") + fields + "}")->status, 422) << fields;
}

TEST(ResponseStore, ForgetsTheOldestAndWhatIsOld) {
    ResponseStore store;
    const auto now = ResponseStore::Clock::now();
    for (std::size_t i = 0; i <= ResponseStore::kMaxEntries; ++i)
        store.put("r" + std::to_string(i), {"", "{}", {}}, now);
    EXPECT_EQ(store.find("r0", "", now), nullptr);
    EXPECT_NE(store.find("r1", "", now), nullptr);
    EXPECT_EQ(store.find("r1", "", now + ResponseStore::kTime + std::chrono::seconds(1)), nullptr);
    store.put("big", {"", std::string(ResponseStore::kMaxBytes / 2, 'x'), {}}, now);
    store.put("big2", {"", std::string(ResponseStore::kMaxBytes / 2, 'x'), {}}, now);
    EXPECT_EQ(store.find("r9", "", now), nullptr);
    EXPECT_NE(store.find("big2", "", now), nullptr);
}

TEST(ResponseStore, KeepsAnswersFromOtherKeys) {
    ResponseStore store;
    store.put("r", {"alice", "{}", {}});
    EXPECT_EQ(store.find("r", "bob"), nullptr);
    EXPECT_FALSE(store.erase("r", "bob"));
    EXPECT_NE(store.find("r", "alice"), nullptr);
}

} // namespace
} // namespace hearth::serve
