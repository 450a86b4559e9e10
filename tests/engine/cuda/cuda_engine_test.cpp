#include "engine/runtime/prompt_logprobs.h"
#include "hearth/kernels/cuda_backend.h"

#include <cctype>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>

using namespace hearth;
using namespace hearth::test;

namespace {

constexpr double kExact = 1e-3; // Limits: see tests/data/models.
constexpr double kRoundedMost = 6e-2;
constexpr double kRoundedMedian = 2e-2;
constexpr double kOwnMixtureMedian = 4e-2; // Of those whose routers choose by less.

/// A router that is rounded may pick another expert, which shows in all of a position's logits.
bool isMixture(const ReferenceModel& model) {
    std::ifstream file(std::filesystem::path(model.path()) / "config.json");
    const std::string config{std::istreambuf_iterator<char>(file), {}};
    for (const char* key : {"num_local_experts", "num_experts", "n_routed_experts"})
        if (config.find('"' + std::string(key) + '"') != std::string::npos)
            return true;
    return false;
}

double medianLimit(const ReferenceModel& model) {
    const std::string name = std::filesystem::path(model.path()).filename().string();
    const bool isGiven = name == "mixtral" || name == "qwen3_moe" || name == "deepseek_v3";
    return isMixture(model) && !isGiven ? kOwnMixtureMedian : kRoundedMedian;
}

bool isEmulated() {
    const char* const plugin = std::getenv("HEARTH_CUDA_PLUGIN");
    return plugin != nullptr && std::string_view(plugin).find("emulated") != std::string_view::npos;
}

bool hasCuda() {
    kernels::CudaAvailability availability;
    return kernels::CudaPlugin::load(availability) != nullptr;
}

LoadOptions onCuda(ComputeType compute) {
    LoadOptions options;
    options.device = DeviceChoice::Cuda;
    options.computeType = compute;
    options.promptLogits = true;
    options.contextTokens = 256;
    options.maxBatchSize = 40;
    options.stepTokens = 512;
    return options;
}

/// A prompt's logits, which come in as many parts as steps took it.
std::vector<float> joined(const Recorder& reply) {
    std::vector<float> all;
    for (const LogitsEvent& event : reply.logits)
        all.insert(all.end(), event.logits.begin(), event.logits.end());
    return all;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

class CudaEngine : public testing::Test {
protected:
    void SetUp() override {
        if (!hasCuda())
            GTEST_SKIP() << "no CUDA device";
    }

    std::shared_ptr<Engine> load(const std::string& path, const LoadOptions& options) {
        auto engine = harness.host().load(path, "model", options);
        EXPECT_TRUE(engine) << engine.error().message();
        return engine ? *std::move(engine) : nullptr;
    }
    /// All requests at once.
    static std::vector<std::unique_ptr<Recorder>> runAll(Engine& engine,
                                                         std::vector<Request> requests) {
        std::vector<std::unique_ptr<Recorder>> replies;
        for (Request& request : requests) {
            replies.push_back(std::make_unique<Recorder>());
            EXPECT_TRUE(engine.submit(std::move(request), replies.back()->handler()));
        }
        for (const auto& reply : replies) {
            EXPECT_TRUE(reply->wait());
            EXPECT_FALSE(reply->failed) << reply->failed->message();
        }
        return replies;
    }
    static std::vector<Request> requests(const ReferenceModel& model) {
        std::vector<Request> all;
        for (int k = 0; k < model.prompts(); ++k)
            all.push_back(model.request(k));
        return all;
    }
    /// Prompts that are run: all on a device; one of an emulated device, which takes a second a
    /// step.
    static std::vector<int> chosenPrompts(const ReferenceModel& model) {
        if (isEmulated())
            return {std::min(1, model.prompts() - 1)};
        std::vector<int> all(std::size_t(model.prompts()));
        std::iota(all.begin(), all.end(), 0);
        return all;
    }
    static std::vector<Request> logitsRequests(const ReferenceModel& model) {
        std::vector<Request> all;
        for (const int k : chosenPrompts(model))
            all.push_back(model.logitsRequest(k));
        return all;
    }
    static std::vector<Request> greedyRequests(const ReferenceModel& model) {
        std::vector<Request> all;
        for (const int k : chosenPrompts(model))
            all.push_back(model.greedyRequest(k));
        return all;
    }

    EngineHarness harness;
};

class CudaFixture : public CudaEngine, public testing::WithParamInterface<std::string> {};

} // namespace

TEST_P(CudaFixture, Float32IsTheReference) {
    const ReferenceModel model(GetParam());
    for (const std::int32_t stepTokens : {7, 512}) {
        if (isEmulated() && stepTokens > 7)
            continue;
        LoadOptions options = onCuda(ComputeType::F32);
        options.contextTokens = 0;
        options.neededTokens = model.neededTokens();
        options.stepTokens = stepTokens;
        options.maxBatchSize = 3;
        const auto engine = load(model.path(), options);
        ASSERT_TRUE(engine);
        const auto logits = runAll(*engine, logitsRequests(model));
        const auto replies = runAll(*engine, greedyRequests(model));
        const std::vector<int> prompts = chosenPrompts(model);
        for (std::size_t i = 0; i < prompts.size(); ++i) {
            for (const double error : model.errors(*logits[i], prompts[i]))
                EXPECT_LE(error, kExact);
            EXPECT_EQ(replies[i]->tokens, model.greedy(prompts[i]));
        }
        harness.host().unload("model");
    }
}

TEST_P(CudaFixture, HalfPrecisionIsNear) {
    const ReferenceModel model(GetParam());
    for (const ComputeType compute : {ComputeType::BF16, ComputeType::F16}) {
        if (isEmulated() && compute == ComputeType::F16)
            continue;
        LoadOptions options = onCuda(compute);
        options.contextTokens = 0;
        options.neededTokens = model.neededTokens();
        const auto engine = load(model.path(), options);
        ASSERT_TRUE(engine);
        const auto replies = runAll(*engine, logitsRequests(model));
        const std::vector<int> prompts = chosenPrompts(model);
        for (std::size_t i = 0; i < prompts.size(); ++i) {
            const std::vector<double> errors = model.errors(*replies[i], prompts[i]);
            if (!isMixture(model)) {
                EXPECT_LE(*std::max_element(errors.begin(), errors.end()), kRoundedMost);
            }
            EXPECT_LE(median(errors), medianLimit(model));
        }
        harness.host().unload("model");
    }
}

INSTANTIATE_TEST_SUITE_P(Models, CudaFixture, testing::ValuesIn(referenceDecoders()),
                         [](const testing::TestParamInfo<std::string>& test) {
                             std::string name = test.param;
                             for (char& c : name)
                                 if (!std::isalnum(static_cast<unsigned char>(c)))
                                     c = '_';
                             return name;
                         });

TEST(CudaFixtures, AreThere) {
    EXPECT_GE(referenceDecoders().size(), 5U);
}

TEST_F(CudaEngine, DeterministicGivesTheSameTokensAloneAndInABatch) {
    const ReferenceModel model("llama");
    for (const ComputeType compute : {ComputeType::BF16, ComputeType::F32}) {
        LoadOptions options = onCuda(compute);
        options.deterministic = true;
        const auto engine = load(model.path(), options);
        ASSERT_TRUE(engine);
        std::vector<std::unique_ptr<Recorder>> alone;
        for (Request& request : requests(model))
            alone.push_back(run(*engine, std::move(request)));
        std::vector<Request> many;
        // An emulated device takes a second a step.
        const int count = isEmulated() ? 8 : 32;
        for (int i = 0; i < count; ++i) {
            many.push_back(model.request(i % model.prompts()));
            // Batches change in size while the replies grow.
            if (i >= model.prompts())
                many.back().maxTokens = 1 + i;
        }
        const auto together = runAll(*engine, std::move(many));
        for (std::size_t i = 0; i < together.size(); ++i) {
            const auto& single = *alone[i % std::size_t(model.prompts())];
            const std::size_t shared = std::min(together[i]->tokens.size(), single.tokens.size());
            EXPECT_TRUE(std::equal(single.tokens.begin(),
                                   single.tokens.begin() + std::ptrdiff_t(shared),
                                   together[i]->tokens.begin()));
            EXPECT_EQ(joined(*together[i]), joined(single)); // Not one bit may differ.
        }
        harness.host().unload("model");
    }
}

TEST_F(CudaEngine, PromptLogprobsAreTheReference) {
    const ReferenceModel model("llama");
    LoadOptions options = onCuda(ComputeType::F32);
    options.promptLogits = false;
    options.stepTokens = 7;
    options.maxBatchSize = 3;
    const auto engine = load(model.path(), options);
    ASSERT_TRUE(engine);
    std::vector<Request> asking = greedyRequests(model);
    for (Request& request : asking) {
        request.promptLogprobs = 5;
        request.maxTokens = 1;
    }
    const auto replies = runAll(*engine, asking);
    const std::vector<int> prompts = chosenPrompts(model);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        EXPECT_EQ(replies[i]->tokens.front(), model.greedy(prompts[i]).front());
        expectReference(promptTokensOf(*replies[i]), model, prompts[i], 5, 1e-3);
    }
}

TEST_F(CudaEngine, Int8KvIsNear) {
    const ReferenceModel model("llama");
    LoadOptions options = onCuda(ComputeType::F32);
    options.kvType = KvType::Int8;
    const auto engine = load(model.path(), options);
    ASSERT_TRUE(engine);
    const auto replies = runAll(*engine, requests(model));
    for (int k = 0; k < model.prompts(); ++k)
        EXPECT_LE(median(model.errors(*replies[std::size_t(k)], k)), kRoundedMedian);
}

TEST_F(CudaEngine, QuantisedWeightsGiveTheCpusTokens) {
    const TinyModel tiny;
    const auto cpu = harness.load(
        tinyGguf(tiny),
        [] {
            LoadOptions options;
            options.device = DeviceChoice::Cpu;
            options.exactActivations = true;
            options.kvType = KvType::F32;
            return options;
        }(),
        "cpu");
    ASSERT_TRUE(cpu) << cpu.error().message();
    const auto cuda = harness.load(tinyGguf(tiny), onCuda(ComputeType::F32), "cuda");
    ASSERT_TRUE(cuda) << cuda.error().message();
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
        const auto prompt = somePrompt(10 + 7 * seed, seed);
        EXPECT_EQ(run(**cuda, greedy(prompt, 24))->tokens, run(**cpu, greedy(prompt, 24))->tokens);
    }
}

TEST_F(CudaEngine, fault_088_names_the_number_that_the_device_found) {
    for (const std::string bad : {"blk.1.ffn_down.weight", "output_norm.weight"}) {
        TinyModel spoilt;
        spoilt.edit = [&](const std::string& name, std::string& data) {
            const float infinity = std::numeric_limits<float>::infinity();
            if (name == bad)
                std::memcpy(data.data() + 5 * sizeof(float), &infinity, sizeof(float));
        };
        const auto refused = harness.load(tinyGguf(spoilt), onCuda(ComputeType::F32), "spoilt");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
        EXPECT_EQ(refused.error().field, bad);
        EXPECT_NE(refused.error().detail.find("column 5"), std::string::npos);
    }
    const auto sound = harness.load(tinyGguf({}), onCuda(ComputeType::F32), "sound");
    EXPECT_TRUE(sound) << sound.error().message();
}

TEST_F(CudaEngine, QuantisedFoldersAreTheReference) {
    for (const char* name :
         {"model_awq", "model_gptq", "model_ct", "model_fp8", "model_nf4", "model_int8"}) {
        const auto folder =
            std::filesystem::path(HEARTH_TEST_DATA) / "formats" / "quantised" / name;
        const auto reference = SafetensorsFile::open(folder / "reference.safetensors");
        ASSERT_TRUE(reference);
        std::vector<std::int64_t> tokens(17);
        const auto stored = reference->findTensor("tokens")->data;
        ASSERT_EQ(stored.size(), tokens.size() * sizeof(tokens[0]));
        std::memcpy(tokens.data(), stored.data(), stored.size());
        const auto logits = reference->findTensor("logits")->data;
        std::vector<float> wanted(logits.size() / sizeof(float));
        std::memcpy(wanted.data(), logits.data(), logits.size());

        LoadOptions options = onCuda(ComputeType::F32);
        options.kvType = KvType::F32;
        options.contextTokens = 128;
        const auto engine = harness.host().load(folder.string(), name, options);
        ASSERT_TRUE(engine) << name << ": " << engine.error().message();
        Request request = greedy({tokens.begin(), tokens.end()}, 1);
        request.promptLogits = true;
        const auto replies = runAll(**engine, {request});
        const std::vector<float> got = joined(*replies.front());
        ASSERT_EQ(got.size(), wanted.size()) << name;
        float largest = 0.0F;
        float difference = 0.0F;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            ASSERT_TRUE(std::isfinite(got[i])) << name;
            largest = std::max(largest, std::fabs(wanted[i]));
            difference = std::max(difference, std::fabs(wanted[i] - got[i]));
        }
        EXPECT_LE(difference / largest, kExact) << name;
    }
}

TEST_F(CudaEngine, StarterSaysParisAndWhatTheCpuSays) {
    const char* const path = std::getenv("HEARTH_STARTER_MODEL");
    if (path == nullptr || isEmulated())
        GTEST_SKIP() << "takes HEARTH_STARTER_MODEL and a real device";
    LoadOptions exact;
    exact.device = DeviceChoice::Cpu;
    exact.exactActivations = true;
    exact.kvType = KvType::F32;
    HostOptions machine; // Enough for both copies.
    EngineHarness both(machine);
    const auto cpu = both.host().load(path, "cpu", exact);
    ASSERT_TRUE(cpu) << cpu.error().message();
    LoadOptions options = onCuda(ComputeType::F32);
    options.promptLogits = false;
    options.contextTokens = 1024;
    const auto cuda = both.host().load(path, "cuda", options);
    ASSERT_TRUE(cuda) << cuda.error().message();
    const char* const questions[] = {"What is the capital of France?",
                                     "Write a short poem about the sea.",
                                     "Explain what a prime number is.",
                                     "List five animals that live in Africa.",
                                     "How do I boil an egg?",
                                     "What is the difference between a list and a tuple in Python?",
                                     "Tell me a story about a dragon.",
                                     "Why is the sky blue?",
                                     "Translate 'good morning' into Spanish.",
                                     "Give me three tips for sleeping better."};
    for (const char* question : questions) {
        Request request;
        ChatPrompt prompt;
        prompt.messages.push_back({"user", question, {}});
        request.prompt = prompt;
        request.sampling.temperature = 0.0F;
        request.maxTokens = 80;
        request.ignoreEos = true;
        const auto onCpu = run(**cpu, request);
        const auto onGpu = run(**cuda, request);
        EXPECT_EQ(onGpu->tokens, onCpu->tokens) << question;
        if (question == questions[0]) {
            EXPECT_NE(onGpu->text.find("Paris"), std::string::npos) << onGpu->text;
        }
    }
}
