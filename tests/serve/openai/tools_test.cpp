#include "serve/support/api_fixture.h"

#include <gmock/gmock.h>

namespace hearth::serve {
namespace {

using testing::HasSubstr;

constexpr const char* kTools = R"("tools":[{"type":"function","function":{"name":"get_weather",
    "description":"The weather","strict":true,"parameters":{"type":"object",
    "properties":{"city":{"type":"string"}},"required":["city"]}}},
    {"type":"function","function":{"name":"other"}}])";

class ToolsTest : public ApiTest {
protected:
    ToolsTest() {
        addOpenAi(router, context);
        engine->info.chatTemplate = "{% if tools %}<tool_call>{% endif %}";
    }
    static std::string body(const std::string& more = {}) {
        return std::string(R"({"messages":[{"role":"user","content":"Oslo?"}],)") + kTools +
               (more.empty() ? "" : "," + more) + "}";
    }
    std::shared_ptr<FakeExchange> chat(const std::string& more = {}) {
        return post("/v1/chat/completions", body(more));
    }
    const StructuralTags& tags() {
        return std::get<StructuralTags>(engine->at(0).request.constraint.syntax);
    }
};

TEST_F(ToolsTest, FindsCallsInReplies) {
    engine->pieces = {"Let me", " see.\n<tool", "_call>\n{\"name\": \"get_weather\", \"argu",
                      "ments\": {\"city\":", " \"Oslo\"}}\n</tool_call>"};
    const Json answer = json(*chat());
    const Json& message = answer["choices"][0]["message"];
    EXPECT_THAT(message["content"].get<std::string>(), HasSubstr("Let me see."));
    const Json& call = message["tool_calls"][0];
    EXPECT_EQ(call["type"], "function");
    EXPECT_EQ(call["function"]["name"], "get_weather");
    EXPECT_EQ(Json::parse(call["function"]["arguments"].get<std::string>())["city"], "Oslo");
    EXPECT_NE(call["id"], "");
    EXPECT_EQ(answer["choices"][0]["finish_reason"], "tool_calls");
}

TEST_F(ToolsTest, StreamsCallsInPieces) {
    engine->manual = true;
    const auto exchange = begin(Method::Post, "/v1/chat/completions", body(R"("stream":true)"));
    exchange->run();
    for (const char* piece : {"<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"ci",
                              "ty\": \"Os", "lo\"}}\n</tool_call>"}) {
        engine->sendText(0, piece);
        exchange->run();
    }
    engine->finish(0);
    ASSERT_TRUE(exchange->waitForEnd());
    std::string arguments;
    std::size_t named = 0;
    for (const Json& event : events(*exchange)) {
        if (!event.is_object() || !event["choices"][0]["delta"].contains("tool_calls"))
            continue;
        const Json& call = event["choices"][0]["delta"]["tool_calls"][0];
        EXPECT_EQ(call["index"], 0);
        if (call["function"].contains("name")) {
            ++named;
            EXPECT_EQ(call["type"], "function");
            EXPECT_EQ(call["function"]["arguments"], "");
        } else {
            arguments += call["function"]["arguments"].get<std::string>();
        }
    }
    EXPECT_EQ(named, 1U);
    EXPECT_EQ(Json::parse(arguments)["city"], "Oslo");
}

TEST_F(ToolsTest, DescribesToolsWhereTheTemplateDoesNot) {
    chat();
    const auto& prompt = std::get<ChatPrompt>(engine->at(0).request.prompt);
    ASSERT_EQ(prompt.messages.size(), 2U);
    EXPECT_EQ(prompt.messages[0].role, "system");
    EXPECT_THAT(prompt.messages[0].content, HasSubstr("get_weather"));
}

TEST_F(ToolsTest, HoldsRepliesToTheChoice) {
    chat(R"("tool_choice":{"type":"function","function":{"name":"get_weather"}})");
    EXPECT_EQ(tags().use, TagUse::RequiredOne);
    EXPECT_EQ(tags().tags.size(), 1U);
}

TEST_F(ToolsTest, RequiresACallOfAny) {
    chat(R"("tool_choice":"required")");
    EXPECT_EQ(tags().use, TagUse::Required);
    EXPECT_EQ(tags().tags.size(), 2U);
}

TEST_F(ToolsTest, LeavesToolsOutWhereNoneMayBeCalled) {
    engine->pieces = {"<tool_call>"};
    const Json answer = json(*chat(R"("tool_choice":"none")"));
    EXPECT_EQ(answer["choices"][0]["message"]["content"], "<tool_call>");
    EXPECT_TRUE(std::holds_alternative<std::monostate>(engine->at(0).request.constraint.syntax));
}

TEST_F(ToolsTest, RefusesUnknownNames) {
    EXPECT_EQ(chat(R"("tool_choice":{"type":"function","function":{"name":"no"}})")->status, 400);
    EXPECT_EQ(engine->count(), 0U);
}

constexpr const char* kFormat = R"("response_format":{"type":"json_schema","json_schema":
    {"name":"n","schema":{"type":"object","properties":{"degrees":{"type":"integer"}}}}})";

TEST_F(ToolsTest, LetsAReplyCallOrHaveTheForm) {
    EXPECT_EQ(chat(kFormat)->status, 200);
    EXPECT_EQ(tags().use, TagUse::Required);
    EXPECT_EQ(tags().tags.size(), 2U);
    ASSERT_TRUE(tags().instead);
    EXPECT_THAT(std::get<JsonSchema>(*tags().instead).text, HasSubstr("degrees"));
    chat(std::string(kFormat) + R"(,"parallel_tool_calls":false)");
    EXPECT_EQ(std::get<StructuralTags>(engine->at(1).request.constraint.syntax).use,
              TagUse::RequiredOne);
}

TEST_F(ToolsTest, ReadsTheFormAsContentAndTheCallsAsCalls) {
    engine->pieces = {"{\"degrees\":", " 21}"};
    const Json said = json(*chat(kFormat))["choices"][0];
    EXPECT_EQ(said["message"]["content"], "{\"degrees\": 21}");
    EXPECT_FALSE(said["message"].contains("tool_calls"));
    EXPECT_EQ(said["finish_reason"], "stop");
    engine->pieces = {"<tool_call>\n{\"name\": \"other\", \"arguments\": {}}\n</tool_call>"};
    const Json called = json(*chat(kFormat))["choices"][0];
    EXPECT_EQ(called["message"]["content"], nullptr);
    EXPECT_EQ(called["message"]["tool_calls"][0]["function"]["name"], "other");
    EXPECT_EQ(called["finish_reason"], "tool_calls");
}

TEST_F(ToolsTest, AFormDoesNotReplaceACallThatMustBe) {
    chat(std::string(kFormat) + R"(,"tool_choice":"required")");
    EXPECT_EQ(tags().use, TagUse::Required);
    EXPECT_FALSE(tags().instead);
    chat(std::string(kFormat) + R"(,"tool_choice":"none")");
    EXPECT_TRUE(std::holds_alternative<JsonSchema>(engine->at(1).request.constraint.syntax));
}

TEST_F(ToolsTest, HoldsChannelsToTheirForms) {
    engine->info.chatTemplate = "{% if tools %}<|channel|>{% endif %}";
    chat(R"("tool_choice":"required")");
    EXPECT_EQ(tags().use, TagUse::RequiredOne);
    EXPECT_EQ(engine->at(0).request.constraint.startAfter, "<|end|><|start|>assistant");
    chat(std::string(kFormat) + R"(,"tool_choice":"none")");
    const auto& only = std::get<StructuralTags>(engine->at(1).request.constraint.syntax);
    EXPECT_EQ(only.tags.at(0).begin, "<|channel|>final<|message|>");
}

TEST_F(ToolsTest, TellsReasoningApart) {
    engine->info.chatTemplate = "<think></think>";
    engine->pieces = {"<thi", "nk>\nHm", "m.\n</think>", "\n\nYes"};
    const Json answer =
        json(*post("/v1/chat/completions", R"({"messages":[{"role":"user","content":"?"}]})"));
    const Json& message = answer["choices"][0]["message"];
    EXPECT_THAT(message["reasoning_content"].get<std::string>(), HasSubstr("Hmm."));
    EXPECT_EQ(message["content"], "Yes");
    EXPECT_GT(answer["usage"]["completion_tokens_details"]["reasoning_tokens"], 0);
}

} // namespace
} // namespace hearth::serve
