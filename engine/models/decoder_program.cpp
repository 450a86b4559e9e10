#include "models/decoder_program.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

using namespace kernels;

/// What one linear operation reads: the tensors' common name and how this rank cuts them.
struct Slice {
    std::string name; ///< Without ".weight".
    std::int64_t rows;
    std::int64_t columns;
};

class Builder {
public:
    Builder(const DecoderSpec& decoder, const Checkpoint& checkpoint, const Shard& shard)
        : m_decoder(decoder), m_checkpoint(checkpoint), m_shard(shard)
        , m_heads(decoder.heads / shard.ranks), m_kvHeads(decoder.kvHeads / shard.ranks)
        , m_feedForward(decoder.feedForward / shard.ranks) {}

    DecoderProgram build(DType kvType, std::uint8_t kvBits) {
        addCacheGroup(kvType, kvBits);
        addValues();
        const WeightId embedding = addEmbedding();
        for (std::int32_t layer = 0; layer < m_decoder.layers; ++layer) {
            addAttention(layer);
            addFeedForward(layer);
        }
        addHead(embedding);
        return std::move(m_out);
    }

private:
    // A row split gives each rank some outputs, a column split some inputs of every output.
    enum class Cut : std::uint8_t { None, Rows, Columns };

    ValueId addValue(Rows rows, std::int32_t width) {
        m_out.program.values.push_back({rows, width});
        return static_cast<ValueId>(m_out.program.values.size() - 1);
    }
    [[nodiscard]] View whole(ValueId value) const {
        return {value, 0, m_out.program.values[static_cast<std::size_t>(value)].width};
    }
    void add(Operation operation) { m_out.program.operations.push_back(std::move(operation)); }

    WeightId addWeight(WeightRequest request) {
        m_out.weights.push_back(std::move(request));
        return static_cast<WeightId>(m_out.weights.size() - 1);
    }
    [[nodiscard]] TensorPart part(const Slice& slice, std::string_view suffix, Cut cut) const {
        TensorPart part;
        part.name = slice.name + std::string(suffix);
        part.rows = part.rowCount = slice.rows;
        part.columns = part.columnCount = slice.columns;
        if (cut == Cut::Rows) {
            part.rowCount = slice.rows / m_shard.ranks;
            part.firstRow = part.rowCount * m_shard.rank;
        } else if (cut == Cut::Columns) {
            part.columnCount = slice.columns / m_shard.ranks;
            part.firstColumn = part.columnCount * m_shard.rank;
        }
        return part;
    }
    WeightId addMatrix(const std::vector<Slice>& slices, Cut cut) {
        WeightRequest request{WeightShape::Matrix, {}};
        for (const Slice& slice : slices)
            request.parts.push_back(part(slice, ".weight", cut));
        return addWeight(std::move(request));
    }
    WeightId addVector(const std::string& tensor, std::int64_t length) {
        WeightRequest request{WeightShape::Vector, {}};
        request.parts.push_back(part({tensor, length, 1}, "", Cut::None));
        return addWeight(std::move(request));
    }
    /// The joined biases of the slices, if the first has one: a checkpoint has all or none, and
    /// the loader names the one that is missing.
    WeightId addBias(const std::vector<Slice>& slices, Cut cut) {
        if (!m_checkpoint.find(slices.front().name + ".bias"))
            return kNone;
        WeightRequest request{WeightShape::Vector, {}};
        for (const Slice& slice : slices)
            request.parts.push_back(
                part({slice.name, slice.rows, 1}, ".bias", cut == Cut::Rows ? cut : Cut::None));
        return addWeight(std::move(request));
    }
    [[nodiscard]] static std::string inLayer(const std::string& pattern, std::int32_t layer) {
        return fmt::format(fmt::runtime(pattern), layer);
    }

    void addCacheGroup(DType kvType, std::uint8_t kvBits) {
        KvLayout layout;
        layout.kind = m_decoder.window > 0 ? KvKind::SlidingWindow : KvKind::Full;
        layout.dtype = kvType;
        layout.bits = kvBits;
        layout.layers = m_decoder.layers;
        layout.kvHeads = m_kvHeads;
        layout.keyWidth = m_decoder.headWidth;
        layout.valueWidth = m_decoder.headWidth;
        layout.window = m_decoder.window;
        m_out.kv.push_back(layout);
    }

    void addValues() {
        const std::int32_t qkv = (m_heads + 2 * m_kvHeads) * m_decoder.headWidth;
        m_residual = addValue(Rows::Tokens, m_decoder.hidden);
        m_normed = addValue(Rows::Tokens, m_decoder.hidden);
        m_qkv = addValue(Rows::Tokens, qkv);
        m_attended = addValue(Rows::Tokens, m_heads * m_decoder.headWidth);
        m_gateUp = addValue(Rows::Tokens, 2 * m_feedForward);
        m_activated = addValue(Rows::Tokens, m_feedForward);
        m_frequencies = ropeFrequencies(m_decoder.rope);
        m_magnitude = ropeMagnitude(m_decoder.rope);
    }

    WeightId addEmbedding() {
        const WeightId table = addMatrix(
            {{m_decoder.names.embedding, m_decoder.vocabulary, m_decoder.hidden}}, Cut::None);
        EmbedOp embed;
        embed.table = table;
        embed.out = whole(m_residual);
        add(embed);
        return table;
    }

    void addNorm(ValueId in, ValueId out, const std::string& name) {
        NormOp norm;
        norm.in = whole(in);
        norm.out = whole(out);
        norm.width = m_decoder.hidden;
        norm.gain = addVector(name + ".weight", m_decoder.hidden);
        norm.epsilon = m_decoder.normEpsilon;
        add(norm);
    }

    void addRope(View heads) {
        RopeOp rope;
        rope.heads = heads;
        rope.headWidth = m_decoder.headWidth;
        rope.rotaryWidth = m_decoder.rope.width;
        rope.pairing = m_decoder.pairing;
        rope.frequencies = m_frequencies;
        rope.magnitude = m_magnitude;
        add(std::move(rope));
    }

    /// A product whose output adds to the residual stream; with several ranks the partial sums
    /// meet first, so they cannot accumulate in place.
    void addResidualProduct(ValueId in, const Slice& slice, std::int32_t adapterSlot) {
        LinearOp linear;
        linear.in = whole(in);
        linear.weight = addMatrix({slice}, Cut::Columns);
        linear.adapterSlot = adapterSlot;
        if (m_shard.ranks == 1) {
            linear.bias = addBias({slice}, Cut::Columns);
            linear.out = whole(m_residual);
            linear.accumulate = true;
            add(linear);
            return;
        }
        // The bias is added once, by the first rank, before the sum.
        if (m_shard.rank == 0)
            linear.bias = addBias({slice}, Cut::Columns);
        linear.out = whole(m_normed);
        add(linear);
        add(AllReduceOp{whole(m_normed)});
        add(AddOp{whole(m_normed), whole(m_residual)});
    }

    void addProduct(ValueId in, ValueId out, const std::vector<Slice>& slices,
                    std::int32_t adapterSlot) {
        LinearOp linear;
        linear.in = whole(in);
        linear.out = whole(out);
        linear.weight = addMatrix(slices, Cut::Rows);
        linear.bias = addBias(slices, Cut::Rows);
        linear.adapterSlot = adapterSlot;
        add(linear);
    }

    void addAttention(std::int32_t layer) {
        const LayerNames& names = m_decoder.names.layer;
        const std::int64_t queryRows = std::int64_t{m_decoder.heads} * m_decoder.headWidth;
        const std::int64_t kvRows = std::int64_t{m_decoder.kvHeads} * m_decoder.headWidth;
        const std::int32_t queryWidth = m_heads * m_decoder.headWidth;
        const std::int32_t kvWidth = m_kvHeads * m_decoder.headWidth;
        addNorm(m_residual, m_normed, inLayer(names.attentionNorm, layer));
        addProduct(m_normed, m_qkv,
                   {{inLayer(names.query, layer), queryRows, m_decoder.hidden},
                    {inLayer(names.key, layer), kvRows, m_decoder.hidden},
                    {inLayer(names.value, layer), kvRows, m_decoder.hidden}},
                   4 * layer);
        const View queries{m_qkv, 0, queryWidth};
        const View keys{m_qkv, queryWidth, kvWidth};
        const View values{m_qkv, queryWidth + kvWidth, kvWidth};
        addRope({m_qkv, 0, queryWidth + kvWidth});
        add(StoreKvOp{keys, values, 0, layer});
        AttentionOp attention;
        attention.queries = queries;
        attention.out = whole(m_attended);
        attention.layer = layer;
        attention.heads = m_heads;
        attention.scale = 1.0F / std::sqrt(static_cast<float>(m_decoder.headWidth));
        attention.window = m_decoder.window;
        add(std::move(attention));
        addResidualProduct(m_attended,
                           {inLayer(names.attentionOutput, layer), m_decoder.hidden, queryRows},
                           4 * layer + 1);
    }

    void addFeedForward(std::int32_t layer) {
        const LayerNames& names = m_decoder.names.layer;
        addNorm(m_residual, m_normed, inLayer(names.feedForwardNorm, layer));
        addProduct(m_normed, m_gateUp,
                   {{inLayer(names.gate, layer), m_decoder.feedForward, m_decoder.hidden},
                    {inLayer(names.up, layer), m_decoder.feedForward, m_decoder.hidden}},
                   4 * layer + 2);
        ActivationOp activation;
        activation.kind = m_decoder.activation;
        activation.gate = {m_gateUp, 0, m_feedForward};
        activation.up = {m_gateUp, m_feedForward, m_feedForward};
        activation.out = whole(m_activated);
        add(activation);
        addResidualProduct(m_activated,
                           {inLayer(names.down, layer), m_decoder.hidden, m_decoder.feedForward},
                           4 * layer + 3);
    }

    void addHead(WeightId embedding) {
        addNorm(m_residual, m_normed, m_decoder.names.outputNorm);
        m_out.program.hidden = whole(m_normed);
        const ValueId selected = addValue(Rows::Logits, m_decoder.hidden);
        const ValueId logits = addValue(Rows::Logits, m_decoder.vocabulary);
        add(SelectRowsOp{whole(m_normed), whole(selected)});
        LinearOp head;
        head.in = whole(selected);
        head.out = whole(logits);
        const Slice slice{m_decoder.names.output, m_decoder.vocabulary, m_decoder.hidden};
        head.weight = m_decoder.tiedHead ? embedding : addMatrix({slice}, Cut::None);
        head.bias = m_decoder.tiedHead ? kNone : addBias({slice}, Cut::None);
        add(head);
        m_out.program.logits = whole(logits);
    }

    const DecoderSpec& m_decoder;
    const Checkpoint& m_checkpoint;
    const Shard m_shard;
    const std::int32_t m_heads; ///< Of this rank, as the next two.
    const std::int32_t m_kvHeads;
    const std::int32_t m_feedForward;
    DecoderProgram m_out;
    ValueId m_residual = kNone;
    ValueId m_normed = kNone;
    ValueId m_qkv = kNone;
    ValueId m_attended = kNone;
    ValueId m_gateUp = kNone;
    ValueId m_activated = kNone;
    std::vector<float> m_frequencies;
    float m_magnitude = 1.0F;
};

} // namespace

DecoderProgram buildDecoderProgram(const DecoderSpec& decoder, const Checkpoint& checkpoint,
                                   DType kvType, std::uint8_t kvBits, const Shard& shard) {
    return Builder(decoder, checkpoint, shard).build(kvType, kvBits);
}

} // namespace hearth
