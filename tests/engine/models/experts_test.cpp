#include "engine/models/expert_variants.h"
#include "engine/models/recording_backend.h"
#include "models/architecture.h"
#include "models/decoder_program.h"
#include "models/page_advisor.h"
#include "models/weight_loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

using namespace hearth;
using namespace hearth::test;
using kernels::DType;

namespace {

Result<DecoderSpec> describeExperts(const std::filesystem::path& path) {
    HEARTH_TRY_ASSIGN(const Checkpoint checkpoint, Checkpoint::open(path));
    return describeModel(checkpoint);
}

DecoderSpec describeFixture(const std::string& name) {
    return describeExperts(modelFolder(name)).value();
}

DecoderProgram programOf(const std::filesystem::path& path, const Shard& shard = {}) {
    const Checkpoint checkpoint = Checkpoint::open(path).value();
    return buildDecoderProgram(describeModel(checkpoint).value(), checkpoint, DType::F16, 16,
                               shard);
}

template<typename Op>
std::vector<Op> operationsOf(const DecoderProgram& program) {
    std::vector<Op> found;
    for (const kernels::Operation& operation : program.program.operations)
        if (const auto* op = std::get_if<Op>(&operation))
            found.push_back(*op);
    return found;
}

/// The numbers of each weight by its name in the program, as bytes.
std::map<std::string, std::string> weightsOf(const std::filesystem::path& path) {
    const Checkpoint checkpoint = Checkpoint::open(path).value();
    const DecoderProgram program =
        buildDecoderProgram(describeModel(checkpoint).value(), checkpoint, DType::F16, 16, {});
    std::map<std::string, std::string> weights;
    for (const WeightRequest& request : program.weights) {
        std::string& bytes = weights[request.name];
        for (const TensorPart& part : request.parts) {
            const auto read =
                PartSource::read(checkpoint.tensor(part.name).value(), part, request.shape);
            EXPECT_TRUE(read) << read.error().message();
            const kernels::WeightSource& source = (*read)->source();
            const std::int64_t row = source.columns * kernels::blockSize(source.type).bytes;
            for (std::int64_t i = 0; i < source.rows; ++i)
                bytes.append(reinterpret_cast<const char*>(source.data + i * source.rowBytes),
                             std::size_t(row));
        }
    }
    return weights;
}

void expectSameWeights(const std::filesystem::path& one, const std::filesystem::path& other) {
    const auto wanted = weightsOf(one);
    const auto got = weightsOf(other);
    EXPECT_EQ(wanted.size(), got.size());
    for (const auto& [name, bytes] : wanted)
        EXPECT_TRUE(got.contains(name) && got.at(name) == bytes) << name;
}

Error errorOf(const std::string& model, const nlohmann::json& changes) {
    const TemporaryFolder folder;
    const auto decoder = describeExperts(writeChanged(folder, model, changes));
    EXPECT_FALSE(decoder) << changes;
    return decoder ? Error{} : decoder.error();
}

} // namespace

TEST(Experts, ConfigsAreRead) {
    const DecoderSpec second = describeFixture("deepseek_v2_groups");
    EXPECT_EQ(second.experts.groups, 3);
    EXPECT_EQ(second.experts.topGroups, 2);
    EXPECT_EQ(second.experts.groupScore, kernels::RouterGroupScore::Max);
    EXPECT_EQ(second.experts.scale, 2.5F);
    EXPECT_FALSE(second.experts.normalise);
    EXPECT_EQ(second.latent.queryRank, 18);
    EXPECT_EQ(second.headWidth, 24);
    const DecoderSpec third = describeFixture("deepseek_v3");
    EXPECT_EQ(third.experts.score, kernels::RouterScore::Sigmoid);
    EXPECT_EQ(third.experts.groupScore, kernels::RouterGroupScore::SumOfTwo);
    EXPECT_EQ(third.experts.inLayer, (std::vector<bool>{false, true, true}));
    EXPECT_EQ(third.pairing, kernels::RopePairing::Adjacent);
    EXPECT_EQ(describeFixture("deepseek_v3_plain").pairing, kernels::RopePairing::Halves);
    // decoder_sparse_step 2, mlp_only_layers [3]
    EXPECT_EQ(describeFixture("qwen3_moe_sparse").experts.inLayer,
              (std::vector<bool>{false, true, false, false, false}));
    const DecoderSpec oss = describeFixture("gpt_oss");
    EXPECT_EQ(oss.activation, kernels::Activation::ClampedSwiglu);
    EXPECT_EQ(oss.formOfLayer, (std::vector<std::uint8_t>{1, 0, 1, 0, 1}));
    EXPECT_EQ(oss.forms[1].window, 16);
    EXPECT_FALSE(oss.forms[0].rope.truncate);
}

TEST(Experts, YarnScalesLatentAttention) {
    // factor 8; the cosine's magnitude is what the two mscales leave
    const double scale = std::pow(0.1 * 0.6 * std::log(8.0) + 1.0, 2) / std::sqrt(24.0);
    const DecoderSpec decoder = describeFixture("deepseek_v3_plain");
    EXPECT_NEAR(decoder.attentionScale, scale, 1e-6);
    EXPECT_NEAR(ropeMagnitude(decoder.forms[0].rope),
                (0.1 * std::log(8.0) + 1.0) / (0.06 * std::log(8.0) + 1.0), 1e-6);
}

TEST(Experts, LatentCacheKeepsOneLatentAndOneRopeKeyAToken) {
    const DecoderProgram program = programOf(modelFolder("deepseek_v3"));
    ASSERT_EQ(program.kv.size(), 1U);
    const kernels::KvLayout& layout = program.kv.front();
    EXPECT_EQ(layout.kind, kernels::KvKind::Latent);
    EXPECT_EQ(layout.layers, 3);
    EXPECT_EQ(layout.valueWidth, 0);
    EXPECT_EQ(layout.blockBytes() / std::size_t(layout.blockTokens), 3U * (24 + 16) * 2);
}

TEST(Experts, FusedTensorsAreTheSameWeights) {
    for (const char* const model : {"mixtral", "qwen3_moe", "deepseek_v3", "qwen2_moe"}) {
        SCOPED_TRACE(model);
        const TemporaryFolder folder;
        expectSameWeights(modelFolder(model), writeFused(folder, model));
    }
}

TEST(Experts, GgufTensorsAreTheSameWeights) {
    for (const char* const model :
         {"qwen3_moe", "qwen3_moe_sparse", "deepseek_v3", "qwen2_moe", "gpt_oss",
          "deepseek_v2_groups"})
        for (const ExpertLayout layout : {ExpertLayout::Stacked, ExpertLayout::Older}) {
            SCOPED_TRACE(model);
            const TemporaryFolder folder;
            expectSameWeights(modelFolder(model), writeExpertGguf(folder, model, layout));
        }
}

TEST(Experts, GgufKeysSayWhatConfigsSay) {
    for (const char* const model : {"deepseek_v2_lite", "deepseek_v3", "qwen2_moe", "mixtral",
                                    "qwen3_moe_sparse", "gpt_oss", "deepseek_v2_groups"})
        for (const ExpertLayout layout : {ExpertLayout::Stacked, ExpertLayout::Older}) {
            SCOPED_TRACE(model);
            const TemporaryFolder folder;
            const DecoderSpec wanted = describeFixture(model);
            const auto got = describeExperts(writeExpertGguf(folder, model, layout));
            ASSERT_TRUE(got) << got.error().message();
            EXPECT_EQ(got->experts.count, wanted.experts.count);
            EXPECT_EQ(got->experts.perToken, wanted.experts.perToken);
            EXPECT_EQ(got->experts.feedForward, wanted.experts.feedForward);
            EXPECT_EQ(got->experts.sharedFeedForward, wanted.experts.sharedFeedForward);
            EXPECT_EQ(got->experts.score, wanted.experts.score);
            EXPECT_EQ(got->experts.groups, wanted.experts.groups);
            EXPECT_EQ(got->experts.topGroups, wanted.experts.topGroups);
            EXPECT_EQ(got->experts.normalise, wanted.experts.normalise);
            EXPECT_EQ(got->experts.scale, wanted.experts.scale);
            EXPECT_EQ(got->experts.inLayer, wanted.experts.inLayer);
            EXPECT_EQ(got->latent.nopeWidth, wanted.latent.nopeWidth);
            EXPECT_EQ(got->latent.valueWidth, wanted.latent.valueWidth);
            EXPECT_EQ(got->headWidth, wanted.headWidth);
            EXPECT_NEAR(got->attentionScale, wanted.attentionScale, 1e-6);
            EXPECT_EQ(got->formOfLayer, wanted.formOfLayer);
            EXPECT_NEAR(ropeMagnitude(got->forms[0].rope), ropeMagnitude(wanted.forms[0].rope),
                        1e-6);
        }
}

TEST(Experts, RanksShareExpertsAndAddTheirBiasesOnce) {
    const auto one = operationsOf<kernels::ExpertsOp>(programOf(modelFolder("gpt_oss")));
    const DecoderProgram first = programOf(modelFolder("gpt_oss"), {0, 2});
    const DecoderProgram second = programOf(modelFolder("gpt_oss"), {1, 2});
    const auto firstOps = operationsOf<kernels::ExpertsOp>(first);
    ASSERT_EQ(firstOps.size(), one.size());
    EXPECT_TRUE(one.front().accumulate);
    EXPECT_FALSE(firstOps.front().accumulate);
    EXPECT_EQ(firstOps.front().width * 2, one.front().width);
    EXPECT_EQ(firstOps.front().downBias.size(), 5U);
    EXPECT_TRUE(operationsOf<kernels::ExpertsOp>(second).front().downBias.empty());
    // One sum for attention and one for the experts of each of five layers.
    EXPECT_EQ(operationsOf<kernels::AllReduceOp>(second).size(), 10U);
    const auto down = std::find_if(second.weights.begin(), second.weights.end(), [](const auto& w) {
        return w.name == "layers.1.experts.3.down.weight";
    });
    ASSERT_NE(down, second.weights.end());
    // down_proj is stored [5 · 20, 40]: expert 3's second half of 20 inputs
    EXPECT_EQ(down->parts.front().firstColumn, 3 * 20 + 10);
    EXPECT_EQ(down->parts.front().columnCount, 10);
}

TEST(Experts, PagesOfStackedExpertsAreAskedForByRows) {
    const std::string numbers(4 * 6 * 2, '\0');
    TensorView tensor;
    tensor.shape = {4, 3, 2};
    tensor.type = DType::BF16;
    tensor.data = std::as_bytes(std::span(numbers));
    const auto offset = [&](const TensorPart& part) {
        return bytesOfPart(tensor, part).data() - tensor.data.data();
    };
    TensorPart rows{"t", 12, 2, 6, 3, 1, 0, 2, TensorTransform::None};
    EXPECT_EQ(offset(rows), 6 * 4);
    EXPECT_EQ(bytesOfPart(tensor, rows).size(), 3U * 4);
    rows.rowStep = 2;
    EXPECT_EQ(bytesOfPart(tensor, rows).size(), 5U * 4);
    // Seen as [2, 12]: columns 3 to 5 are the file's rows.
    const TensorPart turned{"t", 2, 12, 0, 2, 1, 3, 3, TensorTransform::Transposed};
    EXPECT_EQ(offset(turned), 3 * 4);
    EXPECT_EQ(bytesOfPart(tensor, turned).size(), 3U * 4);
}

TEST(Experts, UnknownFeaturesAreNamed) {
    const auto expect = [](const std::string& model, const nlohmann::json& changes,
                           const char* field) {
        const Error error = errorOf(model, changes);
        EXPECT_EQ(error.code, ErrorCode::Unsupported) << error.message();
        EXPECT_EQ(error.field, field);
    };
    expect("deepseek_v3", {{"topk_method", "lottery"}}, "topk_method");
    expect("deepseek_v2_lite", {{"scoring_func", "entropy"}}, "scoring_func");
    expect("gpt_oss", {{"swiglu_limit", 5.0}}, "swiglu_limit");
    expect("gpt_oss", {{"layer_types", {"full_attention", "full_attention", "full_attention",
                                        "full_attention", "moon_attention"}}},
           "layer_types");
    expect("qwen3_moe", {{"use_sliding_window", true}}, "use_sliding_window");
}

TEST(Experts, fault_011_absurd_hyperparameters) {
    const std::vector<std::tuple<const char*, nlohmann::json, const char*>> cases{
        {"mixtral", {{"num_local_experts", 1'000'000}}, "experts"},
        {"mixtral", {{"num_local_experts", 16384}, {"num_hidden_layers", 4096}}, "experts"},
        {"mixtral", {{"num_experts_per_tok", 0}}, "experts per token"},
        {"mixtral", {{"num_experts_per_tok", 5}}, "experts per token"},
        {"mixtral", {{"num_local_experts", "four"}}, "num_local_experts"},
        {"qwen3_moe", {{"moe_intermediate_size", 0}}, "expert feed-forward size"},
        {"qwen3_moe", {{"decoder_sparse_step", 0}}, "decoder_sparse_step"},
        {"qwen3_moe", {{"mlp_only_layers", 3}}, "mlp_only_layers"},
        {"deepseek_v3", {{"n_group", 3}}, "expert groups"},
        {"deepseek_v3", {{"n_group", 0}}, "expert groups"},
        {"deepseek_v3", {{"n_group", 8}}, "expert groups"},
        {"deepseek_v3", {{"topk_group", 3}}, "expert groups per token"},
        {"deepseek_v3", {{"num_experts_per_tok", 5}}, "experts per token"},
        {"deepseek_v3", {{"kv_lora_rank", 0}}, "kv_lora_rank"},
        {"deepseek_v3", {{"kv_lora_rank", 1 << 30}}, "KV rank"},
        {"deepseek_v3", {{"qk_nope_head_dim", -3}}, "head size without rope"},
        {"deepseek_v3", {{"v_head_dim", 1 << 30}}, "value size"},
        {"deepseek_v3", {{"n_shared_experts", -1}}, "n_shared_experts"},
        {"deepseek_v3", {{"n_shared_experts", 4096}, {"moe_intermediate_size", 1 << 20}},
         "shared feed-forward size"},
        {"deepseek_v3", {{"routed_scaling_factor", -1.0}}, "expert weights' scale"},
        {"deepseek_v2_lite", {{"moe_layer_freq", 0}}, "moe_layer_freq"},
        {"gpt_oss", {{"num_local_experts", 0}}, "num_local_experts"},
    };
    for (const auto& [model, changes, field] : cases) {
        const Error error = errorOf(model, changes);
        EXPECT_EQ(error.code, ErrorCode::Corrupt) << changes << ": " << error.message();
        EXPECT_EQ(error.field, field) << changes;
    }
}

TEST(Experts, fault_012_a_missing_expert_is_named) {
    const TemporaryFolder folder;
    const Checkpoint checkpoint =
        Checkpoint::open(writeChanged(folder, "qwen3_moe", {{"num_experts", 9}})).value();
    const DecoderProgram program = buildDecoderProgram(describeModel(checkpoint).value(),
                                                       checkpoint, DType::F16, 16, {});
    const auto checked = checkWeights(checkpoint, program.weights);
    ASSERT_FALSE(checked);
    // The router has 8 rows.
    EXPECT_EQ(checked.error().field, "model.layers.0.mlp.gate.weight");
    EXPECT_NE(checked.error().detail.find("[9, 64]"), std::string::npos);
}
