#pragma once

#include "cuda/attention/attention.h"
#include "cuda/device/memory.h"
#include "cuda/device/tensor.h"
#include "cuda/matmul/grouped.h"
#include "cuda/matmul/multiply.h"
#include "cuda/runtime/step_buffers.h"
#include "hearth/kernels/backend.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

namespace hearth::kernels::cuda {

/// Where an activation lies in the scratch memory, and how. Views of one activation share it.
struct Place {
    std::int64_t offset = 0; ///< Bytes to the first row.
    std::int64_t stride = 0; ///< Elements a row.
    DType type = DType::F32;
    Rows rows = Rows::Tokens;
};

struct Operand {
    const Place* place = nullptr;
    std::int32_t column = 0;
    std::int32_t width = 0;
};

/// What operations see of a step while they are launched.
struct RunContext {
    std::int32_t tokens = 0; ///< Rows, padding included, as is the next.
    std::int32_t logits = 0;
    const StepBuffers& buffers;
    std::byte* activations = nullptr;
    const float* constants = nullptr;
    const GroupEntry* groupEntries = nullptr;
    std::byte* const* caches = nullptr; ///< First block of each KV group's arena.
    std::int32_t* tickets = nullptr;    ///< AttentionContext::tickets.
    MultiplyContext multiply;           ///< Its stream and scratch serve all operations.

    [[nodiscard]] GroupContext groups() const {
        return {multiply.stream, multiply.deterministic, multiply.multiprocessors};
    }

    [[nodiscard]] std::int32_t rows(const Operand& operand) const {
        return operand.place->rows == Rows::Tokens ? tokens : logits;
    }
    [[nodiscard]] DeviceRows view(const Operand& operand) const;
};

/// A program as launches, with a place in scratch memory for every activation. Activations that
/// sums accumulate in, logits, and what routers read and write, are float32; all others have the
/// compute type. Refers to the weights.
class CompiledProgram {
public:
    struct Environment {
        std::span<const PackedWeight* const> weights;
        std::span<const KvLayout> kv;
        ExecutionLimits limits;
        DType compute = DType::BF16;
        std::int32_t multiprocessors = 1;
    };

    /// `program` must have passed checkProgram().
    [[nodiscard]] Status compile(const Program& program, const Environment& environment);

    /// Queues every operation of the step; can be recorded in a graph.
    [[nodiscard]] Status launch(const RunContext& context) const;

    [[nodiscard]] std::int64_t activationBytes() const { return m_activationBytes; }
    [[nodiscard]] std::size_t scratchBytes() const { return m_scratchBytes; }
    /// What RunContext::constants must point to: frequencies and slopes.
    [[nodiscard]] std::span<const float> constants() const { return m_constants; }
    /// What RunContext::groupEntries must point to: matrices of heads and experts.
    [[nodiscard]] std::span<const GroupEntry> groupEntries() const { return m_groupEntries; }
    /// Long queries may go to attention tiles.
    [[nodiscard]] bool tilesSupported() const { return m_tilesSupported; }
    [[nodiscard]] const Operand& logits() const { return m_logits; } ///< Without place: none.
    [[nodiscard]] const Operand& hidden() const { return m_hidden; } ///< Without place: none.

private:
    class Compiler;
    using Launch = std::function<Status(const RunContext&)>;

    /// One life of an activation, from the operation that first writes it to the last that reads
    /// it.
    struct Life {
        Place place;
        std::int32_t width = 0;
        std::size_t first = 0;
        std::size_t last = 0;
    };

    void layOut(const ExecutionLimits& limits);

    std::deque<Life> m_lives; ///< Operands point to their places.
    std::vector<Launch> m_launches;
    std::vector<float> m_constants;
    std::vector<GroupEntry> m_groupEntries;
    std::int64_t m_activationBytes = 0;
    std::size_t m_scratchBytes = 0;
    bool m_tilesSupported = true;
    Operand m_logits;
    Operand m_hidden;
};

} // namespace hearth::kernels::cuda
