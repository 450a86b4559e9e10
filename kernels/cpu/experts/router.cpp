#include "cpu/experts/router.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hearth::kernels::cpu {

namespace {

/// The open entry with the largest number, the first of equals; -1 where none is open.
std::int32_t takeLargest(const float* numbers, std::uint8_t* open, std::int32_t count) {
    std::int32_t best = -1;
    for (std::int32_t i = 0; i < count; ++i)
        if (open[i] != 0 && (best < 0 || numbers[i] > numbers[best]))
            best = i;
    if (best >= 0)
        open[best] = 0;
    return best;
}

} // namespace

Status Router::reserve(const RouteOp& op, const float* choiceBias, std::int32_t threads) {
    m_op = op;
    m_choiceBias = choiceBias;
    const std::size_t experts = std::size_t(op.logits.width);
    const std::size_t count = std::size_t(threads);
    const bool allocated = m_floats.allocate(count * (2 * experts + std::size_t(op.groups))) &&
                           m_open.allocate(count * experts);
    return allocated ? Status::Ok : Status::OutOfMemory;
}

Router::Scratch Router::scratch(std::int32_t thread) const {
    const std::ptrdiff_t experts = m_op.logits.width;
    float* const floats = m_floats.data() + thread * (2 * experts + m_op.groups);
    return {floats, floats + experts, floats + 2 * experts, m_open.data() + thread * experts};
}

void Router::route(const float* logits, float* out, std::int32_t thread) const {
    const Scratch memory = scratch(thread);
    const std::int32_t experts = m_op.logits.width;
    score(logits, memory);
    if (m_op.groups > 1)
        keepBestGroups(memory);
    else
        std::fill_n(memory.open, experts, std::uint8_t{1});
    float sum = 0.0F;
    for (std::int32_t k = 0; k < m_op.topK; ++k) {
        const std::int32_t expert = takeLargest(memory.choice, memory.open, experts);
        out[k] = static_cast<float>(expert);
        out[m_op.topK + k] = memory.scores[expert];
        sum += memory.scores[expert];
    }
    // Where all chosen scores underflowed there is nothing to divide.
    const float divisor = m_op.normalise && sum != 0.0F ? sum : 1.0F;
    for (std::int32_t k = 0; k < m_op.topK; ++k)
        out[m_op.topK + k] = out[m_op.topK + k] / divisor * m_op.scale;
}

void Router::score(const float* logits, const Scratch& scratch) const {
    const std::int32_t experts = m_op.logits.width;
    if (m_op.score == RouterScore::Sigmoid) {
        for (std::int32_t e = 0; e < experts; ++e)
            scratch.scores[e] = 1.0F / (1.0F + std::exp(-logits[e]));
    } else {
        const float largest = *std::max_element(logits, logits + experts);
        float sum = 0.0F;
        for (std::int32_t e = 0; e < experts; ++e) {
            scratch.scores[e] = std::exp(logits[e] - largest);
            sum += scratch.scores[e];
        }
        for (std::int32_t e = 0; e < experts; ++e)
            scratch.scores[e] /= sum;
    }
    // What is no number is chosen first.
    for (std::int32_t e = 0; e < experts; ++e) {
        const float choice = scratch.scores[e] + (m_choiceBias ? m_choiceBias[e] : 0.0F);
        scratch.choice[e] = std::isnan(choice) ? std::numeric_limits<float>::infinity() : choice;
    }
}

/// Opens the experts of the best groups alone.
void Router::keepBestGroups(const Scratch& scratch) const {
    const std::int32_t size = m_op.logits.width / m_op.groups;
    for (std::int32_t g = 0; g < m_op.groups; ++g)
        scratch.groups[g] = scoreOfGroup(scratch.choice + std::ptrdiff_t{g} * size);
    // A group has one expert at least: its flags have room among the experts'.
    std::fill_n(scratch.open, m_op.groups, std::uint8_t{1});
    constexpr float kKept = std::numeric_limits<float>::quiet_NaN();
    for (std::int32_t i = 0; i < m_op.topGroups; ++i)
        scratch.groups[takeLargest(scratch.groups, scratch.open, m_op.groups)] = kKept;
    for (std::int32_t g = 0; g < m_op.groups; ++g)
        std::fill_n(scratch.open + std::ptrdiff_t{g} * size, size,
                    std::uint8_t{std::isnan(scratch.groups[g])});
}

float Router::scoreOfGroup(const float* choice) const {
    float first = -std::numeric_limits<float>::infinity();
    float second = first;
    for (std::int32_t i = 0; i < m_op.logits.width / m_op.groups; ++i) {
        second = std::max(second, std::min(first, choice[i]));
        first = std::max(first, choice[i]);
    }
    return m_op.groupScore == RouterGroupScore::Max ? first : first + second;
}

} // namespace hearth::kernels::cpu
