#include "serve/api/json_text.h"
#include "serve/support/tiny_pool.h"

#include <gtest/gtest.h>

#include <sstream>

namespace hearth::test {

namespace {

using serve::Json;

class Tgi : public testing::Test {
protected:
    Tgi() {
        serve::addLmDeploy(m_tiny.router, m_tiny.context);
        serve::addTgi(m_tiny.router, m_tiny.context);
        serve::addGenerate(m_tiny.router, m_tiny.context);
    }

    static Json body(Json parameters, const std::string& inputs = "Hello") {
        return {{"inputs", inputs}, {"parameters", std::move(parameters)}};
    }
    Json generate(const Json& request) {
        const auto exchange = m_tiny.post("/generate", request.dump());
        EXPECT_EQ(exchange->status, 200) << exchange->body;
        return Json::parse(exchange->body);
    }
    std::vector<Json> stream(const Json& request) {
        const auto exchange = m_tiny.post("/generate_stream", request.dump());
        EXPECT_EQ(exchange->status, 200) << exchange->body;
        std::vector<Json> events;
        std::istringstream lines(exchange->body);
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with("data:"))
                events.push_back(Json::parse(line.substr(5)));
        return events;
    }
    void expectRefused(const char* path, const Json& request, int status, const char* type) {
        const auto exchange = m_tiny.post(path, request.dump());
        EXPECT_EQ(exchange->status, status) << request.dump() << exchange->body;
        const Json error = Json::parse(exchange->body);
        EXPECT_EQ(error["error_type"], type);
        EXPECT_TRUE(error["error"].is_string());
    }

    TinyPool m_tiny;
};

TEST_F(Tgi, GeneratesTextAndDetails) {
    const Json plain = generate(body({{"max_new_tokens", 12}}));
    EXPECT_TRUE(plain["generated_text"].is_string());
    EXPECT_FALSE(plain.contains("details"));
    const Json answer = generate(body(
        {{"max_new_tokens", 12}, {"details", true}, {"decoder_input_details", true},
         {"top_n_tokens", 3}}));
    EXPECT_EQ(answer["generated_text"], plain["generated_text"]);
    const Json& details = answer["details"];
    EXPECT_EQ(details["prefill"].size(), 5U);
    EXPECT_EQ(details["prefill"][0]["text"], "H");
    EXPECT_EQ(details["tokens"].size(), details["generated_tokens"]);
    EXPECT_EQ(details["top_tokens"][0].size(), 3U);
    EXPECT_TRUE(details["seed"].is_null()); // greedy
    EXPECT_LE(details["tokens"][0]["logprob"], 0.0);
}

TEST_F(Tgi, StreamsAnEventAToken) {
    const Json parameters = {{"max_new_tokens", 12}, {"details", true}, {"do_sample", true},
                             {"seed", 5}};
    const Json whole = generate(body(parameters));
    const std::vector<Json> events = stream(body(parameters));
    ASSERT_EQ(events.size(), whole["details"]["tokens"].size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(events[i]["index"], i + 1);
        EXPECT_EQ(events[i]["token"], whole["details"]["tokens"][i]);
        EXPECT_EQ(events[i]["generated_text"].is_null(), i + 1 < events.size());
    }
    EXPECT_EQ(events.back()["generated_text"], whole["generated_text"]);
    const Json& details = events.back()["details"];
    EXPECT_EQ(details["finish_reason"], whole["details"]["finish_reason"]);
    EXPECT_EQ(details["input_length"], 5);
    EXPECT_EQ(details["seed"], 5);
}

TEST_F(Tgi, TheBestOfSeveral) {
    const Json answer = generate(body({{"max_new_tokens", 8},
                                       {"best_of", 3},
                                       {"do_sample", true},
                                       {"seed", 1},
                                       {"details", true}}));
    const Json& others = answer["details"]["best_of_sequences"];
    ASSERT_EQ(others.size(), 2U);
    const auto mean = [](const Json& sequence) {
        double sum = 0.0;
        for (const Json& token : sequence["tokens"])
            sum += token["logprob"].get<double>();
        return sum / double(sequence["tokens"].size());
    };
    EXPECT_GE(mean(answer["details"]), mean(others[0]));
    EXPECT_GE(mean(others[0]), mean(others[1]));
}

TEST_F(Tgi, TruncatesPromptsAndReturnsThem) {
    const Json cut = generate(body({{"max_new_tokens", 8}, {"truncate", 3}}, "Hello"));
    const Json same = generate(body({{"max_new_tokens", 8}}, "llo"));
    EXPECT_EQ(cut["generated_text"], same["generated_text"]);
    const Json full = generate(body({{"max_new_tokens", 8}, {"return_full_text", true}}, "llo"));
    EXPECT_EQ(full["generated_text"], "llo" + same["generated_text"].get<std::string>());
}

TEST_F(Tgi, RefusesAsTgiDoes) {
    for (const Json& wrong : std::vector<Json>{
             {{"best_of", 0}}, {{"best_of", 2}}, {{"temperature", 0}}, {{"top_p", 1.5}},
             {{"top_k", 0}}, {{"max_new_tokens", 0}}, {{"watermark", true}}, {{"typical_p", 0.5}},
             {{"stop", {""}}}, {{"top_n_tokens", 1000}}, {{"seed", -1}}, {{"truncate", 0}},
             {{"grammar", {{"type", "regex"}, {"value", 7}}}}})
        expectRefused("/generate", body(wrong), 422, "validation");
    expectRefused("/generate_stream", body({{"best_of", 2}, {"do_sample", true}}), 422,
                  "validation");
    expectRefused("/generate_stream", body({{"decoder_input_details", true}}), 422, "validation");
    expectRefused("/generate", {{"inputs", "x"}, {"model", "nobody"}}, 404, "validation");
    expectRefused("/generate_stream", Json::array(), 422, "validation");
}

TEST_F(Tgi, fault_038_a_prompt_longer_than_the_context_is_refused_with_the_numbers) {
    expectRefused("/generate", body({{"max_new_tokens", 10}}, std::string(2039, 'x')), 422,
                  "validation");
    EXPECT_TRUE(generate(body({{"max_new_tokens", 10}}, std::string(2038, 'x')))
                    .contains("generated_text"));
    const auto exchange = m_tiny.post("/generate", body({}, std::string(3000, 'x')).dump());
    EXPECT_NE(exchange->body.find("2048"), std::string::npos);
    EXPECT_NE(exchange->body.find("3000"), std::string::npos);
}

TEST_F(Tgi, fault_064_an_unloaded_model_ends_the_stream_with_an_error) {
    const auto running = m_tiny.begin(serve::Method::Post, "/generate_stream",
                                      body({{"max_new_tokens", 2000}}).dump());
    ASSERT_TRUE(running->waitFor([&] { return !running->writes.empty(); }));
    m_tiny.host().unload("tiny");
    ASSERT_TRUE(running->waitForEnd());
    EXPECT_NE(running->body.find("\"error_type\""), std::string::npos);
    EXPECT_TRUE(generate(body({{"max_new_tokens", 1}})).contains("generated_text"));
}

TEST_F(Tgi, InfoTellsTheLimits) {
    generate(body({{"max_new_tokens", 1}}));
    const auto exchange = m_tiny.ask(serve::Method::Get, "/info");
    const Json info = Json::parse(exchange->body);
    EXPECT_EQ(info["model_id"], "tiny");
    EXPECT_EQ(info["max_total_tokens"], 2048);
    EXPECT_EQ(info["model_device_type"], "cpu");
}

} // namespace

} // namespace hearth::test
