#include "cpu/experts/expert_rows.h"

#include <algorithm>

namespace hearth::kernels::cpu {

Status ExpertRows::reserve(const Bounds& bounds) {
    if (bounds.routes == 0)
        return Status::Ok;
    const auto routes = static_cast<std::size_t>(bounds.routes);
    const auto experts = static_cast<std::size_t>(bounds.experts);
    const bool allocated = m_runs.allocate(experts) && m_next.allocate(experts) &&
                           m_slotOf.allocate(routes) && m_rowOf.allocate(routes) &&
                           m_runOf.allocate(routes);
    return allocated ? Status::Ok : Status::OutOfMemory;
}

std::size_t ExpertRows::bytes() const {
    return m_runs.bytes() + m_next.bytes() + m_slotOf.bytes() + m_rowOf.bytes() + m_runOf.bytes();
}

void ExpertRows::sort(const Routes& routes) {
    m_choices = routes.choices;
    std::fill_n(m_next.data(), routes.experts, 0);
    std::int32_t* out = m_slotOf.data();
    for (std::int32_t row = 0; row < routes.rows; ++row) {
        const float* const chosen = routes.first + row * routes.stride;
        for (std::int32_t k = 0; k < routes.choices; ++k) {
            const bool exists = chosen[k] >= 0.0F && chosen[k] < static_cast<float>(routes.experts);
            *out = exists ? static_cast<std::int32_t>(chosen[k]) : kNoSlot;
            if (exists)
                ++m_next[std::size_t(*out)];
            ++out;
        }
    }
    m_slotCount = 0;
    m_runCount = 0;
    for (std::int32_t expert = 0; expert < routes.experts; ++expert) {
        const std::int32_t count = m_next[std::size_t(expert)];
        m_next[std::size_t(expert)] = m_slotCount;
        if (count == 0)
            continue;
        std::fill_n(m_runOf.data() + m_slotCount, count, m_runCount);
        m_runs[std::size_t(m_runCount++)] = {expert, m_slotCount, count};
        m_slotCount += count;
    }
    std::int32_t* slot = m_slotOf.data();
    for (std::int32_t row = 0; row < routes.rows; ++row)
        for (std::int32_t k = 0; k < routes.choices; ++k, ++slot) {
            if (*slot == kNoSlot)
                continue;
            *slot = m_next[std::size_t(*slot)]++;
            m_rowOf[std::size_t(*slot)] = row;
        }
}

} // namespace hearth::kernels::cpu
