#include "models/rope.h"

#include "models/alibi.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace hearth;

namespace {

RopeSpec spec(std::int32_t width, double base) {
    RopeSpec rope;
    rope.width = width;
    rope.base = base;
    return rope;
}

void expectNear(const std::vector<float>& got, const std::vector<double>& wanted) {
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i)
        EXPECT_NEAR(got[i], wanted[i], 1e-6 * wanted[i] + 1e-12) << i;
}

} // namespace

TEST(Rope, DefaultAndLinear) {
    RopeSpec rope = spec(8, 10000.0);
    expectNear(ropeFrequencies(rope), {1.0, 0.1, 0.01, 0.001});
    rope.scaling = RopeScaling::Linear;
    rope.factor = 4.0;
    expectNear(ropeFrequencies(rope), {0.25, 0.025, 0.0025, 0.00025});
    EXPECT_FLOAT_EQ(ropeMagnitude(rope), 1.0F);
}

// Values of transformers' ROPE_INIT_FUNCTIONS["llama3"] for head size 16, base 500000, factor 8,
// low 1, high 4, original 64.
TEST(Rope, Llama3KeepsShortWavelengthsAndDividesLongOnes) {
    RopeSpec rope = spec(16, 500000.0);
    rope.scaling = RopeScaling::Llama3;
    rope.factor = 8.0;
    rope.originalContext = 64.0;
    const std::vector<float> frequencies = ropeFrequencies(rope);
    EXPECT_FLOAT_EQ(frequencies[0], 1.0F); // wavelength 6.3 < 64 / 4
    EXPECT_NEAR(frequencies[3], std::pow(500000.0, -3.0 / 8.0) / 8.0, 1e-9); // 862 > 64
    const double plain = std::pow(500000.0, -1.0 / 8.0);                     // 32.4: between
    EXPECT_LT(frequencies[1], plain);
    EXPECT_GT(frequencies[1], plain / 8.0);
}

TEST(Rope, YarnRampsAndScalesMagnitude) {
    RopeSpec rope = spec(16, 10000.0);
    rope.scaling = RopeScaling::Yarn;
    rope.factor = 4.0;
    rope.originalContext = 32.0;
    const std::vector<float> frequencies = ropeFrequencies(rope);
    EXPECT_FLOAT_EQ(frequencies[0], 1.0F);
    EXPECT_NEAR(frequencies[7], std::pow(10000.0, -7.0 / 8.0) / 4.0, 1e-9);
    EXPECT_NEAR(ropeMagnitude(rope), 0.1 * std::log(4.0) + 1.0, 1e-6);
    rope.magnitude = 1.5;
    EXPECT_FLOAT_EQ(ropeMagnitude(rope), 1.5F);
}

TEST(Rope, DivisorsOfTheFileApply) {
    RopeSpec rope = spec(4, 10000.0);
    rope.divisors = {1.0F, 8.0F};
    expectNear(ropeFrequencies(rope), {1.0, 0.01 / 8.0});
}

// Qwen's doubling: alpha = 2^ceil(log2(L / 2048) + 1) - 1 is 3 up to 4096 and 7 up to 8192, which a
// factor of 2 gives at lengths of 4096 and 8192.
TEST(Rope, LengthsThatTurnAlikeAreOne) {
    RopeSpec rope = spec(8, 10000.0);
    EXPECT_EQ(ropeLength(rope, 1 << 20), 0);
    rope.scaling = RopeScaling::Dynamic;
    rope.originalContext = 2048.0;
    rope.factor = 2.0;
    EXPECT_EQ(ropeOriginalLength(rope), 2048);
    EXPECT_EQ(ropeLength(rope, 2048), 0);
    EXPECT_EQ(ropeLength(rope, 2049), 2049);
    rope.doubling = true;
    EXPECT_EQ(ropeLength(rope, 2049), 4096);
    EXPECT_EQ(ropeLength(rope, 4096), 4096);
    EXPECT_EQ(ropeLength(rope, 4097), 8192);
    rope.scaling = RopeScaling::LongRope;
    rope.longDivisors.assign(4, 2.0F);
    EXPECT_EQ(ropeLength(rope, 2048), 0);
    EXPECT_EQ(ropeLength(rope, 2049), ropeLength(rope, 100000));
    expectNear(ropeLongFrequencies(rope), {0.5, 0.05, 0.005, 0.0005});
}

// Slopes of the published code for 6 heads: those of 4, then the first and third of 8.
TEST(Alibi, HeadsThatAreNoPowerOfTwo) {
    EXPECT_EQ(alibiSlopes(8), (std::vector<float>{0.5F, 0.25F, 0.125F, 0.0625F, 0.03125F, 0.015625F,
                                                  0.0078125F, 0.00390625F}));
    EXPECT_EQ(alibiSlopes(6),
              (std::vector<float>{0.25F, 0.0625F, 0.015625F, 0.00390625F, 0.5F, 0.125F}));
    EXPECT_EQ(alibiSlopes(1), std::vector<float>{0.00390625F});
}
