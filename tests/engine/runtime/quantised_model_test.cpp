#include "engine/runtime/engine_harness.h"
#include "formats/checkpoint.h"
#include "formats/quantised/unpacked_matrix.h"
#include "formats/safetensors.h"
#include "support/make_safetensors.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

using namespace hearth;
using namespace hearth::test;

namespace {

namespace fs = std::filesystem;

template<typename T>
std::vector<T> numbersOf(const SafetensorsFile& file, const char* name) {
    const SafetensorsTensor* tensor = file.findTensor(name);
    EXPECT_NE(tensor, nullptr) << name;
    std::vector<T> numbers(tensor->data.size() / sizeof(T));
    std::memcpy(numbers.data(), tensor->data.data(), tensor->data.size());
    return numbers;
}

/// A folder of tests/data/formats/quantised with a whole llama.
class QuantisedModel : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        auto reference = SafetensorsFile::open(folder() / "reference.safetensors");
        ASSERT_TRUE(reference);
        const auto tokens = numbersOf<std::int64_t>(*reference, "tokens");
        m_tokens.assign(tokens.begin(), tokens.end());
        m_wanted = numbersOf<float>(*reference, "logits");
    }
    [[nodiscard]] static fs::path folder() {
        return fs::path(HEARTH_TEST_DATA) / "formats" / "quantised" / GetParam();
    }
    /// Logits of the reference's tokens, float32 throughout.
    [[nodiscard]] std::vector<float> logits(const fs::path& model) {
        EngineHarness harness;
        LoadOptions options;
        options.device = DeviceChoice::Cpu;
        options.kvType = KvType::F32;
        options.exactActivations = true;
        options.promptLogits = true;
        options.exactActivations = true;
        const auto engine = harness.host().load(model.string(), "quantised", options);
        EXPECT_TRUE(engine) << (engine ? "" : engine.error().message());
        std::vector<float> got;
        if (!engine)
            return got;
        Request request = greedy(m_tokens, 1);
        request.promptLogits = true;
        request.usePrefixCache = false;
        Recorder reply;
        EXPECT_TRUE((*engine)->submit(request, reply.handler()));
        EXPECT_TRUE(reply.wait());
        EXPECT_FALSE(reply.failed) << (reply.failed ? reply.failed->message() : "");
        for (const LogitsEvent& event : reply.logits)
            got.insert(got.end(), event.logits.begin(), event.logits.end());
        return got;
    }
    /// max|Δ| over max|wanted|.
    static double error(const std::vector<float>& got, const std::vector<float>& wanted) {
        EXPECT_EQ(got.size(), wanted.size());
        double largest = 0.0;
        double difference = 0.0;
        for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); ++i) {
            largest = std::max(largest, double(std::fabs(wanted[i])));
            const double one = std::fabs(double(got[i]) - double(wanted[i]));
            difference = std::isnan(one) ? INFINITY : std::max(difference, one);
        }
        return difference / largest;
    }

    std::vector<std::int32_t> m_tokens;
    std::vector<float> m_wanted;
};

/// The same model with its matrices as float32.
void writeWidened(const Checkpoint& from, const TemporaryFolder& to) {
    SafetensorsBuilder builder;
    for (const TensorView& tensor : from.tensors()) {
        if (!tensor.stored && tensor.type != kernels::DType::F32)
            continue; // no weight
        std::string data(reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size());
        if (tensor.stored) {
            const std::int64_t columns = tensor.shape[1];
            const auto rows =
                UnpackedMatrix::unpack(*tensor.stored, {0, tensor.shape[0], 0, columns});
            ASSERT_TRUE(rows) << rows.error().message();
            std::vector<float> numbers(tensor.elements());
            for (std::int64_t row = 0; row < tensor.shape[0]; ++row)
                (*rows)->expandRow(row, numbers.data() + row * columns);
            data.assign(reinterpret_cast<const char*>(numbers.data()), numbers.size() * 4);
        }
        builder.tensor(std::string(tensor.name), "F32", tensor.shape, data);
    }
    to.write("model.safetensors", builder.build());
    nlohmann::json config = from.config();
    config.erase("quantization_config");
    to.write("config.json", config.dump());
}

} // namespace

TEST_P(QuantisedModel, GivesTheReferencesLogits) {
    EXPECT_LE(error(logits(folder()), m_wanted), 1e-5);
}

TEST_P(QuantisedModel, GivesTheLogitsOfItsDequantisedWeights) {
    const auto checkpoint = Checkpoint::open(folder());
    ASSERT_TRUE(checkpoint) << checkpoint.error().message();
    const TemporaryFolder widened;
    writeWidened(*checkpoint, widened);
    EXPECT_LE(error(logits(folder()), logits(widened.path())), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Formats, QuantisedModel,
                         testing::Values("model_awq", "model_gptq", "model_ct", "model_fp8",
                                         "model_nf4", "model_int8"),
                         [](const auto& test) { return std::string(test.param); });
