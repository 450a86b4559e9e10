#include "serve/lmdeploy/interactive_support.h"

#include <sstream>

namespace hearth::test {

namespace {

using serve::Json;

TEST_F(Interactive, ARoundAnswersAsLmDeployDoes) {
    const Json first = say(turn("Hello"));
    EXPECT_EQ(first["tokens"], 20);
    EXPECT_EQ(first["finish_reason"], "length");
    EXPECT_EQ(first["history_tokens"], 0);
    EXPECT_EQ(first["input_tokens"], 8); // <|user|>Hello<|end|><|assistant|>
    EXPECT_TRUE(first["text"].is_string());
}

TEST_F(Interactive, TheSecondRoundReadsOnlyNewTokens) {
    const std::string question(200, 'x');
    say(turn(question));
    const auto exchange = send(turn("And then?"));
    const Json second = Json::parse(exchange->body);
    EXPECT_EQ(second["history_tokens"], 203 + 20);
    EXPECT_EQ(second["input_tokens"], 13); // <|end|><|user|>And then?<|end|><|assistant|>
    // All whole blocks of the history but the one that holds its last token.
    EXPECT_GE(exchange->lastNote.cachedTokens, 223 - 32);
    EXPECT_EQ(exchange->lastNote.promptTokens, 223 + 13);
}

TEST_F(Interactive, ASessionSaysWhatTheWholeConversationSays) {
    say(turn("Hello", 0));
    const Json second = say(turn("More"));
    Json whole = with(turn(""), "prompt",
                      {{{"role", "user"}, {"content", "Hello"}},
                       {{"role", "assistant"}, {"content", ""}},
                       {{"role", "user"}, {"content", "More"}}});
    whole["session_id"] = 8;
    const Json alone = say(whole);
    EXPECT_EQ(alone["text"], second["text"]);
    EXPECT_EQ(alone["input_tokens"], 8 + 8);
    EXPECT_EQ(second["history_tokens"], 8);
}

TEST(InteractiveStarter, TwoRoundsSayWhatTheWholeConversationSays) {
    if (!TinyPool::hasStarter())
        GTEST_SKIP() << "HEARTH_STARTER_MODEL is not set";
    TinyPool starter{TinyPool::Starter{}};
    serve::addLmDeploy(starter.router, starter.context);
    const auto say = [&](const Json& more) {
        Json body = {{"session_id", 7}, {"temperature", 0.0}, {"request_output_len", 48}};
        body.update(more);
        const auto exchange = starter.post("/v1/chat/interactive", body.dump());
        EXPECT_EQ(exchange->status, 200) << exchange->body;
        return std::pair(Json::parse(exchange->body), exchange->lastNote);
    };
    const char* question = "What is the capital of France?";
    const char* other = "And of Germany?";
    const auto [first, note] = say({{"prompt", question}, {"interactive_mode", true}});
    EXPECT_NE(first["text"].get<std::string>().find("Paris"), std::string::npos);
    EXPECT_EQ(first["finish_reason"], "stop");
    const auto [second, secondNote] = say({{"prompt", other}, {"interactive_mode", true}});
    const int history = second["history_tokens"];
    EXPECT_EQ(history, first["input_tokens"].get<int>() + first["tokens"].get<int>());
    EXPECT_LT(second["input_tokens"], 20);
    EXPECT_GE(secondNote.cachedTokens, history - 32);
    const auto [end, endNote] = say({{"prompt", ""}, {"request_output_len", 0}});
    const auto [whole, wholeNote] =
        say({{"prompt",
              {{{"role", "user"}, {"content", question}},
               {{"role", "assistant"}, {"content", first["text"]}},
               {{"role", "user"}, {"content", other}}}}});
    EXPECT_EQ(whole["text"], second["text"]);
    EXPECT_EQ(whole["input_tokens"], history + second["input_tokens"].get<int>());
}

TEST_F(Interactive, AReplyThatTheModelEndedIsNotEndedTwice) {
    // With the end of the turn as the only token that may be drawn.
    Json ending = turn("Hello", 20);
    ending["ignore_eos"] = false;
    const Json first = say(ending);
    const Json second = say(turn("x", 4));
    const int ended = first["finish_reason"] == "stop" ? 1 : 0;
    EXPECT_EQ(second["input_tokens"], 5 - ended); // <|end|><|user|>x<|end|><|assistant|>
}

TEST_F(Interactive, StreamsBareLinesOfJson) {
    const Json whole = say(turn("Hello"));
    say({{"prompt", ""}, {"session_id", 7}, {"request_output_len", 0}});
    const auto exchange = send(with(turn("Hello"), "stream", true));
    EXPECT_EQ(exchange->contentType, "text/event-stream; charset=utf-8");
    std::istringstream lines(exchange->body);
    std::string text;
    Json last;
    for (std::string line; std::getline(lines, line);) {
        if (line.empty())
            continue;
        EXPECT_TRUE(last.is_null() || last["finish_reason"].is_null());
        last = Json::parse(line);
        text += last["text"];
    }
    EXPECT_EQ(last["finish_reason"], "length");
    EXPECT_EQ(last["tokens"], 20);
    EXPECT_EQ(text, whole["text"].get<std::string>());
}

TEST_F(Interactive, WithoutInteractiveModeNothingIsKept) {
    const Json alone = with(turn("Hello"), "interactive_mode", false);
    EXPECT_EQ(say(alone)["history_tokens"], 0);
    EXPECT_EQ(say(alone)["history_tokens"], 0);
    say(turn("Hello"));
    EXPECT_EQ(say(alone)["history_tokens"], 28); // the last turn of the session
    EXPECT_EQ(say(turn("Hello"))["history_tokens"], 0);
}

TEST_F(Interactive, AnEmptyPromptEndsTheSession) {
    say(turn("Hello"));
    const Json end = say({{"prompt", ""},
                          {"session_id", 7},
                          {"request_output_len", 0},
                          {"interactive_mode", false}});
    EXPECT_EQ(end["text"], "");
    EXPECT_EQ(end["tokens"], 0);
    EXPECT_EQ(end["history_tokens"], 28);
    EXPECT_EQ(say(turn("Hello"))["history_tokens"], 0);
}

TEST_F(Interactive, APromptWithoutAReplyIsTakenIntoTheHistory) {
    const Json taken = say(turn("Hello", 0));
    EXPECT_EQ(taken["text"], "");
    EXPECT_EQ(taken["input_tokens"], 8);
    EXPECT_EQ(say(turn("x", 4))["history_tokens"], 8);
}

TEST_F(Interactive, ReplaysAHistoryOfMessages) {
    const Json messages = {{{"role", "user"}, {"content", "Hello"}},
                           {{"role", "assistant"}, {"content", "Hi"}}};
    const Json taken = say(with(turn("", 0), "prompt", messages));
    EXPECT_EQ(taken["input_tokens"], 10); // <|user|>Hello<|end|><|assistant|>Hi
    EXPECT_EQ(say(turn("x", 4))["input_tokens"], 5);
}

TEST_F(Interactive, AFullSessionSaysNothing) {
    const Json answer = say(turn("Hello", 2048));
    EXPECT_EQ(answer["text"], "");
    EXPECT_EQ(answer["tokens"], 0);
    EXPECT_EQ(answer["finish_reason"], "length");
    EXPECT_EQ(say(turn("Hello", 2048 - 9))["tokens"], 2048 - 9);
    EXPECT_EQ(say(turn("More", 20))["finish_reason"], "length");
    EXPECT_EQ(say(turn("More", 20))["history_tokens"], 2047);
}

TEST_F(Interactive, AnOccupiedSessionIsRefusedAndCanBeStopped) {
    const auto running =
        m_tiny.begin(serve::Method::Post, "/v1/chat/interactive",
                     with(turn("Hello", 2000), "stream", true).dump());
    ASSERT_TRUE(running->waitFor([&] { return !running->writes.empty(); }));
    const auto refused = send(turn("Hello"));
    EXPECT_EQ(refused->status, 409);
    const Json error = Json::parse(refused->body);
    EXPECT_EQ(error["object"], "error");
    EXPECT_EQ(error["message"], "The session_id `7` is occupied.");
    EXPECT_EQ(error["code"], 409);
    const Json stopped = say({{"session_id", 7}, {"cancel", true}});
    EXPECT_EQ(stopped["text"], "");
    ASSERT_TRUE(running->waitForEnd());
    EXPECT_NE(running->body.find("\"finish_reason\":\"stop\""), std::string::npos);
    const Json next = say(turn("x", 4));
    EXPECT_GT(next["history_tokens"], 8); // the prompt and what was said
    EXPECT_LT(next["history_tokens"], 2008);
}

TEST_F(Interactive, StopIsAFlagOrTexts) {
    const Json whole = say(turn("Hello", 60));
    say({{"session_id", 7}, {"stop", true}});
    EXPECT_EQ(send({{"stop", true}})->status, 400);
    EXPECT_EQ(send({{"cancel", true}})->status, 400);
    EXPECT_EQ(send(with(turn("Hello"), "stop", {"a", "b"}))->status, 200);
}

TEST_F(Interactive, AClientThatHangsUpLeavesTheSessionAsItWas) {
    say(turn("Hello"));
    const auto running = m_tiny.begin(serve::Method::Post, "/v1/chat/interactive",
                                      with(turn("More", 1500), "stream", true).dump());
    ASSERT_TRUE(running->waitFor([&] { return !running->writes.empty(); }));
    running->hangUp();
    Json next;
    ASSERT_TRUE(running->waitFor([&] {
        const auto exchange = send(turn("x", 4));
        next = Json::parse(exchange->body);
        return exchange->status == 200;
    }));
    EXPECT_EQ(next["history_tokens"], 28);
}

TEST_F(Interactive, RandomSessionsAreTold) {
    const auto exchange = send(with(turn("Hello"), "session_id", -1));
    std::string id;
    for (const serve::Header& header : exchange->headers)
        if (header.name == "x-session-id")
            id = header.value;
    ASSERT_FALSE(id.empty());
    EXPECT_GE(std::stoi(id), 10087);
    EXPECT_LE(std::stoi(id), 23333);
    EXPECT_EQ(say(with(turn("x"), "session_id", std::stoi(id)))["history_tokens"], 28);
}

TEST_F(Interactive, GenerateIsAnAlias) {
    EXPECT_EQ(Json::parse(m_tiny.post("/generate", turn("Hello").dump())->body)["tokens"], 20);
    EXPECT_EQ(say(turn("x"))["history_tokens"], 28);
}

TEST_F(Interactive, AnotherModelCannotGoOn) {
    say(turn("Hello"));
    EXPECT_EQ(send(with(turn("More"), "model", "other"))->status, 400);
    EXPECT_EQ(send(with(turn("More"), "model", "nobody"))->status, 404);
    EXPECT_EQ(say(turn("x"))["history_tokens"], 28);
}

TEST_F(Interactive, AbortRequestStopsASession) {
    const auto running =
        m_tiny.begin(serve::Method::Post, "/v1/chat/interactive",
                     with(turn("Hello", 2000), "stream", true).dump());
    ASSERT_TRUE(running->waitFor([&] { return !running->writes.empty(); }));
    EXPECT_EQ(m_tiny.post("/abort_request", R"({"abort_all":true})")->status, 200);
    EXPECT_TRUE(running->waitForEnd());
    EXPECT_EQ(m_tiny.post("/abort_request", "{}")->status, 400);
}

} // namespace

} // namespace hearth::test
