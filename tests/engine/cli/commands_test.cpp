#include "engine/cli/command_runner.h"
#include "formats/safetensors.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace hearth;
using namespace hearth::test;

namespace {

/// True if `text` is one line that begins with a capital letter or a name and ends there.
bool isOneLine(const std::string& text) {
    return !text.empty() && text.find('\n') == text.size() - 1;
}

} // namespace

TEST_F(Commands, HelpHasAnExampleAndUsageErrorsExitWithTwo) {
    for (const char* command :
         {"chat", "ask", "models", "convert", "list", "check_env", "embed", "logits", "tokenize",
          "template", "bench", "serve"}) {
        const Outcome help = run(std::string(command) + " --help");
        EXPECT_EQ(help.status, 0) << command;
        EXPECT_NE(help.out.find("Example: hearth "), std::string::npos) << command;
    }
    EXPECT_EQ(run("").status, 2);
    EXPECT_EQ(run("fly").status, 2);
    EXPECT_EQ(run("ask").status, 2);
    EXPECT_EQ(run("ask x --temperature warm").status, 2);
    EXPECT_EQ(run("ask x --device toaster").status, 2);
    EXPECT_EQ(run("ask x --kv-dtype f7").status, 2);
    EXPECT_EQ(run("logits x --tokens t.json").status, 2);
    EXPECT_EQ(run("ask x --top-p 0").status, 2);
    EXPECT_EQ(run("ask x --tp 0").status, 2);
    EXPECT_EQ(run("ask x --pp 0").status, 2);
    EXPECT_NE(run("ask x --dtype 2").errors.find("must be auto, f32, bf16 or f16"),
              std::string::npos);
    EXPECT_NE(run("ask x --kv-dtype 2").errors.find("must be auto, f32, bf16, f16, int8, int4 or"),
              std::string::npos);
    EXPECT_NE(run("fly").errors.find("fly"), std::string::npos);
    EXPECT_NE(run("bench fly").errors.find("fly"), std::string::npos);
}

TEST_F(Commands, NumbersOutOfRangeAreToldTheRange) {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"ask x --context 0", "--context: must be 1 or more, not 0"},
        {"ask x --context 99999999999", "--context: must be 2147483647 at most, not 99999999999"},
        {"ask x --threads -1", "--threads: must be 1 to 1024, not -1"},
        {"ask x --threads many", "--threads: must be a whole number (1 to 1024), not \"many\""},
        {"ask x --cache-max-entry-count 2", "--cache-max-entry-count: must be 0 to 1, not 2"},
        {"ask x --cache-max-entry-count nan", "--cache-max-entry-count: must be 0 to 1, not nan"},
        {"ask x --max-tokens 0", "--max-tokens: must be 1 or more, not 0"},
        {"ask x --seed -1", "--seed: must be 0 or more, not -1"},
        {"serve --server-port 99999", "--server-port: must be 0 to 65535, not 99999"},
        {"serve --drain-time -1", "--drain-time: must be 0 to 86400, not -1"},
        {"bench serve x --rate -1", "--rate: must be 0 or more, not -1"},
    };
    for (const auto& [arguments, sentence] : wrong) {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.status, 2) << arguments;
        EXPECT_EQ(outcome.errors, sentence + "\n");
        EXPECT_EQ(outcome.out, "");
    }
    EXPECT_TRUE(isOneLine(run("ask --flub").errors));
}

TEST_F(Commands, HelpIsPlainText) {
    for (const char* command : {"ask", "chat", "logits", "bench decode", "models show"}) {
        const Outcome help = run(std::string(command) + " --help");
        EXPECT_TRUE(std::ranges::all_of(help.out, [](unsigned char c) {
            return c >= ' ' || c == '\n';
        })) << command;
    }
    EXPECT_NE(run("models show --help").out.find("Example: hearth models show "),
              std::string::npos);
}

TEST_F(Commands, FailuresAreOneSentenceAndExitWithOne) {
    const Outcome missing = run("ask nothing hello");
    EXPECT_EQ(missing.status, 1);
    EXPECT_EQ(missing.out, "");
    EXPECT_NE(missing.errors.find("nothing"), std::string::npos);
    const Outcome broken =
        run("ask " + folder.write("page.gguf", "<html>").string() + " hello --json");
    EXPECT_EQ(broken.status, 1);
    EXPECT_EQ(broken.out, "");
    EXPECT_NE(broken.errors.find("page.gguf"), std::string::npos);
    EXPECT_NE(run("ask \"[a, b]\"").errors.find("starter"), std::string::npos);
    const Outcome ranks = run("ask hello --pp 2");
    EXPECT_EQ(ranks.status, 1);
    EXPECT_NE(ranks.errors.find("--pp 1"), std::string::npos);
    const Outcome dump = run("check_env --dump-file /nowhere/env.txt");
    EXPECT_EQ(dump.status, 1);
    EXPECT_NE(dump.errors.find("No such file"), std::string::npos);
    const Outcome logits = run("logits starter --tokens t.json --output /nowhere/x.safetensors");
    EXPECT_EQ(logits.status, 1);
    EXPECT_NE(logits.errors.find("the folder /nowhere does not exist"), std::string::npos);
    const Outcome starter = run("ask hello");
    EXPECT_EQ(starter.status, 1);
    EXPECT_NE(starter.errors.find("hearth models pull starter"), std::string::npos);
}

TEST_F(Commands, UsageNamesEveryArgument) {
    const std::string embed = run("embed --help").out;
    EXPECT_NE(embed.find("Usage: hearth embed [OPTIONS] MODEL TEXT...\n"), std::string::npos)
        << embed;
    const std::string convert = run("convert --help").out;
    EXPECT_NE(convert.find("Usage: hearth convert [OPTIONS] NAME PATH\n"), std::string::npos)
        << convert;
    EXPECT_EQ(convert.find("REQUIRED"), std::string::npos) << convert;
    const Outcome none = run("convert llama");
    EXPECT_EQ(none.status, 2);
    EXPECT_EQ(none.errors, "convert takes NAME and PATH; --help shows an example\n");
}

TEST_F(Commands, WhatIsNoModelAndEmptyListsAreTold) {
    const std::string text = folder.write("notes.txt", "Dear diary\n").string();
    const Outcome notes = run("models show " + text);
    EXPECT_NE((notes.out + notes.errors).find("this is no model file: a model is a GGUF file"),
              std::string::npos)
        << notes.out << notes.errors;
    const std::string empty = folder.write("empty.json", "[[1], []]").string();
    const Outcome lists = run("logits " + fixture("models/llama") + " --tokens " + empty +
                              " --output " + (folder.path() / "o.safetensors").string());
    EXPECT_EQ(lists.status, 1);
    EXPECT_EQ(lists.errors,
              empty + ": list 1 is empty; every list needs one token id at least\n");
}

TEST_F(Commands, FindPrintsAHeadAndWhoseModelsTheyAre) {
    const auto models = folder.path() / "jan" / "models";
    std::filesystem::create_directories(models);
    std::filesystem::copy(fixture("models/gguf/gemma.gguf"), models / "small.gguf");
    variables = "HOME=" + folder.path().string();
    const std::string table = run("models find").out;
    EXPECT_TRUE(table.starts_with("NAME ")) << table;
    EXPECT_NE(table.find(" Jan "), std::string::npos) << table;
    const auto document = nlohmann::json::parse(run("models find --json").out);
    const auto small = std::ranges::find_if(
        document, [](const nlohmann::json& model) { return model["name"] == "small"; });
    ASSERT_NE(small, document.end()) << document;
    EXPECT_EQ((*small)["architecture"], "gemma");
    EXPECT_EQ((*small)["origin"], "Jan");
}

TEST_F(Commands, AGpuThatIsNotThereIsOneSentence) {
    variables = "HEARTH_CUDA_PLUGIN=/nowhere/libhearth_cuda.so";
    const std::string model = fixture("models/llama");
    const Outcome cuda = run("bench decode " + model + " --device cuda --json");
    EXPECT_EQ(cuda.status, 1);
    EXPECT_EQ(cuda.out, "");
    EXPECT_TRUE(isOneLine(cuda.errors)) << cuda.errors;
    EXPECT_NE(cuda.errors.find("HEARTH_CUDA_PLUGIN names a file that cannot be loaded "
                               "(/nowhere/libhearth_cuda.so: "),
              std::string::npos);
    EXPECT_NE(cuda.errors.find("; or use --device cpu\n"), std::string::npos);
    // Asked for by nobody: told once, on stderr, and the CPU goes on.
    const Outcome automatic =
        run("bench decode " + model + " --prompt 4 --tokens 4 --repeat 1 --json");
    EXPECT_EQ(automatic.status, 0) << automatic.errors;
    EXPECT_TRUE(isOneLine(automatic.errors)) << automatic.errors;
    EXPECT_NE(automatic.errors.find("; using the CPU instead."), std::string::npos);
    EXPECT_TRUE(nlohmann::json::accept(automatic.out));
    const auto tokens = folder.write("t.json", "[[1]]");
    const Outcome cpu = run("logits " + model + " --tokens " + tokens.string() + " --output " +
                            (folder.path() / "o.safetensors").string() + " --device cpu");
    EXPECT_EQ(cpu.status, 0);
    EXPECT_EQ(cpu.errors, "");
    const auto machine = nlohmann::json::parse(run("check_env --json").out);
    EXPECT_NE(machine["cuda backend"].get<std::string>().find("Hearth computes on the CPU."),
              std::string::npos);
    EXPECT_EQ(run("ask x --device cuda:x").status, 2);
    EXPECT_EQ(run("ask x --device cuda:").status, 2);
}

TEST_F(Commands, SyntheticModelsHaveNamesAndNeedAGpu) {
    variables = "HEARTH_CUDA_PLUGIN=/nowhere/libhearth_cuda.so";
    const auto sentence = [&](const std::string& model, const std::string& more = {}) {
        const Outcome bench = run("bench decode " + model + " " + more);
        EXPECT_EQ(bench.status, 1) << model;
        EXPECT_EQ(bench.out, "") << model;
        EXPECT_TRUE(isOneLine(bench.errors)) << bench.errors;
        EXPECT_NE(bench.errors.find(model), std::string::npos) << bench.errors;
        return bench.errors;
    };
    EXPECT_NE(sentence("synthetic:llama-1b").find("; synthetic models need a GPU"),
              std::string::npos);
    EXPECT_NE(sentence("synthetic:llama-1b:q4_k", "--device cpu").find("on a GPU only"),
              std::string::npos);
    EXPECT_NE(sentence("synthetic:llama-9b").find("llama-3-8b"), std::string::npos);
    EXPECT_NE(sentence("synthetic:llama-9b").find("qwen3-30b-a3b"), std::string::npos);
    EXPECT_NE(sentence("synthetic:llama-1b:q9").find("w4g128"), std::string::npos);
    EXPECT_NE(sentence("synthetic:qwen3-30b-a3b").find("; synthetic models need a GPU"),
              std::string::npos);
    EXPECT_NE(run("models show synthetic:llama-3-8b:w4g128").out.find("W4G128"),
              std::string::npos);
}

TEST_F(Commands, LogitsWritesEveryPositionAndGreedyTokens) {
    const auto tokens = folder.write("t.json", "[[1, 5, 9], [7]]");
    const auto output = folder.path() / "o.safetensors";
    for (const char* more : {"", "--prefill-chunk 2", "--prefill_chunk 1 --batch alone"}) {
        const Outcome logits = run("logits " + fixture("models/llama") + " --tokens " +
                               tokens.string() + " --output " + output.string() + " --greedy 4 " +
                               more);
        ASSERT_EQ(logits.status, 0) << logits.errors;
        const auto file = SafetensorsFile::open(output);
        ASSERT_TRUE(file);
        EXPECT_EQ(file->findTensor("logits_0")->shape, (std::vector<std::int64_t>{3, 512}));
        EXPECT_EQ(file->findTensor("logits_1")->shape, (std::vector<std::int64_t>{1, 512}));
        EXPECT_EQ(file->findTensor("greedy_0")->shape, std::vector<std::int64_t>{4});
        EXPECT_EQ(file->findTensor("greedy_0")->type, kernels::DType::I64);
    }
    folder.write("bad.json", "[[1, \"2\"]]");
    EXPECT_EQ(run("logits " + fixture("models/llama") + " --tokens " +
                  (folder.path() / "bad.json").string() + " --output " + output.string())
                  .status,
              1);
}

TEST_F(Commands, TokenizePrintsIdsAndText) {
    const auto texts = folder.write("texts.json", R"(["Hello world", ""])");
    const Outcome json = run("tokenize " + fixture("tokenizers/bpe_gpt2") + " --texts " +
                         texts.string() + " --json");
    ASSERT_EQ(json.status, 0) << json.errors;
    const auto document = nlohmann::json::parse(json.out);
    ASSERT_EQ(document.size(), 2u);
    EXPECT_EQ(document[0]["decoded"], "Hello world");
    EXPECT_EQ(document[0]["ids"], (std::vector<int>{44, 73, 80, 328, 311, 273, 533}));
}

TEST_F(Commands, TemplatePrintsThePromptByteForByte) {
    const auto jinja = folder.write(
        "t.jinja", "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}"
                   "{% endfor %}{% if add_generation_prompt %}>{% endif %}{{ mood }}");
    const auto messages = folder.write(
        "m.json", R"({"messages": [{"role": "user", "content": "Hi\n"}], "bos_token": "<s>",
                      "add_generation_prompt": true, "mood": "calm"})");
    const Outcome text =
        run("template " + jinja.string() + " --messages " + messages.string());
    EXPECT_EQ(text.status, 0) << text.errors;
    EXPECT_EQ(text.out, "<s>[user]Hi\n>calm");
    const Outcome broken = run("template " + folder.write("b.jinja", "{% if %}").string() +
                           " --messages " + messages.string());
    EXPECT_EQ(broken.status, 1);
    EXPECT_NE(broken.errors.find("line 1"), std::string::npos);
    const auto nulls = folder.write("n.json", R"({"messages": [], "bos_token": null})");
    EXPECT_EQ(run("template " + jinja.string() + " --messages " + nulls.string()).status, 0);
    const auto wrong = folder.write("w.json", R"({"messages": [], "add_generation_prompt": 3})");
    EXPECT_NE(run("template " + jinja.string() + " --messages " + wrong.string())
                  .errors.find("add_generation_prompt"),
              std::string::npos);
}

TEST_F(Commands, ModelsAddListShowAndRemove) {
    EXPECT_EQ(run("models list --json").out, "[]\n");
    ASSERT_EQ(run("models add " + fixture("models/qwen2")).status, 0);
    const auto listed = nlohmann::json::parse(run("models list --json").out);
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(listed[0]["name"], "qwen2");
    EXPECT_NE(run("models show qwen2").out.find("architecture: qwen2"), std::string::npos);
    EXPECT_EQ(run("models show other").status, 1);
    ASSERT_EQ(run("models remove qwen2").status, 0);
    EXPECT_EQ(run("models --json").out, "[]\n");
}

TEST_F(Commands, ListAndCheckEnvNameWhatThereIs) {
    for (const char* list : {"list", "list --engine turbomind"}) {
        const std::string names = run(list).out;
        EXPECT_TRUE(names.starts_with("baichuan-7b\n")) << names;
        EXPECT_NE(names.find("\ninternlm-chat-7b\ninternlm-chat-7b-8k\n"), std::string::npos);
    }
    const auto names = nlohmann::json::parse(run("list --architectures --json").out);
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    for (const char* name : {"bert", "llama", "qwen2", "t5"})
        EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
    const auto environment = nlohmann::json::parse(run("check_env --json True").out);
    EXPECT_TRUE(environment.contains("hearth"));
    EXPECT_TRUE(environment.contains("device cpu"));
}

TEST_F(Commands, BenchStatesCeilingAndRatio) {
    const Outcome decode = run("bench decode " + fixture("models/llama") +
                           " --prompt 8 --tokens 8 --repeat 2 --json");
    ASSERT_EQ(decode.status, 0) << decode.errors;
    const auto document = nlohmann::json::parse(decode.out);
    ASSERT_EQ(document.size(), 1u);
    for (const char* key : {"name", "value", "unit", "ceiling", "ratio", "spread"})
        EXPECT_TRUE(document[0].contains(key)) << key;
    EXPECT_GT(document[0]["value"], 0.0);
    EXPECT_GT(document[0]["ceiling"], 0.0);
    const Outcome batch = run("bench decode " + fixture("models/llama") +
                              " --batch 6 --depth 40 --tokens 128 --repeat 1 --json");
    ASSERT_EQ(batch.status, 0) << batch.errors;
    EXPECT_EQ(nlohmann::json::parse(batch.out)[0]["name"], "decode b6 d40");
    const Outcome prefill =
        run("bench prefill " + fixture("models/llama") + " --prompt 32 --repeat 1");
    ASSERT_EQ(prefill.status, 0) << prefill.errors;
    EXPECT_NE(prefill.out.find("% of the ceiling"), std::string::npos);
}

TEST_F(Commands, ChatAnswersTurnsFromAPipe) {
    const char* starter = std::getenv("HEARTH_STARTER_MODEL");
    if (starter == nullptr)
        GTEST_SKIP() << "HEARTH_STARTER_MODEL is not set";
    const Outcome chat = run(std::string("chat ") + starter + " --temperature 0 --max-tokens 24",
                         "What is the capital of France?\n/new\nSay hello.\n");
    EXPECT_EQ(chat.status, 0) << chat.errors;
    EXPECT_NE(chat.out.find("Paris"), std::string::npos) << chat.out;
    const Outcome turbomind =
        run(std::string("chat turbomind ") + starter + " --model_name smollm --max-tokens 8",
            "Hi\n\nend\n\nexit\n\n");
    EXPECT_EQ(turbomind.status, 0) << turbomind.errors;
    EXPECT_NE(turbomind.out, "");
}

TEST_F(Commands, WhatANamedTemplateTakesNeedsOne) {
    const auto messages = folder.write("m.json", R"({"messages": []})");
    for (const char* option : {"--cap completion", "--meta-instruction x"}) {
        EXPECT_EQ(run(std::string("ask starter hi ") + option).status, 2) << option;
        EXPECT_EQ(run("template starter --messages " + messages.string() + " " + option).status, 2)
            << option;
    }
}

TEST_F(Commands, AModelThatCannotBeOpenedIsShownWithoutInventedFacts) {
    const auto page = folder.write("page.gguf", "<!DOCTYPE html>");
    const Outcome shown = run("models show " + page.string());
    EXPECT_EQ(shown.status, 0);
    EXPECT_NE(shown.out.find("problem: "), std::string::npos) << shown.out;
    for (const char* fact : {"context", "chat template", "makes", "license", "parameters"})
        EXPECT_EQ(shown.out.find(std::string("\n") + fact + ":"), std::string::npos) << shown.out;
}

TEST_F(Commands, ErrorsNameTheFileThatHasTheKey) {
    std::filesystem::copy(fixture("models/llama"), folder.path() / "model");
    folder.write("model/generation_config.json", R"({"eos_token_id": -1})");
    folder.write("tokens.json", "[[1]]");
    const Outcome refused =
        run("logits " + (folder.path() / "model").string() + " --tokens " +
            (folder.path() / "tokens.json").string() + " --output " +
            (folder.path() / "o.safetensors").string());
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.errors.find("generation_config.json: "), std::string::npos)
        << refused.errors;
}

TEST_F(Commands, AModelThatLacksTensorsIsShownWithItsProblem) {
    std::filesystem::copy(fixture("models/llama"), folder.path() / "model");
    auto config = nlohmann::json::parse(readFile(folder.path() / "model/config.json"));
    config["num_hidden_layers"] = 5;
    folder.write("model/config.json", config.dump());
    const Outcome shown = run("models show " + (folder.path() / "model").string());
    EXPECT_NE(shown.out.find("problem: "), std::string::npos) << shown.out;
    EXPECT_NE(shown.out.find("model.layers.3."), std::string::npos) << shown.out;
}
