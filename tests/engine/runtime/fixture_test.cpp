#include "engine/runtime/fixture_support.h"

using namespace hearth;
using namespace hearth::test;

namespace {

/// The limit for float32: see tests/data/models.
constexpr double kTolerance = 1e-3;

struct Case {
    const char* model;
    std::int32_t stepTokens;
    bool together;
};

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
    for (int k = 0; k < ReferenceModel::kPrompts; ++k) {
        replies.push_back(std::make_unique<Recorder>());
        ASSERT_TRUE((*engine)->submit(model.request(k), replies.back()->handler()));
        if (!GetParam().together) {
            ASSERT_TRUE(replies.back()->wait());
        }
    }
    for (int k = 0; k < ReferenceModel::kPrompts; ++k) {
        const Recorder& reply = *replies[std::size_t(k)];
        ASSERT_TRUE(replies[std::size_t(k)]->wait());
        ASSERT_FALSE(reply.failed);
        for (const double error : model.errors(reply, k))
            EXPECT_LE(error, kTolerance);
        EXPECT_EQ(reply.tokens, model.greedy(k));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Models, Fixture,
    testing::Values(Case{"llama", 512, true}, Case{"llama", 512, false}, Case{"llama", 7, true},
                    Case{"llama", 7, false}, Case{"llama3_rope", 512, true},
                    Case{"llama3_rope", 7, true}, Case{"llama_yarn", 512, true},
                    Case{"llama_yarn", 7, true}, Case{"llama_linear", 512, true},
                    Case{"llama_linear", 7, true}, Case{"qwen2", 512, true},
                    Case{"qwen2", 512, false}, Case{"qwen2", 7, true}, Case{"qwen2", 7, false}),
    [](const testing::TestParamInfo<Case>& test) {
        return std::string(test.param.model) + "_step" + std::to_string(test.param.stepTokens) +
               (test.param.together ? "_together" : "_alone");
    });
