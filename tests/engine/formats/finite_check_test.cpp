#include "formats/finite_check.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

using namespace hearth;
using hearth::kernels::DType;

TEST(FiniteCheck, fault_088_finds_every_number_of_plain_rows) {
    struct Case {
        DType type;
        std::vector<std::uint32_t> bad; ///< NaN and infinities, of both signs.
        std::uint32_t largest;
    };
    const Case cases[] = {
        {DType::F32, {0x7F800000, 0xFF800000, 0x7FC00001, 0xFFFFFFFF}, 0x7F7FFFFF},
        {DType::F16, {0x7C00, 0xFC00, 0x7E00, 0xFFFF}, 0x7BFF},
        {DType::BF16, {0x7F80, 0xFF80, 0x7FC0, 0xFFFF}, 0x7F7F},
    };
    constexpr std::int64_t kRows = 3;
    constexpr std::int64_t kColumns = 77;
    for (const Case& test : cases) {
        const std::size_t size = kernels::blockSize(test.type).bytes;
        const std::int64_t rowBytes = std::int64_t(size) * (kColumns + 2);
        std::vector<std::byte> numbers(std::size_t(rowBytes * kRows));
        for (std::size_t at = 0; at < numbers.size(); at += size)
            std::memcpy(numbers.data() + at, &test.largest, size);
        EXPECT_FALSE(findNonFinite(test.type, numbers.data(), rowBytes, kRows, kColumns));
        for (const std::uint32_t bad : test.bad)
            for (const std::int64_t column : {std::int64_t{0}, std::int64_t{63}, kColumns - 1}) {
                auto spoilt = numbers;
                std::memcpy(spoilt.data() + rowBytes + column * std::int64_t(size), &bad, size);
                const auto found =
                    findNonFinite(test.type, spoilt.data(), rowBytes, kRows, kColumns);
                ASSERT_TRUE(found) << bad;
                EXPECT_EQ(found->row, 1);
                EXPECT_EQ(found->column, column);
            }
        // What lies between the rows counts nothing.
        std::memcpy(numbers.data() + kColumns * std::int64_t(size), &test.bad[0], size);
        EXPECT_FALSE(findNonFinite(test.type, numbers.data(), rowBytes, kRows, kColumns));
    }
}

TEST(FiniteCheck, fault_088_finds_scales_of_every_block_format) {
    struct Case {
        DType type;
        std::vector<std::size_t> halves;
    };
    const Case cases[] = {
        {DType::Q4_0, {0}},    {DType::Q4_1, {0, 2}},   {DType::Q5_0, {0}},   {DType::Q5_1, {0, 2}},
        {DType::Q8_0, {0}},    {DType::Q2_K, {80, 82}}, {DType::Q3_K, {108}}, {DType::Q4_K, {0, 2}},
        {DType::Q5_K, {0, 2}}, {DType::Q6_K, {208}},    {DType::IQ4_NL, {0}}, {DType::IQ4_XS, {0}},
        {DType::TQ1_0, {52}},  {DType::TQ2_0, {64}},    {DType::IQ1_S, {0}},  {DType::IQ2_XXS, {0}},
        {DType::IQ2_XS, {0}},  {DType::IQ2_S, {0}},     {DType::IQ3_S, {0}},  {DType::IQ3_XXS, {0}},
    };
    for (const Case& test : cases) {
        const kernels::BlockSize block = kernels::blockSize(test.type);
        const std::int64_t rowBytes = 3 * block.bytes;
        // Codes of all ones are no NaN; scales of zero are none either.
        std::vector<std::byte> rows(std::size_t(2 * rowBytes), std::byte{0xFF});
        for (std::size_t at = 0; at < rows.size(); at += block.bytes)
            for (const std::size_t half : test.halves)
                std::memset(rows.data() + at + half, 0, 2);
        const std::int64_t columns = 3 * block.elements;
        EXPECT_FALSE(findNonFinite(test.type, rows.data(), rowBytes, 2, columns))
            << kernels::name(test.type);
        for (const std::size_t half : test.halves) {
            auto spoilt = rows;
            const std::uint16_t infinity = 0xFC00;
            std::memcpy(spoilt.data() + std::size_t(rowBytes) + 2 * block.bytes + half, &infinity,
                        2);
            const auto found = findNonFinite(test.type, spoilt.data(), rowBytes, 2, columns);
            ASSERT_TRUE(found) << kernels::name(test.type);
            EXPECT_EQ(found->row, 1);
            EXPECT_EQ(found->column, 2 * block.elements);
        }
    }
}

TEST(FiniteCheck, fault_088_finds_the_scattered_scale_of_iq1_m) {
    std::vector<std::byte> blocks(2 * 56);
    EXPECT_FALSE(findNonFinite(DType::IQ1_M, blocks.data(), 112, 1, 512));
    // The digits of 0x7C00 are the upper four bits of words 0 to 3, lowest first.
    blocks[56 + 48 + 5] = std::byte{0xC0};
    EXPECT_FALSE(findNonFinite(DType::IQ1_M, blocks.data(), 112, 1, 512));
    blocks[56 + 48 + 7] = std::byte{0x70};
    const auto found = findNonFinite(DType::IQ1_M, blocks.data(), 112, 1, 512);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->column, 256);
}

TEST(FiniteCheck, fault_088_finds_8_bit_floats_that_are_none) {
    std::vector<std::byte> numbers(20, std::byte{0x7B});
    for (const DType type : {DType::F8E4M3, DType::F8E5M2}) {
        EXPECT_FALSE(findNonFinite(type, numbers.data(), 10, 2, 10));
        auto spoilt = numbers;
        spoilt[13] = std::byte{0xFF};
        const auto found = findNonFinite(type, spoilt.data(), 10, 2, 10);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->row, 1);
        EXPECT_EQ(found->column, 3);
    }
}
