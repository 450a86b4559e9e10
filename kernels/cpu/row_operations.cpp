#include "cpu/row_operations.h"

#include "cpu/activation.h"
#include "cpu/elementwise.h"
#include "cpu/experts/router.h"
#include "cpu/norm.h"
#include "cpu/rope.h"
#include "cpu/store_kv.h"

#include <algorithm>
#include <cmath>
#include <new>

namespace hearth::kernels::cpu {

namespace {

/// A RowOperation that calls body(context, row, thread) for each row.
template<typename Body>
class EachRow final : public RowOperation {
public:
    explicit EachRow(Body&& body)
        : m_body(std::move(body)) {}
    void run(const StepContext& context, const RowRange& range) const override {
        for (std::int32_t row = range.begin; row < range.end; ++row)
            m_body(context, row, range.thread);
    }

private:
    Body m_body;
};

template<typename Operation, typename... Arguments>
std::unique_ptr<RowOperation> allocated(Arguments&&... arguments) {
    if (!mayAllocate())
        return nullptr;
    return std::unique_ptr<RowOperation>(new (std::nothrow)
                                             Operation(std::forward<Arguments>(arguments)...));
}

template<typename Body>
std::unique_ptr<RowOperation> eachRow(Body&& body) {
    return allocated<EachRow<Body>>(std::move(body));
}

} // namespace

std::unique_ptr<RowOperation> makeEmbed(const EmbedWeights& weights, float scale,
                                        const Operand& out, std::int32_t threads) {
    Buffer<float> learned; // [threads, width]
    if (weights.positions && !learned.allocate(std::size_t(threads) * std::size_t(out.width)))
        return nullptr;
    return eachRow([weights, scale, out, learned = std::move(learned)](
                       const StepContext& context, std::int32_t row, std::int32_t thread) {
        float* const to = context.row(out, row);
        weights.table.dequantiseRow(context.step.tokens()[row], to);
        if (scale != 1.0F)
            cpu::scale(to, out.width, scale);
        if (weights.positions) {
            float* const position = learned.data() + std::ptrdiff_t{thread} * out.width;
            weights.positions->dequantiseRow(context.step.positions()[row], position);
            add(position, to, out.width);
        }
        if (weights.bias)
            add(weights.bias, to, out.width);
    });
}

std::unique_ptr<RowOperation> makeNorm(const NormOp& op, const float* gain, const float* bias,
                                       const Operand& in, const Operand& out, CpuFeature feature) {
    const NormParameters norm{op.kind, op.width, gain, bias, op.gainOffset, op.epsilon};
    const NormFunction normalise = normFunction(feature);
    return eachRow([=](const StepContext& context, std::int32_t row, std::int32_t) {
        const float* const from = context.row(in, row);
        float* const to = context.row(out, row);
        for (std::int32_t column = 0; column < in.width; column += norm.width)
            normalise(norm, from + column, to + column);
    });
}

std::unique_ptr<RowOperation> makeQuantise(const Operand& in, CpuFeature feature,
                                           std::span<const std::int32_t> order) {
    return eachRow([=](const StepContext& context, std::int32_t row, std::int32_t) {
        quantise(context.view(in), row, 1, feature, order);
    });
}

std::unique_ptr<RowOperation> makeQuantiseHeads(const HeadsOperand& in, CpuFeature feature,
                                                std::span<const std::int32_t> order) {
    return eachRow([=](const StepContext& context, std::int32_t row, std::int32_t) {
        for (std::int32_t head = 0; head < in.heads(); ++head)
            quantise(context.view(in, head), row, 1, feature, order);
    });
}

std::unique_ptr<RowOperation> makeRopeAngles(const RopeTable& table) {
    return eachRow([&table](const StepContext& context, std::int32_t row, std::int32_t) {
        RopeRates rates{table.frequencies, table.magnitude};
        const std::int32_t length = context.step.ropeLength(context.step.sequenceOf(row));
        if (table.originalLength > 0 && length > table.originalLength) {
            const double factor = static_cast<double>(table.dynamicFactor);
            if (!table.longFrequencies.empty())
                rates.frequencies = table.longFrequencies;
            else if (factor > 0.0)
                rates.growth = factor * length / table.originalLength - (factor - 1.0);
        }
        float* const cosines = table.angles.data() + table.stride() * row;
        ropeAngles(rates, context.step.positions()[row], cosines,
                   cosines + table.frequencies.size());
    });
}

std::unique_ptr<RowOperation> makeRope(const RopeOp& op, const RopeTable& table,
                                       const Operand& heads, CpuFeature feature) {
    const RopeShape shape{heads.width / op.headWidth, op.headWidth, op.rotaryWidth, op.pairing};
    const RopeFunction turn = ropeFunction(feature);
    const std::int32_t offset = op.rotaryOffset;
    return eachRow([=, &table](const StepContext& context, std::int32_t row, std::int32_t) {
        const float* const cosines = table.angles.data() + table.stride() * row;
        turn(shape, cosines, cosines + table.frequencies.size(), context.row(heads, row) + offset);
    });
}

std::unique_ptr<RowOperation> makeStoreKv(const StoreKvOp& op, const KvLayout& layout,
                                          const Operand& keys, const Operand& values,
                                          CpuFeature feature) {
    CacheFormat format = CacheFormat::F32;
    if (!cacheFormat(layout, format))
        return nullptr;
    const StoreFunction store = storeFunction(format, feature);
    const CachePart keyRows = keyPart(layout, op.layer);
    const CachePart valueRows = valuePart(layout, op.layer);
    const std::size_t blockBytes = layout.blockBytes();
    const std::int32_t group = op.group;
    const std::int32_t kvHeads = layout.kvHeads;
    return eachRow([=](const StepContext& context, std::int32_t row, std::int32_t) {
        const StagedSequence& sequence =
            context.step.sequences(group)[std::size_t(context.step.sequenceOf(row))];
        const std::int32_t place = sequence.context - sequence.tokens + (row - sequence.firstToken);
        const std::int32_t id = sequence.blocks[place / keyRows.blockTokens - sequence.firstBlock];
        const std::int32_t slot = place % keyRows.blockTokens;
        std::byte* const block = context.caches[group] + std::size_t(id) * blockBytes;
        const std::int32_t keyWidth = keys.width / kvHeads;
        const std::int32_t valueWidth = values.width / kvHeads;
        for (std::int32_t head = 0; head < kvHeads; ++head) {
            store(context.row(keys, row) + std::ptrdiff_t{head} * keyWidth, keyWidth,
                  keyRows.row(block, head, slot), keyRows.parameters(block, head, slot));
            if (!values.place)
                continue;
            store(context.row(values, row) + std::ptrdiff_t{head} * valueWidth, valueWidth,
                  valueRows.row(block, head, slot), valueRows.parameters(block, head, slot));
        }
    });
}

std::unique_ptr<RowOperation> makeActivation(Activation kind, const Operand& gate,
                                             const Operand* up, const Operand& out,
                                             CpuFeature feature) {
    const ActivationFunction activate = activationFunction(kind, feature);
    const Operand factor = up ? *up : Operand{};
    return eachRow([=](const StepContext& context, std::int32_t row, std::int32_t) {
        activate(context.row(gate, row), factor.place ? context.row(factor, row) : nullptr,
                 context.row(out, row), out.width);
    });
}

std::unique_ptr<RowOperation> makeAdd(const Operand& in, const Operand& out) {
    return eachRow([=](const StepContext& context, std::int32_t row, std::int32_t) {
        add(context.row(in, row), context.row(out, row), out.width);
    });
}

std::unique_ptr<RowOperation> makeCopyHeads(const HeadsOperand& in, const HeadsOperand& out) {
    const std::int32_t inStride = in.heads() == 1 ? 0 : in.headWidth;
    return eachRow([=](const StepContext& context, std::int32_t row, std::int32_t) {
        const float* from = context.row(in.columns(0), row);
        float* to = context.row(out.columns(0), row);
        for (std::int32_t head = 0; head < out.heads(); ++head) {
            std::copy_n(from, out.width, to);
            from += inStride;
            to += out.headWidth;
        }
    });
}

std::unique_ptr<RowOperation> makePositionScale(const Operand& values,
                                                std::int32_t originalLength) {
    const double least = std::log(static_cast<double>(originalLength));
    return eachRow([=](const StepContext& context, std::int32_t row, std::int32_t) {
        const double length = context.step.positions()[row] + 1.0;
        const auto factor = static_cast<float>(std::max(1.0, std::log(length) / least));
        scale(context.row(values, row), values.width, factor);
    });
}

std::unique_ptr<RowOperation> makeScale(const Operand& values, float factor) {
    return eachRow([=](const StepContext& context, std::int32_t row, std::int32_t) {
        scale(context.row(values, row), values.width, factor);
    });
}

std::unique_ptr<RowOperation> makeRoute(const RouteOp& op, const float* choiceBias,
                                        const Operand& logits, const Operand& out,
                                        std::int32_t threads) {
    Router router;
    if (router.reserve(op, choiceBias, threads) != Status::Ok)
        return nullptr;
    return eachRow([logits, out, router = std::move(router)](
                       const StepContext& context, std::int32_t row, std::int32_t thread) {
        router.route(context.row(logits, row), context.row(out, row), thread);
    });
}

std::unique_ptr<RowOperation> makeSelectRows(const Operand& in, const Operand& out) {
    return eachRow([=](const StepContext& context, std::int32_t row, std::int32_t) {
        const float* const from = context.row(in, context.step.logitRows()[row]);
        std::copy_n(from, out.width, context.row(out, row));
    });
}

std::unique_ptr<RowOperation> makeSoftcap(const Operand& values, float cap, CpuFeature feature) {
    const SoftcapFunction softcap = softcapFunction(feature);
    return eachRow([=](const StepContext& context, std::int32_t row, std::int32_t) {
        softcap(context.row(values, row), values.width, cap);
    });
}

} // namespace hearth::kernels::cpu
