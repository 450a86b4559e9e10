#include "engine/runtime/engine_harness.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>

using namespace hearth;
using namespace hearth::test;

namespace {

constexpr const char* kPerson =
    R"({"type":"object","properties":{"name":{"type":"string","maxLength":12},
        "age":{"type":"integer","minimum":0,"maximum":120},"tags":{"type":"array","maxItems":3,
        "items":{"enum":["red","green","blue"]}},"happy":{"type":"boolean"}},
        "required":["name","age","happy"],"additionalProperties":false})";

bool isPerson(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("name") || !json.contains("age") ||
        !json.contains("happy") || !json["name"].is_string() || !json["happy"].is_boolean())
        return false;
    for (const auto& [key, value] : json.items())
        if (key != "name" && key != "age" && key != "happy" && key != "tags")
            return false;
    return json["age"].is_number_integer() && json["age"] >= 0 && json["age"] <= 120 &&
           json.value("tags", nlohmann::json::array()).size() <= 3;
}

Request drawn(std::uint64_t seed, std::int32_t most = 400) {
    Request request;
    request.prompt = TextPrompt{"Describe a person as JSON: ", false, true};
    request.sampling.temperature = 1.0F;
    request.sampling.topK = 0;
    request.sampling.topP = 1.0F;
    request.sampling.seed = seed;
    request.maxTokens = most;
    return request;
}

Request person(std::uint64_t seed) {
    Request request = drawn(seed);
    request.constraint.syntax = JsonSchema{kPerson, UnknownKeywords::Fail};
    return request;
}

std::shared_ptr<Engine> loadBytes(EngineHarness& harness) {
    const auto engine = harness.load(byteTokenizerGguf(""), {});
    EXPECT_TRUE(engine) << engine.error().message();
    return *engine;
}

} // namespace

TEST(Constraint, RepliesOfARandomModelKeepToTheSchema) {
    EngineHarness harness;
    const auto engine = loadBytes(harness);
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        const auto reply = run(*engine, person(seed));
        ASSERT_TRUE(reply->finished);
        if (reply->finished->reason == FinishReason::Stop) {
            EXPECT_TRUE(isPerson(reply->text)) << reply->text;
        }
        EXPECT_EQ(reply->text.substr(0, 1), "{");
    }
}

TEST(Constraint, StarterRepliesParseAndValidate) {
    const char* const path = std::getenv("HEARTH_STARTER_MODEL");
    if (path == nullptr)
        GTEST_SKIP() << "HEARTH_STARTER_MODEL is not set";
    EngineHarness harness;
    const auto engine = harness.host().load(path, "starter", {});
    ASSERT_TRUE(engine) << engine.error().message();
    std::vector<std::unique_ptr<Recorder>> replies;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        replies.push_back(std::make_unique<Recorder>());
        ASSERT_TRUE((*engine)->submit(person(seed), replies.back()->handler()));
    }
    for (const auto& reply : replies) {
        ASSERT_TRUE(reply->wait());
        ASSERT_TRUE(reply->finished);
        EXPECT_EQ(reply->finished->reason, FinishReason::Stop);
        EXPECT_TRUE(isPerson(reply->text)) << reply->text;
    }
}

TEST(Constraint, fault_032_a_bad_schema_fails_alone) {
    EngineHarness harness;
    const auto engine = loadBytes(harness);
    Recorder free;
    ASSERT_TRUE(engine->submit(drawn(1, 100), free.handler()));
    for (const char* const schema : {"{\"type\":", R"({"not":{}})", R"({"$ref":"#"})"}) {
        Request request = drawn(2);
        request.constraint.syntax = JsonSchema{schema, UnknownKeywords::Fail};
        const auto reply = run(*engine, std::move(request));
        ASSERT_TRUE(reply->failed) << schema;
        EXPECT_TRUE(reply->failed->code == ErrorCode::InvalidArgument ||
                    reply->failed->code == ErrorCode::Unsupported);
        EXPECT_NE(reply->failed->field, "");
    }
    ASSERT_TRUE(free.wait());
    EXPECT_TRUE(free.finished);
    const auto next = run(*engine, person(3));
    EXPECT_TRUE(next->finished);
}

TEST(Constraint, fault_032_hundreds_of_readings_end_that_reply_alone) {
    const char* const path = std::getenv("HEARTH_STARTER_MODEL");
    if (path == nullptr)
        GTEST_SKIP() << "HEARTH_STARTER_MODEL is not set";
    EngineHarness harness;
    const auto engine = harness.host().load(path, "starter", {});
    ASSERT_TRUE(engine) << engine.error().message();
    Recorder other;
    ASSERT_TRUE((*engine)->submit(drawn(1, 60), other.handler()));
    Request request = drawn(2, 300);
    request.ignoreEos = true;
    request.constraint.syntax = GrammarText{"root ::= s\ns ::= [^~] s [^~] | [^~] s | [^~]"};
    const auto reply = run(**engine, std::move(request));
    ASSERT_TRUE(reply->failed);
    EXPECT_EQ(reply->failed->code, ErrorCode::Unsupported);
    EXPECT_EQ(reply->failed->field, "constraint");
    ASSERT_TRUE(other.wait());
    ASSERT_TRUE(other.finished);
    EXPECT_LT(other.finished->statistics.maxInterTokenLatency, 2.0);
}

TEST(Constraint, EndsWhereNothingCanFollow) {
    EngineHarness harness;
    const auto engine = loadBytes(harness);
    Request request = drawn(1);
    request.ignoreEos = true;
    request.constraint.syntax = TextChoice{{"first", "second"}};
    const auto reply = run(*engine, std::move(request));
    ASSERT_TRUE(reply->finished);
    EXPECT_EQ(reply->finished->reason, FinishReason::Stop);
    EXPECT_TRUE(reply->text == "first" || reply->text == "second") << reply->text;
}

TEST(Constraint, VisibleSpecialTokensStandForTheirNames) {
    EngineHarness harness;
    const auto engine = loadBytes(harness);
    StructuralTags tags;
    tags.tags = {{"<|system|>", RegularExpression{"[0-9]{2}"}, "."}};
    tags.use = TagUse::RequiredOne;
    Request request = drawn(4);
    // The marker's token is far likelier than its first byte.
    request.sampling.biases = {{258, 100.0F}};
    request.visibleSpecials = {"<|system|>", "<|unknown|>"};
    request.constraint.syntax = tags;
    const auto reply = run(*engine, request);
    ASSERT_TRUE(reply->finished);
    EXPECT_EQ(reply->text.substr(0, 10), "<|system|>");
    EXPECT_EQ(reply->text.size(), 13u);
    EXPECT_EQ(reply->tokens.front(), 258);
    EXPECT_EQ(reply->tokens.size(), 4u);
    request.visibleSpecials.clear();
    const auto spelt = run(*engine, request);
    EXPECT_EQ(spelt->text.substr(0, 10), "<|system|>");
    EXPECT_EQ(spelt->tokens.front(), '<');
}

TEST(Constraint, CancelDuringConstrainedReplies) {
    EngineHarness harness;
    const auto engine = loadBytes(harness);
    for (int round = 0; round < 30; ++round) {
        Request request = drawn(std::uint64_t(round) + 1);
        request.constraint.syntax = RegularExpression{"(?:[a-z ]+[.!?] )*"};
        Recorder recorder;
        const auto id = engine->submit(std::move(request), recorder.handler());
        ASSERT_TRUE(id);
        if (round % 2 == 0)
            recorder.waitForTokens(std::size_t(round % 5));
        engine->cancel(*id);
        ASSERT_TRUE(recorder.wait());
        EXPECT_EQ(recorder.lastEvents, 1);
    }
}
