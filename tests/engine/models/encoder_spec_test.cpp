#include "models/encoder_decoder_spec.h"
#include "models/encoder_spec.h"
#include "models/model_kind.h"
#include "models/pooling.h"
#include "models/relative_bias.h"
#include "support/make_safetensors.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <optional>

using namespace hearth;
using namespace hearth::test;

namespace {

struct Run {
    std::int32_t first;
    std::int32_t bucket;
};

/// Buckets of all distances, as runs of equal ones.
void expectRuns(const RelativeBuckets& buckets, const std::vector<Run>& runs, std::int32_t last) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const std::int32_t end = i + 1 < runs.size() ? runs[i + 1].first : last;
        for (std::int32_t distance = runs[i].first; distance < end; ++distance)
            ASSERT_EQ(buckets.of(distance), runs[i].bucket) << distance;
    }
}

nlohmann::json config(const char* name) {
    return nlohmann::json::parse(
        readFile(std::string(HEARTH_TEST_DATA) + "/models/" + name + "/config.json"));
}

/// The error of a folder with this config and no tensors to speak of.
template<typename Describe>
Error errorOf(const nlohmann::json& config, const Describe& describe) {
    const TemporaryFolder folder;
    folder.write("config.json", config.dump());
    folder.write("model.safetensors",
                 SafetensorsBuilder().tensor("decoder.final_layer_norm.weight", "F32", {1}, "0000")
                     .build());
    const auto checkpoint = Checkpoint::open(folder.path());
    EXPECT_TRUE(checkpoint);
    const auto described = describe(*checkpoint);
    EXPECT_FALSE(described);
    return described ? Error{} : described.error();
}

} // namespace

// Ends of runs as Hugging Face transformers' T5Attention._relative_position_bucket gives them.
TEST(RelativeBuckets, AreThoseOfTransformers) {
    expectRuns({32, 128, true},
               {{-140, 15}, {-90, 14}, {-63, 13}, {-45, 12}, {-31, 11}, {-22, 10}, {-15, 9},
                {-11, 8},   {-7, 7},   {-6, 6},   {-5, 5},   {-4, 4},   {-3, 3},   {-2, 2},
                {-1, 1},    {0, 0},    {1, 17},   {2, 18},   {3, 19},   {4, 20},   {5, 21},
                {6, 22},    {7, 23},   {8, 24},   {12, 25},  {16, 26},  {23, 27},  {32, 28},
                {46, 29},   {64, 30},  {91, 31}},
               140);
    expectRuns({32, 128, false},
               {{-140, 31}, {-112, 30}, {-98, 29}, {-86, 28}, {-76, 27}, {-66, 26}, {-58, 25},
                {-51, 24},  {-45, 23},  {-39, 22}, {-34, 21}, {-30, 20}, {-26, 19}, {-23, 18},
                {-20, 17},  {-18, 16},  {-15, 15}, {-14, 14}, {-13, 13}, {-12, 12}, {-11, 11},
                {-10, 10},  {-9, 9},    {-8, 8},   {-7, 7},   {-6, 6},   {-5, 5},   {-4, 4},
                {-3, 3},    {-2, 2},    {-1, 1},   {0, 0}},
               4);
    expectRuns({16, 40, true},
               {{-45, 7}, {-22, 6}, {-12, 5}, {-7, 4}, {-3, 3}, {-2, 2}, {-1, 1}, {0, 0},
                {1, 9}, {2, 10}, {3, 11}, {4, 12}, {8, 13}, {13, 14}, {23, 15}},
               46);
    expectRuns({16, 40, false},
               {{-45, 15}, {-32, 14}, {-26, 13}, {-21, 12}, {-17, 11}, {-14, 10}, {-11, 9},
                {-9, 8}, {-7, 7}, {-6, 6}, {-5, 5}, {-4, 4}, {-3, 3}, {-2, 2}, {-1, 1}, {0, 0}},
               3);
}

TEST(RelativeBuckets, PickTheNumbersOfEveryHead) {
    const RelativeBuckets buckets{4, 3, true};
    ASSERT_TRUE(buckets.isValid());
    // [buckets, heads]: behind and here in 0 and 1, before in 2 and 3.
    EXPECT_EQ(pickedBiases(buckets, 2),
              (std::vector<std::int32_t>{2, 2, 2, 0, 6, 6, 6, 3, 3, 3, 1, 7, 7, 7}));
    EXPECT_FALSE((RelativeBuckets{32, 8, true}.isValid()));
    EXPECT_FALSE((RelativeBuckets{3, 128, true}.isValid()));
    EXPECT_FALSE((RelativeBuckets{1, 128, false}.isValid()));
}

TEST(EncoderSpec, NamesWhatItCannotRun) {
    const auto describe = [](const Checkpoint& checkpoint) { return describeEncoder(checkpoint); };
    nlohmann::json bert = config("bert");
    bert["position_embedding_type"] = "relative_key";
    EXPECT_EQ(errorOf(bert, describe).field, "position_embedding_type");
    bert = config("bert");
    bert["hidden_act"] = "mish";
    EXPECT_EQ(errorOf(bert, describe).code, ErrorCode::Unsupported);
    bert = config("bert");
    bert["num_attention_heads"] = 5;
    EXPECT_EQ(errorOf(bert, describe).code, ErrorCode::Corrupt);
    bert["num_attention_heads"] = -4;
    EXPECT_EQ(errorOf(bert, describe).field, "attention heads");
    bert.erase("num_attention_heads");
    EXPECT_EQ(errorOf(bert, describe).detail, "is missing");
    bert = config("bert");
    bert["model_type"] = "nomic_bert";
    EXPECT_EQ(errorOf(bert, describe).detail, "nomic_bert");
}

// What transformers 5 writes: "scale_decoder_outputs" of T5 and UMT5, and that mT5 ties.
TEST(EncoderDecoderSpec, OnlyTheFirstT5ScalesBeforeItsHead) {
    const auto scales = [](const char* type, std::optional<bool> ties) {
        nlohmann::json keys = config("t5");
        keys["model_type"] = type;
        keys.erase("scale_decoder_outputs");
        keys.erase("tie_word_embeddings");
        if (ties)
            keys["tie_word_embeddings"] = *ties;
        const TemporaryFolder folder;
        folder.write("config.json", keys.dump());
        folder.write("model.safetensors",
                     SafetensorsBuilder()
                         .tensor("decoder.final_layer_norm.weight", "F32", {1}, "0000")
                         .build());
        const auto checkpoint = Checkpoint::open(folder.path());
        EXPECT_TRUE(checkpoint);
        const auto model = describeEncoderDecoder(*checkpoint);
        EXPECT_TRUE(model) << model.error().message();
        return model && model->headScale != 1.0F;
    };
    for (const char* type : {"t5", "umt5"}) {
        EXPECT_TRUE(scales(type, {})) << type;
        EXPECT_TRUE(scales(type, true)) << type;
        EXPECT_FALSE(scales(type, false)) << type;
    }
    EXPECT_FALSE(scales("mt5", {}));
    EXPECT_FALSE(scales("mt5", true));
    EXPECT_FALSE(scales("mt5", false));
}

TEST(EncoderDecoderSpec, NamesWhatItCannotRun) {
    const auto describe = [](const Checkpoint& checkpoint) {
        return describeEncoderDecoder(checkpoint);
    };
    nlohmann::json t5 = config("t5");
    t5["feed_forward_proj"] = "gated-mish";
    EXPECT_EQ(errorOf(t5, describe).code, ErrorCode::Unsupported);
    t5 = config("t5");
    t5["relative_attention_max_distance"] = 4;
    EXPECT_EQ(errorOf(t5, describe).field, "relative positions");
    t5 = config("t5");
    t5["decoder_start_token_id"] = 512;
    EXPECT_EQ(errorOf(t5, describe).field, "start token");
    t5 = config("t5");
    t5["eos_token_id"] = "end";
    EXPECT_EQ(errorOf(t5, describe).field, "eos_token_id");
}

TEST(ModelKind, FollowsTheArchitectureAndWhatTheFileHolds) {
    const auto kindOf = [](const std::string& name) {
        const auto checkpoint =
            Checkpoint::open(std::string(HEARTH_TEST_DATA) + "/models/" + name);
        EXPECT_TRUE(checkpoint);
        return *modelKindOf(*checkpoint);
    };
    EXPECT_EQ(kindOf("llama"), ModelKind::Decoder);
    EXPECT_EQ(kindOf("bert"), ModelKind::Encoder);
    EXPECT_EQ(kindOf("t5"), ModelKind::EncoderDecoder);
    const TemporaryFolder folder;
    folder.write("config.json", config("t5").dump());
    folder.write("model.safetensors",
                 SafetensorsBuilder().tensor("shared.weight", "F32", {1, 1}, "0000").build());
    const auto checkpoint = Checkpoint::open(folder.path());
    ASSERT_TRUE(checkpoint);
    EXPECT_EQ(*modelKindOf(*checkpoint), ModelKind::Encoder);
}
