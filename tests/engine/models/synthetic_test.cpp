#include "engine/models/recording_backend.h"
#include "models/architecture.h"
#include "models/decoder_program.h"
#include "models/weight_loader.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

using namespace hearth;
using namespace hearth::test;
using kernels::DType;

namespace {

struct Published {
    const char* shape;
    double parameters; ///< Billions.
};

DecoderProgram programOf(const Checkpoint& checkpoint) {
    const auto decoder = describeModel(checkpoint);
    EXPECT_TRUE(decoder) << decoder.error().message();
    return buildDecoderProgram(*decoder, checkpoint, DType::BF16, 16, Shard{});
}

} // namespace

TEST(Synthetic, ShapesAreThePublishedModels) {
    for (const Published& model : {Published{"smollm2-135m", 0.1345}, Published{"llama-1b", 1.2358},
                                   Published{"llama-3b", 3.2127}, Published{"llama-2-7b", 6.7384},
                                   Published{"llama-3-8b", 8.0303}, Published{"qwen2.5-7b", 7.6156},
                                   Published{"llama-3-70b", 70.5537},
                                   Published{"qwen3-30b-a3b", 30.5321}}) {
        const auto checkpoint = Checkpoint::open(std::string("synthetic:") + model.shape);
        ASSERT_TRUE(checkpoint) << checkpoint.error().message();
        EXPECT_TRUE(checkpoint->isSynthetic());
        const DecoderProgram program = programOf(*checkpoint);
        EXPECT_TRUE(checkWeights(*checkpoint, program.weights)) << model.shape;
        std::uint64_t parameters = 0;
        for (const TensorView& tensor : checkpoint->tensors())
            parameters += tensor.elements();
        EXPECT_NEAR(double(parameters) / 1e9, model.parameters, 1e-4) << model.shape;
        EXPECT_EQ(weightBytes(*checkpoint, program.weights), checkpoint->fileBytes());
        EXPECT_EQ(checkpoint->fileBytes(), 2 * parameters);
    }
}

TEST(Synthetic, FormatsTakeTheBytesThatAFileWould) {
    const auto bytesOf = [](const std::string& format) {
        const auto checkpoint = Checkpoint::open("synthetic:llama-3-8b:" + format);
        EXPECT_TRUE(checkpoint) << format;
        const DecoderProgram program = programOf(*checkpoint);
        EXPECT_TRUE(checkWeights(*checkpoint, program.weights)) << format;
        return double(weightBytesOn(DType::BF16, *checkpoint, program.weights));
    };
    const double outside = 2.0 * 2 * 128256 * 4096; // embedding and head
    const double norms = 4.0 * 4096 * 65;
    const double linear = 32.0 * (4096.0 * 4096 * 2 + 2.0 * 1024 * 4096 + 3.0 * 14336 * 4096);
    EXPECT_DOUBLE_EQ(bytesOf("bf16"), outside + norms + 2 * linear);
    EXPECT_DOUBLE_EQ(bytesOf("w4g128"), outside + norms + linear * (0.5 + 4.0 / 128));
    EXPECT_DOUBLE_EQ(bytesOf("w8"), outside + norms + linear * (1.0 + 4.0 / 128));
    EXPECT_DOUBLE_EQ(bytesOf("fp8"), outside + norms + linear);
    EXPECT_DOUBLE_EQ(bytesOf("q4_0"), outside + norms + linear * 18 / 32);
    EXPECT_DOUBLE_EQ(bytesOf("q4_k"), outside + norms + linear * 144 / 256);
}

TEST(Synthetic, WeightsReachTheBackendWithASeedInPlaceOfData) {
    const auto checkpoint = Checkpoint::open("synthetic:smollm2-135m:w4g128");
    ASSERT_TRUE(checkpoint);
    const DecoderProgram program = programOf(*checkpoint);
    RecordingBackend backend;
    const auto loaded = loadWeights(*checkpoint, program.weights, backend, {}, {});
    ASSERT_TRUE(loaded) << loaded.error().message();
    ASSERT_EQ(backend.parts.size(), 30u * 7 + 1 + 30 * 2 + 1);
    int grouped = 0;
    std::set<std::uint64_t> seeds;
    for (const RecordingBackend::Part& part : backend.parts) {
        EXPECT_EQ(part.source.data, nullptr);
        seeds.insert(part.source.seed);
        if (!part.groups)
            continue;
        ++grouped;
        EXPECT_EQ(part.source.type, DType::U8);
        EXPECT_EQ(part.groups->bits, 4);
        EXPECT_EQ(part.groups->groupSize, 128);
        EXPECT_EQ(part.source.rowBytes, part.source.columns / 2);
    }
    EXPECT_EQ(grouped, 30 * 7);
    EXPECT_EQ(seeds.size(), backend.parts.size());

    // The tied embedding is read by every step, as the head.
    const StepCost cost = stepCost(program.program, loaded->sizes, program.kv);
    EXPECT_EQ(cost.weightBytes, loaded->bytes);
    EXPECT_EQ(cost.headParameters, 49152u * 576);
}

TEST(Synthetic, AnUntiedEmbeddingIsNotReadByAStep) {
    const auto checkpoint = Checkpoint::open("synthetic:llama-3-8b");
    ASSERT_TRUE(checkpoint);
    const DecoderProgram program = programOf(*checkpoint);
    RecordingBackend backend;
    const auto loaded = loadWeights(*checkpoint, program.weights, backend, {}, {});
    ASSERT_TRUE(loaded);
    const StepCost cost = stepCost(program.program, loaded->sizes, program.kv);
    EXPECT_EQ(loaded->bytes - cost.weightBytes, 2u * 128256 * 4096);
    EXPECT_EQ(cost.layerParameters,
              32u * (4096ull * 4096 * 2 + 2ull * 1024 * 4096 + 3ull * 14336 * 4096));
}

TEST(Synthetic, AStepReadsTheExpertsThatATokenChooses) {
    const auto checkpoint = Checkpoint::open("synthetic:qwen3-30b-a3b:w4g128");
    ASSERT_TRUE(checkpoint);
    const DecoderProgram program = programOf(*checkpoint);
    RecordingBackend backend;
    const auto loaded = loadWeights(*checkpoint, program.weights, backend, {}, {});
    ASSERT_TRUE(loaded) << loaded.error().message();
    const StepCost cost = stepCost(program.program, loaded->sizes, program.kv);
    const std::uint64_t expert = 48ull * 3 * 768 * 2048; // one of each layer
    const std::uint64_t attention = 48ull * (2 * 4096 * 2048 + 2 * 512 * 2048 + 128 * 2048);
    EXPECT_EQ(cost.layerParameters, attention + 8 * expert);
    EXPECT_EQ(cost.unusedParameters, 120 * expert);
    // "A3B": 3.3 billion of 30.5.
    EXPECT_NEAR(double(loaded->parameters - cost.unusedParameters) / 1e9, 3.35, 0.01);
    EXPECT_EQ(cost.expertShare, 8.0 / 128);
    EXPECT_EQ(cost.expertBytes, 128 * expert / 2); // the recording backend counts codes alone
    const std::uint64_t table = 2ull * 151936 * 2048;
    EXPECT_EQ(cost.weightBytes, loaded->bytes - table - cost.expertBytes * 120 / 128);
    EXPECT_EQ(cost.attentionOperations, 48ull * 4 * 32 * 128);
}

TEST(Synthetic, AMixtureOfExpertsHasEveryFormat) {
    for (const char* const format : {"bf16", "w4g128", "w8", "fp8", "q4_0", "q4_k"}) {
        const auto checkpoint = Checkpoint::open(std::string("synthetic:qwen3-30b-a3b:") + format);
        ASSERT_TRUE(checkpoint) << checkpoint.error().message();
        const DecoderProgram program = programOf(*checkpoint);
        const auto checked = checkWeights(*checkpoint, program.weights);
        EXPECT_TRUE(checked) << checked.error().message();
        RecordingBackend backend;
        EXPECT_TRUE(loadWeights(*checkpoint, program.weights, backend, {}, {})) << format;
        // Embedding, head and norms, and in each layer four matrices of attention, a router, the
        // norms of block and head, and gate, up and down of 128 experts.
        EXPECT_EQ(backend.parts.size(), 2U + 1 + 48 * (4 + 1 + 4 + 3 * 128));
    }
}
