#include "kernels/operation_test.h"

/// RouteOp and ExpertsOp.
namespace hearth::kernels::testing {

namespace {

struct Shape {
    std::int32_t hidden = 72;
    std::int32_t width = 40;
    std::int32_t experts = 8;
    std::int32_t topK = 3;
    Activation activation = Activation::Silu;
    bool biases = false;
    bool accumulate = false;
};

class ExpertsTest : public OperationTest {
protected:
    /// Embeddings as a router's logits, so far apart that rounding changes no choice.
    ValueId routerLogits(std::int32_t experts) {
        const ValueId logits = embed(experts);
        for (std::int32_t token = 0; token < kVocabulary; ++token)
            for (std::int32_t e = 0; e < experts; ++e)
                harness.setNumber(0, token, e,
                                  0.25F * float((token * 7 + e * 5 + token * e * 3) % 31) - 3.0F +
                                      0.0078125F * float(e));
        return logits;
    }
    RouteOp route(std::int32_t experts, std::int32_t topK) {
        RouteOp op;
        op.logits = harness.whole(routerLogits(experts));
        op.out = harness.whole(harness.addValue(2 * topK));
        op.topK = topK;
        return op;
    }

    /// A program of routes and experts; its result is the last value.
    ExpertsOp build(const Shape& shape, std::uint8_t bits = 0, std::int32_t groupSize = 32) {
        restart(19);
        RouteOp router = route(shape.experts, shape.topK);
        router.normalise = true;
        harness.program.operations.push_back(router);
        ExpertsOp op;
        op.in = harness.whole(embed(shape.hidden));
        op.routes = router.out;
        op.out = harness.whole(shape.accumulate ? embed(shape.hidden + 4)
                                                : harness.addValue(shape.hidden + 4));
        op.width = shape.width;
        op.activation = shape.activation;
        op.accumulate = shape.accumulate;
        const float spread = 1.0F / std::sqrt(float(shape.hidden));
        for (std::int32_t e = 0; e < shape.experts; ++e) {
            op.gateUp.push_back(harness.addMatrix(2 * shape.width, shape.hidden, 2 * spread));
            op.down.push_back(harness.addMatrix(shape.hidden + 4, shape.width, spread));
            if (bits > 0) {
                harness.quantise(op.gateUp.back(), bits, groupSize);
                harness.quantise(op.down.back(), bits, groupSize);
            }
            if (shape.biases) {
                op.gateUpBias.push_back(harness.addVector(2 * shape.width));
                op.downBias.push_back(harness.addVector(shape.hidden + 4));
            }
        }
        harness.program.operations.push_back(op);
        return op;
    }
};

} // namespace

TEST_P(ExpertsTest, RoutesBySoftmax) {
    for (const bool normalise : {false, true}) {
        restart(3);
        RouteOp op = route(13, 4);
        op.normalise = normalise;
        op.scale = 2.5F;
        harness.program.operations.push_back(op);
        expectReference(op.out, 1e-6);
    }
}

TEST_P(ExpertsTest, RoutesInGroupsWithAChoiceBias) {
    for (const RouterScore score : {RouterScore::Softmax, RouterScore::Sigmoid})
        for (const RouterGroupScore groupScore :
             {RouterGroupScore::Max, RouterGroupScore::SumOfTwo}) {
            restart(4);
            RouteOp op = route(24, 5);
            op.score = score;
            op.groupScore = groupScore;
            op.groups = 6;
            op.topGroups = 2;
            op.normalise = score == RouterScore::Sigmoid;
            if (score == RouterScore::Sigmoid)
                op.choiceBias = harness.addVector(24, 0.0F, 0.4F);
            harness.program.operations.push_back(op);
            expectReference(op.out, 1e-6);
        }
}

TEST_P(ExpertsTest, RoutesTiesToTheLowerIndex) {
    restart(5);
    RouteOp op = route(9, 3);
    for (std::int32_t token = 0; token < kVocabulary; ++token)
        for (std::int32_t e = 0; e < 9; ++e)
            harness.setNumber(0, token, e, e == token % 9 ? 1.0F : 0.5F);
    harness.program.operations.push_back(op);
    expectReference(op.out, 1e-6);
}

TEST_P(ExpertsTest, MatchesTheReference) {
    for (const Shape& shape : {Shape{}, Shape{72, 40, 1, 1}, Shape{24, 20, 130, 8},
                               Shape{80, 33, 6, 2, Activation::ClampedSwiglu, true},
                               Shape{128, 70, 4, 4, Activation::GeluTanh, false, true},
                               Shape{20, 17, 5, 2, Activation::Silu, true, true}}) {
        const ExpertsOp op = build(shape);
        expectReference(op.out, 1e-5);
    }
}

TEST_P(ExpertsTest, MatchesTheReferenceWithQuantisedMatrices) {
    for (const std::uint8_t bits : {2, 4, 8}) {
        const ExpertsOp op = build({128, 96, 8, 3}, bits);
        expectReference(op.out, 2e-4);
    }
    // Sizes that are no whole blocks.
    const ExpertsOp op = build({72, 40, 8, 3, Activation::Silu, true, true}, 4, 24);
    expectReference(op.out, 2e-4);
}

TEST_P(ExpertsTest, MatricesOfDifferentTypesMix) {
    const ExpertsOp op = build({64, 32, 6, 3});
    for (std::size_t e = 0; e < 6; e += 2) {
        harness.quantise(op.gateUp[e], 8, 32);
        harness.quantise(op.down[e + 1], 4, 32);
    }
    expectReference(op.out, 2e-4);
}

TEST_P(ExpertsTest, EveryMatrixMayHaveAnActOrder) {
    const ExpertsOp op = build({96, 64, 6, 3});
    for (std::size_t e = 0; e < 6; ++e) {
        harness.quantise(op.gateUp[e], 4, 32, ProgramHarness::ColumnOrder::Shuffled);
        if (e % 2 == 0)
            harness.quantise(op.down[e], 8, 64, ProgramHarness::ColumnOrder::Shuffled);
    }
    expectReference(op.out, 2e-4);
}

TEST_P(ExpertsTest, OperationsAfterwardsReadTheirOwnCodes) {
    const ExpertsOp op = build({64, 32, 6, 2}, 8);
    // A shared expert: another product of the same input, on top of the experts' result.
    LinearOp shared{op.in, op.out, harness.addMatrix(68, 64)};
    harness.quantise(shared.weight, 8, 32);
    shared.accumulate = true;
    harness.program.operations.push_back(shared);
    expectReference(op.out, 2e-4);
}

TEST_P(ExpertsTest, RowsWithLogitsAloneGoThroughExperts) {
    ExpertsOp op = build({64, 32, 6, 2});
    harness.program.operations.pop_back();
    const auto select = [&](const View& in) {
        const ValueId out = harness.addValue(in.width, Rows::Logits);
        harness.program.operations.push_back(SelectRowsOp{in, harness.whole(out)});
        return harness.whole(out);
    };
    op.in = select(op.in);
    op.routes = select(op.routes);
    op.out = harness.whole(harness.addValue(68, Rows::Logits));
    harness.program.operations.push_back(op);
    harness.program.logits = op.out;
    ASSERT_EQ(harness.prepare(kLimits), Status::Ok);
    const std::size_t sequence = harness.addSequence(20, kVocabulary);
    ASSERT_EQ(harness.step({{sequence, 20}}), Status::Ok);
    EXPECT_LT(relativeError(harness.logits(sequence), harness.reference(sequence).logits),
              GetParam().allowed(1e-5));
}

TEST_P(ExpertsTest, BatchedEqualsAlone) {
    for (const std::uint8_t bits : {0, 4}) {
        const ExpertsOp op = build({128, 96, 8, 3}, bits);
        harness.program.hidden = op.out;
        ExecutionLimits limits = kLimits;
        limits.deterministic = true;
        ASSERT_EQ(harness.prepare(limits), Status::Ok);
        std::vector<std::vector<float>> alone;
        for (const std::int32_t length : {12, 5, 14}) {
            const std::size_t sequence = harness.addSequence(length, kVocabulary);
            for (std::int32_t i = 0; i < length; ++i)
                ASSERT_EQ(harness.step({{sequence, 1}}), Status::Ok);
            alone.push_back(harness.hidden(sequence));
            harness.rewind(sequence);
        }
        ASSERT_EQ(harness.step({{0, 12}, {1, 5}, {2, 14}}), Status::Ok);
        for (std::size_t i = 0; i < alone.size(); ++i)
            EXPECT_EQ(harness.hidden(i), alone[i]);
    }
}

TEST_P(ExpertsTest, Fault060_LogitsThatAreNoNumbersShow) {
    const ExpertsOp op = build({64, 32, 6, 2});
    for (std::int32_t token = 38; token < kVocabulary; ++token)
        harness.setNumber(0, token, token - 36, std::nanf(""));
    harness.program.hidden = op.out;
    ASSERT_EQ(harness.prepare(kLimits), Status::Ok);
    const std::size_t sequence = harness.addSequence(4, 38);
    harness.setToken(sequence, 1, 38);
    harness.setToken(sequence, 3, 39);
    ASSERT_EQ(harness.step({{sequence, 4}}), Status::Ok);
    const std::vector<float>& rows = harness.hidden(sequence);
    for (std::size_t i = 0; i < 68; ++i) {
        EXPECT_TRUE(std::isfinite(rows[i]));
        EXPECT_TRUE(std::isnan(rows[68 + i]));
        EXPECT_TRUE(std::isfinite(rows[2 * 68 + i]));
        EXPECT_TRUE(std::isnan(rows[3 * 68 + i]));
    }
}

HEARTH_AT_EACH_BACKEND(ExpertsTest);

} // namespace hearth::kernels::testing
