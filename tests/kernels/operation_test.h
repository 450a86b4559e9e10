#pragma once

#include "kernels/backend_under_test.h"
#include "kernels/program_harness.h"

namespace hearth::kernels::testing {

/// Tests of single operations: a program of one embedding whose columns are random, then what a
/// test adds to it.
class OperationTest : public AtEachBackend {
protected:
    static constexpr std::int32_t kVocabulary = 40;
    static constexpr ExecutionLimits kLimits{33, 4, 33, 64, false};

    void restart(std::uint32_t seed) { harness = ProgramHarness(*backend, seed); }

    /// The value that holds the embedding.
    ValueId embed(std::int32_t width, float scale = 1.0F) {
        const ValueId value = harness.addValue(width);
        harness.program.operations.push_back(
            EmbedOp{harness.addMatrix(kVocabulary, width), kNone, scale, harness.whole(value)});
        return value;
    }

    /// Compares `hidden` with the reference for sequences of several lengths.
    void expectReference(const View& hidden, double tolerance) {
        harness.program.hidden = hidden;
        ASSERT_EQ(harness.prepare(kLimits), Status::Ok);
        for (const std::int32_t length : {1, 2, 7, 33}) {
            const std::size_t sequence = harness.addSequence(length, kVocabulary);
            ASSERT_EQ(harness.step({{sequence, length}}), Status::Ok);
            EXPECT_LT(relativeError(harness.hidden(sequence), harness.reference(sequence).hidden),
                      GetParam().allowed(tolerance))
                << "length " << length;
        }
    }

    ProgramHarness harness{*backend, 17};
};

} // namespace hearth::kernels::testing
