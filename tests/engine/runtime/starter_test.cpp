#include "engine/runtime/engine_harness.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace hearth;
using namespace hearth::test;

namespace {

/// The starter model, where packaging/test has put it.
const char* starterPath() {
    return std::getenv("HEARTH_STARTER_MODEL");
}

Request question() {
    ChatPrompt prompt;
    prompt.messages.push_back({"user", "What is the capital of France?", {}});
    Request request;
    request.prompt = std::move(prompt);
    request.sampling.temperature = 0.0F;
    request.maxTokens = 32;
    return request;
}

} // namespace

TEST(Starter, KnowsTheCapitalOfFrance) {
    if (starterPath() == nullptr)
        GTEST_SKIP() << "HEARTH_STARTER_MODEL is not set";
    EngineHarness harness;
    const auto engine = harness.host().load(starterPath(), "starter", {});
    ASSERT_TRUE(engine) << engine.error().message();
    EXPECT_EQ((*engine)->model().quantisation, "Q4_1");
    const auto reply = run(**engine, question());
    ASSERT_TRUE(reply->finished);
    EXPECT_NE(reply->text.find("Paris"), std::string::npos) << reply->text;
    EXPECT_EQ(reply->finished->reason, FinishReason::Stop);
    const auto again = run(**engine, question());
    EXPECT_EQ(again->text, reply->text);
    EXPECT_GT(again->finished->statistics.cachedTokens, 0);
}
