#include "engine/cli/command_runner.h"
#include "formats/safetensors.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sys/wait.h>

using namespace hearth;
using namespace hearth::test;

namespace {

class ConvertCommand : public Commands {
protected:
    [[nodiscard]] static std::string modelFolder(const std::string& name) {
        return fixture("models/" + name);
    }
    [[nodiscard]] std::string target(const std::string& name) const {
        return (folder.path() / name).string();
    }
    /// logits_0 and greedy_0 of a few tokens.
    [[nodiscard]] std::string results(const std::string& model) const {
        folder.write("tokens.json", "[[1, 17, 300, 5]]");
        const Outcome logits =
            run("logits " + model + " --device cpu --greedy 8 --tokens " + target("tokens.json") +
                " --output " + target("logits.safetensors"));
        EXPECT_EQ(logits.status, 0) << logits.errors;
        return readFile(target("logits.safetensors"));
    }
};

} // namespace

TEST_F(ConvertCommand, MakesAWorkspaceThatEveryCommandTakes) {
    const std::string model = modelFolder("llama");
    const Outcome made = run("convert llama2 " + model + " --dst_path " + target("w"));
    EXPECT_EQ(made.status, 0) << made.errors;
    for (const char* line :
         {"model_name             llama2\n", "model_format           None\n",
          "inferred_model_format  hf\n", "tokenizer_path         None\n",
          "output_format          BF16\n", "### copying embedding.weight, shape=[512, 64]\n",
          "*** splitting layers.0.qkv.weight, shape="})
        EXPECT_NE(made.out.find(line), std::string::npos) << line << made.out;
    EXPECT_NE(made.errors.find("--tokenizer-path"), std::string::npos);
    EXPECT_EQ(results(target("w")), results(model));
    EXPECT_EQ(run("convert --model_name llama2 --model_path " + model + " --tp 2 --dst-path " +
                  target("w") + " --model-format hf --group-size 0")
                  .status,
              0);
}

TEST_F(ConvertCommand, ExportsGguf) {
    const Outcome made = run("convert llama " + modelFolder("llama") + " --to gguf --dst-path " +
                             target("m.gguf") + " --outtype q8_0");
    EXPECT_EQ(made.status, 0) << made.errors;
    EXPECT_NE(made.out.find("### writing blk.0.attn_q.weight, shape={64, 64}, type=Q8_0\n"),
              std::string::npos)
        << made.out;
    const Outcome shown = run("models show " + target("m.gguf") + " --json");
    EXPECT_NE(shown.out.find("Q8_0"), std::string::npos) << shown.out << shown.errors;
}

TEST_F(ConvertCommand, WarnsInOneLineOfAMissingTokenizer) {
    const Outcome made =
        run("convert llama " + modelFolder("llama") + " --dst-path " + target("w"));
    EXPECT_EQ(made.status, 0);
    const std::string model = modelFolder("llama");
    EXPECT_EQ(made.errors, "warning: " + model +
                               " has no tokenizer; the result will take token ids only. Give one "
                               "with --tokenizer-path\nWrote " + target("w") + "\n");
}

TEST_F(ConvertCommand, SaysWhatLlamaCppDoesOtherwise) {
    const Outcome made = run("convert mistral " + modelFolder("mistral") +
                             " --to gguf --dst-path " + target("m.gguf"));
    EXPECT_EQ(made.status, 0) << made.errors;
    EXPECT_NE(made.errors.find("note: llama.cpp ignores the sliding window of "), std::string::npos)
        << made.errors;
    const Outcome plain =
        run("convert llama " + modelFolder("llama") + " --to gguf --dst-path " + target("l.gguf"));
    EXPECT_EQ(plain.errors.find("note: "), std::string::npos) << plain.errors;
}

TEST_F(ConvertCommand, AwqNeedsItsGroupSize) {
    const std::string model = std::string(HEARTH_TEST_DATA) + "/formats/quantised/model_awq";
    const std::string line = "convert llama " + model + " --model-format awq --dst-path " +
                             target("w");
    const Outcome without = run(line);
    EXPECT_EQ(without.status, 2);
    EXPECT_NE(without.errors.find("--group-size"), std::string::npos) << without.errors;
    EXPECT_FALSE(std::filesystem::exists(target("w")));
    const Outcome other = run(line + " --group-size 64");
    EXPECT_EQ(other.status, 1);
    EXPECT_NE(other.errors.find("its groups have 32 weights, not 64"), std::string::npos)
        << other.errors;
    const Outcome right = run(line + " --group-size 32");
    EXPECT_EQ(right.status, 0) << right.errors;
    EXPECT_NE(readFile(target("w/config.ini")).find("group_size = 32\n"), std::string::npos);
}

TEST_F(ConvertCommand, SaysWhatIsWrong) {
    const std::string model = modelFolder("llama");
    const Outcome name = run("convert gpt-5 " + model);
    EXPECT_EQ(name.status, 1);
    EXPECT_NE(name.errors.find("gpt-5"), std::string::npos);
    EXPECT_NE(name.errors.find("internlm-chat-7b, internlm-chat-7b-8k"), std::string::npos);
    EXPECT_EQ(run("convert llama " + model + " --tp 3").status, 2);
    EXPECT_EQ(run("convert llama").status, 2);
    EXPECT_EQ(run("convert llama " + model + " --model-format onnx").status, 2);
    const Outcome format = run("convert llama " + model + " --model-format gguf");
    EXPECT_EQ(format.status, 1);
    EXPECT_NE(format.errors.find("the model's format is hf, not gguf"), std::string::npos);
    EXPECT_EQ(run("convert llama " + model + " --group-size 128").status, 1);
    EXPECT_EQ(run("convert llama " + model + " --tokenizer-path /nowhere").status, 1);
    folder.write("mine/letter.txt", "dear");
    EXPECT_EQ(run("convert llama " + model + " --dst-path " + target("mine")).status, 1);
    EXPECT_EQ(readFile(target("mine/letter.txt")), "dear");
}

TEST_F(ConvertCommand, fault_020_pickles_are_refused_with_what_to_do) {
    folder.write("meta/consolidated.00.pth", "PK");
    for (const char* more : {"", " --model-format llama"}) {
        const Outcome made = run("convert llama " + target("meta") + more + " --dst-path " +
                                 target("w"));
        EXPECT_EQ(made.status, 1);
        EXPECT_NE(made.errors.find("safetensors"), std::string::npos) << made.errors;
        EXPECT_FALSE(std::filesystem::exists(target("w")));
    }
}

TEST_F(ConvertCommand, TakesEveryNameThatListPrints) {
    const std::string model = modelFolder("llama");
    for (const char* name : {"internlm2_5", "yi-34b", "llama-2", "qwen2"})
        EXPECT_EQ(run(std::string("convert ") + name + " " + model + " --dst-path " + target("w"))
                      .status,
                  0)
            << name;
    const Outcome wrong = run("convert nobody " + model + " --dst-path " + target("x"));
    EXPECT_EQ(wrong.status, 1);
    EXPECT_NE(wrong.errors.find("nobody: there is no such model name; the names are baichuan"),
              std::string::npos)
        << wrong.errors;
}

TEST_F(ConvertCommand, TheWorkspaceKeepsTheNamedTemplate) {
    ASSERT_EQ(run("convert vicuna " + modelFolder("llama") + " --dst-path " + target("w")).status,
              0);
    const Outcome shown = run("models show " + target("w"));
    EXPECT_NE(shown.out.find("chat template: vicuna\n"), std::string::npos) << shown.out;
    // A folder of workspaces is a folder of models.
    const Outcome added = run("models add " + folder.path().string());
    EXPECT_EQ(added.status, 0) << added.errors;
    EXPECT_NE(added.errors.find("(1 model)"), std::string::npos) << added.errors;
}

TEST_F(ConvertCommand, EncodersAreTakenAsWell) {
    folder.write("tokens.json", "[[1, 17, 300, 5], [9, 8, 7]]");
    const auto output = [&](const std::string& command, const std::string& model) {
        const Outcome made = run(command + " " + model + " --device cpu --tokens " +
                                 target("tokens.json") + " --output " + target("o.safetensors"));
        EXPECT_EQ(made.status, 0) << made.errors;
        return readFile(target("o.safetensors"));
    };
    for (const char* name : {"bert", "t5"}) {
        const std::string model = modelFolder(name);
        const Outcome made =
            run(std::string("convert ") + name + " " + model + " --tp 2 --dst-path " + target("w"));
        ASSERT_EQ(made.status, 0) << made.errors;
        EXPECT_NE(made.out.find("qkv.weight, shape=[192, 64], split_dim=0\n"), std::string::npos)
            << made.out;
        const Outcome shown = run("models show " + target("w"));
        EXPECT_NE(shown.out.find(std::string("architecture: ") + name), std::string::npos);
        EXPECT_EQ(shown.out.find("problem"), std::string::npos) << shown.out;
        EXPECT_EQ(output("embed", target("w")), output("embed", model));
        const Outcome exported = run("convert base " + model + " --to gguf --dst-path " +
                                     target(std::string(name) + ".gguf"));
        EXPECT_EQ(exported.status, 0) << exported.errors;
        output("embed", target(std::string(name) + ".gguf"));
    }
    EXPECT_EQ(output("logits --greedy 8", target("w")),
              output("logits --greedy 8", modelFolder("t5")));
    EXPECT_NE(readFile(target("w/config.ini")).find("model_arch = t5\n"), std::string::npos);
}

TEST_F(ConvertCommand, TheLicenseGoesWithTheWeights) {
    std::filesystem::copy(modelFolder("llama"), folder.path() / "model");
    folder.write("model/README.md", "---\nlicense: llama2\n---\n");
    const std::string gguf = target("m.gguf");
    ASSERT_EQ(run("convert llama2 " + target("model") + " --dst-path " + target("a")).status, 0);
    ASSERT_EQ(run("convert llama2 " + target("a") + " --to gguf --dst-path " + gguf).status, 0);
    ASSERT_EQ(run("convert llama2 " + gguf + " --dst-path " + target("b")).status, 0);
    for (const std::string& model : {target("a"), gguf, target("b")})
        EXPECT_NE(run("models show " + model).out.find("license: llama2\n"), std::string::npos)
            << model;
}
