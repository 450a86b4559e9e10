#include "engine/cli/command_runner.h"
#include "engine/runtime/encoder_support.h"

#include <nlohmann/json.hpp>

#include <cmath>

using namespace hearth;
using namespace hearth::test;

namespace {

class EncoderCommands : public Commands {
protected:
    /// Writes the reference's lists as a file for --tokens.
    std::string listsFile(const EncoderReference& reference, const std::string& prefix) {
        return folder
            .write(prefix + ".json", nlohmann::json(reference.lists(prefix)).dump())
            .string();
    }
    static std::vector<float> read(const SafetensorsFile& file, const std::string& name) {
        const SafetensorsTensor* tensor = file.findTensor(name);
        EXPECT_NE(tensor, nullptr) << name;
        if (tensor == nullptr)
            return {};
        std::vector<float> values(tensor->data.size() / sizeof(float));
        std::memcpy(values.data(), tensor->data.data(), tensor->data.size());
        return values;
    }
    /// Gives a made-up T5 a tokenizer; ids beyond the model's 1003 don't come up in these texts.
    static std::filesystem::path withTokenizer(EncoderReference& reference) {
        std::filesystem::copy(fixture("tokenizers/bpe_gpt2/tokenizer.json"),
                              reference.folder().path() / "tokenizer.json");
        return reference.path();
    }
    [[nodiscard]] std::string output() const {
        return (folder.path() / "o.safetensors").string();
    }
};

} // namespace

TEST_F(EncoderCommands, EmbedWritesStatesAndMeans) {
    for (const char* name : {"bert", "t5"}) {
        const EncoderReference reference(name);
        const Outcome embed = run("embed " + reference.path() + " --tokens " +
                                  listsFile(reference, "prompt_") + " --output " + output());
        ASSERT_EQ(embed.status, 0) << embed.errors;
        EXPECT_EQ(embed.out, "");
        const auto file = SafetensorsFile::open(output());
        ASSERT_TRUE(file);
        const std::string states = reference.has("encoder_0") ? "encoder_" : "last_hidden_";
        for (const char* k : {"0", "1", "2"}) {
            const auto got = read(*file, std::string("last_hidden_") + k);
            EXPECT_LE(reference.error(states + k, got), 1e-3);
            EXPECT_EQ(file->findTensor(std::string("mean_pooled_") + k)->shape,
                      std::vector<std::int64_t>{64});
        }
        if (reference.has("mean_pooled_2")) {
            EXPECT_LE(reference.error("mean_pooled_2", read(*file, "mean_pooled_2")), 1e-3);
        }
    }
}

TEST_F(EncoderCommands, EmbedTakesTextsOrTokensAndSaysWhatIsWrong) {
    const EncoderReference reference("bert");
    const std::string model = reference.path();
    EXPECT_EQ(run("embed " + model).status, 2);
    EXPECT_EQ(run("embed " + model + " hello --tokens t.json --output " + output()).status, 2);
    EXPECT_EQ(run("embed " + model + " --tokens t.json").status, 2);
    EXPECT_EQ(run("embed " + model + " hello --pooling max").status, 2);
    const Outcome unknown = run("embed " + model + " hello --frobnicate");
    EXPECT_EQ(unknown.status, 2);
    EXPECT_NE(unknown.errors.find("--frobnicate"), std::string::npos);
    // The fixture has no tokenizer.
    const Outcome text = run("embed " + model + " hello");
    EXPECT_EQ(text.status, 1);
    EXPECT_EQ(text.out, "");
    EXPECT_NE(text.errors.find("tokenizer"), std::string::npos) << text.errors;
}

TEST_F(EncoderCommands, EmbedPrintsOneVectorAText) {
    EncoderReference reference("t5_untied");
    const std::filesystem::path copy = withTokenizer(reference);
    const Outcome embed =
        run("embed " + copy.string() + " \"[a, b]\" \"Hello world\" --normalize true");
    ASSERT_EQ(embed.status, 0) << embed.errors;
    const auto document = nlohmann::json::parse(embed.out);
    EXPECT_EQ(document["dimensions"], 80);
    EXPECT_EQ(document["pooling"], "mean");
    EXPECT_EQ(document["normalized"], true);
    ASSERT_EQ(document["embeddings"].size(), 2U);
    EXPECT_EQ(document["prompt_tokens"][1], 8); // seven of the text and its end
    double square = 0.0;
    for (const double value : document["embeddings"][1].get<std::vector<double>>())
        square += value * value;
    EXPECT_NEAR(square, 1.0, 1e-5);
    const std::string longText(3000, 'x');
    const Outcome tooLong = run("embed " + copy.string() + " " + longText);
    EXPECT_EQ(tooLong.status, 1);
    EXPECT_NE(tooLong.errors.find("text 0"), std::string::npos) << tooLong.errors;
    EXPECT_EQ(run("embed " + copy.string() + " --truncate " + longText).status, 0);
}

TEST_F(EncoderCommands, LogitsOfAnEncoderDecoder) {
    const EncoderReference reference("t5");
    const std::string command = "logits " + reference.path() + " --tokens " +
                                listsFile(reference, "prompt_") + " --output " + output();
    const std::string decoder = " --decoder-tokens " + listsFile(reference, "decoder_in_");
    for (const char* more : {"", " --batch alone", " --prefill-chunk 3"}) {
        const Outcome logits = run(command + decoder + more);
        ASSERT_EQ(logits.status, 0) << logits.errors;
        const auto file = SafetensorsFile::open(output());
        ASSERT_TRUE(file);
        for (const char* k : {"0", "1", "2"})
            for (const char* name : {"encoder_", "logits_"})
                EXPECT_LE(reference.error(std::string(name) + k,
                                          read(*file, std::string(name) + k)),
                          1e-3);
    }
    const Outcome start = run(command + " --greedy 5");
    ASSERT_EQ(start.status, 0) << start.errors;
    const auto file = SafetensorsFile::open(output());
    ASSERT_TRUE(file);
    EXPECT_EQ(file->findTensor("logits_2")->shape, (std::vector<std::int64_t>{1, 512}));
    EXPECT_EQ(file->findTensor("greedy_2")->shape, std::vector<std::int64_t>{5});
    const Outcome decoderOnly = run("logits " + fixture("models/llama") + " --tokens " +
                                    listsFile(reference, "prompt_") + " --output " + output() +
                                    decoder);
    EXPECT_EQ(decoderOnly.status, 2);
    folder.write("one.json", "[[0]]");
    const Outcome fewer =
        run(command + " --decoder-tokens " + (folder.path() / "one.json").string());
    EXPECT_EQ(fewer.status, 1);
    EXPECT_NE(fewer.errors.find("has 1 lists"), std::string::npos) << fewer.errors;
}

TEST_F(EncoderCommands, AnEmbeddingModelIsDescribedAndMakesNoText) {
    const std::string model = fixture("models/bert");
    const Outcome show = run("models show " + model);
    EXPECT_EQ(show.status, 0);
    EXPECT_NE(show.out.find("architecture: bert"), std::string::npos);
    EXPECT_NE(show.out.find("an embedding model"), std::string::npos);
    EXPECT_NE(show.out.find("context: 512 tokens"), std::string::npos);
    EXPECT_EQ(show.out.find("problem"), std::string::npos);
    EXPECT_EQ(nlohmann::json::parse(run("models show --json " + model).out)["kind"], "encoder");
    EXPECT_NE(run("models show " + fixture("models/t5")).out.find("encoder–decoder"),
              std::string::npos);
    for (const std::string& command : {"ask " + model + " hello", "chat " + model}) {
        const Outcome refused = run(command);
        EXPECT_EQ(refused.status, 1);
        EXPECT_EQ(refused.errors,
                  "bert: this model makes embeddings, not text: use hearth embed\n");
    }
}

TEST_F(EncoderCommands, AskAnswersWithAnEncoderDecoder) {
    EncoderReference reference("t5_untied");
    const std::filesystem::path copy = withTokenizer(reference);
    const Outcome ask = run("ask " + copy.string() +
                            " \"Hello world\" --json --max-tokens 6 --temperature 0");
    ASSERT_EQ(ask.status, 0) << ask.errors;
    const auto document = nlohmann::json::parse(ask.out);
    EXPECT_EQ(document["prompt_tokens"], 8); // the text alone, and its end
    EXPECT_GE(document["completion_tokens"], 1);
    const Outcome chat = run("chat " + copy.string() + " --max-tokens 3 --temperature 0",
                             "Hello\nworld\n");
    EXPECT_EQ(chat.status, 0) << chat.errors;
    EXPECT_EQ(chat.errors, "");
}
