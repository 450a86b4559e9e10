#include "models/architecture.h"

#include "support/temporary_folder.h"
#include "support/tiny_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace hearth;
using namespace hearth::test;

namespace {

Result<DecoderSpec> describe(const std::filesystem::path& path) {
    HEARTH_TRY_ASSIGN(const Checkpoint checkpoint, Checkpoint::open(path));
    return describeModel(checkpoint);
}

Result<DecoderSpec> describeKeys(const TinyModel& model,
                             const std::function<void(GgufBuilder&)>& more = {}) {
    const TemporaryFolder folder;
    GgufBuilder builder = tinyKeys(model);
    if (more)
        more(builder);
    builder.tensor("token_embd.weight", {4, 4}, kernels::DType::F32, std::string(64, '\0'));
    return describe(folder.write("m.gguf", builder.build()));
}

std::filesystem::path fixture(const std::string& name) {
    return std::filesystem::path(HEARTH_TEST_DATA) / "models" / name;
}

} // namespace

TEST(Architecture, ReadsOldAndNewRopeKeys) {
    const auto llama3 = describe(fixture("llama3_rope"));
    ASSERT_TRUE(llama3) << llama3.error().message();
    EXPECT_EQ(llama3->forms[0].rope.scaling, RopeScaling::Llama3);
    EXPECT_EQ(llama3->forms[0].rope.base, 500000.0);
    EXPECT_EQ(llama3->forms[0].rope.originalContext, 64.0);
    EXPECT_TRUE(llama3->tiedHead);
    const auto yarn = describe(fixture("llama_yarn"));
    ASSERT_TRUE(yarn) << yarn.error().message();
    EXPECT_EQ(yarn->forms[0].rope.scaling, RopeScaling::Yarn);
    EXPECT_EQ(yarn->forms[0].rope.factor, 4.0);
    const auto linear = describe(fixture("llama_linear"));
    ASSERT_TRUE(linear) << linear.error().message();
    EXPECT_EQ(linear->forms[0].rope.scaling, RopeScaling::Linear);
    const auto qwen2 = describe(fixture("qwen2"));
    ASSERT_TRUE(qwen2) << qwen2.error().message();
    EXPECT_EQ(qwen2->headWidth, 16);
    EXPECT_EQ(qwen2->eosTokens, std::vector<std::int32_t>{2});
}

/// A llama's config with other keys, beside weights that nobody reads.
Result<DecoderSpec> describeConfig(const std::string& keys) {
    const TemporaryFolder folder;
    std::filesystem::copy(fixture("llama") / "model.safetensors",
                          folder.path() / "model.safetensors");
    folder.write("config.json", R"({"num_hidden_layers": 3, "hidden_size": 64,
                     "intermediate_size": 160, "num_attention_heads": 4, "vocab_size": 512,
                     "max_position_embeddings": 512, )" + keys + "}");
    return describe(folder.path());
}

TEST(Architecture, IsKnownByItsClassWhereTheTypeIsOdd) {
    const auto odd =
        describeConfig(R"("model_type": "mine", "architectures": ["Qwen2ForCausalLM"])");
    ASSERT_TRUE(odd) << odd.error().message();
    EXPECT_EQ(odd->architecture, "qwen2");
    const auto none = describeConfig(R"("architectures": ["LlamaForCausalLM"])");
    ASSERT_TRUE(none) << none.error().message();
    EXPECT_EQ(none->architecture, "llama");
}

TEST(Architecture, NullSwitchesOffWhatIsTheDefault) {
    const auto capped = describeConfig(R"("model_type": "gemma2")");
    ASSERT_TRUE(capped) << capped.error().message();
    EXPECT_EQ(capped->attentionSoftcap, 50.0F);
    EXPECT_EQ(capped->finalSoftcap, 30.0F);
    const auto open = describeConfig(R"("model_type": "gemma2", "attn_logit_softcapping": null,
                                        "final_logit_softcapping": null)");
    ASSERT_TRUE(open) << open.error().message();
    EXPECT_EQ(open->attentionSoftcap, 0.0F);
    EXPECT_EQ(open->finalSoftcap, 0.0F);
}

// What transformers' classes say of keys that a config leaves out.
TEST(Architecture, ConfigsLeaveOutWhatTheirClassSays) {
    struct Case {
        std::string type;
        double base;
        float epsilon;
        kernels::Activation activation = kernels::Activation::Silu;
        std::string more = {};
    };
    const std::string experts = R"(, "num_experts_per_tok": 2, "num_local_experts": 4)";
    for (const Case& wanted : {Case{"llama", 1e4, 1e-6F}, Case{"mistral", 1e4, 1e-6F},
                               Case{"mixtral", 1e6, 1e-5F}, Case{"phi3", 1e4, 1e-5F},
                               Case{"glm", 1e4, 1.5625e-7F}, Case{"glm4", 1e4, 1.5625e-7F},
                               Case{"smollm3", 2e6, 1e-6F}, Case{"stablelm", 1e4, 1e-5F},
                               Case{"gpt_oss", 150000.0, 1e-5F,
                                    kernels::Activation::ClampedSwiglu, experts},
                               Case{"starcoder2", 1e4, 1e-5F, kernels::Activation::GeluTanh}}) {
        const auto read = describeConfig(R"("model_type": ")" + wanted.type + "\"" + wanted.more);
        ASSERT_TRUE(read) << read.error().message();
        EXPECT_EQ(read->forms[0].rope.base, wanted.base) << wanted.type;
        EXPECT_EQ(read->norm.epsilon, wanted.epsilon) << wanted.type;
        EXPECT_EQ(read->activation, wanted.activation) << wanted.type;
    }
}

TEST(Architecture, LongRopeHasThreeNames) {
    for (const std::string type : {"longrope", "su", "yarn"}) {
        const auto decoder = describeConfig(
            R"("model_type": "phi3", "original_max_position_embeddings": 128,
               "rope_scaling": {"short_factor": [1, 1, 1, 1, 1, 1, 1, 1],
                                "long_factor": [2, 2, 2, 2, 2, 2, 2, 2], "type": ")" +
            type + "\"}");
        ASSERT_TRUE(decoder) << decoder.error().message();
        EXPECT_EQ(decoder->forms[0].rope.scaling, RopeScaling::LongRope);
        EXPECT_EQ(decoder->forms[0].rope.originalContext, 128.0);
        EXPECT_NEAR(ropeMagnitude(decoder->forms[0].rope),
                    std::sqrt(1.0 + std::log(4.0) / std::log(128.0)), 1e-6);
    }
}

TEST(Architecture, WindowsBelongToTheirLayers) {
    const auto full = describeConfig(
        R"("model_type": "qwen2", "use_sliding_window": false, "sliding_window": 32)");
    ASSERT_TRUE(full);
    EXPECT_EQ(full->forms.size(), 1U);
    EXPECT_EQ(full->forms[0].window, 0);
    const auto some = describeConfig(R"("model_type": "qwen2", "use_sliding_window": true,
                                        "sliding_window": 32, "max_window_layers": 2)");
    ASSERT_TRUE(some);
    EXPECT_EQ(some->formOfLayer, (std::vector<std::uint8_t>{0, 0, 1}));
    EXPECT_EQ(some->forms[1].window, 32);
    const auto all = describeConfig(R"("model_type": "mistral", "sliding_window": 32)");
    ASSERT_TRUE(all);
    EXPECT_EQ(all->forms.size(), 1U);
    EXPECT_EQ(all->forms[0].window, 32);
    const auto longer = describeConfig(R"("model_type": "mistral", "sliding_window": 4096)");
    ASSERT_TRUE(longer);
    EXPECT_EQ(longer->forms[0].window, 0);
}

TEST(Architecture, BaichuansVersionAndPositionsAreTold) {
    const auto describeOne = [](const std::string& more) {
        return describeConfig(R"("model_type": "baichuan", )" + more);
    };
    const auto first = describeOne(R"("architectures": ["BaiChuanForCausalLM"])");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->names.output[0].transform, TensorTransform::None);
    EXPECT_TRUE(first->alibi.empty());
    const auto second = describeOne(R"("architectures": ["BaichuanForCausalLM"])");
    ASSERT_TRUE(second);
    EXPECT_EQ(second->names.output[0].transform, TensorTransform::NormalisedRows);
    const auto alibi = describeOne(
        R"("max_position_embeddings": null, "model_max_length": 4096)");
    ASSERT_TRUE(alibi) << alibi.error().message();
    EXPECT_EQ(alibi->trainedContext, 4096);
    EXPECT_EQ(alibi->alibi, (std::vector<float>{0.25F, 0.0625F, 0.015625F, 0.00390625F}));
    EXPECT_EQ(alibi->forms[0].rope.width, 0);
}

TEST(Architecture, fault_013_features_that_cannot_run_are_named) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"("model_type": "chatglm", "position_encoding_2d": true)", "position_encoding_2d"},
        {R"("model_type": "gpt2", "scale_attn_by_inverse_layer_idx": true)",
         "scale_attn_by_inverse_layer_idx"},
        {R"("model_type": "llama", "hidden_act": "sine")", "hidden_act"},
        {R"("model_type": "qwen2", "use_sliding_window": true,
            "layer_types": ["full_attention", "linear_attention", "full_attention"])",
         "layer_types"},
        {R"("model_type": "internlm", "rotary": {"type": "wavy"})", "rotary.type"},
    };
    for (const auto& [keys, field] : cases) {
        const auto decoder = describeConfig(keys);
        ASSERT_FALSE(decoder) << keys;
        EXPECT_EQ(decoder.error().code, ErrorCode::Unsupported) << decoder.error().message();
        EXPECT_EQ(decoder.error().field, field);
    }
}

TEST(Architecture, fault_011_absurd_config_values) {
    const std::string longrope = R"("model_type": "phi3", "rope_scaling": {"type": "longrope",
        "original_max_position_embeddings": 64, )";
    const std::vector<std::string> cases{
        R"("model_type": "gemma3_text", "num_hidden_layers": 1000000000)",
        R"("model_type": "gemma3_text", "sliding_window_pattern": 0)",
        R"("model_type": "gemma2", "query_pre_attn_scalar": 0)",
        R"("model_type": "gemma2", "attn_logit_softcapping": -1)",
        R"("model_type": "gemma2", "final_logit_softcapping": 1e300)",
        R"("model_type": "granite", "residual_multiplier": 1e300)",
        R"("model_type": "mistral", "sliding_window": -4)",
        R"("model_type": "internlm2", "num_key_value_heads": 0)",
        R"("model_type": "internlm2", "num_key_value_heads": -3)",
        R"("model_type": "qwen", "intermediate_size": 161)",
        R"("model_type": "qwen", "seq_length": 0, "use_logn_attn": true)",
        R"("model_type": "qwen", "seq_length": -5, "use_dynamic_ntk": true)",
        R"("model_type": "baichuan", "num_attention_heads": 1000000000)",
        R"("model_type": "llama", "rope_scaling": {"type": "dynamic", "factor": -1}) ",
        R"("model_type": "llama", "rope_scaling": {"type": "linear", "factor": 0})",
        longrope + R"("short_factor": [1, 1], "long_factor": [1, 1]})",
        longrope + R"("short_factor": [1, 1, 1, 1, 1, 1, 1, 0],
                      "long_factor": [1, 1, 1, 1, 1, 1, 1, 1]})",
        longrope + R"("short_factor": "x", "long_factor": [1]})",
        R"("model_type": "llama", "partial_rotary_factor": 2)",
        R"("model_type": "qwen2", "use_sliding_window": true, "layer_types": ["full_attention"])",
    };
    for (const std::string& keys : cases) {
        const auto decoder = describeConfig(keys);
        ASSERT_FALSE(decoder) << keys;
        EXPECT_EQ(decoder.error().code, ErrorCode::Corrupt) << decoder.error().message();
        EXPECT_FALSE(decoder.error().field.empty()) << keys;
    }
}

TEST(Architecture, fault_011_absurd_hyperparameters) {
    const std::vector<std::pair<const char*, std::function<void(TinyModel&)>>> cases{
        {"no layers", [](TinyModel& m) { m.layers = 0; }},
        {"10^9 layers", [](TinyModel& m) { m.layers = 1'000'000'000; }},
        {"no heads", [](TinyModel& m) { m.heads = 0; }},
        {"no KV heads", [](TinyModel& m) { m.kvHeads = 0; }},
        {"heads that KV heads do not divide", [](TinyModel& m) { m.kvHeads = 3; }},
        {"no hidden size", [](TinyModel& m) { m.hidden = 0; }},
        {"10^9 wide", [](TinyModel& m) { m.hidden = 1'000'000'000; }},
        {"no context", [](TinyModel& m) { m.context = 0; }},
        {"negative, read as unsigned", [](TinyModel& m) { m.feedForward = -1; }},
    };
    for (const auto& [name, change] : cases) {
        TinyModel model;
        change(model);
        const auto decoder = describeKeys(model);
        ASSERT_FALSE(decoder) << name;
        EXPECT_EQ(decoder.error().code, ErrorCode::Corrupt) << name;
        EXPECT_FALSE(decoder.error().path.empty()) << name;
        EXPECT_FALSE(decoder.error().field.empty()) << name;
    }
    constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
    const auto nan = describeKeys({}, [&](GgufBuilder& b) {
        b.add("llama.rope.scaling.type", "linear").add("llama.rope.scaling.factor", kNan);
    });
    ASSERT_FALSE(nan);
    EXPECT_EQ(nan.error().code, ErrorCode::Corrupt);
    EXPECT_EQ(nan.error().field, "rope factor");
    const auto odd = describeKeys(
        {}, [](GgufBuilder& b) { b.add("llama.rope.dimension_count", std::uint32_t{7}); });
    EXPECT_FALSE(odd);
}

TEST(Architecture, fault_013_unknown_architecture_is_named_not_called_corrupt) {
    TinyModel model;
    model.architecture = "mamba9";
    const auto decoder = describeKeys(model);
    ASSERT_FALSE(decoder);
    EXPECT_EQ(decoder.error().code, ErrorCode::Unsupported);
    EXPECT_NE(decoder.error().message().find("mamba9"), std::string::npos);

    const TemporaryFolder folder;
    folder.write("config.json", R"({"model_type": "rwkv12", "hidden_size": 8})");
    std::filesystem::copy(fixture("llama") / "model.safetensors",
                          folder.path() / "model.safetensors");
    const auto hub = describe(folder.path());
    ASSERT_FALSE(hub);
    EXPECT_EQ(hub.error().code, ErrorCode::Unsupported);
    EXPECT_EQ(hub.error().detail, "rwkv12");
}

TEST(Architecture, UnsupportedRopeTypeIsNamed) {
    const TemporaryFolder folder;
    std::filesystem::copy(fixture("llama") / "model.safetensors",
                          folder.path() / "model.safetensors");
    folder.write("config.json",
                 R"({"model_type": "llama", "num_hidden_layers": 3, "hidden_size": 64,
                     "intermediate_size": 160, "num_attention_heads": 4, "vocab_size": 512,
                     "max_position_embeddings": 512,
                     "rope_scaling": {"type": "wavy", "factor": 2.0}})");
    const auto decoder = describe(folder.path());
    ASSERT_FALSE(decoder);
    EXPECT_EQ(decoder.error().code, ErrorCode::Unsupported);
    EXPECT_EQ(decoder.error().field, "rope_scaling.type");
    EXPECT_EQ(decoder.error().detail, "wavy");
}

TEST(Architecture, ARopeWithoutItsFactorIsNotTakenForAPlainOne) {
    const auto fieldOf = [](const std::string& keys) {
        const auto decoder = describeConfig(keys);
        EXPECT_FALSE(decoder) << keys;
        EXPECT_EQ(decoder.error().code, ErrorCode::Corrupt);
        return decoder.error().field;
    };
    for (const char* type : {"linear", "dynamic", "llama3"})
        EXPECT_EQ(fieldOf(std::string(R"("model_type": "llama", "rope_scaling": {"type": ")") +
                          type + "\"}"),
                  "rope_scaling.factor");
    EXPECT_EQ(fieldOf(R"("model_type": "gemma3_text",
                         "rope_parameters": {"full_attention": {"rope_type": "linear"}})"),
              "rope_parameters.full_attention.factor");
}

TEST(Architecture, ConfigValuesOfTheWrongTypeAreNamed) {
    const TemporaryFolder folder;
    std::filesystem::copy(fixture("llama") / "model.safetensors",
                          folder.path() / "model.safetensors");
    for (const char* value :
         {"\"3\"", "3.5", "-9223372036854775808", "1e99", "[3]", "null", "4294967299"}) {
        folder.write("config.json",
                     std::string(R"({"model_type": "llama", "num_hidden_layers": )") + value + "}");
        const auto decoder = describe(folder.path());
        ASSERT_FALSE(decoder) << value;
        EXPECT_EQ(decoder.error().code, ErrorCode::Corrupt) << value;
        EXPECT_EQ(decoder.error().field, "num_hidden_layers") << value;
    }
}
