#include "serve/lmdeploy/interactive_support.h"

namespace hearth::test {

namespace {

using serve::Json;

TEST_F(Interactive, fault_019_lost_keys_and_values_are_computed_again) {
    const std::string question(300, 'x');
    say(turn(question));
    const Json expected = say(turn("And then?"));
    say({{"prompt", ""}, {"session_id", 7}, {"request_output_len", 0}});

    say(turn(question));
    ASSERT_TRUE(m_tiny.pool().unload("tiny")); // and so forgets all keys and values
    const auto gone = serve::FakeExchange::post("", "");
    ASSERT_TRUE(gone->waitFor([&] { return m_tiny.host().find("tiny") == nullptr; }));
    const auto exchange = send(turn("And then?"));
    EXPECT_EQ(exchange->lastNote.cachedTokens, 0);
    EXPECT_EQ(Json::parse(exchange->body), expected);
}

TEST_F(Interactive, fault_035_fields_of_the_wrong_type_are_named) {
    for (const char* field : {"prompt", "session_id", "interactive_mode", "stream", "stop",
                              "request_output_len", "top_p", "top_k", "temperature",
                              "repetition_penalty", "ignore_eos", "cancel"}) {
        const auto exchange = send(with(turn("x"), field, Json::object()));
        EXPECT_EQ(exchange->status, 422) << field;
        EXPECT_NE(exchange->body.find(field), std::string::npos) << exchange->body;
    }
}

TEST_F(Interactive, fault_036_numbers_out_of_range_are_refused) {
    for (const char* body :
         {R"({"prompt":"x","temperature":-1})", R"({"prompt":"x","temperature":2.1})",
          R"({"prompt":"x","top_p":0})", R"({"prompt":"x","top_p":1.1})",
          R"({"prompt":"x","top_k":-1})", R"({"prompt":"x","session_id":-2})",
          R"({"prompt":"x","session_id":1e300})", R"({"prompt":"x","request_output_len":-1})",
          R"({"prompt":"x","request_output_len":99999999999})"})
        EXPECT_EQ(m_tiny.post("/v1/chat/interactive", body)->status, 422) << body;
    EXPECT_EQ(m_tiny.post("/v1/chat/interactive", R"({"prompt":"x","top_p":1e400})")->status, 400);
}

TEST_F(Interactive, fault_038_a_prompt_beyond_the_session_is_clipped_to_nothing) {
    const Json answer = say(turn(std::string(5000, 'x'), 20));
    EXPECT_EQ(answer["text"], "");
    EXPECT_EQ(answer["finish_reason"], "length");
    EXPECT_EQ(answer["input_tokens"], 5003);
    // One token less than the limit works: step + input + output < session_len.
    EXPECT_EQ(say(turn(std::string(2048 - 3 - 21, 'x'), 20))["tokens"], 20);
    say({{"prompt", ""}, {"session_id", 7}, {"request_output_len", 0}});
    EXPECT_EQ(say(turn(std::string(2048 - 3 - 20, 'x'), 20))["tokens"], 0);
}

TEST_F(Interactive, fault_064_a_session_goes_on_after_its_model_was_unloaded_under_it) {
    say(turn("Hello"));
    std::vector<std::shared_ptr<serve::FakeExchange>> streams;
    for (int id = 0; id < 50; ++id) {
        Json body = with(turn("Hello", 1500), "stream", true);
        body["session_id"] = 100 + id;
        streams.push_back(
            m_tiny.begin(serve::Method::Post, "/v1/chat/interactive", body.dump()));
    }
    ASSERT_TRUE(streams[0]->waitFor([&] { return !streams[0]->writes.empty(); }));
    m_tiny.host().unload("tiny"); // as the window does
    for (const auto& stream : streams) {
        ASSERT_TRUE(stream->waitForEnd());
        EXPECT_NE(stream->body.find("\"object\":\"error\""), std::string::npos) << stream->body;
    }
    EXPECT_EQ(say(turn("x"))["history_tokens"], 28);
}

TEST_F(Interactive, fault_031_special_tokens_in_a_turn_are_plain_text) {
    EXPECT_EQ(say(turn("<|end|>"))["input_tokens"], 3 + 7);
    EXPECT_EQ(say(turn("<|end|>"))["input_tokens"], 4 + 7);
}

TEST_F(Interactive, fault_033_what_is_no_json_is_refused) {
    for (const char* body : {"", "{", "[]", "nul", "{\"prompt\":\"x\",}"}) {
        const auto exchange = m_tiny.post("/v1/chat/interactive", body);
        EXPECT_GE(exchange->status, 400) << body;
        EXPECT_LT(exchange->status, 423) << body;
        EXPECT_EQ(Json::parse(exchange->body)["object"], "error");
        EXPECT_GE(m_tiny.post("/generate", body)->status, 400);
    }
}

} // namespace

} // namespace hearth::test
