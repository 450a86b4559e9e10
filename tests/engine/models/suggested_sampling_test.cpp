#include "models/suggested_sampling.h"

#include "support/temporary_folder.h"
#include "support/tiny_model.h"

#include <gtest/gtest.h>

#include <filesystem>

using namespace hearth;
using namespace hearth::test;

namespace {

const std::filesystem::path kLlama =
    std::filesystem::path(HEARTH_TEST_DATA) / "models" / "llama";

SuggestedSampling ofFolder(const std::string& generationConfig) {
    const TemporaryFolder folder;
    for (const char* name : {"config.json", "model.safetensors"})
        std::filesystem::copy_file(kLlama / name, folder.path() / name);
    folder.write("generation_config.json", generationConfig);
    const auto checkpoint = Checkpoint::open(folder.path());
    EXPECT_TRUE(checkpoint) << checkpoint.error().message();
    return suggestedSampling(*checkpoint);
}

SuggestedSampling ofGguf(const GgufBuilder& builder) {
    const TemporaryFolder folder;
    const auto checkpoint = Checkpoint::open(folder.write("model.gguf", builder.build()));
    EXPECT_TRUE(checkpoint) << checkpoint.error().message();
    return suggestedSampling(*checkpoint);
}

} // namespace

TEST(SuggestedSampling, IsWhatGenerationConfigSays) {
    const SuggestedSampling all = ofFolder(
        R"({"do_sample":false,"temperature":0.6,"top_p":0.95,"top_k":20,"min_p":0.05,)"
        R"("repetition_penalty":1.05,"eos_token_id":2})");
    EXPECT_EQ(all, (SuggestedSampling{0.6F, 0.95F, 20, 0.05F, 1.05F}));
    EXPECT_EQ(generationConfigOf(all)["top_k"], 20);
    SuggestedSampling some;
    some.temperature = 1.0F;
    some.topK = 0;
    EXPECT_EQ(ofFolder(R"({"temperature":1,"top_p":null,"top_k":-1})"), some);
}

TEST(SuggestedSampling, PassesOverWhatMakesNoSense) {
    EXPECT_EQ(ofFolder(R"({"temperature":-1,"top_p":0,"top_k":2.5,"min_p":2,)"
                       R"("repetition_penalty":"1.1"})"),
              SuggestedSampling{});
    EXPECT_EQ(ofFolder(R"({"temperature":1e300,"top_k":1e300})"), SuggestedSampling{});
    const auto none = Checkpoint::open(kLlama);
    ASSERT_TRUE(none);
    EXPECT_EQ(suggestedSampling(*none), SuggestedSampling{});
    EXPECT_TRUE(generationConfigOf({}).empty());
}

TEST(SuggestedSampling, IsWhatAGgufFileSays) {
    GgufBuilder builder = tinyGguf({});
    EXPECT_EQ(ofGguf(builder), SuggestedSampling{});
    builder.add("general.sampling.temp", 0.7F)
        .add("general.sampling.top_p", 0.8F)
        .add("general.sampling.top_k", std::int32_t{20})
        .add("general.sampling.min_p", 0.0F)
        .add("general.sampling.penalty_repeat", 1.1F);
    EXPECT_EQ(ofGguf(builder), (SuggestedSampling{0.7F, 0.8F, 20, 0.0F, 1.1F}));
    GgufBuilder wrong = tinyGguf({});
    wrong.add("general.sampling.temp", "hot");
    EXPECT_EQ(ofGguf(wrong), SuggestedSampling{});
}
