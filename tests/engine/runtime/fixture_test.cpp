#include "engine/runtime/fixture_support.h"

using namespace hearth;
using namespace hearth::test;

namespace {

/// The limit for float32: see tests/data/models.
constexpr double kTolerance = 1e-3;

struct Case {
    std::string model;
    std::int32_t stepTokens = 0;
    bool together = false;
};

/// Every model all prompts in one step and in chunks of an odd size, its requests side by side and
/// one after the other.
std::vector<Case> allCases() {
    std::vector<Case> cases;
    for (const std::string& model : referenceDecoders())
        for (const std::int32_t stepTokens : {512, 7})
            for (const bool together : {true, false})
                cases.push_back({model, stepTokens, together});
    return cases;
}

class Fixture : public testing::TestWithParam<Case> {};

} // namespace

TEST_P(Fixture, LogitsAndGreedyTokensAreTheReference) {
    const ReferenceModel model(GetParam().model);
    EngineHarness harness;
    LoadOptions options;
    options.device = DeviceChoice::Cpu;
    options.kvType = KvType::F32;
    options.promptLogits = true;
    options.stepTokens = GetParam().stepTokens;
    const auto engine = harness.host().load(model.path(), "fixture", options);
    ASSERT_TRUE(engine) << engine.error().message();
    std::vector<std::unique_ptr<Recorder>> replies;
    for (int k = 0; k < model.prompts(); ++k) {
        replies.push_back(std::make_unique<Recorder>());
        ASSERT_TRUE((*engine)->submit(model.request(k), replies.back()->handler()));
        if (!GetParam().together) {
            ASSERT_TRUE(replies.back()->wait());
        }
    }
    for (int k = 0; k < model.prompts(); ++k) {
        const Recorder& reply = *replies[std::size_t(k)];
        ASSERT_TRUE(replies[std::size_t(k)]->wait());
        ASSERT_FALSE(reply.failed);
        for (const double error : model.errors(reply, k))
            EXPECT_LE(error, kTolerance);
        EXPECT_EQ(reply.tokens, model.greedy(k));
    }
}

INSTANTIATE_TEST_SUITE_P(Models, Fixture, testing::ValuesIn(allCases()),
                         [](const testing::TestParamInfo<Case>& test) {
                             return test.param.model + "_step" +
                                    std::to_string(test.param.stepTokens) +
                                    (test.param.together ? "_together" : "_alone");
                         });
