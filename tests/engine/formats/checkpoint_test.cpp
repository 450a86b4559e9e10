#include "formats/checkpoint.h"
#include "support/make_gguf.h"
#include "support/make_safetensors.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

using namespace hearth;
using hearth::kernels::DType;
using hearth::test::GgufBuilder;
using hearth::test::SafetensorsBuilder;
using hearth::test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;

fs::path models() {
    return fs::path(HEARTH_TEST_DATA) / "models";
}

class CheckpointFixture : public testing::TestWithParam<const char*> {};

} // namespace

TEST_P(CheckpointFixture, Opens) {
    const auto checkpoint = Checkpoint::open(models() / GetParam());
    ASSERT_TRUE(checkpoint) << checkpoint.error().message();
    EXPECT_EQ(checkpoint->kind(), Checkpoint::Kind::HuggingFace);
    EXPECT_EQ(checkpoint->config()["hidden_size"], 64);
    EXPECT_TRUE(checkpoint->generationConfig().is_null());
    EXPECT_TRUE(checkpoint->tokenizerConfig().is_null());
    const auto embedding = checkpoint->tensor("model.embed_tokens.weight");
    ASSERT_TRUE(embedding) << embedding.error().message();
    EXPECT_EQ(embedding->shape, (std::vector<std::int64_t>{512, 64}));
    EXPECT_EQ(embedding->type, DType::BF16);
    EXPECT_EQ(embedding->data.size(), 512u * 64 * 2);
    EXPECT_EQ(checkpoint->find("lm_head.weight").has_value(),
              !checkpoint->config()["tie_word_embeddings"].get<bool>());
    EXPECT_TRUE(std::ranges::is_sorted(checkpoint->tensors(), {}, &TensorView::name));
    EXPECT_EQ(checkpoint->fileBytes(), fs::file_size(models() / GetParam() / "model.safetensors"));
    checkpoint->advise(*embedding, PageAdvice::Drop);
    EXPECT_FALSE(checkpoint->wasTruncated());
}

INSTANTIATE_TEST_SUITE_P(Models, CheckpointFixture,
                         testing::Values("llama", "llama3_rope", "llama_yarn", "llama_linear",
                                         "qwen2"),
                         [](const auto& instance) { return std::string(instance.param); });

TEST(Checkpoint, OpensTheFolderOfASafetensorsFile) {
    const auto checkpoint = Checkpoint::open(models() / "llama/model.safetensors");
    ASSERT_TRUE(checkpoint) << checkpoint.error().message();
    EXPECT_EQ(checkpoint->path(), models() / "llama");
}

TEST(Checkpoint, OpensAFoldersOnlyWeightsWhateverTheirName) {
    const TemporaryFolder folder;
    const std::string weights = SafetensorsBuilder().tensor("t", "U8", {1}, "x").build();
    folder.write("config.json", "{}");
    folder.write("gptq_model-4bit-128g.safetensors", weights);
    EXPECT_TRUE(Checkpoint::open(folder.path()));
    folder.write("other.safetensors", weights);
    EXPECT_EQ(Checkpoint::open(folder.path()).error().code, ErrorCode::NotFound);
    folder.write("model.safetensors", weights);
    EXPECT_TRUE(Checkpoint::open(folder.path()));
}

TEST(Checkpoint, ReadsTheOptionalConfigurations) {
    const TemporaryFolder folder;
    folder.write("config.json", "{}");
    folder.write("generation_config.json", R"({"top_k": 7})");
    folder.write("tokenizer_config.json", R"({"chat_template": "x"})");
    folder.write("model.safetensors", SafetensorsBuilder().tensor("t", "U8", {1}, "x").build());
    const auto checkpoint = Checkpoint::open(folder.path());
    ASSERT_TRUE(checkpoint) << checkpoint.error().message();
    EXPECT_EQ(checkpoint->generationConfig()["top_k"], 7);
    EXPECT_EQ(checkpoint->tokenizerConfig()["chat_template"], "x");

    folder.write("generation_config.json", "[]");
    EXPECT_EQ(Checkpoint::open(folder.path()).error().code, ErrorCode::Corrupt);
    folder.write("generation_config.json", "{}");
    folder.write("config.json", "7");
    EXPECT_EQ(Checkpoint::open(folder.path()).error().code, ErrorCode::Corrupt);
    fs::remove(folder.path() / "config.json");
    const auto missing = Checkpoint::open(folder.path());
    EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
    EXPECT_NE(missing.error().path.find("config.json"), std::string::npos);
}

TEST(Checkpoint, NamesABodySavedAloneAsBesideAHead) {
    const TemporaryFolder folder;
    folder.write("config.json", "{}");
    folder.write("model.safetensors", SafetensorsBuilder()
                                          .tensor("embed_tokens.weight", "F32", {1}, "0000")
                                          .tensor("layers.0.mlp.up_proj.weight", "F32", {1}, "1111")
                                          .tensor("norm.weight", "F32", {1}, "2222")
                                          .build());
    auto opened = Checkpoint::open(folder.path());
    ASSERT_TRUE(opened) << opened.error().message();
    const Checkpoint checkpoint = *std::move(opened);
    for (const char* name :
         {"model.embed_tokens.weight", "model.layers.0.mlp.up_proj.weight", "model.norm.weight"})
        EXPECT_TRUE(checkpoint.has(name)) << name;
    EXPECT_FALSE(checkpoint.has("norm.weight"));
}

TEST(Checkpoint, ReversesTheDimsOfGguf) {
    const TemporaryFolder folder;
    const auto path =
        folder.write("m.gguf", GgufBuilder()
                                   .add("general.architecture", "llama")
                                   .tensor("w", {32, 3, 2}, DType::Q8_0, std::string(34 * 6, 'x'))
                                   .tensor("a", {5}, DType::F32, std::string(20, 'y'))
                                   .build());
    auto opened = Checkpoint::open(path);
    ASSERT_TRUE(opened) << opened.error().message();
    const Checkpoint checkpoint = *std::move(opened);
    EXPECT_EQ(checkpoint.kind(), Checkpoint::Kind::Gguf);
    EXPECT_EQ(*checkpoint.gguf().get<std::string_view>("general.architecture"), "llama");
    const auto tensor = checkpoint.tensor("w");
    ASSERT_TRUE(tensor);
    EXPECT_EQ(tensor->name, "w");
    EXPECT_EQ(tensor->shape, (std::vector<std::int64_t>{2, 3, 32}));
    EXPECT_EQ(tensor->type, DType::Q8_0);
    EXPECT_EQ(tensor->data.size(), 34u * 6);
    EXPECT_FALSE(checkpoint.find("none"));
    const auto none = checkpoint.tensor("none");
    EXPECT_EQ(none.error().code, ErrorCode::NotFound);
    EXPECT_EQ(none.error().field, "none");
    EXPECT_EQ(none.error().path, path.string());
    EXPECT_EQ(checkpoint.fileBytes(), fs::file_size(path));
}

namespace {

std::string part(std::uint32_t number, std::uint32_t count, const std::string& tensor) {
    return GgufBuilder()
        .add("split.no", number)
        .add("split.count", count)
        .tensor(tensor, {1}, DType::F32, "1234")
        .build();
}

} // namespace

TEST(Checkpoint, JoinsThePartsOfASplitGguf) {
    const TemporaryFolder folder;
    const auto first = folder.write("m-00001-of-00002.gguf", part(0, 2, "b"));
    const auto second = folder.write("m-00002-of-00002.gguf", part(1, 2, "a"));
    for (const auto& path : {first, second}) {
        const auto checkpoint = Checkpoint::open(path);
        ASSERT_TRUE(checkpoint) << checkpoint.error().message();
        EXPECT_EQ(checkpoint->gguf().path(), first.string());
        ASSERT_EQ(checkpoint->tensors().size(), 2u);
        EXPECT_EQ(checkpoint->tensors()[0].name, "a");
        EXPECT_EQ(checkpoint->fileBytes(), fs::file_size(first) + fs::file_size(second));
    }
    folder.write("m-00002-of-00002.gguf", part(1, 2, "b"));
    EXPECT_EQ(Checkpoint::open(first).error().field, "b");
    folder.write("m-00002-of-00002.gguf", part(0, 2, "a"));
    EXPECT_EQ(Checkpoint::open(first).error().field, "split.no");
    fs::remove(second);
    EXPECT_EQ(Checkpoint::open(first).error().code, ErrorCode::NotFound);
    EXPECT_EQ(Checkpoint::open(folder.write("m.gguf", part(0, 2, "a"))).error().field,
              "split.count");
    EXPECT_EQ(Checkpoint::open(folder.write("n.gguf", part(5, 2, "a"))).error().field, "split.no");
}

TEST(Checkpoint, fault_018_truncated_while_mapped) {
    const TemporaryFolder folder;
    folder.write("config.json", "{}");
    const auto weights = folder.write(
        "model.safetensors",
        SafetensorsBuilder().tensor("t", "U8", {65536}, std::string(65536, 'x')).build());
    const auto checkpoint = Checkpoint::open(folder.path());
    ASSERT_TRUE(checkpoint) << checkpoint.error().message();
    fs::resize_file(weights, 4096);
    EXPECT_EQ(checkpoint->tensor("t")->data.back(), std::byte{0});
    EXPECT_TRUE(checkpoint->wasTruncated());
}

TEST(Checkpoint, fault_020_pickle_is_refused) {
    const TemporaryFolder folder;
    folder.write("model/config.json", "{}");
    for (const std::string name : {"pytorch_model.bin", "model.pt", "consolidated.00.pth"}) {
        const auto file = folder.write("model/" + name, "\x80\x02}q");
        for (const fs::path& path : {file, folder.path() / "model"}) {
            const auto checkpoint = Checkpoint::open(path);
            ASSERT_FALSE(checkpoint) << path;
            EXPECT_EQ(checkpoint.error().code, ErrorCode::UnsafeFile) << path;
            EXPECT_EQ(checkpoint.error().path, file.string());
            EXPECT_NE(checkpoint.error().detail.find("safetensors"), std::string::npos);
        }
        fs::remove(file);
    }
    // Beside safetensors the pickled copy is of no interest.
    folder.write("model/pytorch_model.bin", "\x80\x02}q");
    folder.write("model/model.safetensors",
                 SafetensorsBuilder().tensor("t", "U8", {1}, "x").build());
    EXPECT_TRUE(Checkpoint::open(folder.path() / "model"));
}

TEST(Checkpoint, MissingPathsAreNotFound) {
    const TemporaryFolder folder;
    EXPECT_EQ(Checkpoint::open(folder.path() / "none").error().code, ErrorCode::NotFound);
    const auto empty = Checkpoint::open(folder.path());
    EXPECT_EQ(empty.error().code, ErrorCode::NotFound);
    EXPECT_EQ(empty.error().path, folder.path().string());
}

TEST(Checkpoint, AFileOfAnotherKindIsNotCalledDamaged) {
    const TemporaryFolder folder;
    for (const char* text : {"Dear diary,\n", "", "GG"}) {
        const auto opened = Checkpoint::open(folder.write("notes.txt", text));
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, ErrorCode::Unsupported);
        EXPECT_NE(opened.error().message().find("this is no model file: a model is a GGUF file"),
                  std::string::npos);
    }
    // What calls itself a GGUF file is one that is damaged, and one may have any name.
    EXPECT_EQ(Checkpoint::open(folder.write("notes.gguf", "Dear")).error().code,
              ErrorCode::Corrupt);
    EXPECT_EQ(Checkpoint::open(folder.write("sha256-1234", "GGUF")).error().code,
              ErrorCode::Corrupt);
}
