#include "engine/runtime/prompt_logprobs.h"

using namespace hearth;
using namespace hearth::test;

namespace {

constexpr double kLogprobTolerance = 1e-3;
constexpr std::int32_t kTop = 5;

Request asking(Request request, std::int32_t top = kTop) {
    request.promptLogprobs = top;
    return request;
}

} // namespace

// Prompts of up to 70 tokens: in one part and in parts of any size, beside replies that draw.
TEST(PromptLogprobs, AreTheReference) {
    const ReferenceModel model("llama");
    for (const std::int32_t stepTokens : {512, 7, 33}) {
        EngineHarness harness;
        LoadOptions options;
        options.device = DeviceChoice::Cpu;
        options.kvType = KvType::F32;
        options.stepTokens = stepTokens;
        options.maxBatchSize = 4;
        const auto engine = harness.host().load(model.path(), "fixture", options);
        ASSERT_TRUE(engine) << engine.error().message();
        std::vector<std::unique_ptr<Recorder>> replies;
        for (int k = 0; k < model.prompts(); ++k)
            for (const bool asks : {true, false}) {
                replies.push_back(std::make_unique<Recorder>());
                const Request request = model.greedyRequest(k);
                ASSERT_TRUE((*engine)->submit(asks ? asking(request) : request,
                                              replies.back()->handler()));
            }
        for (std::size_t i = 0; i < replies.size(); ++i) {
            ASSERT_TRUE(replies[i]->wait());
            ASSERT_FALSE(replies[i]->failed) << replies[i]->failed->message();
            const int k = int(i / 2);
            EXPECT_EQ(replies[i]->tokens, model.greedy(k));
            if (i % 2 == 0)
                expectReference(promptTokensOf(*replies[i]), model, k, kTop, kLogprobTolerance);
            else
                EXPECT_TRUE(replies[i]->promptLogprobs.empty());
        }
    }
}

// Longer than the rows of logits that a step has room for.
TEST(PromptLogprobs, OfALongPromptAreThoseOfItsLogits) {
    EngineHarness harness;
    LoadOptions options;
    options.promptLogits = true;
    const auto engine = harness.loadTiny(options);
    const std::vector<std::int32_t> prompt = somePrompt(250);
    Request request = asking(greedy(prompt, 2), 0);
    request.promptLogits = true;
    const auto whole = run(*engine, request);
    ASSERT_FALSE(whole->failed) << whole->failed->message();
    std::vector<float> logits;
    for (const LogitsEvent& event : whole->logits)
        logits.insert(logits.end(), event.logits.begin(), event.logits.end());
    const std::size_t columns = logits.size() / prompt.size();
    const auto check = [&](const Recorder& reply) {
        const std::vector<TokenInfo> tokens = promptTokensOf(reply);
        ASSERT_EQ(tokens.size(), prompt.size());
        for (std::size_t i = 1; i < tokens.size(); ++i) {
            const float* const row = logits.data() + (i - 1) * columns;
            double sum = 0.0;
            for (std::size_t token = 0; token < columns; ++token)
                sum += std::exp(double(row[token]));
            EXPECT_NEAR(tokens[i].chosen.logprob,
                        double(row[std::size_t(prompt[i])]) - std::log(sum), 1e-4);
        }
    };
    check(*whole);
    EngineHarness plainHarness;
    const auto plain = plainHarness.loadTiny();
    // Nothing is hidden by the prefix cache, though the prompt is in it the second time.
    for (int round = 0; round < 2; ++round) {
        const auto reply = run(*plain, asking(greedy(prompt, 2), 0));
        ASSERT_FALSE(reply->failed) << reply->failed->message();
        EXPECT_GE(reply->promptLogprobs.size(), 5U); // 64 rows and those of idle places
        EXPECT_EQ(reply->finished->statistics.cachedTokens, 0);
        EXPECT_EQ(reply->tokens, whole->tokens);
        check(*reply);
    }
    EXPECT_GT(run(*plain, greedy(prompt, 2))->finished->statistics.cachedTokens, 0);
}

TEST(PromptLogprobs, PreemptionSendsNoneTwice) {
    EngineHarness harness;
    LoadOptions options;
    options.cacheFraction = 20 * 2048.5 / double(1 << 30); // two and a bit of the four at their end
    options.maxBatchSize = 8;
    const auto engine = harness.loadTiny(options);
    std::vector<std::unique_ptr<Recorder>> replies;
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
        replies.push_back(std::make_unique<Recorder>());
        ASSERT_TRUE(engine->submit(asking(greedy(somePrompt(60, seed), 90)),
                                   replies.back()->handler()));
    }
    for (const auto& reply : replies) {
        ASSERT_TRUE(reply->wait());
        EXPECT_EQ(reply->tokens.size(), 90U);
        EXPECT_EQ(promptTokensOf(*reply).size(), 60U);
    }
    EXPECT_GT(engine->statistics().preemptions, 0U);
}

TEST(PromptLogprobs, APromptAloneIsOverWhenItIsRead) {
    EngineHarness harness;
    const auto engine = harness.loadTiny();
    for (const std::size_t length : {1U, 2U, 16U, 32U, 200U})
        for (const std::int32_t top : {-1, 0, 3}) {
            Request request = asking(greedy(somePrompt(length), 5), top);
            request.promptOnly = true;
            const auto reply = run(*engine, request);
            ASSERT_TRUE(reply->finished);
            EXPECT_EQ(reply->finished->reason, FinishReason::Length);
            EXPECT_EQ(reply->finished->statistics.promptTokens, std::int32_t(length));
            EXPECT_EQ(reply->finished->statistics.completionTokens, 0);
            EXPECT_TRUE(reply->tokens.empty());
            EXPECT_EQ(promptTokensOf(*reply).size(), top < 0 ? 0U : length);
        }
}

TEST(PromptLogprobs, RefusesMoreThanTwenty) {
    EngineHarness harness;
    const auto engine = harness.loadTiny();
    for (const std::int32_t top : {-2, 21}) {
        Recorder recorder;
        const auto id = engine->submit(asking(greedy(somePrompt(4), 1), top), recorder.handler());
        ASSERT_FALSE(id);
        EXPECT_EQ(id.error().code, ErrorCode::InvalidArgument);
    }
}
