#include "engine/runtime/fixture_support.h"
#include "models/architecture.h"

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

LoadOptions exactly(const ReferenceModel& model, std::int32_t stepTokens) {
    LoadOptions options;
    options.device = DeviceChoice::Cpu;
    options.kvType = KvType::F32;
    options.promptLogits = true;
    options.stepTokens = stepTokens;
    options.neededTokens = model.neededTokens();
    return options;
}

bool ropeFollowsLength(const ReferenceModel& model) {
    const auto checkpoint = Checkpoint::open(model.path());
    EXPECT_TRUE(checkpoint);
    const auto decoder = describeModel(*checkpoint);
    EXPECT_TRUE(decoder) << decoder.error().message();
    return decoder && decoder->ropeLength(model.neededTokens()) > 0;
}

class Fixture : public testing::TestWithParam<Case> {
protected:
    EngineHarness harness;
    std::shared_ptr<Engine> engine;
    std::vector<std::unique_ptr<Recorder>> replies;

    void submit(Request request) {
        replies.push_back(std::make_unique<Recorder>());
        ASSERT_TRUE(engine->submit(std::move(request), replies.back()->handler()));
        if (!GetParam().together) {
            ASSERT_TRUE(replies.back()->wait());
        }
    }
};

} // namespace

TEST_P(Fixture, LogitsAndGreedyTokensAreTheReference) {
    const ReferenceModel model(GetParam().model);
    auto loaded = harness.host().load(model.path(), "fixture",
                                      exactly(model, GetParam().stepTokens));
    ASSERT_TRUE(loaded) << loaded.error().message();
    engine = *std::move(loaded);
    const bool apart = ropeFollowsLength(model);
    for (int k = 0; k < model.prompts(); ++k) {
        submit(apart ? model.logitsRequest(k) : model.request(k));
        if (apart)
            submit(model.greedyRequest(k));
    }
    for (const auto& reply : replies) {
        ASSERT_TRUE(reply->wait());
        ASSERT_FALSE(reply->failed) << reply->failed->message();
    }
    for (std::size_t k = 0; k < std::size_t(model.prompts()); ++k) {
        const Recorder& logits = *replies[apart ? 2 * k : k];
        const Recorder& greedy = *replies[apart ? 2 * k + 1 : k];
        for (const double error : model.errors(logits, int(k)))
            EXPECT_LE(error, kTolerance);
        EXPECT_EQ(greedy.tokens, model.greedy(int(k)));
    }
}

INSTANTIATE_TEST_SUITE_P(Models, Fixture, testing::ValuesIn(allCases()),
                         [](const testing::TestParamInfo<Case>& test) {
                             return test.param.model + "_step" +
                                    std::to_string(test.param.stepTokens) +
                                    (test.param.together ? "_together" : "_alone");
                         });

namespace {

class GgufFixture : public testing::TestWithParam<const char*> {};

} // namespace

// Permuted rows, joined tensors, norms with their 1 and rope factors are the converter's.
TEST_P(GgufFixture, OfAnotherToolGivesTheSame) {
    const ReferenceModel model(GetParam());
    EngineHarness harness;
    const auto engine = harness.host().load(model.ggufPath(), "gguf", exactly(model, 512));
    ASSERT_TRUE(engine) << engine.error().message();
    for (int k = 0; k < model.prompts(); ++k) {
        const auto logits = run(**engine, model.logitsRequest(k));
        ASSERT_FALSE(logits->failed) << logits->failed->message();
        for (const double error : model.errors(*logits, k))
            EXPECT_LE(error, kTolerance);
        EXPECT_EQ(run(**engine, model.greedyRequest(k))->tokens, model.greedy(k));
    }
}

INSTANTIATE_TEST_SUITE_P(Models, GgufFixture,
                         testing::Values("baichuan", "chatglm", "gemma", "granite", "phi4_mini",
                                         "smollm3", "stablelm"));

namespace {

/// The most KV blocks that a sequence of the model's longest prompt holds while it generates.
std::int32_t mostBlocks(const std::string& name) {
    const ReferenceModel model(name);
    EngineHarness harness;
    const auto engine = harness.host().load(model.path(), "fixture", exactly(model, 7));
    EXPECT_TRUE(engine);
    Recorder recorder;
    std::int32_t most = 0;
    const EventHandler record = recorder.handler();
    const auto submitted =
        (*engine)->submit(model.greedyRequest(model.prompts() - 1),
                          [&](RequestId id, Event event) {
                              most = std::max(most, (*engine)->statistics().kvBlocksUsed);
                              record(id, std::move(event));
                          });
    EXPECT_TRUE(submitted);
    EXPECT_TRUE(recorder.wait());
    EXPECT_EQ(recorder.tokens, model.greedy(model.prompts() - 1));
    return most;
}

} // namespace

// 70 tokens and 32 new ones take seven blocks of 16. A window of 16 tokens and a step of seven
// reach into three at most.
TEST(SlidingWindow, GivesBlocksBack) {
    constexpr std::int32_t kWhole = 7;
    constexpr std::int32_t kWindow = 3;
    EXPECT_EQ(mostBlocks("llama"), kWhole);
    EXPECT_LE(mostBlocks("mistral"), kWindow);
    EXPECT_LE(mostBlocks("gemma2"), kWhole + kWindow);
    EXPECT_LE(mostBlocks("gemma3_text"), kWhole + kWindow);
}
