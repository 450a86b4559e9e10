#include "common/allocation.h"

#include "kernels/backend_under_test.h"
#include "kernels/program_harness.h"

namespace hearth::kernels::testing {

namespace {

constexpr std::int32_t kVocabulary = 61;
constexpr std::int32_t kHidden = 48;
constexpr std::int32_t kHeads = 6;
constexpr std::int32_t kKvHeads = 2;
constexpr std::int32_t kHeadWidth = 24;
constexpr std::int32_t kInner = 70;
constexpr ExecutionLimits kLimits{64, 4, 64, 128, false};

/// A llama of two layers, as the engine writes it.
void buildModel(ProgramHarness& harness, DType kvType) {
    constexpr std::int32_t kQueries = kHeads * kHeadWidth;
    constexpr std::int32_t kKeys = kKvHeads * kHeadWidth;
    KvLayout layout;
    layout.dtype = kvType;
    layout.bits = kvType == DType::F32 ? 32 : 16;
    layout.layers = 2;
    layout.kvHeads = kKvHeads;
    layout.keyWidth = layout.valueWidth = kHeadWidth;
    harness.kv = {layout};
    const ValueId x = harness.addValue(kHidden);
    const ValueId normed = harness.addValue(kHidden);
    const ValueId qkv = harness.addValue(kQueries + 2 * kKeys);
    const ValueId mixed = harness.addValue(kQueries);
    const ValueId gates = harness.addValue(2 * kInner);
    const ValueId inner = harness.addValue(kInner);
    const ValueId chosen = harness.addValue(kHidden, Rows::Logits);
    const ValueId logits = harness.addValue(kVocabulary, Rows::Logits);
    const WeightId table = harness.addMatrix(kVocabulary, kHidden);
    auto& operations = harness.program.operations;
    const auto norm = [&](ValueId from, ValueId to) {
        operations.push_back(NormOp{NormKind::Rms, harness.whole(from), harness.whole(to), kHidden,
                                    harness.addVector(kHidden, 1.0F, 0.2F)});
    };
    const auto linear = [&](ValueId from, ValueId to, bool accumulate) {
        const std::int32_t in = harness.whole(from).width;
        const std::int32_t out = harness.whole(to).width;
        LinearOp op{harness.whole(from), harness.whole(to),
                    harness.addMatrix(out, in, 1.0F / std::sqrt(float(in)))};
        op.accumulate = accumulate;
        operations.push_back(op);
    };
    operations.push_back(EmbedOp{table, kNone, 1.0F, harness.whole(x)});
    for (std::int32_t layer = 0; layer < 2; ++layer) {
        norm(x, normed);
        linear(normed, qkv, false);
        for (const View& heads :
             {harness.view(qkv, 0, kQueries), harness.view(qkv, kQueries, kKeys)}) {
            RopeOp rope{heads, kHeadWidth, kHeadWidth, RopePairing::Halves, {}, 1.0F};
            for (std::int32_t i = 0; i < kHeadWidth / 2; ++i)
                rope.frequencies.push_back(std::pow(10000.0F, -2.0F * float(i) / kHeadWidth));
            operations.push_back(rope);
        }
        operations.push_back(StoreKvOp{harness.view(qkv, kQueries, kKeys),
                                       harness.view(qkv, kQueries + kKeys, kKeys), 0, layer});
        AttentionOp attention;
        attention.queries = harness.view(qkv, 0, kQueries);
        attention.out = harness.whole(mixed);
        attention.layer = layer;
        attention.heads = kHeads;
        attention.scale = 1.0F / std::sqrt(float(kHeadWidth));
        operations.push_back(attention);
        linear(mixed, x, true);
        norm(x, normed);
        linear(normed, gates, false);
        operations.push_back(ActivationOp{Activation::Silu, harness.view(gates, 0, kInner),
                                          harness.view(gates, kInner, kInner),
                                          harness.whole(inner)});
        linear(inner, x, true);
    }
    operations.push_back(SelectRowsOp{harness.whole(x), harness.whole(chosen)});
    operations.push_back(NormOp{NormKind::Rms, harness.whole(chosen), harness.whole(chosen),
                                kHidden, harness.addVector(kHidden, 1.0F, 0.2F)});
    operations.push_back(LinearOp{harness.whole(chosen), harness.whole(logits), table});
    norm(x, normed);
    harness.program.hidden = harness.whole(normed);
    harness.program.logits = harness.whole(logits);
}

class ProgramTest : public AtEachBackend {
protected:
    void SetUp() override { buildModel(harness, DType::F32); }

    ProgramHarness harness{*backend, 31};
};

/// What a step of one sequence needs, for tests that break a part of it.
struct OneStep {
    std::vector<std::int32_t> tokens{1, 2, 3};
    std::vector<std::int32_t> positions{0, 1, 2};
    std::vector<std::int32_t> starts{0, 3};
    std::vector<std::int32_t> contexts{3};
    std::vector<std::int32_t> logitRows{2};
    std::vector<std::int32_t> adapters;
    std::vector<std::int32_t> table{5};
    std::vector<std::int32_t> firstBlocks{0};
    std::vector<std::uint64_t> treeMask;
    std::int32_t treeMaskWords = 0;
    std::int32_t stride = 1;
    std::size_t groups = 1;

    Status stage(Executable& executable) const {
        const GroupTables group{table.empty() ? nullptr : table.data(), stride, firstBlocks.data()};
        const std::vector<GroupTables> all(groups, group);
        return executable.stage({tokens, positions, starts, contexts, logitRows, adapters, all,
                                 treeMask, treeMaskWords});
    }
};

} // namespace

TEST_P(ProgramTest, MatchesReferenceAtOddLengths) {
    ASSERT_EQ(harness.prepare(kLimits), Status::Ok);
    for (const std::int32_t length : {1, 2, 7, 33, 64}) {
        const std::size_t sequence = harness.addSequence(length, kVocabulary);
        ASSERT_EQ(harness.step({{sequence, length}}), Status::Ok);
        const ReferenceResult reference = harness.reference(sequence);
        EXPECT_LT(relativeError(harness.logits(sequence), reference.logits),
                  GetParam().allowed(2e-5));
        EXPECT_LT(relativeError(harness.hidden(sequence), reference.hidden),
                  GetParam().allowed(2e-5));
    }
}

TEST_P(ProgramTest, DecodesOneTokenAtATime) {
    ASSERT_EQ(harness.prepare(kLimits), Status::Ok);
    const std::vector<std::int32_t> lengths{40, 33, 20};
    for (const std::int32_t length : lengths)
        harness.addSequence(length, kVocabulary);
    ASSERT_EQ(harness.step({{0, 21}, {1, 9}}), Status::Ok);
    for (std::int32_t step = 0; step < 20; ++step) {
        std::vector<ProgramHarness::Chunk> chunks{{2, 1}};
        if (step < 19)
            chunks.push_back({0, 1});
        if (step % 2 == 0)
            chunks.insert(chunks.begin(), {1, 1});
        ASSERT_EQ(harness.step(chunks), Status::Ok);
    }
    ASSERT_EQ(harness.step({{1, 14}}), Status::Ok);
    for (std::size_t i = 0; i < lengths.size(); ++i)
        EXPECT_LT(relativeError(harness.logits(i), harness.reference(i).logits),
                  GetParam().allowed(2e-5))
            << "sequence " << i;
}

TEST_P(ProgramTest, ManyShortSequencesDecodeTogether) {
    constexpr std::int32_t kSequences = 64;
    constexpr std::int32_t kContext = 16;
    ASSERT_EQ(harness.prepare({kSequences, kSequences, kSequences, kContext, false}), Status::Ok);
    std::vector<ProgramHarness::Chunk> chunks;
    for (std::int32_t i = 0; i < kSequences; ++i)
        chunks.push_back({harness.addSequence(kContext, kVocabulary), 1});
    for (std::int32_t step = 0; step < kContext; ++step)
        ASSERT_EQ(harness.step(chunks), Status::Ok);
    for (const std::size_t sequence : {0, 31, 63})
        EXPECT_LT(relativeError(harness.logits(sequence), harness.reference(sequence).logits),
                  GetParam().allowed(2e-5));
}

TEST_P(ProgramTest, BatchedEqualsAlone) {
    ExecutionLimits limits = kLimits;
    limits.deterministic = true;
    ASSERT_EQ(harness.prepare(limits), Status::Ok);
    std::vector<std::vector<float>> alone;
    for (const std::int32_t length : {30, 12, 45}) {
        const std::size_t sequence = harness.addSequence(length, kVocabulary);
        ASSERT_EQ(harness.step({{sequence, length}}), Status::Ok);
        alone.push_back(harness.logits(sequence));
        harness.rewind(sequence);
    }
    ASSERT_EQ(harness.step({{0, 10}, {2, 40}}), Status::Ok);
    ASSERT_EQ(harness.step({{2, 1}, {1, 11}, {0, 19}}), Status::Ok);
    ASSERT_EQ(harness.step({{1, 1}, {0, 1}, {2, 4}}), Status::Ok);
    for (std::size_t i = 0; i < alone.size(); ++i)
        EXPECT_EQ(harness.logits(i), alone[i]);
}

TEST_P(ProgramTest, SamplesFromTheLogits) {
    ASSERT_EQ(harness.prepare(kLimits), Status::Ok);
    const std::size_t sequence = harness.addSequence(5, kVocabulary);
    ASSERT_EQ(harness.step({{sequence, 5}}), Status::Ok);
    std::vector<SamplingRow> rows(5);
    for (SamplingRow& row : rows)
        row.temperature = 0.0F;
    std::vector<SampleResult> results(5);
    ASSERT_EQ(harness.executable().sample(rows, results), Status::Ok);
    const std::vector<float>& logits = harness.logits(sequence);
    for (std::size_t i = 0; i < 5; ++i) {
        const auto begin = logits.begin() + std::ptrdiff_t(i) * kVocabulary;
        EXPECT_EQ(results[i].token, std::max_element(begin, begin + kVocabulary) - begin);
    }
    rows.resize(6);
    results.resize(6);
    EXPECT_EQ(harness.executable().sample(rows, results), Status::InvalidArgument);
}

TEST_P(ProgramTest, PrefillWithoutLogitsRuns) {
    ASSERT_EQ(harness.prepare(kLimits), Status::Ok);
    OneStep step;
    step.logitRows.clear();
    ASSERT_EQ(step.stage(harness.executable()), Status::Ok);
    EXPECT_EQ(harness.executable().run(harness.arenas()), Status::Ok);
    EXPECT_EQ(harness.executable().readLogits({}), Status::Ok);
}

TEST_P(ProgramTest, RefusesStepsThatContradictThemselves) {
    ASSERT_EQ(harness.prepare(kLimits), Status::Ok);
    Executable& executable = harness.executable();
    const auto refuses = [&](auto change) {
        OneStep step;
        change(step);
        return step.stage(executable) == Status::InvalidArgument &&
               executable.run(harness.arenas()) == Status::InvalidArgument;
    };
    const auto largest = std::numeric_limits<std::int32_t>::max();
    EXPECT_FALSE(refuses([](OneStep&) {}));
    EXPECT_TRUE(refuses([](OneStep& s) { s.tokens.clear(); }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.tokens[1] = kVocabulary; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.tokens[1] = -1; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.positions[2] = 3; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.positions.pop_back(); }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.starts = {0, 2}; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.starts = {1, 3}; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.starts = {0}; }));
    EXPECT_TRUE(refuses([](OneStep& s) {
        s.starts = {0, 4, 3};
        s.contexts = {4, 1};
    }));
    EXPECT_TRUE(refuses([](OneStep& s) {
        s.starts = {0, -1, 3};
        s.contexts = {4, 4};
    }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.contexts = {2}; }));
    EXPECT_TRUE(refuses([&](OneStep& s) { s.contexts = {largest}; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.logitRows = {3}; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.logitRows = {-1}; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.logitRows.assign(65, 0); }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.table = {-1}; }));
    EXPECT_TRUE(refuses([&](OneStep& s) { s.table = {largest}; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.table.clear(); }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.stride = 0; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.stride = -1; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.firstBlocks = {1}; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.firstBlocks = {-1}; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.groups = 2; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.adapters = {-2}; }));
    EXPECT_TRUE(refuses([](OneStep& s) { s.treeMask = {1, 3, 7}; }));
    EXPECT_TRUE(refuses([](OneStep& s) {
        s.treeMask = {1, 3};
        s.treeMaskWords = 1;
    }));
    EXPECT_TRUE(refuses([](OneStep& s) {
        s.treeMask = {1, 0, 3, 0, 7, 0}; // 64 tokens a step need no second word.
        s.treeMaskWords = 2;
    }));
    // A block that the arena doesn't have is seen when the arena is.
    OneStep step;
    step.table = {64};
    ASSERT_EQ(step.stage(executable), Status::Ok);
    EXPECT_EQ(executable.run(harness.arenas()), Status::InvalidArgument);
    EXPECT_EQ(executable.run({}), Status::InvalidArgument);
    step.table = {63};
    ASSERT_EQ(step.stage(executable), Status::Ok);
    std::vector<float> logits(kVocabulary);
    EXPECT_EQ(executable.readLogits(logits), Status::InvalidArgument); // Not run yet.
    EXPECT_EQ(executable.run(harness.arenas()), Status::Ok);
    EXPECT_EQ(executable.readLogits(logits), Status::Ok);
    step.adapters = {0};
    EXPECT_EQ(step.stage(executable), Status::Unsupported);
}

TEST_P(ProgramTest, TreeMasksHaveFourWordsAtMost) {
    ExecutionLimits limits = kLimits;
    limits.maxTokens = limits.maxContext = 512;
    ASSERT_EQ(harness.prepare(limits), Status::Ok);
    const auto stage = [&](std::int32_t tokens, std::int32_t words) {
        OneStep step;
        step.tokens.assign(std::size_t(tokens), 1);
        step.positions.assign(std::size_t(tokens), 0);
        step.starts = {0, tokens};
        step.contexts = {tokens};
        step.table.assign(std::size_t((tokens + 15) / 16), 5);
        step.stride = std::int32_t(step.table.size());
        step.treeMask.assign(std::size_t(tokens * words), 1);
        step.treeMaskWords = words;
        return step.stage(harness.executable());
    };
    EXPECT_EQ(stage(256, 4), Status::Ok);
    EXPECT_EQ(stage(257, 4), Status::InvalidArgument);
    EXPECT_EQ(stage(257, 5), Status::InvalidArgument);
    EXPECT_EQ(stage(3, 5), Status::InvalidArgument);
}

TEST_P(ProgramTest, RefusesBrokenPrograms) {
    const auto refuses = [&](auto change, Status wanted = Status::InvalidArgument) {
        ProgramHarness broken(*backend, 1);
        buildModel(broken, DType::F32);
        change(broken);
        return broken.prepare(kLimits) == wanted;
    };
    using Harness = ProgramHarness;
    const auto at = []<typename Op>(Harness& h, std::type_identity<Op>) -> Op& {
        for (Operation& operation : h.program.operations)
            if (auto* op = std::get_if<Op>(&operation))
                return *op;
        throw std::logic_error("no such operation");
    };
    constexpr std::type_identity<EmbedOp> embed;
    constexpr std::type_identity<NormOp> norm;
    constexpr std::type_identity<LinearOp> linear;
    constexpr std::type_identity<RopeOp> rope;
    constexpr std::type_identity<StoreKvOp> store;
    constexpr std::type_identity<AttentionOp> attention;
    constexpr std::type_identity<ActivationOp> activation;
    EXPECT_TRUE(refuses([](Harness&) {}, Status::Ok));
    EXPECT_TRUE(refuses([](Harness& h) { h.program.values[0].width = 0; }));
    EXPECT_TRUE(refuses([](Harness& h) { h.program.values[0].width = 47; }));
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, embed).table = 999; }));
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, embed).table = 1; })); // A vector.
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, embed).out.value = 99; }));
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, embed).out.offset = 1; }));
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, norm).width = 0; }));
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, norm).width = 36; }));
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, norm).in.value = 2; })); // Not written yet.
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, linear).weight = 0; }));
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, linear).bias = 1; })); // As long as the input.
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, rope).rotaryWidth = 26; }));
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, rope).frequencies.pop_back(); }));
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, store).layer = 2; }));
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, store).group = 1; }));
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, store).values = {}; }));
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, attention).heads = 5; }));
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, attention).alibi = {1.0F}; }));
    EXPECT_TRUE(refuses([&](Harness& h) { at(h, activation).up.width = 1; }));
    EXPECT_TRUE(refuses([](Harness& h) { h.program.logits.value = 0; }));
    EXPECT_TRUE(refuses([](Harness& h) { h.kv[0].valueWidth = 23; }));
    EXPECT_TRUE(refuses([](Harness& h) { h.program.operations.push_back(AllReduceOp{}); },
                        Status::Unsupported));
}

TEST_P(ProgramTest, EveryAllocationMayFail) {
    int failures = 0;
    for (;; ++failures) {
        ProgramHarness attempt(*backend, 31);
        buildModel(attempt, DType::F16);
        failAllocationAfter(failures);
        const Status status = attempt.prepare(kLimits);
        failAllocationAfter(-1);
        if (status == Status::Ok)
            break;
        ASSERT_EQ(status, Status::OutOfMemory) << "allocation " << failures;
        ASSERT_LT(failures, 1000);
    }
    EXPECT_GT(failures, 30);
}

TEST_P(ProgramTest, CountsItsScratch) {
    ASSERT_EQ(harness.prepare(kLimits), Status::Ok);
    const std::size_t small = harness.executable().scratchBytes();
    ProgramHarness larger(*backend, 31);
    buildModel(larger, DType::F32);
    ExecutionLimits limits = kLimits;
    limits.maxTokens = 640;
    ASSERT_EQ(larger.prepare(limits), Status::Ok);
    EXPECT_GT(larger.executable().scratchBytes(), small + 500 * (kHidden + kInner) * sizeof(float));
}

HEARTH_AT_EACH_BACKEND(ProgramTest);

} // namespace hearth::kernels::testing
