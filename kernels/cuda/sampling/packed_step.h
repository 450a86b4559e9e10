#pragma once

#include "cuda/device/memory.h"
#include "cuda/device/tensor.h"
#include "cuda/sampling/row_task.h"
#include "hearth/kernels/sampling.h"

#include <cstdint>
#include <span>
#include <vector>

namespace hearth::kernels::cuda {

/// What the rows of one step ask for, in the form that the kernels read: one page-locked buffer
/// that one copy takes to the device. Rows are dealt out to batches, since edited rows need a copy
/// of their logits and there is room for some only.
class PackedStep {
public:
    [[nodiscard]] Status reserve(std::int32_t vocabulary, std::int32_t maxRows,
                                 std::int32_t maxEditedRows);
    [[nodiscard]] std::size_t bytes() const { return m_device.bytes(); }

    /// Packs and queues the copy. `edited` has room for maxEditedRows rows of editedStride().
    [[nodiscard]] Status upload(const DeviceRows& logits, std::span<const SamplingRow> rows,
                                float* edited, cudaStream_t stream);

    [[nodiscard]] std::int64_t editedStride() const {
        return (std::int64_t{m_vocabulary} + 63) & ~63;
    }
    /// Whether a row is greedy and has nothing else to it.
    [[nodiscard]] static bool isPlain(const SamplingRow& row);

    struct Batch {
        std::int32_t firstRow = 0;
        std::int32_t rows = 0;
        std::int32_t firstEdit = 0;
        std::int32_t edits = 0;
        std::int32_t firstDraw = 0;
        std::int32_t draws = 0;
    };
    [[nodiscard]] std::span<const Batch> batches() const { return m_batches; }
    /// Entries in the lists of the likeliest tokens, over all rows.
    [[nodiscard]] std::int32_t topEntries() const { return m_topEntries; }
    /// The tasks in the host's memory, and where the device finds them.
    [[nodiscard]] const RowTask& task(std::size_t row) const { return m_tasks.host[row]; }
    [[nodiscard]] const RowTask* deviceTasks() const { return m_tasks.device; }
    [[nodiscard]] const EditTask* deviceEdits() const { return m_edits.device; }
    [[nodiscard]] const std::int32_t* deviceDraws() const { return m_draws.device; }

private:
    /// Host and device address of one array.
    template<typename T>
    struct Array {
        T* host = nullptr;
        const T* device = nullptr;
    };
    template<typename T>
    [[nodiscard]] Array<T> take(std::size_t count);
    [[nodiscard]] Status makeRoom(std::span<const SamplingRow> rows);
    [[nodiscard]] std::size_t mostEdits(const SamplingRow& row) const;
    [[nodiscard]] RowTask taskOf(const SamplingRow& row, const float* logits);
    [[nodiscard]] EditTask editOf(const SamplingRow& row, const float* logits, float* out);
    [[nodiscard]] TokenEdit* editAt(std::int32_t token, TokenEdit* edits, std::int32_t& count);

    std::int32_t m_vocabulary = 0;
    std::int32_t m_maxEditedRows = 0;
    Buffer<std::int32_t> m_placeOf; ///< [vocabulary]: a token's place among its row's edits, or -1.
    PinnedBuffer<std::byte> m_host;
    DeviceBuffer<std::byte> m_device;
    std::size_t m_used = 0;
    Array<RowTask> m_tasks;
    Array<EditTask> m_edits;
    Array<std::int32_t> m_draws;
    std::vector<Batch> m_batches;
    std::int32_t m_topEntries = 0;
};

} // namespace hearth::kernels::cuda
