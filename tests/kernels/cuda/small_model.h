#pragma once

#include "kernels/program_harness.h"

namespace hearth::kernels::testing {

/// A program with every kind of launch: embedding, norm, products, rope, cache, attention, head.
inline void buildSmallModel(ProgramHarness& harness) {
    constexpr std::int32_t kHeads = 4;
    constexpr std::int32_t kKvHeads = 2;
    constexpr std::int32_t kWidth = 16;
    constexpr std::int32_t kHidden = 40;
    constexpr std::int32_t kVocabulary = 50;
    KvLayout layout;
    layout.dtype = DType::F32;
    layout.bits = 32;
    layout.layers = 1;
    layout.kvHeads = kKvHeads;
    layout.keyWidth = layout.valueWidth = kWidth;
    harness.kv = {layout};
    const ValueId x = harness.addValue(kHidden);
    const ValueId normed = harness.addValue(kHidden);
    const ValueId qkv = harness.addValue((kHeads + 2 * kKvHeads) * kWidth);
    const ValueId mixed = harness.addValue(kHeads * kWidth);
    const ValueId chosen = harness.addValue(kHidden, Rows::Logits);
    const ValueId logits = harness.addValue(kVocabulary, Rows::Logits);
    const WeightId table = harness.addMatrix(kVocabulary, kHidden);
    auto& operations = harness.program.operations;
    operations.push_back(EmbedOp{table, kNone, 1.0F, harness.whole(x)});
    operations.push_back(NormOp{NormKind::Rms, harness.whole(x), harness.whole(normed), kHidden,
                                harness.addVector(kHidden, 1.0F, 0.2F)});
    operations.push_back(LinearOp{harness.whole(normed), harness.whole(qkv),
                                  harness.addMatrix((kHeads + 2 * kKvHeads) * kWidth, kHidden)});
    const View keys = harness.view(qkv, kHeads * kWidth, kKvHeads * kWidth);
    RopeOp rope{keys, kWidth, kWidth, RopePairing::Halves, {}, 1.0F};
    rope.frequencies.assign(kWidth / 2, 0.1F);
    operations.push_back(rope);
    operations.push_back(
        StoreKvOp{keys, harness.view(qkv, (kHeads + kKvHeads) * kWidth, kKvHeads * kWidth), 0, 0});
    AttentionOp attention;
    attention.queries = harness.view(qkv, 0, kHeads * kWidth);
    attention.out = harness.whole(mixed);
    attention.heads = kHeads;
    attention.scale = 0.25F;
    operations.push_back(attention);
    LinearOp output{harness.whole(mixed), harness.whole(x),
                    harness.addMatrix(kHidden, kHeads * kWidth, 0.1F)};
    output.accumulate = true;
    operations.push_back(output);
    operations.push_back(SelectRowsOp{harness.whole(x), harness.whole(chosen)});
    operations.push_back(LinearOp{harness.whole(chosen), harness.whole(logits), table});
    harness.program.logits = harness.whole(logits);
}

} // namespace hearth::kernels::testing
