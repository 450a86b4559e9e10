#include "cpu/phase.h"

#include <algorithm>

namespace hearth::kernels::cpu {

void RowPhase::run(ThreadPool::Worker& worker, const StepContext& context) const {
    constexpr std::int32_t kTasksPerThread = 4;
    const std::int32_t rows = context.step.rows(m_rows);
    const std::int32_t tasks = std::min(rows, worker.count() * kTasksPerThread);
    worker.forEach(tasks, [&](std::int64_t task) {
        const RowRange range{static_cast<std::int32_t>(rows * task / tasks),
                             static_cast<std::int32_t>(rows * (task + 1) / tasks), worker.index()};
        for (const std::unique_ptr<RowOperation>& operation : m_operations)
            operation->run(context, range);
    });
}

void ProductPhase::run(ThreadPool::Worker& worker, const StepContext& context) const {
    multiply(worker, m_weights, context.view(m_in),
             {context.row(m_out, 0), m_out.place->stride, m_bias, m_accumulate});
}

void HeadProductPhase::run(ThreadPool::Worker& worker, const StepContext& context) const {
    ProductQueue queue(worker);
    for (std::int32_t head = 0; head < m_in.heads(); ++head) {
        const Operand out = m_out.columns(head);
        queue.multiply({m_weights, std::int64_t{head} * out.width, out.width},
                       context.view(m_in, head),
                       {context.row(out, 0), out.place->stride, nullptr, false});
    }
}

void AttentionPhase::run(ThreadPool::Worker& worker, const StepContext& context) const {
    const std::int32_t group = m_plan.shape().kvGroup;
    const AttentionData data{
        .queries = context.row(m_queries, 0),
        .queryStride = m_queries.place->stride,
        .out = context.row(m_out, 0),
        .outStride = m_out.place->stride,
        .cache = context.caches[group],
        .positions = context.step.positions(),
    };
    m_attention.run(worker, m_plan, context.step.sequences(group), data,
                    context.attention[worker.index()]);
}

} // namespace hearth::kernels::cpu
