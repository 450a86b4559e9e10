#pragma once

#include "common/allocation.h"
#include "hearth/kernels/status.h"

#include <cstdint>
#include <span>

namespace hearth::kernels::cpu {

/// The rows of a step sorted by the experts that they were routed to: slot by slot, each expert's
/// rows one after another in their own order. Every thread sorts for itself, which is cheaper than
/// waiting for one that does.
class ExpertRows {
public:
    /// The largest sort.
    struct Bounds {
        std::int64_t routes = 0; ///< Rows times choices.
        std::int64_t experts = 0;
    };
    /// Routes of every row: `choices` expert indices as numbers, then as many weights.
    struct Routes {
        const float* first = nullptr;
        std::int64_t stride = 0; ///< Floats from row to row.
        std::int32_t rows = 0;
        std::int32_t choices = 0;
        std::int32_t experts = 0;
    };
    /// An expert that has rows, and their slots [first, first + count).
    struct Run {
        std::int32_t expert = 0;
        std::int32_t first = 0;
        std::int32_t count = 0;
    };
    static constexpr std::int32_t kNoSlot = -1;

    [[nodiscard]] Status reserve(const Bounds& bounds);
    [[nodiscard]] std::size_t bytes() const;

    void sort(const Routes& routes);
    [[nodiscard]] std::span<const Run> runs() const {
        return {m_runs.data(), std::size_t(m_runCount)};
    }
    [[nodiscard]] std::int32_t slots() const { return m_slotCount; }
    /// Where choice `choice` of a row went; kNoSlot where it names no expert.
    [[nodiscard]] std::int32_t slotOf(std::int32_t row, std::int32_t choice) const {
        return m_slotOf[std::size_t(row) * std::size_t(m_choices) + std::size_t(choice)];
    }
    [[nodiscard]] std::int32_t rowOf(std::int32_t slot) const { return m_rowOf[std::size_t(slot)]; }
    [[nodiscard]] const Run& runOf(std::int32_t slot) const {
        return m_runs[std::size_t(m_runOf[std::size_t(slot)])];
    }

private:
    std::int32_t m_choices = 1;
    std::int32_t m_slotCount = 0;
    std::int32_t m_runCount = 0;
    Buffer<Run> m_runs;            ///< [experts]
    Buffer<std::int32_t> m_next;   ///< [experts] Counts, then the next free slot.
    Buffer<std::int32_t> m_slotOf; ///< [rows, choices]
    Buffer<std::int32_t> m_rowOf;  ///< [slots]
    Buffer<std::int32_t> m_runOf;  ///< [slots]
};

} // namespace hearth::kernels::cpu
