#include "models/architecture.h"
#include "models/decoder_program.h"
#include "models/weight_loader.h"

#include "engine/models/recording_backend.h"
#include "support/temporary_folder.h"
#include "support/tiny_model.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <utility>

using namespace hearth;
using namespace hearth::test;

namespace {

Result<void> check(const std::string& file) {
    const TemporaryFolder folder;
    HEARTH_TRY_ASSIGN(const Checkpoint checkpoint, Checkpoint::open(folder.write("m.gguf", file)));
    HEARTH_TRY_ASSIGN(const DecoderSpec decoder, describeModel(checkpoint));
    const DecoderProgram program =
        buildDecoderProgram(decoder, checkpoint, kernels::DType::F16, 16, Shard{});
    return checkWeights(checkpoint, program.weights);
}

} // namespace

TEST(WeightCheck, AcceptsAWholeModel) {
    const auto checked = check(tinyGguf({}).build());
    EXPECT_TRUE(checked) << checked.error().message();
}

TEST(WeightCheck, fault_012_tensor_missing) {
    GgufBuilder builder = tinyKeys({});
    builder.tensor("token_embd.weight", {32, 64}, kernels::DType::F32,
                   std::string(32 * 64 * 4, '\0'));
    const auto checked = check(builder.build());
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::NotFound);
    EXPECT_EQ(checked.error().field, "blk.0.attn_norm.weight");
}

TEST(WeightCheck, fault_012_tensor_of_the_wrong_shape) {
    TinyModel wide;
    wide.feedForward = 96;
    // The tensors of a wider model under the keys of a narrower one.
    std::string file = tinyGguf(wide).build();
    const std::string wrong = littleEndian(std::uint32_t(96));
    const std::string right = littleEndian(std::uint32_t(64));
    const std::size_t key = file.find("feed_forward_length");
    ASSERT_NE(key, std::string::npos);
    file.replace(file.find(wrong, key), wrong.size(), right);
    const auto checked = check(file);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::Corrupt);
    EXPECT_EQ(checked.error().field, "blk.0.ffn_gate.weight");
    EXPECT_NE(checked.error().detail.find("[96, 32]"), std::string::npos);
    EXPECT_NE(checked.error().detail.find("[64, 32]"), std::string::npos);
}

TEST(WeightCheck, fault_012_tensor_of_a_type_that_is_no_weight) {
    GgufBuilder builder = tinyKeys({});
    builder.tensor("token_embd.weight", {32, 64}, kernels::DType::I32,
                   std::string(32 * 64 * 4, '\0'));
    const auto checked = check(builder.build());
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::Unsupported);
    EXPECT_EQ(checked.error().field, "token_embd.weight");
}

namespace {

/// What loading says of a model whose tensor `spoilt` has `value` as its number `index`.
Result<LoadedWeights> loadWith(const std::string& spoilt, std::size_t index, float value) {
    TinyModel model;
    model.edit = [&](const std::string& name, std::string& data) {
        if (name == spoilt)
            std::memcpy(data.data() + index * sizeof(value), &value, sizeof(value));
    };
    const TemporaryFolder folder;
    HEARTH_TRY_ASSIGN(const Checkpoint checkpoint,
                      Checkpoint::open(folder.write("m.gguf", tinyGguf(model).build())));
    HEARTH_TRY_ASSIGN(const DecoderSpec decoder, describeModel(checkpoint));
    const DecoderProgram program =
        buildDecoderProgram(decoder, checkpoint, kernels::DType::F16, 16, Shard{});
    RecordingBackend backend;
    return loadWeights(checkpoint, program.weights, backend, {}, {});
}

} // namespace

TEST(WeightLoader, fault_088_nan_and_infinite_weights_name_the_tensor) {
    const float largest = std::numeric_limits<float>::max();
    ASSERT_TRUE(loadWith("blk.1.ffn_down.weight", 0, largest));
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity()})
        for (const auto& [name, index] :
             {std::pair("blk.1.ffn_down.weight", 32 * 64 - 1), std::pair("blk.0.attn_q.weight", 5),
              std::pair("output_norm.weight", 31), std::pair("token_embd.weight", 700)}) {
            const auto loaded = loadWith(name, std::size_t(index), bad);
            ASSERT_FALSE(loaded) << name;
            EXPECT_EQ(loaded.error().code, ErrorCode::Corrupt);
            EXPECT_EQ(loaded.error().field, name);
            EXPECT_FALSE(loaded.error().path.empty());
        }
}

TEST(DecoderProgram, CutsEveryLayerForARank) {
    const TemporaryFolder folder;
    const auto checkpoint = Checkpoint::open(folder.write("m.gguf", tinyGguf({}).build()));
    ASSERT_TRUE(checkpoint);
    const auto decoder = describeModel(*checkpoint);
    ASSERT_TRUE(decoder);
    const DecoderProgram second =
        buildDecoderProgram(*decoder, *checkpoint, kernels::DType::F16, 16, Shard{1, 2});
    EXPECT_EQ(second.kv.front().kvHeads, 1);
    int reduces = 0;
    for (const kernels::Operation& operation : second.program.operations)
        reduces += std::holds_alternative<kernels::AllReduceOp>(operation) ? 1 : 0;
    EXPECT_EQ(reduces, 2 * decoder->layers);
    for (const WeightRequest& request : second.weights)
        for (const TensorPart& part : request.parts) {
            EXPECT_LE(part.firstRow + part.rowCount, part.rows) << part.name;
            EXPECT_LE(part.firstColumn + part.columnCount, part.columns) << part.name;
        }
}
