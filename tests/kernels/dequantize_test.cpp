#include "hearth/kernels/dequantize.h"
#include "hearth/kernels/half.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

using namespace hearth::kernels;

namespace {

std::vector<char> readFixture(const std::string& file) {
    std::ifstream stream(std::string(HEARTH_TEST_DATA) + "/formats/dequantize/" + file,
                         std::ios::binary);
    EXPECT_TRUE(stream) << file;
    return {std::istreambuf_iterator<char>(stream), {}};
}

class Dequantize : public testing::TestWithParam<DType> {};

} // namespace

TEST_P(Dequantize, EqualsGgufBitForBit) {
    const std::string type(name(GetParam()));
    const std::vector<char> blocks = readFixture(type + ".blocks");
    const std::vector<char> expectedBytes = readFixture(type + ".f32");
    std::vector<float> expected(expectedBytes.size() / sizeof(float));
    std::memcpy(expected.data(), expectedBytes.data(), expectedBytes.size());
    ASSERT_EQ(expected.size(), 1024u);
    ASSERT_EQ(blocks.size(),
              expected.size() / blockSize(GetParam()).elements * blockSize(GetParam()).bytes);

    // One byte off, so that the blocks are unaligned.
    std::vector<char> shifted(blocks.size() + 1);
    std::memcpy(shifted.data() + 1, blocks.data(), blocks.size());
    std::vector<float> values(expected.size());
    ASSERT_TRUE(dequantize(GetParam(), shifted.data() + 1, values.data(), values.size()));
    for (std::size_t i = 0; i < values.size(); ++i)
        ASSERT_EQ(std::bit_cast<std::uint32_t>(values[i]),
                  std::bit_cast<std::uint32_t>(expected[i]))
            << "element " << i << ": " << values[i] << " instead of " << expected[i];
}

INSTANTIATE_TEST_SUITE_P(AllTypes, Dequantize,
                         testing::Values(DType::F32, DType::F16, DType::BF16, DType::Q4_0,
                                         DType::Q4_1, DType::Q5_0, DType::Q5_1, DType::Q8_0,
                                         DType::Q2_K, DType::Q3_K, DType::Q4_K, DType::Q5_K,
                                         DType::Q6_K, DType::IQ4_NL, DType::IQ4_XS, DType::MXFP4,
                                         DType::TQ1_0, DType::TQ2_0, DType::IQ1_S, DType::IQ1_M,
                                         DType::IQ2_XXS, DType::IQ2_XS, DType::IQ2_S,
                                         DType::IQ3_XXS, DType::IQ3_S),
                         [](const auto& instance) { return std::string(name(instance.param)); });

TEST(DequantizeRefusal, OtherTypesAndPartialBlocks) {
    const std::vector<char> blocks(1024);
    std::vector<float> out(1024, 7.0f);
    EXPECT_FALSE(dequantize(DType::I32, blocks.data(), out.data(), 32));
    EXPECT_FALSE(dequantize(DType::Q4_0, blocks.data(), out.data(), 31));
    EXPECT_FALSE(dequantize(DType::Q6_K, blocks.data(), out.data(), 32));
    EXPECT_EQ(out, std::vector<float>(1024, 7.0f));
    EXPECT_TRUE(dequantize(DType::Q6_K, blocks.data(), out.data(), 0));
}

TEST(Half, EveryF16SurvivesTheRoundTrip) {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        const float value = f16ToF32(half);
        if ((bits & 0x7fff) > 0x7c00) {
            ASSERT_TRUE(std::isnan(value) && std::isnan(f16ToF32(f32ToF16(value)))) << bits;
        } else {
            ASSERT_EQ(f32ToF16(value), half) << bits;
        }
    }
}

TEST(Half, RoundsToTheNearestEvenF16) {
    const float infinity = std::numeric_limits<float>::infinity();
    for (std::uint32_t bits = 0; bits < 0x7c00; ++bits) {
        const float low = f16ToF32(static_cast<std::uint16_t>(bits));
        const float high =
            bits == 0x7bff ? 65536.0f : f16ToF32(static_cast<std::uint16_t>(bits + 1));
        const float middle = low + (high - low) / 2;
        ASSERT_EQ(f32ToF16(middle), bits + (bits & 1)) << bits;
        ASSERT_EQ(f32ToF16(std::nextafter(middle, 0.0f)), bits) << bits;
        ASSERT_EQ(f32ToF16(-std::nextafter(middle, infinity)), (bits + 1) | 0x8000) << bits;
    }
    EXPECT_EQ(f32ToF16(1e30f), 0x7c00);
    EXPECT_EQ(f32ToF16(-1e30f), 0xfc00);
}

TEST(Half, RoundsToTheNearestEvenBf16) {
    EXPECT_EQ(f32ToBf16(1.0f), 0x3f80);
    EXPECT_EQ(f32ToBf16(std::bit_cast<float>(0x3f808000u)), 0x3f80);
    EXPECT_EQ(f32ToBf16(std::bit_cast<float>(0x3f808001u)), 0x3f81);
    EXPECT_EQ(f32ToBf16(std::bit_cast<float>(0x3f818000u)), 0x3f82);
    EXPECT_EQ(f32ToBf16(std::bit_cast<float>(0x7f7fffffu)), 0x7f80);
    EXPECT_TRUE(std::isnan(bf16ToF32(f32ToBf16(std::bit_cast<float>(0x7f800001u)))));
    EXPECT_EQ(bf16ToF32(0xc040), -3.0f);
}
