#include "kernels/backend_under_test.h"
#include "kernels/program_harness.h"

namespace hearth::kernels::testing {

namespace {

constexpr std::int32_t kVocabulary = 50;

struct Shape {
    std::int32_t heads = 6;
    std::int32_t kvHeads = 2;
    std::int32_t keyWidth = 64;
    std::int32_t valueWidth = 64;
    std::int32_t blockTokens = 16;
};

KvLayout layoutOf(const Shape& shape, DType dtype) {
    KvLayout layout;
    layout.dtype = dtype;
    layout.bits = dtype == DType::F32 ? 32 : dtype == DType::I8 ? 8 : 16;
    layout.layers = 2;
    layout.kvHeads = shape.kvHeads;
    layout.keyWidth = shape.keyWidth;
    layout.valueWidth = shape.valueWidth;
    layout.blockTokens = shape.blockTokens;
    return layout;
}

class AttentionTest : public AtEachBackend {
protected:
    /// Embedding -> queries, keys and values of layer 1 -> attention.
    void build(const Shape& shape, DType dtype) {
        harness = ProgramHarness(*backend, 23);
        harness.kv = {layoutOf(shape, dtype)};
        const std::int32_t queries = shape.heads * shape.keyWidth;
        const std::int32_t keys = shape.kvHeads * shape.keyWidth;
        const std::int32_t values = shape.kvHeads * shape.valueWidth;
        const ValueId in = harness.addValue(queries + keys + values);
        const ValueId out = harness.addValue(shape.heads * shape.valueWidth);
        auto& operations = harness.program.operations;
        operations.push_back(EmbedOp{harness.addMatrix(kVocabulary, queries + keys + values), kNone,
                                     1.0F, harness.whole(in)});
        operations.push_back(StoreKvOp{harness.view(in, queries, keys),
                                       harness.view(in, queries + keys, values), 0, 1});
        AttentionOp attention;
        attention.queries = harness.view(in, 0, queries);
        attention.out = harness.whole(out);
        attention.layer = 1;
        attention.heads = shape.heads;
        attention.scale = 1.0F / std::sqrt(float(shape.keyWidth));
        operations.push_back(attention);
        harness.program.hidden = harness.whole(out);
    }
    AttentionOp& attention() { return std::get<AttentionOp>(harness.program.operations[2]); }

    void prepare(bool deterministic = false) {
        ASSERT_EQ(harness.prepare({256, 8, 0, 1024, deterministic}, 512), Status::Ok);
    }
    void expectReference(std::size_t sequence, double tolerance) {
        EXPECT_LT(relativeError(harness.hidden(sequence), harness.reference(sequence).hidden),
                  GetParam().allowed(tolerance));
    }
    /// Prefills in one, decodes the last token, and compares.
    void expectReferenceAtLengths(double tolerance) {
        prepare();
        for (const std::int32_t length : {1, 2, 7, 33, 70, 200}) {
            const std::size_t sequence = harness.addSequence(length + 1, kVocabulary);
            ASSERT_EQ(harness.step({{sequence, length}}), Status::Ok);
            ASSERT_EQ(harness.step({{sequence, 1}}), Status::Ok);
            expectReference(sequence, tolerance);
        }
    }

    ProgramHarness harness{*backend, 23};
};

} // namespace

TEST_P(AttentionTest, MatchesReferenceAtManyShapes) {
    for (const Shape& shape :
         {Shape{}, Shape{9, 3, 64, 64, 16}, Shape{6, 2, 24, 24, 16}, Shape{4, 4, 80, 80, 32},
          Shape{4, 1, 128, 128, 7}, Shape{3, 3, 20, 36, 5}, Shape{50, 1, 8, 8, 128}}) {
        build(shape, DType::F32);
        expectReferenceAtLengths(3e-6);
    }
}

TEST_P(AttentionTest, MatchesReferenceInSmallerFormats) {
    for (const Shape& shape : {Shape{}, Shape{6, 2, 20, 36, 5}}) {
        build(shape, DType::F16);
        expectReferenceAtLengths(2e-3);
        build(shape, DType::BF16);
        expectReferenceAtLengths(1.5e-2);
        build(shape, DType::I8);
        expectReferenceAtLengths(1.5e-2);
    }
}

TEST_P(AttentionTest, WindowSoftcapAlibiAndSinks) {
    build({}, DType::F32);
    attention().window = 20;
    expectReferenceAtLengths(3e-6);
    build({}, DType::F32);
    attention().softcap = 2.0F;
    expectReferenceAtLengths(3e-6);
    build({}, DType::F32);
    attention().alibi = {0.5F, 0.25F, 0.125F, 0.06F, 0.03F, 0.015F};
    expectReferenceAtLengths(3e-6);
    build({}, DType::F32);
    attention().sinks = harness.addVector(6, 1.0F);
    expectReferenceAtLengths(3e-6);
}

TEST_P(AttentionTest, NonCausalRowsSeeAllOfTheirSequence) {
    for (const std::int32_t window : {0, 9}) {
        build({}, DType::F32);
        attention().causal = false;
        attention().window = window;
        prepare();
        const std::size_t a = harness.addSequence(70, kVocabulary);
        const std::size_t b = harness.addSequence(5, kVocabulary);
        ASSERT_EQ(harness.step({{a, 70}, {b, 5}}), Status::Ok);
        expectReference(a, 3e-6);
        expectReference(b, 3e-6);
    }
}

TEST_P(AttentionTest, BlocksBeforeTheWindowMayBeGone) {
    build({6, 2, 64, 64, 16}, DType::F32);
    attention().window = 30;
    harness.kv[0].kind = KvKind::SlidingWindow;
    harness.kv[0].window = 30;
    prepare();
    const std::size_t sequence = harness.addSequence(101, kVocabulary);
    ASSERT_EQ(harness.step({{sequence, 100}}), Status::Ok);
    harness.dropBlocks(sequence, 0, 4); // Positions below 64; the last row reads from 71 on.
    ASSERT_EQ(harness.step({{sequence, 1}}), Status::Ok);
    expectReference(sequence, 3e-6);
}

TEST_P(AttentionTest, MixedBatchEqualsEachAlone) {
    build({9, 3, 64, 64, 16}, DType::F16);
    prepare(true);
    const std::vector<std::int32_t> lengths{1, 33, 150, 7, 90};
    std::vector<std::vector<float>> alone;
    for (const std::int32_t length : lengths) {
        const std::size_t sequence = harness.addSequence(length + 3, kVocabulary);
        ASSERT_EQ(harness.step({{sequence, length + 3}}), Status::Ok);
        alone.push_back(harness.hidden(sequence));
        harness.rewind(sequence);
    }
    // Chunks of every size beside decodes: not one bit may differ.
    for (std::size_t i = 0; i < lengths.size(); ++i)
        ASSERT_EQ(harness.step({{i, lengths[i]}}), Status::Ok);
    ASSERT_EQ(harness.step({{0, 1}, {1, 2}, {2, 1}, {3, 3}, {4, 2}}), Status::Ok);
    ASSERT_EQ(harness.step({{4, 1}, {0, 2}, {1, 1}, {2, 2}}), Status::Ok);
    for (std::size_t i = 0; i < lengths.size(); ++i)
        EXPECT_EQ(harness.hidden(i), alone[i]) << "sequence " << i;
}

TEST_P(AttentionTest, TreeMaskHidesOtherBranches) {
    build({}, DType::F32);
    prepare();
    // Five tokens in a chain, then a tree: 5 -> {6, 7}, 6 -> 8.
    const std::size_t sequence = harness.addSequence(9, kVocabulary);
    ASSERT_EQ(harness.step({{sequence, 5}}), Status::Ok);
    ReferenceInput input{harness.tokens(sequence), {0, 1, 2, 3, 4, 5, 6, 6, 7}, {}, 0, nullptr};
    input.sees.assign(9, std::vector<bool>(9, false));
    for (std::size_t row = 0; row < 9; ++row)
        for (std::size_t key = 0; key <= std::min<std::size_t>(row, 5); ++key)
            input.sees[row][key] = true;
    input.sees[6][6] = input.sees[7][7] = input.sees[8][6] = input.sees[8][8] = true;
    const std::vector<std::uint64_t> mask{0b0001, 0b0011, 0b0101, 0b1011};
    ASSERT_EQ(harness.step({{sequence, 4}}, mask, {5, 6, 6, 7}), Status::Ok);
    EXPECT_LT(relativeError(harness.hidden(sequence),
                            runReference(harness.program, harness.matrices(), input).hidden),
              GetParam().allowed(3e-6));
}

TEST_P(AttentionTest, NanInOneSequenceStaysThere) {
    build({}, DType::F16);
    harness.program.operations.insert(harness.program.operations.begin() + 1,
                                      SoftcapOp{harness.whole(0), 1e9F});
    harness.setMatrix(0, 49, std::nanf(""));
    prepare();
    const std::size_t sound = harness.addSequence(20, 49);
    const std::size_t sick = harness.addSequence(20, 49);
    harness.setToken(sick, 3, 49);
    ASSERT_EQ(harness.step({{sick, 20}, {sound, 20}}), Status::Ok);
    for (const float value : harness.hidden(sound))
        ASSERT_TRUE(std::isfinite(value));
    const std::vector<float>& rows = harness.hidden(sick);
    const std::size_t width = rows.size() / 20;
    for (std::size_t row = 3; row < 20; ++row)
        for (std::size_t i = 0; i < width; ++i)
            ASSERT_TRUE(std::isnan(rows[row * width + i]));
}

HEARTH_AT_EACH_BACKEND(AttentionTest);

} // namespace hearth::kernels::testing
