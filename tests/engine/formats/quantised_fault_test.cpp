#include "engine/formats/edited_checkpoint.h"

#include <cmath>
#include <limits>

using namespace hearth;
using namespace hearth::test;

namespace {

constexpr std::uint16_t kHalfNan = 0x7E00;
constexpr std::uint16_t kHalfInfinity = 0x7C00;

void expectFinite(const EditedCheckpoint& checkpoint) {
    const auto numbers = checkpoint.unpack();
    ASSERT_TRUE(numbers) << numbers.error().message();
    for (const float number : *numbers)
        ASSERT_TRUE(std::isfinite(number));
}

} // namespace

TEST(Quantised, fault_013_unknown_quantisation_is_named_not_called_corrupt) {
    struct Case {
        const char* folder;
        const char* key;
        nlohmann::json value;
        const char* said;
    };
    const std::vector<Case> cases{
        {"awq_g32", "quant_method", "hqq", "hqq"},
        {"awq_g32", "version", "gemv_fast", "gemv_fast"},
        {"awq_g32", "bits", 3, "3 bits"},
        {"gptq_4", "checkpoint_format", "marlin", "marlin"},
        {"gptq_4", "bits", 5, "5 bits"},
        {"gptq_4", "bits", 0, "0 bits"},
        {"gptq_4", "is_marlin_format", true, "Marlin"},
        {"ct_w4", "format", "marlin-24", "marlin-24"},
        {"ct_w4", "sparsity_config", {{"format", "sparse-24-bitmask"}}, "sparse-24-bitmask"},
    };
    for (const Case& test : cases) {
        EditedCheckpoint checkpoint(test.folder);
        checkpoint.quantisation()[test.key] = test.value;
        const Error error = checkpoint.error();
        EXPECT_EQ(error.code, ErrorCode::Unsupported) << test.said << ": " << error.message();
        EXPECT_NE(error.message().find(test.said), std::string::npos) << error.message();
        EXPECT_NE(error.field.find("quantization_config"), std::string::npos) << error.field;
    }
}

TEST(Quantised, fault_088_scales_that_are_no_numbers_name_the_matrix) {
    for (const char* folder : {"awq_g32", "gptq_3", "gptq_4_order"})
        for (const std::uint16_t bad : {kHalfNan, kHalfInfinity}) {
            EditedCheckpoint checkpoint(folder);
            checkpoint.tensors["m.scales"].set(37, bad); // group 1 or 0 of some row
            expectError(checkpoint, ErrorCode::Corrupt, "m.weight", "scale of row");
        }
    for (const char* folder : {"ct_w4", "ct_int8", "ct_fp8", "fp8_rows"}) {
        EditedCheckpoint checkpoint(folder);
        checkpoint.tensors["m.weight_scale"].set(5, std::numeric_limits<float>::infinity());
        expectError(checkpoint, ErrorCode::Corrupt, "m.weight", "scale of row");
    }
    EditedCheckpoint block("fp8_block");
    block.tensors["m.weight_scale_inv"].set(8, std::numeric_limits<float>::quiet_NaN());
    expectError(block, ErrorCode::Corrupt, "m.weight", "scale of row 64, group 2");
    EditedCheckpoint four("bnb_nf4_odd");
    four.tensors["m.weight.absmax"].set(4, std::numeric_limits<float>::quiet_NaN());
    expectError(four, ErrorCode::Corrupt, "m.weight", "scale of row 3");
}

TEST(Quantised, fault_088_numbers_that_are_none_name_the_matrix) {
    EditedCheckpoint checkpoint("fp8_block");
    checkpoint.tensors["m.weight"].data[80 * 71 + 79] = '\xFF'; // the last: -NaN
    expectError(checkpoint, ErrorCode::Corrupt, "m.weight", "row 71");
}

TEST(Quantised, fault_089_empty_and_denormal_groups_stay_finite) {
    constexpr std::uint16_t kLeastHalf = 1;
    for (const std::uint16_t scale : {std::uint16_t{0}, kLeastHalf})
        for (const char* folder : {"awq_g32", "gptq_2", "gptq_8"}) {
            EditedCheckpoint checkpoint(folder);
            EditedCheckpoint::Tensor& scales = checkpoint.tensors["m.scales"];
            for (std::size_t i = 0; i < scales.data.size() / 2; ++i)
                scales.set(i, scale);
            expectFinite(checkpoint);
        }
    for (const float scale : {0.0F, std::numeric_limits<float>::denorm_min()})
        for (const char* folder : {"ct_w4", "ct_w4_asym", "fp8_rows", "ct_int8"}) {
            EditedCheckpoint checkpoint(folder);
            EditedCheckpoint::Tensor& scales = checkpoint.tensors["m.weight_scale"];
            for (std::size_t i = 0; i < scales.data.size() / 4; ++i)
                scales.set(i, scale);
            expectFinite(checkpoint);
        }
    // A constant group: all codes the same.
    EditedCheckpoint constant("awq_g32");
    for (char& byte : constant.tensors["m.qweight"].data)
        byte = '\x77';
    expectFinite(constant);
}

TEST(Quantised, fault_090_wrong_group_size_names_the_tensor_and_the_numbers) {
    for (const char* folder : {"awq_g32", "gptq_4", "gptq_4_order"}) {
        EditedCheckpoint wrong(folder);
        wrong.quantisation()["group_size"] = 16;
        expectError(wrong, ErrorCode::Corrupt, "m.scales", "96 columns in groups of 16 need [6, ");
        for (const nlohmann::json& size :
             {nlohmann::json(0), nlohmann::json(-7), nlohmann::json(std::uint64_t{1} << 40),
              nlohmann::json("32"), nlohmann::json(2.5)}) {
            EditedCheckpoint absurd(folder);
            absurd.quantisation()["group_size"] = size;
            expectError(absurd, ErrorCode::Corrupt, "quantization_config.group_size");
        }
    }
    EditedCheckpoint compressed("ct_w4");
    compressed.quantisation()["config_groups"]["group_0"]["weights"]["group_size"] = 48;
    expectError(compressed, ErrorCode::Corrupt, "m.weight_scale", "groups of 48 need [40, 2]");
    EditedCheckpoint blocks("fp8_block");
    blocks.quantisation()["weight_block_size"] = {64, 64};
    expectError(blocks, ErrorCode::Corrupt, "m.weight_scale_inv", "blocks of 64 x 64");
    blocks.quantisation()["weight_block_size"] = {0, 32};
    expectError(blocks, ErrorCode::Corrupt, "quantization_config.weight_block_size");
}

TEST(Quantised, fault_090_indivisible_columns_name_the_tensor_and_the_numbers) {
    EditedCheckpoint awq("awq_g32");
    awq.quantisation()["group_size"] = 40;
    expectError(awq, ErrorCode::Unsupported, "m.qweight",
                "AWQ with 96 columns, which are no whole number of groups of 40");
    EditedCheckpoint gptq("gptq_3");
    gptq.quantisation()["bits"] = 3;
    gptq.tensors["m.qweight"].shape = {18, 32}; // 9 words of 64: half a period more
    expectError(gptq, ErrorCode::Corrupt, "m.scales");
    EditedCheckpoint bits("gptq_4");
    bits.quantisation()["bits"] = 3; // 12 words of 4 bits hold 128 columns of 3
    expectError(bits, ErrorCode::Corrupt, "m.scales", "128 columns");
    EditedCheckpoint packed("ct_w4");
    packed.quantisation()["config_groups"]["group_0"]["weights"]["num_bits"] = 8;
    expectError(packed, ErrorCode::Corrupt, "m.weight_packed",
                "96 columns of 8 bits need [40, 24]");
    EditedCheckpoint four("bnb_nf4_odd");
    four.tensors["m.weight"].data += "x";
    four.tensors["m.weight"].shape[0] += 1;
    expectError(four, ErrorCode::Corrupt, "m.weight", "24 x 72 numbers need 864");
}

TEST(Quantised, fault_090_bad_zero_points_name_the_tensor_and_the_numbers) {
    for (const char* folder : {"awq_g32", "gptq_4"}) {
        EditedCheckpoint checkpoint(folder);
        EditedCheckpoint::Tensor& zeros = checkpoint.tensors["m.qzeros"];
        zeros.data.resize(zeros.data.size() / 3);
        zeros.shape[0] = 1;
        expectError(checkpoint, ErrorCode::Corrupt, "m.qzeros", "need [3, ");
    }
    EditedCheckpoint wide("ct_w4");
    wide.tensors["m.weight_zero_point"] = {"I8", {40, 3}, std::string(120, '\0')};
    wide.tensors["m.weight_zero_point"].data[50] = 8;
    expectError(wide, ErrorCode::Corrupt, "m.weight_zero_point",
                "zero point 8 does not fit 4 bits");
    EditedCheckpoint packed("ct_w4_asym");
    packed.tensors["m.weight_zero_point"] = {"I32", {4, 3}, std::string(48, '\0')};
    expectError(packed, ErrorCode::Corrupt, "m.weight_zero_point", "need [5, 3]");
}

TEST(Quantised, fault_090_bad_orders_name_the_matrix_and_the_numbers) {
    EditedCheckpoint outside("gptq_4_order");
    outside.tensors["m.g_idx"].set(9, std::int32_t{3});
    expectError(outside, ErrorCode::Corrupt, "m.weight", "column 9 into group 3 of 3");
    EditedCheckpoint negative("ct_order");
    negative.tensors["m.weight_g_idx"].set(9, std::int32_t{-2});
    expectError(negative, ErrorCode::Corrupt, "m.weight", "group -2");
    EditedCheckpoint uneven("gptq_4_order");
    for (std::size_t column = 0; column < 40; ++column)
        uneven.tensors["m.g_idx"].set(column, std::int32_t{1});
    expectError(uneven, ErrorCode::Corrupt, "m.weight", "more than 32 columns into group 1");
}

TEST(Quantised, MissingAndMistypedPartsAreNamed) {
    for (const char* part : {"m.scales", "m.qzeros"}) {
        EditedCheckpoint checkpoint("gptq_4");
        checkpoint.tensors.erase(part);
        expectError(checkpoint, ErrorCode::NotFound, part);
    }
    EditedCheckpoint zeros("awq_g32");
    zeros.quantisation()["zero_point"] = true;
    zeros.tensors.erase("m.qzeros");
    expectError(zeros, ErrorCode::NotFound, "m.qzeros");
    EditedCheckpoint blocks("fp8_block");
    blocks.tensors.erase("m.weight_scale_inv");
    expectError(blocks, ErrorCode::NotFound, "m.weight_scale_inv");
    EditedCheckpoint floats("ct_fp8");
    floats.tensors.erase("m.weight_scale");
    expectError(floats, ErrorCode::NotFound, "m.weight_scale");
    EditedCheckpoint typed("awq_g32");
    typed.tensors["m.scales"].type = "I16";
    expectError(typed, ErrorCode::Unsupported, "m.scales", "I16");
    EditedCheckpoint shape("ct_w4");
    shape.tensors["m.weight_shape"].set(1, std::int64_t{-96});
    expectError(shape, ErrorCode::Corrupt, "m.weight_shape", "-96");
    shape.tensors["m.weight_shape"].set(1, std::int64_t{1} << 62);
    expectError(shape, ErrorCode::Corrupt, "m.weight_shape");
    EditedCheckpoint state("bnb_nf4");
    state.tensors["m.weight.quant_state.bitsandbytes__nf4"] = {"U8", {2}, "[]"};
    expectError(state, ErrorCode::Corrupt, "m.weight.quant_state.bitsandbytes__nf4");
    state.tensors["m.weight.quant_state.bitsandbytes__nf4"] = {"U8", {3}, "{]}"};
    EXPECT_EQ(state.error().code, ErrorCode::Corrupt);
    EditedCheckpoint config("ct_w4");
    config.config["quantization_config"] = 7;
    EXPECT_EQ(config.error().code, ErrorCode::Corrupt);
    config.config["quantization_config"] = {{"quant_method", "compressed-tensors"},
                                            {"format", "pack-quantized"}};
    EXPECT_EQ(config.error().field, "quantization_config.config_groups");
}

TEST(Quantised, SaysWhatAwqIsWhereNothingElseDoes) {
    EditedCheckpoint checkpoint("awq_g32");
    const auto said = checkpoint.unpack();
    ASSERT_TRUE(said);
    checkpoint.config.erase("quantization_config");
    const auto guessed = checkpoint.unpack();
    ASSERT_TRUE(guessed) << guessed.error().message();
    EXPECT_EQ(*said, *guessed);
}

TEST(Quantised, FloatsWithScalesAreNeverReadWithoutThem) {
    EditedCheckpoint rows("fp8_rows");
    const auto said = rows.unpack();
    ASSERT_TRUE(said);
    rows.config.erase("quantization_config");
    const auto guessed = rows.unpack();
    ASSERT_TRUE(guessed) << guessed.error().message();
    EXPECT_EQ(*said, *guessed);
    EditedCheckpoint blocks("fp8_block");
    blocks.config.erase("quantization_config");
    EXPECT_EQ(blocks.error().code, ErrorCode::Corrupt) << "nobody says how large a block is";
}
