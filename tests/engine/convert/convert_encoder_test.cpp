#include "convert/convert.h"
#include "convert/gguf_export.h"
#include "engine/runtime/encoder_support.h"
#include "models/model_spec.h"
#include "models/pooling.h"

#include <optional>

using namespace hearth;
using namespace hearth::test;

namespace {

/// Of the folder's numbers, for GGUF: positions and norms become F32, and lose nothing.
constexpr double kEncoderTolerance = 1e-6;

struct Outcome {
    std::vector<Embedding> embeddings;
    std::vector<std::vector<float>> logits;
    std::vector<std::vector<std::int32_t>> greedy;
};

/// Every encoder and encoder–decoder of tests/data/models in the forms that it is converted to.
class ConvertedEncoder : public testing::TestWithParam<const char*> {
protected:
    ConvertedEncoder() : reference(GetParam()) {}

    [[nodiscard]] static Checkpoint open(const std::string& path) {
        auto checkpoint = Checkpoint::open(path);
        EXPECT_TRUE(checkpoint) << checkpoint.error().message();
        return *std::move(checkpoint);
    }
    [[nodiscard]] ConvertOptions optionsFor(const std::string& name) const {
        ConvertOptions options;
        options.modelName = "base";
        options.destination = folder.path() / name;
        return options;
    }
    [[nodiscard]] std::string workspace(const std::string& from, const std::string& name,
                                        std::int32_t ranks) const {
        ConvertOptions options = optionsFor(name);
        options.tensorParallel = ranks;
        const auto converted = convertToWorkspace(open(from), options, {}, {});
        EXPECT_TRUE(converted) << converted.error().message();
        return options.destination.string();
    }
    [[nodiscard]] Result<std::string> gguf(const std::string& from, const std::string& name) const {
        const ConvertOptions options = optionsFor(name);
        HEARTH_TRY(convertToGguf(open(from), options, {}, {}));
        return options.destination.string();
    }
    [[nodiscard]] Outcome run(const std::string& path) const {
        EngineHarness harness;
        EmbedderOptions options;
        options.load.device = DeviceChoice::Cpu;
        options.load.kvType = KvType::F32;
        options.load.promptLogits = true;
        const auto prompts = reference.lists("prompt_");
        Outcome outcome;
        const auto embedder = harness.host().openEmbedder(path, "e", options);
        EXPECT_TRUE(embedder) << embedder.error().message();
        if (embedder)
            outcome.embeddings = (*embedder)->embedTokens(prompts).value();
        if (!reference.has("logits_0"))
            return outcome;
        const auto engine = harness.host().load(path, "m", options.load);
        EXPECT_TRUE(engine) << engine.error().message();
        for (std::size_t k = 0; engine && k < prompts.size(); ++k) {
            const auto reply = test::run(**engine, referenceRequest(reference, k, 1));
            std::vector<float>& logits = outcome.logits.emplace_back();
            for (const LogitsEvent& event : reply->logits)
                logits.insert(logits.end(), event.logits.begin(), event.logits.end());
            outcome.greedy.push_back(test::run(**engine, greedy(prompts[k], 16))->tokens);
        }
        return outcome;
    }
    static double difference(const std::vector<float>& got, const std::vector<float>& wanted) {
        EXPECT_EQ(got.size(), wanted.size());
        double largest = 0.0;
        double worst = 0.0;
        for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); ++i) {
            largest = std::max(largest, std::fabs(double(wanted[i])));
            worst = std::max(worst, std::fabs(double(wanted[i]) - double(got[i])));
        }
        return worst / largest;
    }
    static void expectSame(const Outcome& got, const Outcome& wanted, double tolerance) {
        ASSERT_EQ(got.embeddings.size(), wanted.embeddings.size());
        EXPECT_GE(got.embeddings.size(), 2U);
        for (std::size_t k = 0; k < wanted.embeddings.size(); ++k) {
            EXPECT_LE(difference(got.embeddings[k].hidden, wanted.embeddings[k].hidden), tolerance);
            EXPECT_LE(difference(got.embeddings[k].values, wanted.embeddings[k].values), tolerance);
        }
        ASSERT_EQ(got.logits.size(), wanted.logits.size());
        for (std::size_t k = 0; k < wanted.logits.size(); ++k)
            EXPECT_LE(difference(got.logits[k], wanted.logits[k]), tolerance);
        EXPECT_EQ(got.greedy, wanted.greedy);
    }
    [[nodiscard]] DecoderSpec sizes() const {
        const auto spec = describeAnyModel(open(reference.path()));
        EXPECT_TRUE(spec) << spec.error().message();
        return sizesOf(*spec);
    }

    const EncoderReference reference;
    const TemporaryFolder folder;
};

std::string nameOf(const testing::TestParamInfo<const char*>& test) { return test.param; }

} // namespace

TEST_P(ConvertedEncoder, EveryFormGivesTheFoldersNumbers) {
    const Outcome wanted = run(reference.path());
    const std::string one = workspace(reference.path(), "one", 1);
    expectSame(run(one), wanted, 0.0);
    if (sizes().heads % 2 == 0)
        expectSame(run(workspace(reference.path(), "two", 2)), wanted, 0.0);
    EXPECT_EQ(readFile(workspace(one, "again", 1) + "/weights.bin"),
              readFile(one + "/weights.bin"));
    const auto exported = gguf(reference.path(), "folder.gguf");
    const auto ofWorkspace = gguf(one, "workspace.gguf");
    if (std::string_view(GetParam()) == "umt5_odd") {
        for (const auto* refused : {&exported, &ofWorkspace}) {
            ASSERT_FALSE(*refused);
            EXPECT_EQ(refused->error().field, "relative_attention_max_distance");
        }
        return;
    }
    ASSERT_TRUE(exported) << exported.error().message();
    ASSERT_TRUE(ofWorkspace) << ofWorkspace.error().message();
    expectSame(run(*exported), wanted, kEncoderTolerance);
    EXPECT_EQ(readFile(*ofWorkspace), readFile(*exported));
    expectSame(run(workspace(*exported, "of_gguf", 1)), run(*exported), 0.0);
}

TEST_P(ConvertedEncoder, RanksThatDoNotDivideAreRefused) {
    ConvertOptions options = optionsFor("w");
    options.tensorParallel = 64;
    const auto converted = convertToWorkspace(open(reference.path()), options, {}, {});
    ASSERT_FALSE(converted);
    EXPECT_EQ(converted.error().field, "tp");
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_P(ConvertedEncoder, CancelLeavesNothing) {
    for (const bool toGguf : {false, true}) {
        std::stop_source stop;
        int steps = 0;
        const auto bytes = [&](std::uint64_t done, std::uint64_t total) {
            EXPECT_LE(done, total);
            if (++steps == 5)
                stop.request_stop();
        };
        const Checkpoint model = open(reference.path());
        const auto converted =
            toGguf ? convertToGguf(model, optionsFor("m.gguf"), {{}, bytes}, stop.get_token())
                   : convertToWorkspace(model, optionsFor("w"), {{}, bytes}, stop.get_token());
        ASSERT_FALSE(converted);
        const bool refused = converted.error().code == ErrorCode::Unsupported;
        EXPECT_TRUE(refused || converted.error().code == ErrorCode::Cancelled);
        EXPECT_EQ(steps, refused ? 0 : 5);
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

INSTANTIATE_TEST_SUITE_P(Models, ConvertedEncoder,
                         testing::Values("bert", "bert_odd", "xlm_roberta_odd", "distilbert_odd",
                                         "t5", "t5_untied", "t5_first", "umt5_odd"),
                         nameOf);

TEST(ConvertedPooling, GoesWithTheModel) {
    EncoderReference reference("xlm_roberta_odd");
    TemporaryFolder& model = reference.folder();
    std::filesystem::create_directory(model.path() / "1_Pooling");
    model.write("modules.json",
                R"([{"path": "", "type": "sentence_transformers.models.Transformer"},
                    {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
                    {"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}])");
    model.write("1_Pooling/config.json", R"({"pooling_mode_cls_token": true})");
    model.write("sentence_bert_config.json", R"({"max_seq_length": 20})");
    const auto checkpoint = Checkpoint::open(reference.path());
    ASSERT_TRUE(checkpoint);
    const TemporaryFolder folder;
    ConvertOptions options;
    options.modelName = "base";
    options.destination = folder.path() / "w";
    ASSERT_TRUE(convertToWorkspace(*checkpoint, options, {}, {}));
    options.destination = folder.path() / "m.gguf";
    std::vector<std::string> notes;
    const auto note = [&](const std::string& text) { notes.push_back(text); };
    ASSERT_TRUE(convertToGguf(*checkpoint, options, {{}, {}, note}, {}));
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_NE(notes[0].find("normalised"), std::string::npos);

    EngineHarness harness;
    EmbedderOptions embedding;
    embedding.load.device = DeviceChoice::Cpu;
    const auto prompts = reference.lists("prompt_");
    const std::vector<std::vector<std::int32_t>> text{
        {prompts.back().begin(), prompts.back().begin() + 10}};
    const auto vectorOf = [&](const std::string& path) {
        const auto embedder = harness.host().openEmbedder(path, path, embedding);
        EXPECT_TRUE(embedder) << embedder.error().message();
        return (*embedder)->embedTokens(text)->front().values;
    };
    const auto wanted = vectorOf(reference.path());
    EXPECT_EQ(vectorOf((folder.path() / "w").string()), wanted);
    EXPECT_EQ(readPooling(*Checkpoint::open(folder.path() / "w"))->maxTokens, 20);
    embedding.normalise = true;
    const auto ofGguf = vectorOf((folder.path() / "m.gguf").string());
    ASSERT_EQ(ofGguf.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i)
        EXPECT_NEAR(ofGguf[i], wanted[i], 1e-6);
}
