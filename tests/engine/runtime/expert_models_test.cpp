#include "engine/models/expert_variants.h"
#include "engine/runtime/fixture_support.h"

using namespace hearth;
using namespace hearth::test;

namespace {

LoadOptions exact() {
    LoadOptions options;
    options.device = DeviceChoice::Cpu;
    options.kvType = KvType::F32;
    options.promptLogits = true;
    return options;
}

/// The file at `path` answers as the reference of `model`.
void expectReference(const std::string& model, const std::filesystem::path& path) {
    SCOPED_TRACE(path.string());
    const ReferenceModel reference(model);
    EngineHarness harness;
    const auto engine = harness.host().load(path.string(), "variant", exact());
    ASSERT_TRUE(engine) << engine.error().message();
    for (int k = 0; k < reference.prompts(); ++k) {
        const auto reply = run(**engine, reference.request(k));
        ASSERT_FALSE(reply->failed);
        for (const double error : reference.errors(*reply, k))
            ASSERT_LE(error, 1e-3);
        EXPECT_EQ(reply->tokens, reference.greedy(k));
    }
}

} // namespace

TEST(ExpertModels, GgufFilesGiveTheReference) {
    for (const char* const model :
         {"mixtral", "qwen3_moe", "qwen2_moe", "deepseek_v3", "deepseek_v2_lite", "gpt_oss"})
        for (const ExpertLayout layout : {ExpertLayout::Stacked, ExpertLayout::Older}) {
            const TemporaryFolder folder;
            expectReference(model, writeExpertGguf(folder, model, layout));
        }
}

TEST(ExpertModels, FusedTensorsGiveTheReference) {
    for (const char* const model : {"mixtral", "deepseek_v3"}) {
        const TemporaryFolder folder;
        expectReference(model, writeFused(folder, model));
    }
}

TEST(ExpertModels, InfoCountsTheLatentCacheAndTheChosenExperts) {
    EngineHarness harness;
    LoadOptions options;
    options.device = DeviceChoice::Cpu;
    const auto engine = harness.host().load(modelFolder("deepseek_v3"), "latent", options);
    ASSERT_TRUE(engine) << engine.error().message();
    const ModelInfo& info = (*engine)->model();
    EXPECT_EQ(info.kvBytesPerToken, 3U * (24 + 16) * 2); // F16
    const std::uint64_t expert = 3ULL * 48 * 64;
    EXPECT_EQ(info.parameters - info.activeParameters, 2 * 6 * expert); // 2 of 8 in 2 layers
    EXPECT_EQ(info.expertShare, 0.25);
    // Four heads, products with 40 columns of the cache and with 24.
    EXPECT_EQ(info.attentionOperations, 3ULL * 2 * 4 * (40 + 24));
}

TEST(ExpertModels, ALatentPrefixIsTakenFromTheCache) {
    const ReferenceModel reference("deepseek_v3");
    EngineHarness harness;
    LoadOptions options = exact();
    options.promptLogits = false;
    const auto engine = harness.host().load(reference.path(), "latent", options);
    ASSERT_TRUE(engine) << engine.error().message();
    Request request = greedy(reference.prompt(2), 32);
    const auto first = run(**engine, request);
    const auto second = run(**engine, request);
    ASSERT_TRUE(first->finished && second->finished);
    EXPECT_EQ(first->tokens, reference.greedy(2));
    EXPECT_EQ(second->tokens, reference.greedy(2));
    EXPECT_EQ(first->finished->statistics.cachedTokens, 0);
    EXPECT_EQ(second->finished->statistics.cachedTokens, 64); // of 70, in blocks of 16
}
