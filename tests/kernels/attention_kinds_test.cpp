#include "kernels/operation_test.h"

/// Attention in Latent and Cross groups, and over relative positions.
namespace hearth::kernels::testing {

namespace {

KvLayout layoutOf(KvKind kind, std::int32_t kvHeads, std::int32_t keyWidth, std::int32_t valueWidth,
                  DType dtype = DType::F32) {
    KvLayout layout;
    layout.kind = kind;
    layout.dtype = dtype;
    layout.bits = dtype == DType::F32 ? 32 : dtype == DType::I8 ? 8 : 16;
    layout.layers = 2;
    layout.kvHeads = kvHeads;
    layout.keyWidth = keyWidth;
    layout.valueWidth = valueWidth;
    return layout;
}

class KindsOfAttention : public OperationTest {
protected:
    static constexpr ExecutionLimits kManyTokens{256, 8, 0, 512, false};

    struct Latent {
        std::int32_t heads = 16;
        std::int32_t keyWidth = 72;
        std::int32_t valueWidth = 64;
    };
    void buildLatent(const Latent& shape, DType dtype) {
        restart(29);
        harness.kv = {layoutOf(KvKind::Latent, 1, shape.keyWidth, 0, dtype)};
        const ValueId queries = embed(shape.heads * shape.keyWidth);
        const ValueId keys = embed(shape.keyWidth);
        const ValueId out = harness.addValue(shape.heads * shape.valueWidth);
        harness.program.operations.push_back(StoreKvOp{harness.whole(keys), View{}, 0, 1});
        AttentionOp attention;
        attention.queries = harness.whole(queries);
        attention.out = harness.whole(out);
        attention.layer = 1;
        attention.heads = shape.heads;
        attention.scale = 1.0F / std::sqrt(float(shape.keyWidth));
        harness.program.operations.push_back(attention);
        harness.program.hidden = harness.whole(out);
    }

    /// Keys and values of embeddings for group 0; in an encoder's program.
    void buildEncoder(ProgramHarness& encoder, std::int32_t kvHeads, std::int32_t width) {
        encoder.kv = {layoutOf(KvKind::Cross, kvHeads, width, width)};
        const ValueId x = encoder.addValue(2 * kvHeads * width);
        encoder.program.operations.push_back(EmbedOp{
            encoder.addMatrix(kVocabulary, 2 * kvHeads * width), kNone, 1.0F, encoder.whole(x)});
        for (std::int32_t layer = 0; layer < 2; ++layer)
            encoder.program.operations.push_back(
                StoreKvOp{encoder.view(x, 0, kvHeads * width),
                          encoder.view(x, kvHeads * width, kvHeads * width), 0, layer});
        encoder.program.hidden = encoder.whole(x);
    }
    /// Self-attention in group 0 and attention to an encoder's tokens in group 1, or the other way
    /// round.
    void buildDecoder(std::int32_t crossGroup, std::int32_t heads, std::int32_t kvHeads,
                      std::int32_t width) {
        const ValueId in = embed((heads + 2 * kvHeads) * width);
        const ValueId mixed = harness.addValue(heads * width);
        const ValueId out = harness.addValue(heads * width);
        harness.kv.assign(2, layoutOf(KvKind::Full, kvHeads, width, width));
        harness.kv[std::size_t(crossGroup)].kind = KvKind::Cross;
        harness.program.operations.push_back(StoreKvOp{
            harness.view(in, heads * width, kvHeads * width),
            harness.view(in, (heads + kvHeads) * width, kvHeads * width), 1 - crossGroup, 0});
        AttentionOp attention;
        attention.queries = harness.view(in, 0, heads * width);
        attention.out = harness.whole(mixed);
        attention.group = 1 - crossGroup;
        attention.heads = heads;
        attention.scale = 0.4F;
        harness.program.operations.push_back(attention);
        attention.queries = harness.whole(mixed);
        attention.out = harness.whole(out);
        attention.group = crossGroup;
        attention.layer = 1;
        attention.causal = false;
        harness.program.operations.push_back(attention);
        harness.program.hidden = harness.whole(out);
    }
    void expectReferenceOf(std::size_t sequence, double tolerance) {
        EXPECT_LT(relativeError(harness.hidden(sequence), harness.reference(sequence).hidden),
                  GetParam().allowed(tolerance))
            << "sequence " << sequence;
    }
};

} // namespace

TEST_P(KindsOfAttention, LatentValuesAreTheBeginOfTheKeys) {
    for (const Latent& shape : {Latent{}, Latent{5, 28, 20}, Latent{3, 80, 77}, Latent{50, 24, 24},
                                Latent{2, 576, 512}}) {
        buildLatent(shape, DType::F32);
        ASSERT_EQ(harness.prepare(kManyTokens, 128), Status::Ok);
        for (const std::int32_t length : {1, 2, 7, 70, 129}) {
            const std::size_t sequence = harness.addSequence(length + 1, kVocabulary);
            ASSERT_EQ(harness.step({{sequence, length}}), Status::Ok);
            ASSERT_EQ(harness.step({{sequence, 1}}), Status::Ok);
            expectReferenceOf(sequence, 5e-6);
        }
    }
}

TEST_P(KindsOfAttention, LatentInSmallerFormats) {
    for (const auto& [dtype, tolerance] :
         {std::pair{DType::F16, 3e-3}, {DType::BF16, 3e-2}, {DType::I8, 3e-2}})
        for (const Latent& shape : {Latent{}, Latent{5, 28, 20}}) {
            buildLatent(shape, dtype);
            ASSERT_EQ(harness.prepare(kManyTokens, 64), Status::Ok);
            const std::size_t sequence = harness.addSequence(130, kVocabulary);
            ASSERT_EQ(harness.step({{sequence, 129}}), Status::Ok);
            ASSERT_EQ(harness.step({{sequence, 1}}), Status::Ok);
            expectReferenceOf(sequence, tolerance);
        }
}

TEST_P(KindsOfAttention, LatentBatchEqualsEachAlone) {
    buildLatent({40, 72, 64}, DType::F16);
    ExecutionLimits limits = kManyTokens;
    limits.deterministic = true;
    ASSERT_EQ(harness.prepare(limits, 64), Status::Ok);
    std::vector<std::vector<float>> alone;
    for (const std::int32_t length : {130, 3, 60}) {
        const std::size_t sequence = harness.addSequence(length, kVocabulary);
        ASSERT_EQ(harness.step({{sequence, length}}), Status::Ok);
        alone.push_back(harness.hidden(sequence));
        harness.rewind(sequence);
    }
    ASSERT_EQ(harness.step({{0, 128}, {1, 1}, {2, 59}}), Status::Ok);
    ASSERT_EQ(harness.step({{0, 1}, {1, 1}, {2, 1}}), Status::Ok);
    ASSERT_EQ(harness.step({{0, 1}, {1, 1}}), Status::Ok);
    for (std::size_t i = 0; i < alone.size(); ++i)
        EXPECT_EQ(harness.hidden(i), alone[i]) << "sequence " << i;
}

TEST_P(KindsOfAttention, CrossGroupsHaveLengthsOfTheirOwn) {
    for (const std::int32_t crossGroup : {0, 1}) {
        ProgramHarness encoder(*backend, 41);
        buildEncoder(encoder, 2, 20);
        restart(43);
        buildDecoder(crossGroup, 6, 2, 20);
        ASSERT_EQ(encoder.prepare({256, 4, 0, 256, false}, 32), Status::Ok);
        harness.borrow(std::size_t(crossGroup), encoder, 0);
        ASSERT_EQ(harness.prepare({64, 4, 0, 256, false}, 16), Status::Ok);
        std::vector<ProgramHarness::Chunk> source;
        for (const std::int32_t length : {129, 1, 33})
            source.push_back({encoder.addSequence(length, kVocabulary), length});
        ASSERT_EQ(encoder.step(source), Status::Ok);
        for (const std::int32_t length : {3, 40, 17})
            harness.addSequence(length, kVocabulary);
        ASSERT_EQ(harness.step({{0, 2}, {1, 40}, {2, 16}}), Status::Ok);
        ASSERT_EQ(harness.step({{2, 1}, {0, 1}}), Status::Ok);
        for (std::size_t sequence = 0; sequence < 3; ++sequence)
            expectReferenceOf(sequence, 5e-6);
    }
}

TEST_P(KindsOfAttention, PositionBiasReachesAsFarAsItDoes) {
    for (const bool causal : {true, false}) {
        restart(47);
        harness.kv = {layoutOf(KvKind::Full, 2, 20, 24)};
        const ValueId in = embed(6 * 20 + 2 * 44);
        const ValueId out = harness.addValue(6 * 24);
        harness.program.operations.push_back(
            StoreKvOp{harness.view(in, 120, 40), harness.view(in, 160, 48), 0, 0});
        AttentionOp attention;
        attention.queries = harness.view(in, 0, 120);
        attention.out = harness.whole(out);
        attention.heads = 6;
        attention.causal = causal;
        attention.positionBiasReach = 11;
        attention.positionBias = harness.addVector(6 * 23, 0.0F, 2.0F);
        harness.program.operations.push_back(attention);
        harness.program.hidden = harness.whole(out);
        ASSERT_EQ(harness.prepare(kManyTokens, 64), Status::Ok);
        std::vector<ProgramHarness::Chunk> chunks;
        for (const std::int32_t length : {1, 2, 33, 129})
            chunks.push_back({harness.addSequence(length, kVocabulary), length});
        ASSERT_EQ(harness.step(chunks), Status::Ok);
        for (const ProgramHarness::Chunk& chunk : chunks)
            expectReferenceOf(chunk.sequence, 5e-6);
    }
}

TEST_P(KindsOfAttention, RefusesLengthsThatMakeNoSense) {
    ProgramHarness encoder(*backend, 41);
    buildEncoder(encoder, 2, 20);
    ASSERT_EQ(encoder.prepare({64, 4, 0, 64, false}, 8), Status::Ok);
    restart(43);
    buildDecoder(1, 6, 2, 20);
    ASSERT_EQ(harness.prepare({64, 4, 0, 64, false}, 8), Status::Ok);
    const std::vector<std::int32_t> tokens{1, 2, 3};
    const std::vector<std::int32_t> positions{0, 1, 2};
    const std::vector<std::int32_t> starts{0, 3};
    const std::vector<std::int32_t> contexts{3};
    const std::vector<std::int32_t> table{1, 2, 3, 4};
    std::int32_t length = 20;
    std::int32_t ropeLength = 0;
    const GroupTables own{table.data(), 4, nullptr, nullptr};
    GroupTables cross{table.data(), 4, nullptr, &length};
    const auto stage = [&](ProgramHarness& target, std::vector<GroupTables> groups) {
        HostStep step;
        step.tokens = tokens;
        step.positions = positions;
        step.queryStarts = starts;
        step.contextLengths = contexts;
        step.groups = groups;
        step.ropeLengths = {&ropeLength, 1};
        return target.executable().stage(step);
    };
    EXPECT_EQ(stage(harness, {own, cross}), Status::Ok);
    EXPECT_EQ(stage(encoder, {own}), Status::Ok);
    // Only groups that the program reads alone may have lengths of their own.
    EXPECT_EQ(stage(harness, {cross, cross}), Status::InvalidArgument);
    EXPECT_EQ(stage(encoder, {cross}), Status::InvalidArgument);
    for (const std::int32_t bad : {-1, 65}) {
        length = bad;
        EXPECT_EQ(stage(harness, {own, cross}), Status::InvalidArgument) << bad;
    }
    length = 64;
    cross.stride = 3; // Too few blocks for 64 tokens.
    EXPECT_EQ(stage(harness, {own, cross}), Status::InvalidArgument);
    cross.stride = 4;
    const std::int32_t first = 1;
    cross.firstBlocks = &first;
    EXPECT_EQ(stage(harness, {own, cross}), Status::InvalidArgument);
    cross.firstBlocks = nullptr;
    EXPECT_EQ(stage(harness, {own, cross}), Status::Ok);
    ropeLength = -1;
    EXPECT_EQ(stage(harness, {own, cross}), Status::InvalidArgument);
}

HEARTH_AT_EACH_BACKEND(KindsOfAttention);

} // namespace hearth::kernels::testing
