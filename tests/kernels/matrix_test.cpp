#include "cpu/matrix/packed_matrix.h"

#include "common/allocation.h"
#include "kernels/matrix_paths.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <tuple>

namespace hearth::kernels::cpu {
namespace {

using namespace test;

constexpr std::array kPlainTypes{DType::F32, DType::F16, DType::BF16};
constexpr std::array kBlockTypes{
    DType::Q4_0, DType::Q4_1, DType::Q5_0, DType::Q5_1,   DType::Q8_0,   DType::Q2_K, DType::Q3_K,
    DType::Q4_K, DType::Q5_K, DType::Q6_K, DType::IQ4_NL, DType::IQ4_XS, DType::MXFP4};
/// Types that no tile fits: they stay where they lie.
constexpr std::array kExpandedTypes{DType::TQ1_0, DType::TQ2_0,   DType::IQ1_S,
                                    DType::IQ1_M, DType::IQ2_XXS, DType::IQ2_XS,
                                    DType::IQ2_S, DType::IQ3_XXS, DType::IQ3_S};
constexpr std::array<std::int64_t, 3> kRows{1, 3, 17};
constexpr std::array<std::int64_t, 6> kTokens{1, 2, 5, 7, 33, 70};

class MatrixType : public testing::TestWithParam<std::tuple<CpuFeature, DType>> {
protected:
    void SetUp() override {
        if (detectFeature(feature()) != feature())
            GTEST_SKIP() << "this processor has no " << featureName(feature());
    }
    [[nodiscard]] static CpuFeature feature() { return std::get<0>(GetParam()); }
    [[nodiscard]] static DType type() { return std::get<1>(GetParam()); }
    [[nodiscard]] static std::vector<std::int64_t> columnCounts() {
        if (!isBlockQuantised(type()))
            return {1, 7, 577};
        return blockSize(type()).elements == 32 ? std::vector<std::int64_t>{32, 96, 576}
                                                : std::vector<std::int64_t>{256, 768};
    }
    [[nodiscard]] static bool isTiled() {
        return std::find(kBlockTypes.begin(), kBlockTypes.end(), type()) != kBlockTypes.end();
    }
    ThreadPool m_pool{3};
    std::mt19937 m_random{7};
};

TEST_P(MatrixType, AgreesWithTheReference) {
    for (const std::int64_t columns : columnCounts()) {
        for (const std::int64_t rows : kRows) {
            const auto bytes = randomWeights(type(), rows, columns, m_random);
            const WeightSource source = sourceOf(bytes, type(), rows, columns);
            const auto weights = expand(source);
            const auto fast = pack({&source, 1}, feature());
            const auto exact = pack({&source, 1}, feature(), true);
            EXPECT_EQ(fast->readsCodes(), isTiled());
            EXPECT_FALSE(exact->readsCodes());
            for (const std::int64_t tokens : kTokens) {
                const auto values = randomValues(tokens * columns, m_random);
                expectNear(product(m_pool, *fast, values, tokens), weights, values, rows, tokens,
                           columns, fast->readsCodes());
                expectNear(product(m_pool, *exact, values, tokens), weights, values, rows, tokens,
                           columns, false);
            }
        }
    }
}

TEST_P(MatrixType, RowsExpandBitForBit) {
    const std::int64_t columns = columnCounts().back();
    const auto bytes = randomWeights(type(), 17, columns, m_random);
    const WeightSource source = sourceOf(bytes, type(), 17, columns);
    const auto weights = expand(source);
    for (const bool exact : {false, true}) {
        const auto matrix = pack({&source, 1}, feature(), exact);
        std::vector<float> row(static_cast<std::size_t>(columns));
        for (std::int64_t n = 0; n < 17; ++n) {
            matrix->dequantiseRow(n, row.data());
            EXPECT_EQ(std::memcmp(row.data(), weights.data() + n * columns, row.size() * 4), 0)
                << "row " << n;
        }
    }
}

TEST_P(MatrixType, ResultsDependOnNeitherBatchNorThreads) {
    const std::int64_t columns = columnCounts().back();
    constexpr std::int64_t kManyTokens = 131;
    constexpr std::int64_t kManyRows = 45;
    const auto bytes = randomWeights(type(), kManyRows, columns, m_random);
    const WeightSource source = sourceOf(bytes, type(), kManyRows, columns);
    const auto matrix = pack({&source, 1}, feature());
    const auto values = randomValues(kManyTokens * columns, m_random);
    const auto together = product(m_pool, *matrix, values, kManyTokens);
    ThreadPool alone(1);
    EXPECT_EQ(product(alone, *matrix, values, kManyTokens), together);
    for (std::int64_t t = 0; t < kManyTokens; ++t) {
        const auto single = product(
            m_pool, *matrix, std::span(values).subspan(static_cast<std::size_t>(t * columns)), 1);
        ASSERT_EQ(std::memcmp(single.data(), together.data() + t * kManyRows, single.size() * 4), 0)
            << "token " << t;
    }
}

TEST_P(MatrixType, fault_060_nonfinite_activations_show) {
    const std::int64_t columns = columnCounts().back();
    const auto bytes = randomWeights(type(), 9, columns, m_random);
    const WeightSource source = sourceOf(bytes, type(), 9, columns);
    const auto matrix = pack({&source, 1}, feature());
    const float infinity = std::numeric_limits<float>::infinity();
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), infinity, -infinity}) {
        auto values = randomValues(3 * columns, m_random);
        values[static_cast<std::size_t>(columns + columns / 2)] = bad;
        const auto out = product(m_pool, *matrix, values, 3);
        for (std::size_t n = 0; n < 9; ++n) {
            EXPECT_TRUE(std::isfinite(out[n]));
            EXPECT_FALSE(std::isfinite(out[9 + n]));
            EXPECT_TRUE(std::isfinite(out[18 + n]));
        }
    }
}

TEST_P(MatrixType, TakesASliceOfColumnsAndUnalignedRows) {
    const std::int64_t columns = columnCounts().back();
    const BlockSize block = blockSize(type());
    const std::int64_t whole = columns + 2 * block.elements;
    auto bytes = randomWeights(type(), 5, whole, m_random);
    bytes.insert(bytes.begin(), std::byte{0});
    WeightSource source = sourceOf(bytes, type(), 5, whole);
    source.data = bytes.data() + 1 + block.bytes;
    source.columns = columns;
    std::vector<float> weights;
    for (std::int64_t n = 0; n < 5; ++n) {
        WeightSource row = source;
        row.rows = 1;
        row.data += n * source.rowBytes;
        const auto expanded = expand(row);
        weights.insert(weights.end(), expanded.begin(), expanded.end());
    }
    const auto matrix = pack({&source, 1}, feature());
    const auto values = randomValues(2 * columns, m_random);
    expectNear(product(m_pool, *matrix, values, 2), weights, values, 5, 2, columns,
               matrix->readsCodes());
}

TEST_P(MatrixType, MemoryStaysNearTheSource) {
    const std::int64_t columns = 768;
    const auto bytes = randomWeights(type(), 64, columns, m_random);
    const WeightSource source = sourceOf(bytes, type(), 64, columns);
    const auto matrix = pack({&source, 1}, feature());
    EXPECT_EQ(matrix->refersToSource(), !isTiled());
    EXPECT_EQ(matrix->ownedBytes() == 0, matrix->refersToSource());
    EXPECT_LE(static_cast<double>(matrix->ownedBytes()), 1.1 * static_cast<double>(bytes.size()));
}

std::string typeCaseName(const testing::TestParamInfo<std::tuple<CpuFeature, DType>>& path) {
    return pathName(std::get<0>(path.param)) + "_" + std::string(name(std::get<1>(path.param)));
}

INSTANTIATE_TEST_SUITE_P(Plain, MatrixType,
                         testing::Combine(testing::ValuesIn(kFeatures),
                                          testing::ValuesIn(kPlainTypes)),
                         typeCaseName);
INSTANTIATE_TEST_SUITE_P(Blocks, MatrixType,
                         testing::Combine(testing::ValuesIn(kFeatures),
                                          testing::ValuesIn(kBlockTypes)),
                         typeCaseName);

INSTANTIATE_TEST_SUITE_P(Expanded, MatrixType,
                         testing::Combine(testing::ValuesIn(kFeatures),
                                          testing::ValuesIn(kExpandedTypes)),
                         typeCaseName);

TEST_P(MatrixPath, JoinsPartsOfDifferentTypes) {
    constexpr std::int64_t kColumns = 512;
    const std::array types{DType::Q4_K, DType::Q6_K, DType::F16, DType::Q4_1};
    const std::array<std::int64_t, 4> counts{19, 5, 3, 33};
    std::vector<std::vector<std::byte>> bytes;
    std::vector<WeightSource> parts;
    std::vector<float> weights;
    for (std::size_t i = 0; i < types.size(); ++i) {
        bytes.push_back(randomWeights(types[i], counts[i], kColumns, m_random));
        parts.push_back(sourceOf(bytes.back(), types[i], counts[i], kColumns));
        const auto expanded = expand(parts.back());
        weights.insert(weights.end(), expanded.begin(), expanded.end());
    }
    const auto matrix = pack(parts, GetParam(), false, &m_pool);
    ASSERT_EQ(matrix->rows(), 60);
    EXPECT_TRUE(matrix->refersToSource());
    for (const std::int64_t tokens : {1, 9}) {
        const auto values = randomValues(tokens * kColumns, m_random);
        expectNear(product(m_pool, *matrix, values, tokens), weights, values, 60, tokens, kColumns,
                   true);
    }
    std::vector<float> row(kColumns);
    matrix->dequantiseRow(24, row.data());
    EXPECT_EQ(std::memcmp(row.data(), weights.data() + 24 * kColumns, row.size() * 4), 0);
}

TEST_P(MatrixPath, AddsBiasAndResidual) {
    for (const DType type : {DType::Q4_0, DType::F32}) {
        const auto bytes = randomWeights(type, 21, 64, m_random);
        const WeightSource source = sourceOf(bytes, type, 21, 64);
        const auto matrix = pack({&source, 1}, GetParam());
        const auto values = randomValues(5 * 64, m_random);
        const auto bias = randomValues(21, m_random);
        const auto residual = randomValues(5 * 21, m_random);
        const auto plain = product(m_pool, *matrix, values, 5);
        const auto biased = product(m_pool, *matrix, values, 5, bias.data());
        const auto both = product(m_pool, *matrix, values, 5, bias.data(), &residual);
        for (std::size_t i = 0; i < plain.size(); ++i) {
            EXPECT_EQ(biased[i], plain[i] + bias[i % 21]);
            EXPECT_EQ(both[i], residual[i] + (plain[i] + bias[i % 21]));
        }
    }
}

TEST_P(MatrixPath, QuantisesLikeTheScalarPath) {
    for (const std::int64_t columns : {1, 31, 32, 100}) {
        auto values = randomValues(4 * columns, m_random);
        for (std::int64_t k = 0; k < columns; ++k)
            values[static_cast<std::size_t>(k)] = 0.0F;
        values[static_cast<std::size_t>(2 * columns)] = 1e-38F;
        QuantisedActivations memory[2];
        Activations views[2];
        for (int i = 0; i < 2; ++i) {
            ASSERT_EQ(memory[i].reserve(4, columns), Status::Ok);
            views[i] = memory[i].view(values.data(), columns, 4, columns);
            quantise(views[i], 0, 4, i == 0 ? CpuFeature::Scalar : GetParam());
        }
        for (std::int64_t i = 0; i < 4 * blockCount(columns); ++i) {
            EXPECT_EQ(std::memcmp(views[0].codes + i * 32, views[1].codes + i * 32, 32), 0);
            EXPECT_EQ(std::memcmp(views[0].scales + i, views[1].scales + i, sizeof(BlockScale)), 0);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Paths, MatrixPath, testing::ValuesIn(kFeatures),
                         [](const auto& path) { return pathName(path.param); });

class MatrixArguments : public testing::Test {
protected:
    Status packAs(const WeightSource& source) {
        return packMatrix({&source, 1}, {detectFeature(), false, nullptr}, m_matrix);
    }
    std::vector<std::byte> m_bytes = std::vector<std::byte>(4096);
    WeightSource m_source = sourceOf(m_bytes, DType::Q4_0, 4, 64);
    std::unique_ptr<PackedMatrix> m_matrix;
};

TEST_F(MatrixArguments, RefusesWhatContradictsItself) {
    EXPECT_EQ(packMatrix({}, {}, m_matrix), Status::InvalidArgument);
    WeightSource source = m_source;
    source.columns = 48;
    EXPECT_EQ(packAs(source), Status::InvalidArgument);
    source = m_source;
    source.rowBytes = 35;
    EXPECT_EQ(packAs(source), Status::InvalidArgument);
    source = m_source;
    source.rows = 0;
    EXPECT_EQ(packAs(source), Status::InvalidArgument);
    source = m_source;
    source.data = nullptr;
    EXPECT_EQ(packAs(source), Status::InvalidArgument);
    const std::array parts{m_source, sourceOf(m_bytes, DType::Q4_0, 4, 32)};
    EXPECT_EQ(packMatrix(parts, {}, m_matrix), Status::InvalidArgument);
    EXPECT_EQ(m_matrix, nullptr);
}

TEST_F(MatrixArguments, RefusesTypesWithoutProducts) {
    for (const DType type : {DType::F64, DType::I8, DType::I32, DType::Bool, DType::U8}) {
        WeightSource source = m_source;
        source.type = type;
        EXPECT_EQ(packAs(source), Status::Unsupported) << name(type);
    }
}

TEST_F(MatrixArguments, RefusesGroupsOutOfRange) {
    const std::vector<float> scales(64, 1.0F);
    std::vector<std::int32_t> order(64, 0);
    GroupQuantisation groups;
    groups.scales = scales.data();
    groups.groupSize = 32;
    WeightSource source = m_source;
    source.type = DType::U8;
    source.rowBytes = 32;
    source.groups = &groups;
    EXPECT_EQ(packAs(source), Status::Ok);
    groups.bits = 9;
    EXPECT_EQ(packAs(source), Status::Unsupported);
    groups.bits = 4;
    groups.groupSize = 0;
    EXPECT_EQ(packAs(source), Status::InvalidArgument);
    groups.groupSize = 32;
    order[5] = 64;
    groups.permutation = order.data();
    EXPECT_EQ(packAs(source), Status::InvalidArgument);
    groups.permutation = nullptr;
    groups.scales = nullptr;
    EXPECT_EQ(packAs(source), Status::InvalidArgument);
}

TEST_F(MatrixArguments, SurvivesEveryFailedAllocation) {
    const std::int64_t before = allocationCount();
    ASSERT_EQ(packAs(m_source), Status::Ok);
    const std::int64_t needed = allocationCount() - before;
    ASSERT_GT(needed, 0);
    for (std::int64_t i = 0; i < needed; ++i) {
        m_matrix.reset();
        failAllocationAfter(i);
        EXPECT_EQ(packAs(m_source), Status::OutOfMemory);
        EXPECT_EQ(m_matrix, nullptr);
    }
    failAllocationAfter(-1);
    EXPECT_EQ(packAs(m_source), Status::Ok);
    EXPECT_EQ(packAs([this] {
                  WeightSource huge = m_source;
                  huge.rows = std::int64_t{1} << 62;
                  return huge;
              }()),
              Status::OutOfMemory);
}

} // namespace
} // namespace hearth::kernels::cpu
