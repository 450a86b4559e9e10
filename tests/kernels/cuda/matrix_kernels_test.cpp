#include "cuda/weights/decode.h"
#include "cuda/weights/packed_vector.h"
#include "cuda/weights/source_blocks.h"
#include "kernels/cuda/matrix_world.h"
#include "kernels/group_case.h"

#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <tuple>

namespace hearth::kernels::cuda::testing {
namespace {

using cpu::test::GroupCase;
using cpu::test::Groups;
using cpu::test::randomValues;
using cpu::test::randomWeights;
using cpu::test::sourceOf;

constexpr std::array kPlainTypes{DType::F32, DType::F16, DType::BF16};
constexpr std::array kBlockTypes{DType::Q4_0, DType::Q4_1, DType::Q5_0,   DType::Q5_1,
                                 DType::Q8_0, DType::Q2_K, DType::Q3_K,   DType::Q4_K,
                                 DType::Q5_K, DType::Q6_K, DType::IQ4_NL, DType::IQ4_XS};
constexpr std::array kGridTypes{DType::MXFP4,   DType::TQ1_0,   DType::TQ2_0,  DType::IQ1_S,
                                DType::IQ1_M,   DType::IQ2_XXS, DType::IQ2_XS, DType::IQ2_S,
                                DType::IQ3_XXS, DType::IQ3_S};
constexpr std::array kRowCounts{1, 2, 5, 8, 9, 17, 35, 70};
constexpr std::array kComputeTypes{DType::F32, DType::F16, DType::BF16};

void expectSameBits(std::span<const float> a, std::span<const float> b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i)
        ASSERT_EQ(std::bit_cast<std::uint32_t>(a[i]), std::bit_cast<std::uint32_t>(b[i]))
            << "element " << i << ": " << a[i] << " instead of " << b[i];
}

std::vector<std::uint8_t> readFixture(const std::string& file) {
    std::ifstream stream(std::string(HEARTH_TEST_DATA) + "/formats/dequantize/" + file,
                         std::ios::binary);
    EXPECT_TRUE(stream) << file;
    return {std::istreambuf_iterator<char>(stream), {}};
}

class CudaMatrixBlocks : public ::testing::TestWithParam<DType> {};

/// Host memory that holds rows of a block type as the device would.
template<DType kType>
std::vector<float> packedOnHost(const std::vector<std::uint8_t>& blocks, std::int64_t columns) {
    WeightLayout layout = blockLayout(kType);
    layout.rows = 1;
    layout.columns = columns;
    alignas(16) std::array<std::byte, 16384> data{};
    alignas(16) std::array<std::byte, 16384> entries{};
    alignas(16) std::array<std::byte, 16384> supers{};
    layout.data = data.data();
    layout.entries = entries.data();
    layout.supers = supers.data();
    float twiceE2M1[16];
    std::copy(std::begin(kTwiceE2M1), std::end(kTwiceE2M1), twiceE2M1);
    layout.table = kType == DType::MXFP4 ? twiceE2M1 : kIq4Table;
    for (std::int64_t block = 0; block < columns / 32; ++block) {
        SourceBlock source;
        readBlock<kType>(blocks.data(), block, source, gridOf(kType).data());
        writeBlock(layout, 0, block, source);
    }
    std::vector<float> values(static_cast<std::size_t>(columns));
    withCodes(layout.codes, [&](auto codes) {
        for (std::int64_t piece = 0; piece < columns / 8; ++piece) {
            float eight[8];
            readEight<decltype(codes)::kValue>(layout, 0, piece / 4, int(piece % 4), eight);
            for (int j = 0; j < 8; ++j)
                values[std::size_t(piece / 4 * 32 + laneColumn(hasHalfGroups(layout),
                                                               int(piece % 4), j))] = eight[j];
        }
    });
    return values;
}

std::vector<float> packedOnHost(DType type, const std::vector<std::uint8_t>& blocks,
                                std::int64_t columns) {
    switch (type) {
    case DType::Q4_0:
        return packedOnHost<DType::Q4_0>(blocks, columns);
    case DType::Q4_1:
        return packedOnHost<DType::Q4_1>(blocks, columns);
    case DType::Q5_0:
        return packedOnHost<DType::Q5_0>(blocks, columns);
    case DType::Q5_1:
        return packedOnHost<DType::Q5_1>(blocks, columns);
    case DType::Q8_0:
        return packedOnHost<DType::Q8_0>(blocks, columns);
    case DType::Q2_K:
        return packedOnHost<DType::Q2_K>(blocks, columns);
    case DType::Q3_K:
        return packedOnHost<DType::Q3_K>(blocks, columns);
    case DType::Q4_K:
        return packedOnHost<DType::Q4_K>(blocks, columns);
    case DType::Q5_K:
        return packedOnHost<DType::Q5_K>(blocks, columns);
    case DType::Q6_K:
        return packedOnHost<DType::Q6_K>(blocks, columns);
    case DType::IQ4_NL:
        return packedOnHost<DType::IQ4_NL>(blocks, columns);
    case DType::MXFP4:
        return packedOnHost<DType::MXFP4>(blocks, columns);
    case DType::TQ1_0:
        return packedOnHost<DType::TQ1_0>(blocks, columns);
    case DType::TQ2_0:
        return packedOnHost<DType::TQ2_0>(blocks, columns);
    case DType::IQ1_S:
        return packedOnHost<DType::IQ1_S>(blocks, columns);
    case DType::IQ1_M:
        return packedOnHost<DType::IQ1_M>(blocks, columns);
    case DType::IQ2_XXS:
        return packedOnHost<DType::IQ2_XXS>(blocks, columns);
    case DType::IQ2_XS:
        return packedOnHost<DType::IQ2_XS>(blocks, columns);
    case DType::IQ2_S:
        return packedOnHost<DType::IQ2_S>(blocks, columns);
    case DType::IQ3_XXS:
        return packedOnHost<DType::IQ3_XXS>(blocks, columns);
    case DType::IQ3_S:
        return packedOnHost<DType::IQ3_S>(blocks, columns);
    default:
        return packedOnHost<DType::IQ4_XS>(blocks, columns);
    }
}

TEST_P(CudaMatrixBlocks, DecodeLikeGgufBitForBit) {
    const std::string type(name(GetParam()));
    const auto bytes = readFixture(type + ".f32");
    std::vector<float> expected(bytes.size() / sizeof(float));
    std::memcpy(expected.data(), bytes.data(), bytes.size());
    ASSERT_EQ(expected.size(), 1024U);
    expectSameBits(packedOnHost(GetParam(), readFixture(type + ".blocks"), 1024), expected);
}

INSTANTIATE_TEST_SUITE_P(Types, CudaMatrixBlocks, ::testing::ValuesIn(kBlockTypes),
                         [](const auto& type) { return std::string(name(type.param)); });

INSTANTIATE_TEST_SUITE_P(Grids, CudaMatrixBlocks, ::testing::ValuesIn(kGridTypes),
                         [](const auto& type) { return std::string(name(type.param)); });

class CudaMatrixKernels : public ::testing::Test {
protected:
    MatrixWorld m_world;
    std::mt19937 m_random{20261128};
};

class CudaMatrixType : public ::testing::TestWithParam<std::tuple<DType, DType>> {
protected:
    [[nodiscard]] static DType type() { return std::get<0>(GetParam()); }
    [[nodiscard]] static DType compute() { return std::get<1>(GetParam()); }
    [[nodiscard]] static std::vector<std::int64_t> columnCounts() {
        if (!isBlockQuantised(type()))
            return {1, 7, 577};
        return blockSize(type()).elements == 32 ? std::vector<std::int64_t>{32, 96, 576}
                                                : std::vector<std::int64_t>{256, 768};
    }
    /// The weights as products and embeddings of this backend see them.
    [[nodiscard]] static std::vector<float> stored(const WeightSource& source) {
        return isBlockQuantised(type()) ? dequantised(source)
                                        : roundedTo(dequantised(source), compute());
    }
    MatrixWorld m_world;
    std::mt19937 m_random{7};
};

TEST_P(CudaMatrixType, RowsExpandBitForBit) {
    for (const std::int64_t columns : columnCounts()) {
        const auto bytes = randomWeights(type(), 37, columns, m_random);
        const WeightSource source = sourceOf(bytes, type(), 37, columns);
        const auto matrix = m_world.pack({&source, 1}, compute());
        expectSameBits(m_world.expand(*matrix), stored(source));
        expectSameBits(m_world.expand(*matrix, DType::BF16),
                       roundedTo(stored(source), DType::BF16));
    }
}

TEST_P(CudaMatrixType, ProductsAgreeWithDoubles) {
    for (const std::int64_t columns : columnCounts()) {
        for (const std::int64_t outputs : {1, 19, 83}) {
            const auto bytes = randomWeights(type(), outputs, columns, m_random);
            const WeightSource source = sourceOf(bytes, type(), outputs, columns);
            const auto weights = stored(source);
            const auto matrix = m_world.pack({&source, 1}, compute());
            for (const std::int32_t rows : kRowCounts) {
                const auto x = randomValues(rows * columns, m_random);
                for (const bool deterministic : {false, true}) {
                    ProductOptions options;
                    options.deterministic = deterministic;
                    const auto out = m_world.multiply(*matrix, x, rows, compute(), options);
                    ASSERT_LT(productError(out, weights, x, rows, columns, compute()),
                              productTolerance(compute()))
                        << rows << " rows, " << outputs << " x " << columns
                        << (deterministic ? ", deterministic" : "");
                }
            }
        }
    }
}

TEST_P(CudaMatrixType, ExpandsBandsForManyRows) {
    const std::int64_t columns = columnCounts().back();
    const auto bytes = randomWeights(type(), 45, columns, m_random);
    const WeightSource source = sourceOf(bytes, type(), 45, columns);
    const auto matrix = m_world.pack({&source, 1}, compute());
    const auto x = randomValues(131 * columns, m_random);
    ProductOptions options;
    options.bias = options.floatOut = true;
    const auto bias = randomValues(45, m_random);
    const auto out = m_world.multiply(*matrix, x, 131, compute(), options, bias);
    EXPECT_LT(productError(out, stored(source), x, 131, columns, compute(), bias),
              productTolerance(compute()));
}

TEST_P(CudaMatrixType, AddsBiasAndResidualAndTakesUnalignedViews) {
    const std::int64_t columns = columnCounts().back();
    const auto bytes = randomWeights(type(), 21, columns, m_random);
    const WeightSource source = sourceOf(bytes, type(), 21, columns);
    const auto weights = stored(source);
    const auto matrix = m_world.pack({&source, 1}, compute());
    const auto bias = randomValues(21, m_random);
    for (const std::int32_t rows : {1, 3, 12, 40}) {
        const auto x = randomValues(rows * columns, m_random);
        for (const bool floatOut : {false, true}) {
            const DType outType = floatOut ? DType::F32 : compute();
            const auto residual = roundedTo(randomValues(rows * 21, m_random), outType);
            const ProductOptions options{true, true, floatOut, 1, 3, rows == 3};
            const auto out = m_world.multiply(*matrix, x, rows, compute(), options, bias, residual);
            ASSERT_LT(productError(out, weights, x, rows, columns, compute(), bias, residual),
                      productTolerance(compute()))
                << rows << " rows";
        }
    }
}

TEST_P(CudaMatrixType, DeterministicSumsDependOnKAlone) {
    const std::int64_t columns = columnCounts().back();
    const auto bytes = randomWeights(type(), 45, columns, m_random);
    const WeightSource source = sourceOf(bytes, type(), 45, columns);
    const auto matrix = m_world.pack({&source, 1}, compute());
    constexpr std::int32_t kMany = 70;
    const auto x = randomValues(kMany * columns, m_random);
    ProductOptions options;
    options.deterministic = options.floatOut = true;
    const auto together = m_world.multiply(*matrix, x, kMany, compute(), options);
    for (const std::int32_t rows : {1, 7, 16, 33}) {
        const std::int32_t first = kMany - rows;
        const auto part = m_world.multiply(
            *matrix, std::span(x).subspan(std::size_t(first * columns)), rows, compute(), options);
        expectSameBits(part, std::span(together).subspan(std::size_t(first) * 45));
    }
}

TEST_P(CudaMatrixType, TakesASliceOfColumns) {
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
        const auto expanded = stored(row);
        weights.insert(weights.end(), expanded.begin(), expanded.end());
    }
    expectSameBits(m_world.expand(*m_world.pack({&source, 1}, compute())), weights);
}

std::string typeCaseName(const ::testing::TestParamInfo<std::tuple<DType, DType>>& info) {
    return std::string(name(std::get<0>(info.param))) + "_as_" +
           std::string(name(std::get<1>(info.param)));
}

INSTANTIATE_TEST_SUITE_P(Plain, CudaMatrixType,
                         ::testing::Combine(::testing::ValuesIn(kPlainTypes),
                                            ::testing::ValuesIn(kComputeTypes)),
                         typeCaseName);
INSTANTIATE_TEST_SUITE_P(Blocks, CudaMatrixType,
                         ::testing::Combine(::testing::ValuesIn(kBlockTypes),
                                            ::testing::ValuesIn(kComputeTypes)),
                         typeCaseName);

TEST_F(CudaMatrixKernels, ExpandsAndMultipliesGridsAndTernaryNumbers) {
    constexpr std::int64_t kColumns = 512;
    for (const DType type : kGridTypes) {
        const auto bytes = randomWeights(type, 21, kColumns, m_random);
        const WeightSource source = sourceOf(bytes, type, 21, kColumns);
        const auto weights = dequantised(source);
        for (const DType compute : kComputeTypes) {
            const auto matrix = m_world.pack({&source, 1}, compute);
            expectSameBits(m_world.expand(*matrix), weights);
            for (const std::int32_t rows : {1, 9, 40}) {
                const auto x = randomValues(rows * kColumns, m_random);
                EXPECT_LT(productError(m_world.multiply(*matrix, x, rows, compute), weights, x,
                                       rows, kColumns, compute),
                          productTolerance(compute))
                    << name(type) << ", " << rows << " rows, " << name(compute);
            }
        }
    }
}

TEST_F(CudaMatrixKernels, JoinsPartsOfOneLayoutAndKeepsOthersApart) {
    constexpr std::int64_t kColumns = 512;
    const std::array types{DType::Q4_K, DType::Q4_K, DType::Q6_K,
                           DType::F16,  DType::F32,  DType::Q4_1};
    const std::array<std::int64_t, 6> counts{19, 6, 5, 3, 7, 33};
    std::vector<std::vector<std::byte>> bytes;
    std::vector<WeightSource> parts;
    std::vector<float> weights;
    for (std::size_t i = 0; i < types.size(); ++i) {
        bytes.push_back(randomWeights(types[i], counts[i], kColumns, m_random));
        parts.push_back(sourceOf(bytes.back(), types[i], counts[i], kColumns));
        auto expanded = dequantised(parts.back());
        if (!isBlockQuantised(types[i]))
            expanded = roundedTo(expanded, DType::BF16);
        weights.insert(weights.end(), expanded.begin(), expanded.end());
    }
    const auto matrix = m_world.pack(parts, DType::BF16);
    ASSERT_EQ(matrix->rows(), 73);
    EXPECT_EQ(matrix->segments().size(), 4U);
    EXPECT_FALSE(matrix->refersToSource());
    expectSameBits(m_world.expand(*matrix), weights);
    const auto bias = randomValues(73, m_random);
    for (const std::int32_t rows : {1, 9, 40}) {
        const auto x = randomValues(rows * kColumns, m_random);
        ProductOptions options;
        options.bias = true;
        EXPECT_LT(productError(m_world.multiply(*matrix, x, rows, DType::BF16, options, bias),
                               weights, x, rows, kColumns, DType::BF16, bias),
                  productTolerance(DType::BF16));
    }
}

TEST_F(CudaMatrixKernels, LongRowsTakeSeveralStagesAndBlocks) {
    constexpr std::int64_t kColumns = 5120;
    for (const DType type : {DType::BF16, DType::Q4_0, DType::Q4_K, DType::Q6_K, DType::Q8_0}) {
        const auto bytes = randomWeights(type, 19, kColumns, m_random);
        const WeightSource source = sourceOf(bytes, type, 19, kColumns);
        const auto weights = dequantised(source);
        const auto bias = randomValues(19, m_random);
        const auto matrix = m_world.pack({&source, 1}, DType::BF16);
        for (const std::int32_t rows : {1, 8, 20, 32}) {
            const auto x = randomValues(rows * kColumns, m_random);
            const auto residual = randomValues(rows * 19, m_random);
            for (const std::int64_t shift : {0, 1}) {
                const ProductOptions options{true, true, true, shift, shift, false};
                EXPECT_LT(productError(m_world.multiply(*matrix, x, rows, DType::BF16, options,
                                                        bias, residual),
                                       weights, x, rows, kColumns, DType::BF16, bias, residual),
                          2e-5)
                    << name(type) << ", " << rows << " rows";
            }
        }
    }
}

TEST_F(CudaMatrixKernels, ExpandsScaledRowsInAnyOrder) {
    const auto bytes = randomWeights(DType::Q4_0, 9, 96, m_random);
    const WeightSource source = sourceOf(bytes, DType::Q4_0, 9, 96);
    const auto weights = dequantised(source);
    const auto matrix = m_world.pack({&source, 1}, DType::F16);
    const std::vector<std::int32_t> ids{8, 0, 8, 3};
    const DeviceArray<std::int32_t> onDevice(ids);
    Rows out(4, 96, DType::F32, 5);
    const auto before = randomValues(4 * 96, m_random);
    out.set(before);
    ASSERT_EQ(expandRows(nullptr, *matrix, onDevice.data(), 4, 3.0F, out.view(), true), Status::Ok);
    const auto values = out.get();
    for (std::size_t i = 0; i < values.size(); ++i)
        EXPECT_FLOAT_EQ(values[i],
                        before[i] + 3.0F * weights[std::size_t(ids[i / 96]) * 96 + i % 96]);
}

class CudaMatrixGroups : public ::testing::TestWithParam<int> {
protected:
    MatrixWorld m_world;
    std::mt19937 m_random{11};
};

TEST_P(CudaMatrixGroups, HoldAndMultiplyEveryForm) {
    const auto bits = static_cast<std::uint8_t>(GetParam());
    // Products take the codebook's entries in the compute type.
    for (const Groups& groups :
         {Groups{bits, 32, true, false, false, DType::U8, true},
          Groups{bits, 128, true, false, false, DType::U8, true},
          Groups{bits, 64, false}, Groups{bits, 32, true}, Groups{bits, 4096, true},
          Groups{bits, 48, true}, Groups{bits, 10, true}, Groups{bits, 32, true, true},
          Groups{bits, 64, true, true}, Groups{bits, 16, true, true, true},
          Groups{bits, 128, false, false, true, DType::U8, true}}) {
        for (const std::int64_t columns : {100, 640}) {
            const GroupCase made(groups, 21, columns, m_random);
            for (const DType compute : kComputeTypes) {
                const auto matrix = m_world.pack({&made.source, 1}, compute);
                expectSameBits(m_world.expand(*matrix), made.weights);
                for (const std::int32_t rows : {1, 11, 35}) {
                    const auto x = randomValues(rows * columns, m_random);
                    for (const bool deterministic : {false, true}) {
                        ProductOptions options;
                        options.deterministic = deterministic;
                        ASSERT_LT(productError(m_world.multiply(*matrix, x, rows, compute, options),
                                               made.weights, x, rows, columns, compute),
                                  productTolerance(compute))
                            << "groups of " << groups.groupSize << ", " << columns << " columns, "
                            << rows << " rows, " << name(compute);
                    }
                }
            }
        }
    }
}

TEST_P(CudaMatrixGroups, NarrowGroupsAndShortLastOnes) {
    const auto bits = static_cast<std::uint8_t>(GetParam());
    for (const Groups& groups :
         {Groups{bits, 16, true, false, true}, Groups{bits, 24}, Groups{bits, 8, true, true}})
        for (const std::int64_t columns : {36, 75}) {
            const GroupCase made(groups, 18, columns, m_random);
            for (const DType compute : kComputeTypes) {
                const auto matrix = m_world.pack({&made.source, 1}, compute);
                expectSameBits(m_world.expand(*matrix), made.weights);
                for (const std::int32_t rows : {1, 9}) {
                    const auto x = randomValues(rows * columns, m_random);
                    ASSERT_LT(productError(m_world.multiply(*matrix, x, rows, compute),
                                           made.weights, x, rows, columns, compute),
                              productTolerance(compute))
                        << "groups of " << groups.groupSize << ", " << columns << " columns, "
                        << rows << " rows, " << name(compute);
                }
            }
        }
}

INSTANTIATE_TEST_SUITE_P(Bits, CudaMatrixGroups, ::testing::Range(2, 9));

TEST_F(CudaMatrixKernels, PartsWithPermutationsOfTheirOwn) {
    const GroupCase first({4, 32, true, false, true}, 17, 96, m_random);
    const GroupCase second({4, 32, true, false, true}, 5, 96, m_random);
    const std::array parts{first.source, second.source};
    const auto matrix = m_world.pack(parts, DType::F32);
    std::vector<float> weights = first.weights;
    weights.insert(weights.end(), second.weights.begin(), second.weights.end());
    expectSameBits(m_world.expand(*matrix), weights);
    const auto x = randomValues(3 * 96, m_random);
    EXPECT_LT(
        productError(m_world.multiply(*matrix, x, 3, DType::F32), weights, x, 3, 96, DType::F32),
        productTolerance(DType::F32));
}

TEST_F(CudaMatrixKernels, EightBitFloats) {
    constexpr std::int64_t kColumns = 200;
    for (const DType type : {DType::F8E4M3, DType::F8E5M2}) {
        std::vector<std::byte> bytes(23 * kColumns);
        std::vector<float> weights(bytes.size());
        const auto scales = randomValues(23 * 4, m_random);
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            // Below the codes that are no numbers, and small enough for products in float16.
            const auto code = static_cast<std::uint32_t>(m_random() % 0x50 | (m_random() % 2) << 7);
            bytes[i] = static_cast<std::byte>(code);
            weights[i] = type == DType::F8E4M3 ? e4m3ToFloat(code)
                                               : f16ToF32(static_cast<std::uint16_t>(code << 8));
        }
        WeightSource source = sourceOf(bytes, type, 23, kColumns);
        GroupQuantisation groups;
        groups.bits = 8;
        groups.scales = scales.data();
        // One scale of all a row, or of blocks of 128 or 64 columns.
        for (const std::int64_t groupSize :
             {std::int64_t{0}, kColumns, std::int64_t{128}, std::int64_t{64}}) {
            source.groups = groupSize > 0 ? &groups : nullptr;
            groups.groupSize = std::int32_t(groupSize);
            std::vector<float> expected = weights;
            for (std::int64_t i = 0; groupSize > 0 && i < std::int64_t(expected.size()); ++i) {
                const std::int64_t count = (kColumns + groupSize - 1) / groupSize;
                expected[std::size_t(i)] *=
                    scales[std::size_t(i / kColumns * count + i % kColumns / groupSize)];
            }
            for (const DType compute : kComputeTypes) {
                const auto matrix = m_world.pack({&source, 1}, compute);
                expectSameBits(m_world.expand(*matrix), expected);
                for (const std::int32_t rows : {1, 12, 40}) {
                    const auto x = randomValues(rows * kColumns, m_random);
                    EXPECT_LT(productError(m_world.multiply(*matrix, x, rows, compute), expected, x,
                                           rows, kColumns, compute),
                              productTolerance(compute));
                }
            }
        }
    }
}

TEST_F(CudaMatrixKernels, fault_060_nonfinite_activations_show) {
    const auto bytes = randomWeights(DType::Q4_0, 9, 64, m_random);
    const WeightSource source = sourceOf(bytes, DType::Q4_0, 9, 64);
    for (const DType compute : kComputeTypes) {
        const auto matrix = m_world.pack({&source, 1}, compute);
        auto x = randomValues(3 * 64, m_random);
        x[64 + 20] = std::numeric_limits<float>::infinity();
        const auto out = m_world.multiply(*matrix, x, 3, compute);
        for (std::size_t n = 0; n < 9; ++n) {
            EXPECT_TRUE(std::isfinite(out[n]));
            EXPECT_FALSE(std::isfinite(out[9 + n]));
            EXPECT_TRUE(std::isfinite(out[18 + n]));
        }
    }
}

TEST_F(CudaMatrixKernels, MemoryStaysNearTheSource) {
    const std::array<std::pair<DType, double>, 4> expected{
        {{DType::Q4_0, 4.5}, {DType::Q4_K, 4.625}, {DType::Q8_0, 8.5}, {DType::BF16, 16.0}}};
    for (const auto& [type, bits] : expected) {
        WeightSource source = sourceOf({}, type, 256, 4096);
        source.data = nullptr;
        const auto matrix = m_world.pack({&source, 1}, DType::BF16);
        EXPECT_EQ(matrix->ownedBytes(), std::size_t(bits * 256 * 4096 / 8)) << name(type);
    }
    GroupQuantisation groups;
    WeightSource source = sourceOf({}, DType::U8, 256, 4096);
    source.data = nullptr;
    source.groups = &groups;
    EXPECT_EQ(m_world.pack({&source, 1}, DType::BF16)->ownedBytes(),
              std::size_t(4.25 * 256 * 4096 / 8));
}

TEST_F(CudaMatrixKernels, RandomWeightsHaveTheirDeviationAndSeed) {
    GroupQuantisation four;
    GroupQuantisation eight;
    eight.bits = 8;
    for (const DType type : {DType::BF16, DType::Q4_K, DType::Q6_K, DType::Q8_0, DType::IQ4_NL,
                             DType::F8E4M3, DType::U8}) {
        for (const GroupQuantisation* groups : {&four, &eight}) {
            WeightSource source = sourceOf({}, type, 40, 512);
            source.data = nullptr;
            source.groups = type == DType::U8 ? groups : nullptr;
            source.seed = 5;
            const auto values = m_world.expand(*m_world.pack({&source, 1}, DType::BF16));
            double sum = 0.0;
            double square = 0.0;
            for (const float value : values) {
                sum += value;
                square += double(value) * value;
            }
            EXPECT_NEAR(sum / double(values.size()), 0.0, 2e-3) << name(type);
            EXPECT_NEAR(std::sqrt(square / double(values.size())), 0.02, 6e-3) << name(type);
            expectSameBits(m_world.expand(*m_world.pack({&source, 1}, DType::BF16)), values);
            source.seed = 6;
            EXPECT_NE(m_world.expand(*m_world.pack({&source, 1}, DType::BF16)), values);
        }
    }
}

TEST_F(CudaMatrixKernels, LayoutsHaveTheirIds) {
    std::vector<std::uint32_t> ids;
    for (const DType type :
         {DType::BF16, DType::Q4_0, DType::Q4_1, DType::Q8_0, DType::Q4_K, DType::Q6_K}) {
        WeightSource source = sourceOf({}, type, 16, 256);
        source.data = nullptr;
        ids.push_back(m_world.pack({&source, 1}, DType::BF16)->layoutId());
    }
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

class CudaMatrixArguments : public ::testing::Test {
protected:
    Status packAs(const WeightSource& source) {
        return packMatrix({&source, 1}, DType::F32, *m_world.uploader, m_matrix);
    }
    MatrixWorld m_world;
    std::vector<std::byte> m_bytes = std::vector<std::byte>(4096);
    WeightSource m_source = sourceOf(m_bytes, DType::Q4_0, 4, 64);
    std::unique_ptr<CudaMatrix> m_matrix;
};

TEST_F(CudaMatrixArguments, RefusesWhatContradictsItself) {
    EXPECT_EQ(packMatrix({}, DType::F32, *m_world.uploader, m_matrix), Status::InvalidArgument);
    WeightSource source = m_source;
    source.columns = 48;
    EXPECT_EQ(packAs(source), Status::InvalidArgument);
    source = m_source;
    source.rowBytes = 35;
    EXPECT_EQ(packAs(source), Status::InvalidArgument);
    source = m_source;
    source.rows = 0;
    EXPECT_EQ(packAs(source), Status::InvalidArgument);
    const std::array parts{m_source, sourceOf(m_bytes, DType::Q4_0, 4, 32)};
    EXPECT_EQ(packMatrix(parts, DType::F32, *m_world.uploader, m_matrix), Status::InvalidArgument);
    for (const DType type : {DType::F64, DType::I8, DType::I32, DType::Bool, DType::U8}) {
        source = m_source;
        source.type = type;
        EXPECT_EQ(packAs(source), Status::Unsupported) << name(type);
    }
    EXPECT_EQ(m_matrix, nullptr);
}

TEST_F(CudaMatrixArguments, RefusesGroupsOutOfRange) {
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

TEST_F(CudaMatrixArguments, RefusesProductsThatDontFit) {
    ASSERT_EQ(packAs(m_source), Status::Ok);
    const Rows in(1, 32, DType::F32);
    const Rows out(1, 4, DType::F32);
    MultiplyContext context;
    EXPECT_EQ(multiply(context, *m_matrix, in.view(), out.view(), nullptr, false, 1),
              Status::InvalidArgument);
    EXPECT_EQ(expandRows(nullptr, *m_matrix, nullptr, 1, 1.0F, in.view(), false),
              Status::InvalidArgument);
    EXPECT_EQ(multiply(context, *m_matrix, in.view(), out.view(), nullptr, false, 0), Status::Ok);
}

TEST_F(CudaMatrixArguments, SurvivesEveryFailedAllocation) {
    for (int i = 0; i < 32; ++i) // The uploader's own memory stays with it.
        ASSERT_EQ(packAs(m_source), Status::Ok);
    m_matrix.reset();
    std::size_t freeBefore = 0;
    std::size_t total = 0;
    ASSERT_EQ(cudaMemGetInfo(&freeBefore, &total), cudaSuccess);
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
    std::size_t freeAfter = 0;
    ASSERT_EQ(cudaMemGetInfo(&freeAfter, &total), cudaSuccess);
    EXPECT_EQ(freeAfter, freeBefore);
    WeightSource huge = m_source;
    huge.rows = std::int64_t{1} << 62;
    EXPECT_EQ(packAs(huge), Status::OutOfMemory);
    EXPECT_EQ(packAs(m_source), Status::Ok);
}

TEST_F(CudaMatrixArguments, NothingButTheWeightsStaysAfterFinish) {
    const auto freeBytes = [] {
        std::size_t free = 0;
        std::size_t total = 0;
        EXPECT_EQ(cudaMemGetInfo(&free, &total), cudaSuccess);
        return free;
    };
    ASSERT_EQ(m_world.uploader->finish(), Status::Ok);
    const std::size_t before = freeBytes();
    for (int i = 0; i < 3; ++i)
        ASSERT_EQ(packAs(m_source), Status::Ok);
    ASSERT_EQ(m_world.uploader->finish(), Status::Ok);
    m_matrix.reset();
    EXPECT_EQ(freeBytes(), before);
    EXPECT_EQ(packAs(m_source), Status::Ok);
}

TEST_F(CudaMatrixKernels, VectorsBecomeFloats) {
    std::vector<std::byte> column{};
    const auto f16 = randomWeights(DType::F16, 1, 7, m_random);
    const auto q80 = randomWeights(DType::Q8_0, 1, 64, m_random);
    WeightSource tall = sourceOf(f16, DType::F16, 7, 1);
    tall.rowBytes = 2;
    WeightSource ones = sourceOf(column, DType::BF16, 1, 3);
    ones.data = nullptr;
    const std::array parts{sourceOf(f16, DType::F16, 1, 7), sourceOf(q80, DType::Q8_0, 1, 64), tall,
                           ones};
    std::vector<float> expected;
    for (const WeightSource& part : {parts[0], parts[1], parts[0]}) {
        const auto values = dequantised(part);
        expected.insert(expected.end(), values.begin(), values.end());
    }
    expected.insert(expected.end(), 3, 1.0F);
    std::unique_ptr<CudaVector> vector;
    for (int i = 0; i < 16; ++i)
        ASSERT_EQ(packVector(parts, *m_world.uploader, vector), Status::Ok);
    ASSERT_EQ(m_world.uploader->finish(), Status::Ok);
    ASSERT_EQ(vector->columns(), 81);
    std::vector<float> values(81);
    ASSERT_EQ(
        cudaMemcpy(values.data(), vector->values(), vector->ownedBytes(), cudaMemcpyDeviceToHost),
        cudaSuccess);
    expectSameBits(values, expected);

    const std::int64_t before = allocationCount();
    ASSERT_EQ(packVector(parts, *m_world.uploader, vector), Status::Ok);
    const std::int64_t needed = allocationCount() - before;
    for (std::int64_t i = 0; i < needed; ++i) {
        vector.reset();
        // Or the memory that the last call began would still have room.
        ASSERT_EQ(m_world.uploader->finish(), Status::Ok);
        failAllocationAfter(i);
        EXPECT_EQ(packVector(parts, *m_world.uploader, vector), Status::OutOfMemory);
        EXPECT_EQ(vector, nullptr);
    }
    failAllocationAfter(-1);
    WeightSource wrong = parts[1];
    wrong.type = DType::I32;
    EXPECT_EQ(packVector({&wrong, 1}, *m_world.uploader, vector), Status::Unsupported);
    EXPECT_EQ(packVector({}, *m_world.uploader, vector), Status::InvalidArgument);
}

} // namespace
} // namespace hearth::kernels::cuda::testing
