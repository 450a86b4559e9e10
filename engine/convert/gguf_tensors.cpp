#include "convert/gguf_tensors.h"

#include "convert/gguf_tensor_list.h"
#include "convert/row_conversion.h"
#include "convert/source_type.h"
#include "formats/format_error.h"

#include <algorithm>
#include <array>
#include <utility>

namespace hearth {

namespace {

using kernels::DType;
using kernels::RopePairing;

/// The names of one layer, or of the model.
class TensorList : private GgufTensorList {
public:
    TensorList(const GgufArchitecture& architecture, const DecoderSpec& decoder,
               const Checkpoint& checkpoint)
        : GgufTensorList(decoder.norm, checkpoint)
        , m_architecture(architecture)
        , m_decoder(decoder)
        , m_names(decoder.names.layer) {}

    std::vector<GgufTensorJob> take() {
        addModel();
        for (std::int32_t layer = 0; layer < m_decoder.layers; ++layer) {
            m_builder.setLayer(layer, "blk." + std::to_string(layer) + ".");
            addNorm("attn_norm", m_names.attentionNorm, m_decoder.hidden);
            if (m_decoder.latent.kvRank > 0)
                addLatentAttention();
            else
                addAttention();
            addFeedForward(layer);
        }
        return std::move(m_jobs);
    }

private:
    void addModel() {
        m_builder.setLayer(0, {});
        const MatrixRows table{
            {m_decoder.names.embedding, m_decoder.vocabulary, 0, m_decoder.vocabulary}};
        addTable("token_embd", table.front(), m_decoder.hidden);
        if (!m_decoder.names.positions.empty())
            addTable("position_embd",
                     {m_decoder.names.positions, m_decoder.trainedContext, 0,
                      m_decoder.trainedContext},
                     m_decoder.hidden);
        addNorm("output_norm", m_decoder.names.outputNorm, m_decoder.hidden);
        if (!m_decoder.tiedHead)
            addMatrix("output", {{m_decoder.names.output, m_decoder.hidden}});
        else if (m_architecture.needsHead)
            addMatrix("output", {{table, m_decoder.hidden}});
    }

    void addAttention() {
        const MatrixSource query{m_names.query, m_decoder.hidden};
        const MatrixSource key{m_names.key, m_decoder.hidden};
        const MatrixSource value{m_names.value, m_decoder.hidden};
        if (m_architecture.fusedQkv) {
            addMatrix("attn_qkv", {query, key, value});
        } else {
            const std::size_t first = m_jobs.size();
            addMatrix("attn_q", {query});
            const std::size_t keys = m_jobs.size();
            for (std::size_t i = first; i < keys; ++i)
                m_jobs[i].factor = m_names.queryNorm.empty() ? factor() : 1.0F;
            addMatrix("attn_k", {key});
            for (std::size_t i = first; i < m_jobs.size(); ++i)
                reorder(m_jobs[i]);
            addMatrix("attn_v", {value});
        }
        addNorm("attn_q_norm", m_names.queryNorm, m_decoder.headWidth);
        if (!m_names.queryNorm.empty())
            m_jobs.back().factor = factor();
        addNorm("attn_k_norm", m_names.keyNorm, m_decoder.headWidth);
        if (!m_names.attentionSinks.empty()) {
            m_builder.addVector("attn_sinks.weight", m_names.attentionSinks, m_decoder.heads);
            collect();
        }
        addMatrix("attn_output",
                  {{m_names.attentionOutput, std::int64_t{m_decoder.heads} * m_decoder.headWidth}});
        addNorm("post_attention_norm", m_names.postAttentionNorm, m_decoder.hidden);
    }
    [[nodiscard]] float factor() const { return queryFactor(m_architecture, m_decoder); }

    void reorder(GgufTensorJob& job) const {
        const std::int32_t width = m_decoder.forms.front().rope.width;
        if (m_decoder.pairing == m_architecture.pairing || width == 0)
            return;
        job.order = m_decoder.pairing == RopePairing::Halves ? HeadOrder::HalvesToAdjacent
                                                             : HeadOrder::AdjacentToHalves;
        job.headWidth = m_decoder.headWidth;
        job.rotaryRows = width;
    }

    void addLatentAttention() {
        const LatentSpec& latent = m_decoder.latent;
        if (latent.queryRank > 0) {
            addMatrix("attn_q_a", {{m_names.queryDown, m_decoder.hidden}});
            addNorm("attn_q_a_norm", m_names.queryDownNorm, latent.queryRank);
            addMatrix("attn_q_b", {{m_names.query, latent.queryRank}});
        } else {
            addMatrix("attn_q", {{m_names.query, m_decoder.hidden}});
        }
        addMatrix("attn_kv_a_mqa", {{m_names.kvDown, m_decoder.hidden}});
        addNorm("attn_kv_a_norm", m_names.kvDownNorm, latent.kvRank);
        m_builder.addTransposedHeads("attn_k_b", m_names.keyUp, latent.kvRank);
        m_builder.addMatrix("attn_v_b", {{m_names.valueUp, latent.kvRank}}, Cut::None);
        collect();
        for (std::size_t i = m_jobs.size() - 2; i < m_jobs.size(); ++i) {
            m_jobs[i].dims[1] /= m_decoder.heads;
            m_jobs[i].dims.push_back(m_decoder.heads);
        }
        addMatrix("attn_output", {{m_names.attentionOutput,
                                   std::int64_t{m_decoder.heads} * latent.valueWidth}});
    }

    void addFeedForward(std::int32_t layer) {
        addNorm(m_architecture.postNormBeforeMlp ? "post_attention_norm" : "ffn_norm",
                m_names.feedForwardNorm, m_decoder.hidden);
        const ExpertSpec& experts = m_decoder.experts;
        if (experts.count > 0 && experts.inLayer[static_cast<std::size_t>(layer)]) {
            addExperts();
            addGated("_shexp", m_names.sharedGate, m_names.sharedUp, m_names.sharedDown,
                     experts.sharedFeedForward);
            if (!m_names.sharedRouter.empty()) {
                addMatrix("ffn_gate_inp_shexp", {{m_names.sharedRouter, m_decoder.hidden}});
                m_jobs.back().dims = {m_decoder.hidden};
            }
        } else {
            addGated("", m_names.gate, m_names.up, m_names.down, m_decoder.feedForward);
        }
        addNorm("post_ffw_norm", m_names.postFeedForwardNorm, m_decoder.hidden);
    }

    void addGated(const std::string& suffix, const MatrixRows& gate, const MatrixRows& up,
                  const MatrixRows& down, std::int64_t width) {
        if (up.empty())
            return;
        const MatrixSource gates{gate, m_decoder.hidden};
        const MatrixSource ups{up, m_decoder.hidden};
        if (m_architecture.fusedGateUp) {
            addMatrix("ffn_up" + suffix, {gates, ups});
        } else {
            if (!gate.empty())
                addMatrix("ffn_gate" + suffix, {gates});
            addMatrix("ffn_up" + suffix, {ups});
        }
        addMatrix("ffn_down" + suffix, {{down, width}});
    }

    void addExperts() {
        addMatrix("ffn_gate_inp", {{m_names.router, m_decoder.hidden}});
        if (!m_names.routerChoiceBias.empty()) {
            m_builder.addVector("exp_probs_b.bias", m_names.routerChoiceBias,
                                m_decoder.experts.count);
            collect();
        }
        addExpertTensor("ffn_gate_exps", m_names.expertGate, m_names.expertGateBias,
                        m_decoder.hidden);
        addExpertTensor("ffn_up_exps", m_names.expertUp, m_names.expertUpBias, m_decoder.hidden);
        addExpertTensor("ffn_down_exps", m_names.expertDown, m_names.expertDownBias,
                        m_decoder.experts.feedForward);
    }
    /// All experts' matrices as one tensor, and likewise their biases.
    void addExpertTensor(const std::string& role, const MatrixRows& rows, const MatrixRows& bias,
                         std::int64_t columns) {
        join([&] { m_builder.addMatrix(role, {{rows, columns}}, Cut::None); });
        if (!bias.empty())
            join([&] { m_builder.addVector(role + ".bias", {{bias, 1}}, Cut::None); });
    }
    template<typename Add>
    void join(Add&& add) {
        const std::size_t first = m_jobs.size();
        const std::int32_t count = m_decoder.experts.count;
        for (std::int32_t expert = 0; expert < count; ++expert) {
            m_builder.setExpert(expert, count);
            add();
        }
        m_builder.setExpert(0, 1);
        collect();
        GgufTensorJob& all = m_jobs[first];
        for (std::size_t i = first + 1; i < m_jobs.size(); ++i)
            all.request.parts.insert(all.request.parts.end(), m_jobs[i].request.parts.begin(),
                                     m_jobs[i].request.parts.end());
        all.dims.push_back(count);
        m_jobs.resize(first + 1);
    }

    const GgufArchitecture& m_architecture;
    const DecoderSpec& m_decoder;
    const LayerNames& m_names;
};

struct OutType {
    std::string_view name;
    DType type;
};

constexpr std::array kOutTypes{OutType{"f32", DType::F32}, OutType{"f16", DType::F16},
                               OutType{"bf16", DType::BF16}, OutType{"q8_0", DType::Q8_0}};

/// Routers, learned positions and small tables are kept exact, as llama.cpp's own converter does.
bool staysExact(const GgufTensorJob& job) {
    constexpr std::array kExact{"ffn_gate_inp.weight", "ffn_gate_inp_shexp.weight",
                                "position_embd.weight", "token_types.weight",
                                "attn_rel_b.weight"};
    return job.request.shape == WeightShape::Vector ||
           std::ranges::any_of(
               kExact, [&](const char* end) { return job.request.name.ends_with(end); });
}

DType typeOf(const GgufTensorJob& job, std::optional<DType> wanted, const Checkpoint& checkpoint) {
    if (staysExact(job))
        return DType::F32;
    const bool changes = job.factor != 1.0F || job.offset != 0.0F;
    const std::optional<DType> own = commonType(checkpoint, job.request);
    DType type = wanted ? *wanted : own.value_or(DType::F16);
    if (!wanted && changes)
        type = DType::F32;
    const kernels::BlockSize block = kernels::blockSize(type);
    return job.dims.front() % block.elements == 0 ? type : DType::F16;
}

} // namespace

Result<void> chooseTypes(std::vector<GgufTensorJob>& jobs, const Checkpoint& checkpoint,
                         const std::string& outType) {
    std::optional<DType> wanted;
    for (const OutType& each : kOutTypes)
        if (each.name == outType)
            wanted = each.type;
    if (!outType.empty() && !wanted)
        return fileFailure(ErrorCode::InvalidArgument, {}, "outtype",
                           "must be f32, f16, bf16 or q8_0");
    for (GgufTensorJob& job : jobs)
        job.type = typeOf(job, wanted, checkpoint);
    return {};
}

std::vector<GgufTensorJob> ggufTensors(const GgufArchitecture& architecture,
                                       const DecoderSpec& decoder, const Checkpoint& checkpoint) {
    return TensorList(architecture, decoder, checkpoint).take();
}

std::vector<GgufVector> ggufRopeFactors(const DecoderSpec& decoder) {
    const RopeSpec& rope = decoder.forms.front().rope;
    if (rope.scaling == RopeScaling::LongRope)
        return {{"rope_factors_long.weight", rope.longDivisors},
                {"rope_factors_short.weight", rope.divisors}};
    if (!rope.divisors.empty())
        return {{"rope_freqs.weight", rope.divisors}};
    if (rope.scaling != RopeScaling::Llama3)
        return {};
    RopeSpec plain = rope;
    plain.scaling = RopeScaling::None;
    std::vector<float> divisors = ropeFrequencies(plain);
    const std::vector<float> scaled = ropeFrequencies(rope);
    for (std::size_t i = 0; i < divisors.size(); ++i)
        divisors[i] /= scaled[i];
    return {{"rope_freqs.weight", std::move(divisors)}};
}

} // namespace hearth
