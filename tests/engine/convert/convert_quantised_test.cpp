#include "engine/convert/convert_support.h"
#include "engine/runtime/engine_harness.h"
#include "formats/safetensors.h"

#include <cstdlib>
#include <cstring>

using namespace hearth;
using namespace hearth::test;

namespace {

/// A folder of tests/data/formats/quantised with a whole llama.
class QuantisedConversion : public testing::TestWithParam<const char*> {
protected:
    [[nodiscard]] static std::filesystem::path model() {
        return std::filesystem::path(HEARTH_TEST_DATA) / "formats" / "quantised" / GetParam();
    }
    [[nodiscard]] static std::vector<std::int32_t> tokens() {
        const auto reference = SafetensorsFile::open(model() / "reference.safetensors");
        EXPECT_TRUE(reference);
        const SafetensorsTensor* tensor = reference->findTensor("tokens");
        EXPECT_NE(tensor, nullptr);
        std::vector<std::int64_t> wide(tensor->data.size() / sizeof(std::int64_t));
        std::memcpy(wide.data(), tensor->data.data(), tensor->data.size());
        return {wide.begin(), wide.end()};
    }
    [[nodiscard]] static std::vector<float> logits(const std::filesystem::path& path) {
        EngineHarness harness;
        LoadOptions options;
        options.device = DeviceChoice::Cpu;
        options.kvType = KvType::F32;
        options.promptLogits = true;
        const auto engine = harness.host().load(path.string(), "converted", options);
        EXPECT_TRUE(engine) << engine.error().message();
        if (!engine)
            return {};
        Request request = greedy(tokens(), 4);
        request.promptLogits = true;
        request.usePrefixCache = false;
        const auto reply = run(**engine, request);
        EXPECT_FALSE(reply->failed);
        std::vector<float> numbers(reply->tokens.begin(), reply->tokens.end());
        for (const LogitsEvent& event : reply->logits)
            numbers.insert(numbers.end(), event.logits.begin(), event.logits.end());
        return numbers;
    }

    const TemporaryFolder folder;
};

/// The starter model, where packaging/test has put it.
const char* starterPath() {
    return std::getenv("HEARTH_STARTER_MODEL");
}

std::vector<std::int32_t> starterTokens(const std::string& path) {
    EngineHarness harness;
    LoadOptions options;
    options.device = DeviceChoice::Cpu;
    const auto engine = harness.host().load(path, "starter", options);
    EXPECT_TRUE(engine) << engine.error().message();
    if (!engine)
        return {};
    ChatPrompt prompt;
    prompt.messages.push_back({"user", "What is the capital of France?", {}});
    Request request;
    request.prompt = std::move(prompt);
    request.sampling.temperature = 0.0F;
    request.maxTokens = 32;
    return run(**engine, std::move(request))->tokens;
}

} // namespace

TEST_P(QuantisedConversion, GivesTheFoldersLogits) {
    const std::vector<float> wanted = logits(model());
    ASSERT_FALSE(wanted.empty());
    for (const std::int32_t ranks : {1, 2}) {
        const auto path = folder.path() / std::to_string(ranks);
        const auto converted =
            convertToWorkspace(openModel(model()), optionsFor(path, ranks), {}, {});
        ASSERT_TRUE(converted) << converted.error().message();
        EXPECT_EQ(openModel(path).mainType(), openModel(model()).mainType());
        EXPECT_EQ(logits(path), wanted) << ranks;
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, QuantisedConversion,
                         testing::Values("model_awq", "model_gptq", "model_ct", "model_fp8",
                                         "model_nf4", "model_int8"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Starter, ItsWorkspaceGivesTheSameTokens) {
    if (starterPath() == nullptr)
        GTEST_SKIP() << "HEARTH_STARTER_MODEL is not set";
    const TemporaryFolder folder;
    const auto path = folder.path() / "w";
    ConvertOptions options = optionsFor(path);
    options.modelName = "smollm2";
    options.tokenizer = starterPath();
    const auto converted = convertToWorkspace(openModel(starterPath()), options, {}, {});
    ASSERT_TRUE(converted) << converted.error().message();
    const std::vector<std::int32_t> wanted = starterTokens(starterPath());
    EXPECT_GT(wanted.size(), 4U);
    EXPECT_EQ(starterTokens(path.string()), wanted);
}
