#include "cuda/experts/pairs.h"
#include "cuda/matmul/grouped.h"
#include "kernels/cuda/matrix_world.h"
#include "kernels/group_case.h"

#include <array>

namespace hearth::kernels::cuda::testing {
namespace {

using cpu::test::GroupCase;
using cpu::test::Groups;
using cpu::test::randomValues;
using cpu::test::randomWeights;
using cpu::test::sourceOf;

constexpr std::array kComputeTypes{DType::F32, DType::F16, DType::BF16};
constexpr std::int32_t kHeads = 5;
constexpr std::int32_t kHeadRows = 20; // No multiple of a tile's 16.

class CudaGroups : public ::testing::Test {
protected:
    /// Row m of head h of the result, from head h of x: [rows, heads * (columns + 3)].
    std::vector<float> multiplyHeads(const CudaMatrix& matrix, const std::vector<float>& x,
                                     std::int32_t rows, DType compute, bool deterministic) {
        const auto columns = std::int32_t(matrix.columns());
        GroupPlan plan(kHeads);
        for (std::int32_t h = 0; h < kHeads; ++h)
            plan.add(h, matrix, std::int64_t{h} * kHeadRows, kHeadRows, nullptr);
        std::vector<GroupEntry> entries;
        const auto classes = plan.finish(entries);
        const DeviceArray<GroupEntry> onDevice(entries);
        Rows in(rows, kHeads * (columns + 3), compute);
        in.set(x);
        Rows out(rows, kHeads * kHeadRows, compute, 1);
        GroupedRows product;
        product.groups = kHeads;
        product.rows = rows;
        product.in = columnsOf(in.view(), 0, columns);
        product.inGroup = columns + 3;
        product.out = out.view();
        product.outGroup = kHeadRows;
        EXPECT_EQ(launchGroups({nullptr, deterministic, 8}, classes, onDevice.data(), product),
                  Status::Ok);
        return out.get();
    }

    void expectHeads(std::span<const WeightSource> parts, const std::vector<float>& weights,
                     DType compute) {
        const auto matrix = m_world.pack(parts, compute);
        const std::int64_t columns = matrix->columns();
        ASSERT_EQ(matrix->rows(), kHeads * kHeadRows);
        for (const std::int32_t rows : {1, 9, 40}) {
            const std::int64_t width = kHeads * (columns + 3);
            const auto x = randomValues(rows * width, m_random);
            for (const bool deterministic : {false, true}) {
                const auto out = multiplyHeads(*matrix, x, rows, compute, deterministic);
                for (std::int32_t h = 0; h < kHeads; ++h) {
                    std::vector<float> ownX;
                    std::vector<float> own;
                    for (std::int32_t m = 0; m < rows; ++m) {
                        const auto from = x.begin() + m * width + h * (columns + 3);
                        ownX.insert(ownX.end(), from, from + columns);
                        const auto at = out.begin() + (m * kHeads + h) * kHeadRows;
                        own.insert(own.end(), at, at + kHeadRows);
                    }
                    ASSERT_LT(productError(
                                  own,
                                  std::span(weights).subspan(std::size_t(h * kHeadRows * columns),
                                                             std::size_t(kHeadRows * columns)),
                                  ownX, rows, columns, compute),
                              productTolerance(compute))
                        << rows << " rows, head " << h << ", " << name(compute);
                }
            }
        }
    }

    MatrixWorld m_world;
    std::mt19937 m_random{20261129};
};

/// Where a test routes rows to: [rows, 2 * topK] as RouteOp leaves it.
struct Routes {
    Routes(std::int32_t rowCount, std::int32_t chosen, std::int32_t expertCount,
           std::mt19937& random)
        : rows(rowCount)
        , topK(chosen)
        , experts(expertCount)
        , memory(rowCount, 2 * chosen, DType::F32) {
        for (std::int32_t row = 0; row < rows; ++row) {
            for (std::int32_t k = 0; k < topK; ++k)
                values.push_back(
                    float((random() % 7 + std::uint32_t(k * 3)) % std::uint32_t(experts)));
            for (std::int32_t k = 0; k < topK; ++k)
                values.push_back(0.25F * float(k + 1));
        }
        memory.set(values);
    }
    [[nodiscard]] std::int32_t expert(std::int32_t pair) const {
        return std::int32_t(values[std::size_t(pair / topK * 2 * topK + pair % topK)]);
    }
    [[nodiscard]] PairRoutes view(const std::int32_t* sequenceOf = nullptr) const {
        return {memory.view(), rows, topK, experts, sequenceOf};
    }

    std::int32_t rows;
    std::int32_t topK;
    std::int32_t experts;
    std::vector<float> values;
    Rows memory;
};

} // namespace

TEST_F(CudaGroups, HeadsOfEveryLayout) {
    for (const DType type : {DType::BF16, DType::F32, DType::Q4_0, DType::Q5_1, DType::Q4_K,
                             DType::Q6_K, DType::IQ4_NL})
        for (const DType compute : kComputeTypes) {
            const std::int64_t columns = blockSize(type).elements == 256 ? 256 : 96;
            const auto bytes = randomWeights(type, kHeads * kHeadRows, columns, m_random);
            const WeightSource source = sourceOf(bytes, type, kHeads * kHeadRows, columns);
            auto weights = dequantised(source);
            if (!isBlockQuantised(type))
                for (float& weight : weights)
                    weight = rounded(weight, compute);
            expectHeads({&source, 1}, weights, compute);
        }
}

TEST_F(CudaGroups, HeadsOfCodesInGroups) {
    for (const Groups& groups :
         {Groups{4, 32, true}, Groups{4, 32, true, false, true}, Groups{8, 10, false, false, true},
          Groups{4, 64, false, true}, Groups{3, 24, true}, Groups{8, 4096, true}})
        for (const DType compute : kComputeTypes) {
            const GroupCase made(groups, kHeads * kHeadRows, 100, m_random);
            expectHeads({&made.source, 1}, made.weights, compute);
        }
}

TEST_F(CudaGroups, HeadsAcrossPartsOfOneMatrix) {
    const GroupCase first({4, 32, true, false, true}, 33, 96, m_random);
    const GroupCase second({4, 32, true, false, true}, 17, 96, m_random);
    const GroupCase third({8, 32, true}, kHeads * kHeadRows - 50, 96, m_random);
    const std::array parts{first.source, second.source, third.source};
    std::vector<float> weights = first.weights;
    weights.insert(weights.end(), second.weights.begin(), second.weights.end());
    weights.insert(weights.end(), third.weights.begin(), third.weights.end());
    for (const DType compute : kComputeTypes)
        expectHeads(parts, weights, compute);
}

TEST_F(CudaGroups, PairsAreSortedByExpertAndCutInTiles) {
    for (const auto& [rows, topK, experts, tileRows] :
         {std::array{1, 1, 1, 8}, std::array{3, 2, 5, 8}, std::array{70, 4, 130, 8},
          std::array{300, 8, 9, 32}, std::array{1, 8, 300, 8}}) {
        const Routes routes(rows, topK, experts, m_random);
        std::vector<std::int32_t> sequenceOf(std::size_t(rows), 0);
        if (rows > 2)
            sequenceOf[1] = -1;
        const DeviceArray<std::int32_t> sequences(sequenceOf);
        const std::int32_t most = maxPairTiles(rows * topK, experts, tileRows);
        const DeviceArray<std::int32_t> pairs(std::size_t(rows * topK));
        const DeviceArray<GroupTile> tiles(static_cast<std::size_t>(most));
        const DeviceArray<std::int32_t> count(1);
        ASSERT_EQ(sortPairs(nullptr, routes.view(sequences.data()), tileRows, pairs.data(),
                            tiles.data(), count.data()),
                  Status::Ok);
        const auto order = pairs.download();
        const auto cut = tiles.download();
        const std::int32_t made = count.download()[0];
        ASSERT_LE(made, most);
        std::vector<std::int32_t> seen;
        for (std::int32_t t = 0; t < made; ++t) {
            const GroupTile& tile = cut[std::size_t(t)];
            ASSERT_GT(tile.count, 0);
            ASSERT_LE(tile.count, tileRows);
            for (std::int32_t i = 0; i < tile.count; ++i) {
                seen.push_back(order[std::size_t(tile.first + i)]);
                EXPECT_EQ(routes.expert(seen.back()), tile.group);
            }
        }
        std::sort(seen.begin(), seen.end());
        std::vector<std::int32_t> wanted;
        for (std::int32_t pair = 0; pair < rows * topK; ++pair)
            if (sequenceOf[std::size_t(pair / topK)] >= 0)
                wanted.push_back(pair);
        EXPECT_EQ(seen, wanted) << rows << " rows";
    }
}

} // namespace hearth::kernels::cuda::testing
