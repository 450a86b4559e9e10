#include "cpu/experts/experts.h"

#include "cpu/packed_vector.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <new>

namespace hearth::kernels::cpu {

namespace {

/// A phase of one operation that calls body(experts, worker, context).
template<typename Body>
class ExpertPhase final : public Phase {
public:
    ExpertPhase(SharedExperts experts, Body body)
        : m_experts(std::move(experts))
        , m_body(body) {}

    [[nodiscard]] bool wanted(const StagedStep& step) const override {
        return step.rows(m_experts->out.place->rows) > 0;
    }
    void run(ThreadPool::Worker& worker, const StepContext& context) const override {
        m_body(*m_experts, worker, context);
    }

private:
    SharedExperts m_experts;
    Body m_body;
};

template<typename Body>
std::unique_ptr<Phase> expertPhase(SharedExperts experts, Body body) {
    if (!mayAllocate())
        return nullptr;
    return std::unique_ptr<Phase>(new (std::nothrow) ExpertPhase<Body>(std::move(experts), body));
}

/// Calls body(slot) for all slots, some at a time a thread.
template<typename Body>
void forEachSlot(ThreadPool::Worker& worker, const ExpertRows& rows, Body&& body) {
    constexpr std::int32_t kTasksPerThread = 8;
    const std::int32_t slots = rows.slots();
    const std::int32_t tasks = std::min(slots, worker.count() * kTasksPerThread);
    worker.forEach(tasks, [&](std::int64_t task) {
        const auto end = static_cast<std::int32_t>(slots * (task + 1) / tasks);
        for (auto slot = static_cast<std::int32_t>(slots * task / tasks); slot < end; ++slot)
            body(slot);
    });
}

/// An expert's rows as a product reads them; `values` as SlotRows or without place.
Activations rowsOf(const StepContext& context, const SlotRows& values, const ExpertRows::Run& run,
                   std::int64_t columns) {
    return context.expertCodes->view(values.place ? values.row(context, run.first) : nullptr,
                                     values.stride, run.count, columns,
                                     run.first * blockCount(columns));
}

void copyCodes(const Activations& from, std::int64_t fromRow, const Activations& to,
               std::int64_t toRow) {
    for (std::int64_t block = 0; block < blockCount(from.columns); ++block) {
        const std::int64_t source = block * from.rows + fromRow;
        const std::int64_t target = block * to.rows + toRow;
        std::memcpy(to.codes + target * kBlockCodes, from.codes + source * kBlockCodes,
                    kBlockCodes);
        to.scales[target] = from.scales[source];
    }
}

void gather(const Experts& experts, ThreadPool::Worker& worker, const StepContext& context) {
    ExpertRows& rows = context.expertRows[worker.index()];
    rows.sort({context.row(experts.routes, 0), experts.routes.place->stride,
               context.step.rows(experts.routes.place->rows), experts.choices,
               static_cast<std::int32_t>(experts.gateUp.size())});
    const Activations in = context.view(experts.in);
    forEachSlot(worker, rows, [&](std::int32_t slot) {
        const std::int32_t row = rows.rowOf(slot);
        if (experts.readsValues)
            std::copy_n(context.row(experts.in, row), experts.in.width,
                        experts.gathered.row(context, slot));
        if (experts.readsCodes) {
            const ExpertRows::Run& run = rows.runOf(slot);
            const Activations out = rowsOf(context, experts.gathered, run, in.columns);
            const auto order = experts.gateUp[std::size_t(run.expert)]->order();
            if (order.empty())
                copyCodes(in, row, out, slot - run.first);
            else
                quantiseRow(context.row(experts.in, row), out, slot - run.first, experts.feature,
                            order);
        }
    });
}

void multiplyGateUp(const Experts& experts, ThreadPool::Worker& worker,
                    const StepContext& context) {
    ProductQueue queue(worker);
    for (const ExpertRows::Run& run : context.expertRows[worker.index()].runs()) {
        const auto expert = static_cast<std::size_t>(run.expert);
        const PackedMatrix& weights = *experts.gateUp[expert];
        const float* const bias = experts.gateUpBias.empty() ? nullptr : experts.gateUpBias[expert];
        queue.multiply({weights, 0, weights.rows()},
                       rowsOf(context, experts.gathered, run, weights.columns()),
                       {experts.inner.row(context, run.first), experts.inner.stride, bias, false});
    }
}

void activate(const Experts& experts, ThreadPool::Worker& worker, const StepContext& context) {
    const ExpertRows& rows = context.expertRows[worker.index()];
    forEachSlot(worker, rows, [&](std::int32_t slot) {
        float* const gate = experts.inner.row(context, slot);
        experts.activation(gate, gate + experts.width, gate, experts.width);
        if (!experts.innerCodes)
            return;
        const ExpertRows::Run& run = rows.runOf(slot);
        quantiseRow(gate, rowsOf(context, experts.inner, run, experts.width), slot - run.first,
                    experts.feature, experts.down[std::size_t(run.expert)]->order());
    });
}

void multiplyDown(const Experts& experts, ThreadPool::Worker& worker, const StepContext& context) {
    ProductQueue queue(worker);
    for (const ExpertRows::Run& run : context.expertRows[worker.index()].runs()) {
        const auto expert = static_cast<std::size_t>(run.expert);
        const PackedMatrix& weights = *experts.down[expert];
        const float* const bias = experts.downBias.empty() ? nullptr : experts.downBias[expert];
        queue.multiply(
            {weights, 0, weights.rows()}, rowsOf(context, experts.inner, run, experts.width),
            {experts.results.row(context, run.first), experts.results.stride, bias, false});
    }
}

class ExpertSum final : public RowOperation {
public:
    explicit ExpertSum(SharedExperts experts)
        : m_experts(std::move(experts)) {}

    void run(const StepContext& context, const RowRange& range) const override {
        const Experts& experts = *m_experts;
        const ExpertRows& rows = context.expertRows[range.thread];
        for (std::int32_t row = range.begin; row < range.end; ++row) {
            float* const out = context.row(experts.out, row);
            const float* const weights = context.row(experts.routes, row) + experts.choices;
            if (!experts.accumulate)
                std::fill_n(out, experts.out.width, 0.0F);
            for (std::int32_t k = 0; k < experts.choices; ++k) {
                const std::int32_t slot = rows.slotOf(row, k);
                if (slot == ExpertRows::kNoSlot)
                    continue;
                const float* const result = experts.results.row(context, slot);
                for (std::int32_t i = 0; i < experts.out.width; ++i)
                    out[i] += weights[k] * result[i];
            }
        }
    }

private:
    SharedExperts m_experts;
};

} // namespace

Experts expertsOf(const ExpertsOp& op, std::span<const PackedWeight* const> weights,
                  CpuFeature feature) {
    const auto matrix = [&](WeightId id) {
        return static_cast<const PackedMatrix*>(weights[std::size_t(id)]);
    };
    const auto vector = [&](WeightId id) {
        return id == kNone ? nullptr
                           : static_cast<const PackedVector*>(weights[std::size_t(id)])->values();
    };
    Experts experts;
    std::transform(op.gateUp.begin(), op.gateUp.end(), std::back_inserter(experts.gateUp), matrix);
    std::transform(op.down.begin(), op.down.end(), std::back_inserter(experts.down), matrix);
    std::transform(op.gateUpBias.begin(), op.gateUpBias.end(),
                   std::back_inserter(experts.gateUpBias), vector);
    std::transform(op.downBias.begin(), op.downBias.end(), std::back_inserter(experts.downBias),
                   vector);
    for (const PackedMatrix* weight : experts.gateUp) {
        experts.readsCodes |= weight->readsCodes();
        experts.readsValues |= weight->readsValues();
    }
    for (const PackedMatrix* weight : experts.down)
        experts.innerCodes |= weight->readsCodes();
    experts.activation = activationFunction(op.activation, feature);
    experts.feature = feature;
    experts.width = op.width;
    experts.choices = op.routes.width / 2;
    experts.accumulate = op.accumulate;
    return experts;
}

std::unique_ptr<Phase> makeExpertGather(SharedExperts experts) {
    return expertPhase(std::move(experts), gather);
}

std::unique_ptr<Phase> makeExpertGateUp(SharedExperts experts) {
    return expertPhase(std::move(experts), multiplyGateUp);
}

std::unique_ptr<Phase> makeExpertActivation(SharedExperts experts) {
    return expertPhase(std::move(experts), activate);
}

std::unique_ptr<Phase> makeExpertDown(SharedExperts experts) {
    return expertPhase(std::move(experts), multiplyDown);
}

std::unique_ptr<RowOperation> makeExpertSum(SharedExperts experts) {
    if (!mayAllocate())
        return nullptr;
    return std::unique_ptr<RowOperation>(new (std::nothrow) ExpertSum(std::move(experts)));
}

} // namespace hearth::kernels::cpu
