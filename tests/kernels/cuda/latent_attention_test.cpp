#include "kernels/operation_test.h"

/// The latents of DeepSeek's size, for which the backend has a kernel of its own.
namespace hearth::kernels::testing {

namespace {

constexpr std::int32_t kKeyWidth = 576;
constexpr std::int32_t kValueWidth = 512;
constexpr ExecutionLimits kLongLimits{160, 4, 0, 640, false};

class CudaLatent : public OperationTest {
protected:
    void build(std::int32_t heads, bool sinks = false) {
        restart(31);
        const bool isHalf = GetParam().name == "f16";
        KvLayout layout;
        layout.kind = KvKind::Latent;
        layout.dtype = isHalf ? DType::F16 : DType::BF16;
        layout.layers = 1;
        layout.kvHeads = 1;
        layout.keyWidth = kKeyWidth;
        harness.kv = {layout};
        const ValueId in = embed((heads + 1) * kKeyWidth + 8);
        const ValueId out = harness.addValue(heads * kValueWidth);
        harness.program.operations.push_back(
            StoreKvOp{harness.view(in, heads * kKeyWidth + 3, kKeyWidth), View{}, 0, 0});
        AttentionOp attention;
        attention.queries = harness.view(in, 3, heads * kKeyWidth);
        attention.out = harness.whole(out);
        attention.heads = heads;
        attention.scale = 2.0F / std::sqrt(float(kKeyWidth));
        if (sinks)
            attention.sinks = harness.addVector(heads);
        harness.program.operations.push_back(attention);
        harness.program.hidden = harness.whole(out);
    }
    void expectReferenceOf(std::size_t sequence) {
        // The cache is rounded, whatever the compute type.
        EXPECT_LT(relativeError(harness.hidden(sequence), harness.reference(sequence).hidden),
                  GetParam().allowed(3e-2));
    }
};

} // namespace

TEST_P(CudaLatent, PromptsAndSingleTokens) {
    for (const std::int32_t heads : {16, 21, 5}) {
        build(heads, heads == 5);
        ASSERT_EQ(harness.prepare(kLongLimits, 16), Status::Ok);
        for (const std::int32_t length : {1, 33, 80}) {
            const std::size_t sequence = harness.addSequence(length + 1, kVocabulary);
            ASSERT_EQ(harness.step({{sequence, length}}), Status::Ok);
            ASSERT_EQ(harness.step({{sequence, 1}}), Status::Ok);
            expectReferenceOf(sequence);
        }
    }
}

TEST_P(CudaLatent, DeterministicPiecesOfLongContexts) {
    build(8);
    ExecutionLimits limits = kLongLimits;
    limits.deterministic = true;
    ASSERT_EQ(harness.prepare(limits, 48), Status::Ok);
    const std::size_t alone = harness.addSequence(300, kVocabulary);
    ASSERT_EQ(harness.step({{alone, 160}}), Status::Ok);
    ASSERT_EQ(harness.step({{alone, 137}}), Status::Ok);
    for (std::int32_t i = 0; i < 3; ++i)
        ASSERT_EQ(harness.step({{alone, 1}}), Status::Ok);
    expectReferenceOf(alone);
    const std::vector<float> first = harness.hidden(alone);
    harness.rewind(alone);
    const std::size_t other = harness.addSequence(200, kVocabulary);
    ASSERT_EQ(harness.step({{other, 9}, {alone, 150}}), Status::Ok);
    ASSERT_EQ(harness.step({{alone, 149}, {other, 5}}), Status::Ok);
    ASSERT_EQ(harness.step({{other, 1}, {alone, 1}}), Status::Ok);
    EXPECT_EQ(harness.hidden(alone), first);
}

HEARTH_AT_EACH_BACKEND(CudaLatent);

} // namespace hearth::kernels::testing
