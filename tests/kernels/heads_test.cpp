#include "kernels/operation_test.h"

/// Operations on the columns of heads, and small ones of several architectures.
namespace hearth::kernels::testing {

namespace {

class Heads : public OperationTest {};

} // namespace

TEST_P(Heads, EmbedAddsABias) {
    const ValueId value = embed(19, 2.0F);
    auto& op = std::get<EmbedOp>(harness.program.operations[0]);
    op.positions = harness.addMatrix(33, 19);
    op.bias = harness.addVector(19);
    expectReference(harness.whole(value), 1e-6);
}

TEST_P(Heads, ScaleAndPositionScaleInPlace) {
    const ValueId value = embed(37);
    harness.program.operations.push_back(ScaleOp{harness.view(value, 3, 20), -0.37F});
    harness.program.operations.push_back(PositionScaleOp{harness.view(value, 7, 30), 9});
    expectReference(harness.whole(value), 1e-6);
}

TEST_P(Heads, ReluAndClampedSwiglu) {
    for (const bool gated : {true, false}) {
        restart(7);
        const ValueId in = embed(2 * 43, 3.0F);
        const ValueId out = harness.addValue(43);
        harness.program.operations.push_back(ActivationOp{Activation::Relu, harness.view(in, 0, 43),
                                                          gated ? harness.view(in, 43, 43) : View{},
                                                          harness.whole(out)});
        expectReference(harness.whole(out), 1e-6);
    }
    restart(9);
    const ValueId in = embed(2 * 43, 5.0F);
    const ValueId out = harness.addValue(43);
    harness.program.operations.push_back(
        ActivationOp{Activation::ClampedSwiglu, harness.view(in, 0, 43), harness.view(in, 43, 43),
                     harness.whole(out)});
    expectReference(harness.whole(out), 1e-6);
}

TEST_P(Heads, ProductsWithAMatrixAHead) {
    struct Case {
        std::int32_t heads;
        std::int32_t inWidth;
        std::int32_t outWidth;
    };
    for (const Case& c : {Case{5, 24, 40}, Case{3, 128, 20}, Case{16, 20, 64}, Case{1, 7, 3}}) {
        restart(11);
        const ValueId in = embed(2 + c.heads * (c.inWidth + 9));
        const ValueId out = harness.addValue(c.heads * (c.outWidth + 6));
        harness.program.operations.push_back(
            EmbedOp{harness.addMatrix(kVocabulary, c.heads * (c.outWidth + 6)), kNone, 1.0F,
                    harness.whole(out)});
        HeadLinearOp op;
        op.in = {harness.view(in, 2, c.heads * (c.inWidth + 9)), c.inWidth + 9, 9, c.inWidth};
        op.out = {harness.whole(out), c.outWidth + 6, 4, c.outWidth};
        op.weight = harness.addMatrix(c.heads * c.outWidth, c.inWidth);
        harness.program.operations.push_back(op);
        expectReference(harness.whole(out), 1e-5);
    }
}

TEST_P(Heads, ProductsOfQuantisedMatrices) {
    for (const std::uint8_t bits : {4, 8}) {
        restart(12);
        const ValueId in = embed(6 * 64);
        const ValueId out = harness.addValue(6 * 40);
        HeadLinearOp op;
        op.in = {harness.whole(in), 64, 0, 64};
        op.out = {harness.whole(out), 40, 0, 40};
        op.weight = harness.addMatrix(6 * 40, 64);
        harness.quantise(op.weight, bits, 32);
        harness.program.operations.push_back(op);
        // The codes that a plain product after it reads are its own.
        LinearOp linear{harness.view(in, 64, 128), harness.view(out, 0, 80),
                        harness.addMatrix(80, 128)};
        harness.quantise(linear.weight, bits, 64);
        linear.accumulate = true;
        harness.program.operations.push_back(linear);
        expectReference(harness.whole(out), 1e-4);
    }
}

TEST_P(Heads, ProductsOfOneInputInSeveralOrders) {
    const ValueId in = embed(100);
    const ValueId out = harness.addValue(4 * 30 + 40);
    harness.program.operations.push_back(
        LinearOp{harness.whole(in), harness.view(out, 0, 30), harness.addMatrix(30, 100)});
    for (std::int32_t i = 0; i < 4; ++i) {
        const LinearOp linear{harness.whole(in), harness.view(out, 30 * i, 30),
                              harness.addMatrix(30, 100)};
        harness.quantise(linear.weight, 4, 32,
                         i % 3 == 0 ? ProgramHarness::ColumnOrder::Own
                                    : ProgramHarness::ColumnOrder::Shuffled);
        harness.program.operations.push_back(linear);
    }
    HeadLinearOp heads;
    heads.in = {harness.whole(in), 50, 2, 48};
    heads.out = {harness.view(out, 120, 40), 20, 0, 20};
    heads.weight = harness.addMatrix(40, 48);
    harness.quantise(heads.weight, 4, 96, ProgramHarness::ColumnOrder::Shuffled);
    harness.program.operations.push_back(heads);
    expectReference(harness.whole(out), 2e-4);
}

TEST_P(Heads, CopiesColumnsOfEveryHeadAndOfOneToAll) {
    const ValueId in = embed(3 + 4 * 24);
    const ValueId one = embed(20);
    const ValueId out = harness.addValue(4 * 40);
    CopyHeadsOp each;
    each.in = {harness.view(in, 3, 4 * 24), 24, 5, 17};
    each.out = {harness.whole(out), 40, 0, 17};
    harness.program.operations.push_back(each);
    CopyHeadsOp toAll;
    toAll.in = {harness.whole(one), 20, 2, 10};
    toAll.out = {harness.whole(out), 40, 30, 10};
    harness.program.operations.push_back(toAll);
    CopyHeadsOp middle = each;
    middle.in.width = middle.out.width = 13;
    middle.out.offset = 17;
    harness.program.operations.push_back(middle);
    expectReference(harness.whole(out), 1e-6);
}

TEST_P(Heads, RopeTurnsColumnsInsideTheHead) {
    for (const RopePairing pairing : {RopePairing::Halves, RopePairing::Adjacent}) {
        restart(13);
        const ValueId value = embed(3 * 80);
        RopeOp rope;
        rope.heads = harness.whole(value);
        rope.headWidth = 80;
        rope.rotaryWidth = 24;
        rope.rotaryOffset = 50;
        rope.pairing = pairing;
        for (std::int32_t i = 0; i < 12; ++i)
            rope.frequencies.push_back(std::pow(10000.0F, -float(i) / 12.0F));
        harness.program.operations.push_back(rope);
        expectReference(harness.whole(value), 2e-6);
    }
}

TEST_P(Heads, RopesFollowTheLengthThatASequenceIsPreparedFor) {
    for (const bool dynamic : {true, false}) {
        restart(14);
        const ValueId value = embed(3 * 20);
        RopeOp rope;
        rope.heads = harness.whole(value);
        rope.headWidth = 20;
        rope.rotaryWidth = 20;
        rope.originalLength = 16;
        for (std::int32_t i = 0; i < 10; ++i)
            rope.frequencies.push_back(std::pow(10000.0F, -float(i) / 10.0F));
        if (dynamic)
            rope.dynamicFactor = 2.0F;
        else
            for (const float frequency : rope.frequencies)
                rope.longFrequencies.push_back(frequency / 3.0F);
        harness.program.operations.push_back(rope);
        harness.program.hidden = harness.whole(value);
        ASSERT_EQ(harness.prepare(kLimits), Status::Ok);
        std::vector<ProgramHarness::Chunk> chunks;
        for (const std::int32_t length : {0, 16, 17, 40}) {
            const std::size_t sequence = harness.addSequence(7, kVocabulary);
            harness.setRopeLength(sequence, length);
            chunks.push_back({sequence, 7});
        }
        ASSERT_EQ(harness.step(chunks), Status::Ok);
        for (const ProgramHarness::Chunk& chunk : chunks)
            EXPECT_LT(relativeError(harness.hidden(chunk.sequence),
                                    harness.reference(chunk.sequence).hidden),
                      GetParam().allowed(2e-6))
                << "sequence " << chunk.sequence;
    }
}

HEARTH_AT_EACH_BACKEND(Heads);

} // namespace hearth::kernels::testing
