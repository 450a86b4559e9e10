#include "engine/convert/convert_support.h"
#include "text/open_tokenizer.h"

#include <nlohmann/json.hpp>

using namespace hearth;
using namespace hearth::test;

namespace fs = std::filesystem;

namespace {

/// A fixture with a tokenizer beside it.
fs::path modelWithTokenizer(const TemporaryFolder& folder) {
    const fs::path model = folder.path() / "model";
    fs::create_directory(model);
    for (const char* file : {"config.json", "model.safetensors"})
        fs::copy_file(fs::path(fixturePath("llama")) / file, model / file);
    fs::copy_file(std::string(HEARTH_TEST_DATA) + "/tokenizers/bpe_llama3/tokenizer.json",
                  model / "tokenizer.json");
    folder.write("model/chat_template.jinja", "{{ messages[0].content }}");
    folder.write("model/generation_config.json", R"({"eos_token_id": [2, 7]})");
    return model;
}

} // namespace

TEST(Workspace, HasEverythingThatTheModelNeeds) {
    const TemporaryFolder folder;
    const fs::path model = modelWithTokenizer(folder);
    {
        const Checkpoint source = openModel(model);
        ConvertOptions options = optionsFor(folder.path() / "w");
        options.tokenizer = model;
        ASSERT_TRUE(convertToWorkspace(source, options, {}, {}));
    }
    fs::remove_all(model); // nothing refers to it
    const Checkpoint workspace = openModel(folder.path() / "w");
    EXPECT_EQ(workspace.kind(), Checkpoint::Kind::Workspace);
    EXPECT_EQ(workspace.mainType(), "BF16");
    EXPECT_EQ(workspace.workspace().index().modelName, "base");
    EXPECT_TRUE(openTokenizer(workspace.path()));
    EXPECT_EQ(readFile(workspace.path() / "chat_template.jinja"), "{{ messages[0].content }}");
    const auto decoder = describeModel(workspace);
    ASSERT_TRUE(decoder) << decoder.error().message();
    EXPECT_EQ(decoder->architecture, "llama");
    EXPECT_EQ(decoder->eosTokens, (std::vector<std::int32_t>{2, 2, 7}));
    EXPECT_FALSE(fs::exists(folder.path() / "w.partial"));
    EXPECT_FALSE(fs::exists(folder.path() / "w.partial.lock"));
}

TEST(Workspace, ConfigHasLmdeploysKeys) {
    const TemporaryFolder folder;
    ConvertOptions options = optionsFor(folder.path() / "w", 2);
    options.modelName = "internlm-chat-7b";
    ASSERT_TRUE(convertToWorkspace(openModel(fixturePath("internlm")), options, {}, {}));
    const std::string ini = readFile(folder.path() / "w" / "config.ini");
    EXPECT_TRUE(ini.starts_with("[llama]\n"));
    for (const char* line :
         {"model_name = internlm-chat-7b\n", "tensor_para_size = 2\n", "attn_bias = 1\n",
          "weight_type = bf16\n", "group_size = 0\n", "session_len = 2056\n", "quant_policy = 0\n",
          "max_batch_size = 64\n", "rope_scaling_factor = 1\n", "config_version = 1\n"})
        EXPECT_NE(ini.find(line), std::string::npos) << line << ini;
}

TEST(Workspace, IsMadeOfAWorkspaceAgain) {
    const TemporaryFolder folder;
    const Checkpoint model = openModel(fixturePath("qwen2"));
    ASSERT_TRUE(convertToWorkspace(model, optionsFor(folder.path() / "one", 2), {}, {}));
    ASSERT_TRUE(convertToWorkspace(openModel(folder.path() / "one"),
                                   optionsFor(folder.path() / "two"), {}, {}));
    ASSERT_TRUE(convertToWorkspace(model, optionsFor(folder.path() / "three"), {}, {}));
    EXPECT_EQ(readFile(folder.path() / "two" / "weights.bin"),
              readFile(folder.path() / "three" / "weights.bin"));
}

TEST(Workspace, ReplacesAWorkspaceAndAnEmptyFolder) {
    const TemporaryFolder folder;
    const fs::path target = folder.path() / "w";
    fs::create_directory(target);
    const Checkpoint model = openModel(fixturePath("llama"));
    ASSERT_TRUE(convertToWorkspace(model, optionsFor(target), {}, {}));
    folder.write("w/left_over.txt", "of before");
    ASSERT_TRUE(convertToWorkspace(model, optionsFor(target), {}, {}));
    EXPECT_FALSE(fs::exists(target / "left_over.txt"));
    openModel(target);
}

TEST(Workspace, OtherVersionsAreNamed) {
    const TemporaryFolder folder;
    ASSERT_TRUE(convertToWorkspace(openModel(fixturePath("llama")),
                                   optionsFor(folder.path() / "w"), {}, {}));
    auto json = nlohmann::json::parse(readFile(folder.path() / "w" / "workspace.json"));
    json["schema_version"] = 2;
    folder.write("w/workspace.json", json.dump());
    const auto opened = Checkpoint::open(folder.path() / "w");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::Unsupported);
    EXPECT_EQ(opened.error().field, "schema_version");
}
