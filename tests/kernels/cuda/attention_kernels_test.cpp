#include "kernels/cuda/attention_world.h"

namespace hearth::kernels::cuda::testing {

namespace {

// Float32 arithmetic on the numbers that the cache holds; then the rounding of the result, and in
// the tile kernel that of the weights.
double toleranceOf(DType compute, bool tiles = false) {
    switch (compute) {
    case DType::F16:
        return tiles ? 2e-3 : 6e-4;
    case DType::BF16:
        return tiles ? 1.2e-2 : 4.5e-3;
    default:
        return 1e-5;
    }
}

void expectClose(AttentionWorld& world, const std::vector<Chunk>& chunks,
                 const StepOptions& options = {}) {
    EXPECT_LT(world.attendAndCompare(chunks, options),
              toleranceOf(world.scene.compute, options.tiles));
}

/// Three sequences: a decode, a chunk that begins mid-sequence, a whole one.
const std::vector<std::int32_t> kLengths{131, 77, 9};
const std::vector<Chunk> kMixed{{0, 131, 1}, {1, 77, 3}, {2, 9, 9}};

std::vector<Scene> scenesOfAllKinds() {
    std::vector<Scene> scenes(9);
    scenes[1].window = 20;
    scenes[2].softcap = 2.0F;
    scenes[3].alibi = true;
    scenes[4].sinks = true;
    scenes[5].causal = false;
    scenes[6].causal = false;
    scenes[6].window = 9;
    scenes[6].alibi = scenes[6].sinks = true;
    scenes[7].biasReach = 20;
    scenes[8].biasReach = 50;
    scenes[8].causal = false;
    scenes[8].softcap = 2.0F;
    return scenes;
}

class CudaAttention : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(prepareAttention(), Status::Ok); }
};

} // namespace

TEST_F(CudaAttention, RowsMatchAtEveryWidthAndFormat) {
    for (const DType cache : {DType::F32, DType::F16, DType::BF16, DType::I8})
        for (const std::int32_t width : {20, 24, 64, 80, 96, 112, 128, 192, 256, 33}) {
            SCOPED_TRACE(width);
            Scene scene{.heads = 8, .keyWidth = width, .valueWidth = width, .cache = cache};
            AttentionWorld world(scene, {70, 9}, std::uint32_t(width));
            expectClose(world, {{0, 70, 1}, {1, 9, 2}});
        }
}

TEST_F(CudaAttention, RowsMatchAtEveryGroupSize) {
    for (const std::int32_t width : {64, 128, 40})
        for (const std::int32_t group : {1, 2, 3, 4, 5, 7, 8, 11}) {
            SCOPED_TRACE(group);
            Scene scene{.heads = 2 * group, .keyWidth = width, .valueWidth = width};
            scene.cache = DType::F16;
            AttentionWorld world(scene, {61, 18}, std::uint32_t(group));
            expectClose(world, {{0, 61, 1}, {1, 18, 1}});
        }
}

TEST_F(CudaAttention, RowsMatchWhereKeysAndValuesDiffer) {
    for (const DType cache : {DType::F32, DType::I8}) {
        const Scene scene{
            .heads = 6, .keyWidth = 20, .valueWidth = 135, .blockTokens = 5, .cache = cache};
        AttentionWorld world(scene, kLengths);
        expectClose(world, kMixed);
    }
    const Scene wide{.heads = 2, .keyWidth = 3000, .valueWidth = 2000};
    AttentionWorld world(wide, {7});
    expectClose(world, {{0, 7, 2}});
    const Scene odd{.blockTokens = 7, .cache = DType::BF16};
    AttentionWorld oddBlocks(odd, kLengths);
    expectClose(oddBlocks, kMixed);
}

TEST_F(CudaAttention, RowsMatchWithOneAndManySplits) {
    for (const DType cache : {DType::F32, DType::BF16})
        for (const std::int32_t multiprocessors : {1, 7, 132}) {
            Scene scene{.cache = cache};
            AttentionWorld world(scene, {700, 259, 3}, 5);
            expectClose(world, {{0, 700, 1}, {1, 259, 1}, {2, 3, 1}},
                        {.padding = 2, .multiprocessors = multiprocessors});
            // As where the bound on contexts lies beyond what the scratch was made for.
            expectClose(world, {{0, 700, 1}, {1, 259, 1}},
                        {.multiprocessors = multiprocessors, .mostScratch = 7000});
            // As a graph that was recorded for longer contexts replays it.
            expectClose(world, {{0, 700, 1}, {1, 259, 1}, {2, 3, 1}},
                        {.multiprocessors = multiprocessors, .maxContext = 5000});
        }
}

TEST_F(CudaAttention, RowsMatchWithEveryOption) {
    for (Scene scene : scenesOfAllKinds())
        for (const DType cache : {DType::F32, DType::F16}) {
            scene.cache = cache;
            AttentionWorld world(scene, kLengths, 7);
            for (const bool deterministic : {false, true}) {
                StepOptions options{.padding = 1, .multiprocessors = 9};
                options.deterministic = deterministic;
                expectClose(world, kMixed, options);
            }
        }
}

TEST_F(CudaAttention, RowsOfEveryTypeAndOffset) {
    for (const DType compute : {DType::F32, DType::F16, DType::BF16})
        for (const DType cache : {DType::F16, DType::BF16, DType::I8}) {
            Scene scene{.cache = cache, .compute = compute};
            scene.columnOffset = 3;
            AttentionWorld world(scene, kLengths, 8);
            expectClose(world, kMixed, {.padding = 3});
        }
}

TEST_F(CudaAttention, RowsMatchUnderTreeMasks) {
    for (const std::int32_t window : {0, 12})
        for (const DType cache : {DType::F32, DType::F16}) {
            Scene scene{.cache = cache};
            scene.window = window;
            scene.alibi = true;
            AttentionWorld world(scene, {131, 77, 70}, 9);
            expectClose(world, {{0, 131, 5}, {1, 77, 1}, {2, 70, 70}},
                        {.tree = true, .multiprocessors = 30});
        }
}

TEST_F(CudaAttention, BlocksBeforeTheWindowMayBeGone) {
    for (const DType cache : {DType::F32, DType::BF16}) {
        Scene scene{.cache = cache, .compute = cache};
        scene.window = 30;
        AttentionWorld world(scene, {150, 101}, 10, 4);
        const std::vector<Chunk> chunks{{0, 150, 50}, {1, 101, 1}};
        expectClose(world, chunks);
        if (cache == DType::BF16)
            expectClose(world, chunks, {.tiles = true});
    }
}

TEST_F(CudaAttention, DeterministicRowsDependOnTheirSequenceAlone) {
    for (const DType cache : {DType::F32, DType::BF16, DType::I8}) {
        Scene scene{.heads = 6, .cache = cache, .compute = DType::BF16};
        AttentionWorld world(scene, {530, 300, 40}, 11);
        StepOptions options{.deterministic = true, .multiprocessors = 40};
        const std::vector<Chunk> batch{{2, 40, 40}, {0, 530, 3}, {1, 300, 1}};
        ASSERT_LT(world.attendAndCompare(batch, options), toleranceOf(DType::BF16));
        std::vector<std::vector<float>> rows;
        for (std::size_t row = 0; row < 44; ++row)
            rows.push_back(world.row(row));
        for (const std::int32_t maxContext : {0, 1024}) {
            options.maxContext = maxContext;
            options.multiprocessors = maxContext > 0 ? 1 : 132;
            options.mostScratch = maxContext > 0 ? 10000 : SIZE_MAX; // Of one row.
            for (const std::int32_t t : {1, 17, 40}) {
                ASSERT_EQ(world.attend({{2, t, 1}}, options), Status::Ok);
                EXPECT_EQ(world.row(0), rows[std::size_t(t - 1)]);
            }
            ASSERT_EQ(world.attend({{0, 528, 1}}, options), Status::Ok);
            EXPECT_EQ(world.row(0), rows[40]);
            ASSERT_EQ(world.attend({{1, 300, 2}, {0, 530, 1}}, options), Status::Ok);
            EXPECT_EQ(world.row(1), rows[43]);
            EXPECT_EQ(world.row(2), rows[42]);
        }
    }
}

TEST_F(CudaAttention, NanInOneSequenceStaysThere) {
    for (const DType cache : {DType::F32, DType::F16, DType::BF16, DType::I8})
        for (const bool tiles : {false, true}) {
            if (tiles && cache != DType::F16 && cache != DType::BF16)
                continue;
            Scene scene{.cache = cache};
            scene.compute = tiles ? cache : DType::F32;
            scene.nanToken = 3;
            AttentionWorld world(scene, {20, 20}, 12);
            ASSERT_EQ(world.attend({{0, 20, 20}, {1, 20, 20}}, {.tiles = tiles}), Status::Ok);
            for (std::size_t row = 3; row < 40; ++row)
                for (const float value : world.row(row))
                    ASSERT_EQ(std::isnan(value), row < 20) << "row " << row;
        }
}

TEST_F(CudaAttention, RowsThatSeeNothingGiveZeros) {
    for (const DType cache : {DType::F32, DType::F16})
        for (const std::int32_t multiprocessors : {1, 132}) {
            Scene scene{.cache = cache};
            scene.sinks = true;
            AttentionWorld world(scene, {5}, 15);
            StepOptions options{.tree = true, .multiprocessors = multiprocessors};
            options.blind = true;
            options.maxContext = 300;
            ASSERT_EQ(world.attend({{0, 5, 5}}, options), Status::Ok);
            for (std::size_t row = 0; row < 5; ++row)
                for (const float value : world.row(row))
                    ASSERT_EQ(value, 0.0F);
        }
}

TEST_F(CudaAttention, TilesMatchAtEveryWidthAndGroup) {
    for (const DType type : {DType::F16, DType::BF16})
        for (const std::int32_t width : {32, 64, 80, 96, 112, 128, 192, 256}) {
            SCOPED_TRACE(width);
            Scene scene{.heads = 3, .kvHeads = 1, .keyWidth = width, .valueWidth = width};
            scene.cache = scene.compute = type;
            AttentionWorld world(scene, {150, 64, 9}, std::uint32_t(width));
            ASSERT_TRUE(tilesSupported(world.parameters, type, false));
            expectClose(world, {{0, 150, 150}, {1, 64, 64}, {2, 9, 1}},
                        {.padding = 2, .tiles = true});
            // Chunks that begin mid-sequence, of odd sizes.
            expectClose(world, {{0, 141, 70}, {2, 9, 3}, {1, 37, 2}}, {.tiles = true});
        }
}

TEST_F(CudaAttention, TilesMatchWithEveryOption) {
    for (Scene scene : scenesOfAllKinds()) {
        scene.cache = scene.compute = DType::F16;
        AttentionWorld world(scene, {131, 77, 9}, 13);
        expectClose(world, {{0, 131, 90}, {1, 77, 77}, {2, 9, 4}}, {.tiles = true});
    }
}

TEST_F(CudaAttention, TilesTakeAnyOffsetAndBlockSize) {
    for (const std::int32_t offset : {1, 2, 8})
        for (const std::int32_t blockTokens : {16, 7, 128}) {
            Scene scene{.blockTokens = blockTokens, .cache = DType::BF16, .compute = DType::BF16};
            scene.columnOffset = offset;
            AttentionWorld world(scene, {100, 30}, 14);
            expectClose(world, {{0, 100, 80}, {1, 30, 30}}, {.tiles = true});
        }
}

TEST_F(CudaAttention, TilesSayWhatTheyCannot) {
    const AttentionWorld world(Scene{.cache = DType::BF16}, {3});
    EXPECT_TRUE(tilesSupported(world.parameters, DType::BF16, false));
    EXPECT_FALSE(tilesSupported(world.parameters, DType::BF16, true));
    EXPECT_FALSE(tilesSupported(world.parameters, DType::F16, false));
    EXPECT_FALSE(tilesSupported(world.parameters, DType::F32, false));
    AttentionParameters odd = world.parameters;
    odd.keyWidth = odd.valueWidth = 24;
    EXPECT_FALSE(tilesSupported(odd, DType::BF16, false));
}

} // namespace hearth::kernels::cuda::testing
