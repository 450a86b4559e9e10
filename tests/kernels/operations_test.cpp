#include "kernels/operation_test.h"

namespace hearth::kernels::testing {

namespace {

class Operations : public OperationTest {};

} // namespace

TEST_P(Operations, EmbedScales) {
    expectReference(harness.whole(embed(37, 6.5F)), 1e-6);
}

TEST_P(Operations, EmbedAddsLearnedPositions) {
    const ValueId value = embed(19);
    std::get<EmbedOp>(harness.program.operations[0]).positions = harness.addMatrix(33, 19);
    expectReference(harness.whole(value), 1e-6);
}

TEST_P(Operations, RmsNormOfWholeRow) {
    for (const std::int32_t width : {5, 8, 37}) {
        restart(3);
        const ValueId in = embed(width);
        const ValueId out = harness.addValue(width);
        harness.program.operations.push_back(
            NormOp{NormKind::Rms, harness.whole(in), harness.whole(out), width,
                   harness.addVector(width, 1.0F, 0.3F), kNone, 0.0F, 1e-5F});
        expectReference(harness.whole(out), 2e-6);
    }
}

TEST_P(Operations, RmsNormOfHeadsInPlace) {
    const ValueId value = embed(3 * 24 + 5);
    const View heads = harness.view(value, 5, 72);
    harness.program.operations.push_back(NormOp{
        NormKind::Rms, heads, heads, 24, harness.addVector(24, 0.0F, 0.3F), kNone, 1.0F, 1e-6F});
    expectReference(harness.whole(value), 2e-6);
}

TEST_P(Operations, LayerNormWithBias) {
    const ValueId in = embed(45);
    const ValueId out = harness.addValue(45);
    harness.program.operations.push_back(
        NormOp{NormKind::Layer, harness.whole(in), harness.whole(out), 45,
               harness.addVector(45, 1.0F, 0.3F), harness.addVector(45), 0.0F, 1e-5F});
    expectReference(harness.whole(out), 2e-6);
}

TEST_P(Operations, NormWithoutGain) {
    const ValueId in = embed(30);
    const ValueId out = harness.addValue(30);
    harness.program.operations.push_back(NormOp{NormKind::Rms, harness.whole(in),
                                                harness.whole(out), 30, kNone, kNone, 0.0F, 1e-5F});
    expectReference(harness.whole(out), 2e-6);
}

TEST_P(Operations, RopeOfEveryPairingAndWidth) {
    struct Case {
        std::int32_t headWidth;
        std::int32_t rotaryWidth;
        RopePairing pairing;
    };
    for (const Case& c : {Case{24, 24, RopePairing::Halves}, Case{64, 64, RopePairing::Halves},
                          Case{24, 24, RopePairing::Adjacent}, Case{80, 32, RopePairing::Halves},
                          Case{22, 10, RopePairing::Adjacent}}) {
        restart(5);
        const ValueId value = embed(3 * c.headWidth + 2);
        RopeOp rope;
        rope.heads = harness.view(value, 2, 3 * c.headWidth);
        rope.headWidth = c.headWidth;
        rope.rotaryWidth = c.rotaryWidth;
        rope.pairing = c.pairing;
        rope.magnitude = 1.1F;
        for (std::int32_t i = 0; i < c.rotaryWidth / 2; ++i)
            rope.frequencies.push_back(std::pow(10000.0F, -2.0F * float(i) / float(c.rotaryWidth)));
        harness.program.operations.push_back(rope);
        expectReference(harness.whole(value), 2e-6);
    }
}

TEST_P(Operations, ActivationsGatedAndAlone) {
    for (const Activation kind : {Activation::Silu, Activation::GeluTanh, Activation::GeluErf})
        for (const bool gated : {true, false}) {
            restart(7);
            const ValueId in = embed(2 * 43, 4.0F);
            const ValueId out = harness.addValue(43);
            harness.program.operations.push_back(
                ActivationOp{kind, harness.view(in, 0, 43),
                             gated ? harness.view(in, 43, 43) : View{}, harness.whole(out)});
            expectReference(harness.whole(out), 1e-6);
        }
}

TEST_P(Operations, ActivationsKeepTheirLimits) {
    restart(7);
    const ValueId in = embed(43, 1000.0F);
    const ValueId out = harness.addValue(43);
    harness.program.operations.push_back(
        ActivationOp{Activation::Silu, harness.whole(in), View{}, harness.whole(out)});
    expectReference(harness.whole(out), 1e-6);
}

TEST_P(Operations, AddAndSoftcap) {
    const ValueId a = embed(21, 30.0F);
    const ValueId b = embed(21);
    harness.program.operations.push_back(AddOp{harness.whole(b), harness.whole(a)});
    harness.program.operations.push_back(SoftcapOp{harness.view(a, 1, 19), 30.0F});
    expectReference(harness.whole(a), 1e-6);
}

TEST_P(Operations, SoftcapOfSmallNumbersKeepsTheirDigits) {
    const ValueId a = embed(21, 1e-3F);
    harness.program.operations.push_back(SoftcapOp{harness.whole(a), 30.0F});
    expectReference(harness.whole(a), 1e-6);
}

TEST_P(Operations, LinearAccumulatesOnTopOfTheResidual) {
    const ValueId x = embed(32);
    const ValueId y = harness.addValue(48);
    harness.program.operations.push_back(LinearOp{
        harness.whole(x), harness.whole(y), harness.addMatrix(48, 32), harness.addVector(48)});
    LinearOp back{harness.whole(y), harness.whole(x), harness.addMatrix(32, 48)};
    back.accumulate = true;
    harness.program.operations.push_back(back);
    expectReference(harness.whole(x), 1e-5);
}

TEST_P(Operations, SelectsTheRowsOfLogits) {
    const ValueId x = embed(9);
    const ValueId y = harness.addValue(9, Rows::Logits);
    harness.program.operations.push_back(SelectRowsOp{harness.whole(x), harness.whole(y)});
    harness.program.logits = harness.whole(y);
    ASSERT_EQ(harness.prepare(kLimits), Status::Ok);
    const std::vector<std::int32_t> tokens{4, 5, 6, 7};
    const std::vector<std::int32_t> positions{0, 1, 2, 3};
    const std::vector<std::int32_t> starts{0, 4};
    const std::vector<std::int32_t> contexts{4};
    const std::vector<std::int32_t> logitRows{3, 1, 3};
    HostStep step;
    step.tokens = tokens;
    step.positions = positions;
    step.queryStarts = starts;
    step.contextLengths = contexts;
    step.logitRows = logitRows;
    ASSERT_EQ(harness.executable().stage(step), Status::Ok);
    ASSERT_EQ(harness.executable().run({}), Status::Ok);
    std::vector<float> logits(27);
    ASSERT_EQ(harness.executable().readLogits(logits), Status::Ok);
    if (GetParam().rounding > 1e-4)
        GTEST_SKIP() << "the embedding is rounded";
    const std::vector<float>& table = harness.matrices()[0].values;
    for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t i = 0; i < 9; ++i)
            EXPECT_EQ(logits[row * 9 + i],
                      table[std::size_t(tokens[std::size_t(logitRows[row])]) * 9 + i]);
}

HEARTH_AT_EACH_BACKEND(Operations);

} // namespace hearth::kernels::testing
