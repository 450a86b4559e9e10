#include "convert/convert.h"
#include "convert/gguf_export.h"
#include "engine/runtime/fixture_support.h"
#include "models/architecture.h"

#include <optional>

using namespace hearth;
using namespace hearth::test;

namespace {

/// Of the folder's logits.
constexpr double kTolerance = 1e-6;
/// Heads whose columns stand in another order are summed in another order.
constexpr double kReorderedTolerance = 5e-6;

/// Every model of tests/data/models in the forms that it is converted to.
class ConvertedFixture : public testing::TestWithParam<std::string> {
protected:
    ConvertedFixture() : model(GetParam()) {}

    [[nodiscard]] Checkpoint open(const std::string& path) const {
        auto checkpoint = Checkpoint::open(path);
        EXPECT_TRUE(checkpoint) << checkpoint.error().message();
        return *std::move(checkpoint);
    }
    [[nodiscard]] std::string target(const std::string& name) const {
        return (folder.path() / name).string();
    }
    [[nodiscard]] std::string workspace(std::int32_t ranks) const {
        const std::string path = target("workspace" + std::to_string(ranks));
        const auto converted = convert(path, ranks);
        EXPECT_TRUE(converted) << converted.error().message();
        return path;
    }
    [[nodiscard]] Result<void> convert(const std::string& path, std::int32_t ranks) const {
        ConvertOptions options;
        options.modelName = "base";
        options.destination = path;
        options.tensorParallel = ranks;
        return convertToWorkspace(open(model.path()), options, {}, {});
    }
    [[nodiscard]] std::int32_t heads() const {
        const auto decoder = describeModel(open(model.path()));
        EXPECT_TRUE(decoder) << decoder.error().message();
        return decoder->heads;
    }
    void expectRefused(std::int32_t ranks) const {
        const auto converted = convert(target("refused"), ranks);
        ASSERT_FALSE(converted);
        EXPECT_EQ(converted.error().code, ErrorCode::InvalidArgument);
        EXPECT_EQ(converted.error().field, "tp");
        EXPECT_FALSE(std::filesystem::exists(target("refused")));
    }
    /// Nothing where GGUF cannot express the model.
    [[nodiscard]] std::optional<std::string> gguf(const std::string& from,
                                                  const std::string& name) const {
        ConvertOptions options;
        if (groupSizeOf(open(from)) > 0)
            options.outType = "f32"; // codes in groups would become F16
        options.modelName = "base";
        options.destination = target(name);
        const auto converted = convertToGguf(open(from), options, {}, {});
        if (!converted && converted.error().code == ErrorCode::Unsupported)
            return {};
        EXPECT_TRUE(converted) << converted.error().message();
        return target(name);
    }

    struct Outcome {
        std::vector<std::vector<std::int32_t>> tokens;
        std::vector<std::vector<float>> logits;
    };
    [[nodiscard]] Outcome run(const std::string& path) const {
        EngineHarness harness;
        LoadOptions options;
        options.device = DeviceChoice::Cpu;
        options.kvType = KvType::F32;
        options.exactActivations = true; // F32 has no codes to multiply fast
        options.promptLogits = true;
        options.neededTokens = model.neededTokens();
        Outcome outcome;
        const auto engine = harness.host().load(path, "converted", options);
        EXPECT_TRUE(engine) << engine.error().message();
        for (int k = 0; engine && k < model.prompts(); ++k) {
            const auto reply = test::run(**engine, model.greedyRequest(k));
            EXPECT_FALSE(reply->failed);
            outcome.tokens.push_back(reply->tokens);
            const auto prompt = test::run(**engine, model.logitsRequest(k));
            EXPECT_FALSE(prompt->failed);
            std::vector<float>& logits = outcome.logits.emplace_back();
            for (const LogitsEvent& event : prompt->logits)
                logits.insert(logits.end(), event.logits.begin(), event.logits.end());
        }
        return outcome;
    }
    void expectSame(const Outcome& got, const Outcome& wanted,
                    double tolerance = kTolerance) const {
        ASSERT_EQ(got.logits.size(), wanted.logits.size());
        for (std::size_t k = 0; k < wanted.logits.size(); ++k) {
            EXPECT_EQ(got.tokens[k], wanted.tokens[k]);
            EXPECT_EQ(got.tokens[k], model.greedy(int(k)));
            ASSERT_EQ(got.logits[k].size(), wanted.logits[k].size());
            double largest = 0.0;
            double difference = 0.0;
            for (std::size_t i = 0; i < wanted.logits[k].size(); ++i) {
                largest = std::max(largest, std::fabs(double(wanted.logits[k][i])));
                difference = std::max(difference, std::fabs(double(got.logits[k][i]) -
                                                            double(wanted.logits[k][i])));
            }
            EXPECT_LE(difference / largest, tolerance);
        }
    }

    const ReferenceModel model;
    const TemporaryFolder folder;
};

} // namespace

TEST_P(ConvertedFixture, EveryFormGivesTheFoldersTokens) {
    const Outcome wanted = run(model.path());
    const std::string one = workspace(1);
    expectSame(run(one), wanted);
    if (heads() % 2 == 0)
        expectSame(run(workspace(2)), wanted);
    else
        expectRefused(2);
    const auto exported = gguf(model.path(), "folder.gguf");
    if (!exported)
        return;
    expectSame(run(*exported), wanted, kReorderedTolerance);
    EXPECT_EQ(readFile(gguf(one, "workspace.gguf").value()), readFile(*exported));
}

INSTANTIATE_TEST_SUITE_P(Models, ConvertedFixture, testing::ValuesIn(referenceDecoders()),
                         [](const auto& test) { return test.param; });
