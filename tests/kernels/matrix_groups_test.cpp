#include "kernels/group_case.h"
#include "kernels/matrix_paths.h"

#include <algorithm>
#include <cmath>
#include <cstring>

/// Codes with group quantisation, and 8-bit floats.
namespace hearth::kernels::cpu {
namespace {

using namespace test;

class MatrixGroups : public MatrixPath {};

void expectGroups(const Groups& groups, ThreadPool& pool, CpuFeature feature,
                  std::mt19937& random) {
    for (const std::int64_t columns : {100, 72, 640}) {
        const GroupCase made(groups, 13, columns, random);
        const auto matrix = pack({&made.source, 1}, feature);
        for (const std::int64_t tokens : {1, 11}) {
            const auto values = randomValues(tokens * columns, random);
            expectNear(product(pool, *matrix, values, tokens), made.weights, values, 13, tokens,
                       columns, matrix->readsCodes());
        }
        std::vector<float> row(static_cast<std::size_t>(columns));
        matrix->dequantiseRow(12, row.data());
        for (std::size_t k = 0; k < row.size(); ++k) {
            const float expected = made.weights[12 * row.size() + k];
            ASSERT_NEAR(row[k], expected, 1e-6 * std::max(1.0F, std::abs(expected)))
                << int{groups.bits} << " bits, groups of " << groups.groupSize;
        }
    }
}

TEST_P(MatrixGroups, GroupQuantisationOfEveryWidth) {
    for (std::uint8_t bits = 2; bits <= 8; ++bits) {
        for (const Groups& groups :
             {Groups{bits, 32, true}, Groups{bits, 64, false}, Groups{bits, 4096, true},
              Groups{bits, 48, true}, Groups{bits, 32, true, true},
              Groups{bits, 16, true, true, true}, Groups{bits, 128, false, false, true},
              Groups{bits, 24, false}, Groups{bits, 8, true}, Groups{bits, 20, true, false, true},
              Groups{bits, 4096, true, true, true}})
            expectGroups(groups, m_pool, GetParam(), m_random);
    }
}

TEST_P(MatrixGroups, JoinedPartsOfOneOrderReadCodes) {
    constexpr std::int64_t kColumns = 160;
    const Groups groups{4, 32, true, false, true};
    GroupCase a(groups, 13, kColumns, m_random);
    const GroupCase b(groups, 5, kColumns, m_random);
    for (const bool oneOrder : {true, false}) {
        GroupQuantisation tables = a.tables;
        std::vector<float> weights(a.weights.size());
        if (oneOrder)
            tables.permutation = b.order.data();
        for (std::size_t n = 0; n < 13; ++n)
            for (std::size_t k = 0; k < kColumns; ++k)
                weights[n * kColumns + std::size_t(tables.permutation[k])] =
                    a.weights[n * kColumns + std::size_t(a.order[k])];
        WeightSource first = a.source;
        first.groups = &tables;
        weights.insert(weights.end(), b.weights.begin(), b.weights.end());
        const std::array parts{first, b.source};
        const auto matrix = pack(parts, GetParam());
        EXPECT_EQ(matrix->readsCodes(), oneOrder);
        const auto values = randomValues(9 * kColumns, m_random);
        expectNear(product(m_pool, *matrix, values, 9), weights, values, 18, 9, kColumns, oneOrder);
    }
}

TEST_P(MatrixGroups, EightBitFloatsWithAndWithoutScales) {
    for (const DType type : {DType::F8E4M3, DType::F8E5M2})
        for (const Groups& groups :
             {Groups{8, 128, false, false, false, type}, Groups{8, 4096, false, false, false, type},
              Groups{8, 24, true, false, true, type}, Groups{8, 10, false, false, false, type}})
            expectGroups(groups, m_pool, GetParam(), m_random);
    for (const DType type : {DType::F8E4M3, DType::F8E5M2}) {
        constexpr std::int64_t kColumns = 100;
        std::vector<std::byte> bytes(13 * kColumns);
        for (std::byte& byte : bytes)
            byte = static_cast<std::byte>(m_random() & 0xbbU);
        const WeightSource source = sourceOf(bytes, type, 13, kColumns);
        const auto matrix = pack({&source, 1}, GetParam());
        EXPECT_TRUE(matrix->refersToSource());
        const auto values = randomValues(7 * kColumns, m_random);
        expectNear(product(m_pool, *matrix, values, 7), expand(source), values, 13, 7, kColumns,
                   false);
    }
}

TEST_P(MatrixGroups, EightBitFloatsDependOnTheirOwnRowAlone) {
    constexpr std::int64_t kColumns = 1200;
    for (const DType type : {DType::F8E4M3, DType::F8E5M2})
        for (const std::int32_t groupSize : {128, 4096}) {
            const GroupCase made({8, groupSize, false, false, false, type}, 13, kColumns, m_random);
            const auto matrix = pack({&made.source, 1}, GetParam());
            const auto values = randomValues(70 * kColumns, m_random);
            const auto together = product(m_pool, *matrix, values, 70);
            for (const std::int64_t t : {0, 37, 69}) {
                const auto single = product(
                    m_pool, *matrix, std::span(values).subspan(std::size_t(t * kColumns)), 1);
                EXPECT_EQ(std::memcmp(single.data(), together.data() + t * 13, 13 * 4), 0) << t;
            }
        }
}

TEST_P(MatrixGroups, EveryEightBitFloatExpandsExactly) {
    std::vector<std::byte> bytes(256);
    for (std::size_t i = 0; i < 256; ++i)
        bytes[i] = static_cast<std::byte>(i);
    for (const DType type : {DType::F8E4M3, DType::F8E5M2}) {
        const WeightSource source = sourceOf(bytes, type, 1, 256);
        std::vector<float> row(256);
        pack({&source, 1}, GetParam())->dequantiseRow(0, row.data());
        for (unsigned code = 0; code < 256; ++code) {
            // From the format's definition: sign, exponent with bias, mantissa.
            const int mantissaBits = type == DType::F8E4M3 ? 3 : 2;
            const int bias = type == DType::F8E4M3 ? 7 : 15;
            const int exponent = static_cast<int>(code >> mantissaBits & (0x7fU >> mantissaBits));
            const int mantissa = static_cast<int>(code & ((1U << mantissaBits) - 1U));
            const bool special = type == DType::F8E4M3 ? (code & 0x7fU) == 0x7fU : exponent == 31;
            const double magnitude = std::ldexp((exponent > 0 ? 1 << mantissaBits : 0) + mantissa,
                                                std::max(exponent, 1) - bias - mantissaBits);
            const double sign = code >= 128 ? -1 : 1;
            if (special && (type == DType::F8E4M3 || mantissa != 0)) {
                EXPECT_TRUE(std::isnan(row[code])) << code;
            } else if (special) {
                EXPECT_EQ(row[code], sign * INFINITY) << code;
            } else {
                EXPECT_EQ(row[code], sign * magnitude) << code;
            }
        }
    }
}

TEST_P(MatrixGroups, ExactActivationsReachGroupQuantisation) {
    const GroupCase made({4, 128, true}, 13, 384, m_random);
    const auto matrix = pack({&made.source, 1}, GetParam(), true);
    EXPECT_FALSE(matrix->readsCodes());
    const auto values = randomValues(3 * 384, m_random);
    expectNear(product(m_pool, *matrix, values, 3), made.weights, values, 13, 3, 384, false);
}

INSTANTIATE_TEST_SUITE_P(Paths, MatrixGroups, testing::ValuesIn(kFeatures),
                         [](const auto& path) { return pathName(path.param); });

} // namespace
} // namespace hearth::kernels::cpu
