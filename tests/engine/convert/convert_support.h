#pragma once

#include "convert/convert.h"
#include "convert/row_conversion.h"
#include "convert/weight_sink.h"
#include "models/architecture.h"
#include "models/decoder_program.h"
#include "models/model_spec.h"
#include "models/weight_loader.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hearth::test {

/// Remembers every weight's numbers.
class NumberSink final : public WeightSink {
public:
    std::vector<std::vector<float>> weights;

    Result<void> take(WeightShape /*shape*/,
                      std::span<const kernels::WeightSource> parts) override {
        std::vector<float>& numbers = weights.emplace_back();
        for (const kernels::WeightSource& part : parts)
            for (std::int64_t row = 0; row < part.rows; ++row) {
                numbers.resize(numbers.size() + std::size_t(part.columns));
                if (!expandRow(part, row, numbers.data() + numbers.size() - part.columns))
                    return fail(ErrorCode::Unsupported);
            }
        return {};
    }
};

inline Checkpoint openModel(const std::filesystem::path& path) {
    auto checkpoint = Checkpoint::open(path);
    EXPECT_TRUE(checkpoint) << checkpoint.error().message();
    return *std::move(checkpoint);
}

inline std::string fixturePath(const std::string& name) {
    return std::string(HEARTH_TEST_DATA) + "/models/" + name;
}

/// What a rank gets of a model's weights.
inline std::vector<std::vector<float>> weightsOf(const Checkpoint& checkpoint,
                                                 const Shard& shard = {}) {
    const auto spec = describeAnyModel(checkpoint);
    EXPECT_TRUE(spec) << spec.error().message();
    const DecoderProgram program = programOf(*spec, checkpoint, shard);
    NumberSink sink;
    const auto loaded = loadWeights(checkpoint, program.weights, sink, {}, {});
    EXPECT_TRUE(loaded) << loaded.error().message();
    return std::move(sink.weights);
}

inline ConvertOptions optionsFor(const std::filesystem::path& destination,
                                 std::int32_t ranks = 1) {
    ConvertOptions options;
    options.modelName = "base";
    options.destination = destination;
    options.tensorParallel = ranks;
    return options;
}

} // namespace hearth::test
