#include "convert/gguf_architecture.h"

#include "engine/convert/convert_support.h"
#include "models/architecture.h"

#include <functional>

using namespace hearth;
using namespace hearth::test;

namespace {

DecoderSpec specOf(const char* fixture) {
    auto decoder = describeModel(openModel(fixturePath(fixture)));
    EXPECT_TRUE(decoder);
    return *std::move(decoder);
}

} // namespace

TEST(GgufArchitecture, RefusesWhatReadersWouldComputeOtherwise) {
    using kernels::Activation;
    struct Case {
        const char* fixture;
        const char* field;
        std::function<void(DecoderSpec&)> change;
    };
    const auto activation = [](Activation kind) {
        return [kind](DecoderSpec& decoder) { decoder.activation = kind; };
    };
    const auto normalise = [](bool on) {
        return [on](DecoderSpec& decoder) { decoder.experts.normalise = on; };
    };
    const std::vector<Case> cases{
        {"llama", "activation", activation(Activation::GeluErf)},
        {"mixtral", "activation", activation(Activation::GeluTanh)},
        {"gpt2", "activation", activation(Activation::Relu)},
        {"gemma2", "activation", activation(Activation::Silu)},
        {"llama_yarn", "truncate",
         [](DecoderSpec& decoder) { decoder.forms[0].rope.truncate = false; }},
        {"gpt_oss", "truncate",
         [](DecoderSpec& decoder) {
             for (AttentionForm& form : decoder.forms)
                 form.rope.truncate = true;
         }},
        {"deepseek_v2_lite", "mscale",
         [](DecoderSpec& decoder) { decoder.forms[0].rope.magnitude = 1.1; }},
        {"qwen2_moe", "norm_topk_prob", normalise(true)},
        {"qwen3_moe", "norm_topk_prob", normalise(false)},
    };
    for (const Case& each : cases) {
        DecoderSpec decoder = specOf(each.fixture);
        ASSERT_TRUE(ggufArchitectureOf(decoder, "m")) << each.fixture;
        each.change(decoder);
        const auto refused = ggufArchitectureOf(decoder, "m");
        ASSERT_FALSE(refused) << each.fixture;
        EXPECT_EQ(refused.error().code, ErrorCode::Unsupported);
        EXPECT_EQ(refused.error().field, each.field);
    }
}

// Readers have the approximation alone, some 3e-4 away.
TEST(GgufArchitecture, TakesTheErrorFunctionsGeluForItsApproximation) {
    DecoderSpec decoder = specOf("gpt2");
    decoder.activation = kernels::Activation::GeluErf;
    EXPECT_TRUE(ggufArchitectureOf(decoder, "m"));
}
