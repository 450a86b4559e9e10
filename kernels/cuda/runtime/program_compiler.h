#pragma once

#include "cuda/runtime/compiled_program.h"
#include "cuda/weights/packed_vector.h"

#include <algorithm>
#include <utility>

namespace hearth::kernels::cuda {

/// Walks a program's operations once and binds each to a launch. Lives while it compiles; may throw
/// std::bad_alloc.
class CompiledProgram::Compiler {
public:
    Compiler(CompiledProgram& out, const Program& program, const Environment& environment);

    [[nodiscard]] Status compile();

private:
    [[nodiscard]] const CudaMatrix& matrix(WeightId id) const {
        return static_cast<const CudaMatrix&>(*m_environment.weights[std::size_t(id)]);
    }
    [[nodiscard]] const float* vector(WeightId id) const {
        if (id == kNone)
            return nullptr;
        return static_cast<const CudaVector&>(*m_environment.weights[std::size_t(id)]).values();
    }
    [[nodiscard]] Rows rowsOf(const View& view) const {
        return m_program.values[std::size_t(view.value)].rows;
    }
    [[nodiscard]] std::int32_t maxRows(Rows rows) const {
        return rows == Rows::Tokens ? m_environment.limits.maxTokens
                                    : m_environment.limits.maxLogits;
    }
    [[nodiscard]] bool hasComputeType(const View& view) const {
        return !m_isWide[std::size_t(view.value)] || m_environment.compute == DType::F32;
    }

    Life& begin(Rows rows, std::int32_t width, DType type) {
        Life& life = m_out.m_lives.emplace_back();
        life.place.rows = rows;
        life.place.type = type;
        life.width = width;
        life.first = life.last = m_out.m_launches.size();
        return life;
    }
    /// The operand of a view, in use at least until the next launch.
    Operand read(const View& view) {
        Life& life = *m_current[std::size_t(view.value)];
        life.last = std::max(life.last, m_out.m_launches.size());
        return {&life.place, view.offset, view.width};
    }
    /// Likewise for a result. One that covers the whole activation begins a new life, unless the
    /// operation reads what was there.
    Operand write(const View& view, bool reads) {
        const Value& value = m_program.values[std::size_t(view.value)];
        Life*& life = m_current[std::size_t(view.value)];
        if (!life || (!reads && view.width == value.width)) {
            const bool isWide = m_isWide[std::size_t(view.value)];
            life = &begin(value.rows, value.width, isWide ? DType::F32 : m_environment.compute);
        }
        return read(view);
    }
    Operand result(const View& view) { return view.value == kNone ? Operand{} : read(view); }

    void add(Launch launch) { m_out.m_launches.push_back(std::move(launch)); }
    void needScratch(std::size_t bytes) {
        m_out.m_scratchBytes = std::max(m_out.m_scratchBytes, bytes);
    }
    std::size_t addConstants(std::span<const float> values) {
        std::vector<float>& all = m_out.m_constants;
        const auto found = std::search(all.begin(), all.end(), values.begin(), values.end());
        const auto offset = std::size_t(found - all.begin());
        if (found == all.end())
            all.insert(all.end(), values.begin(), values.end());
        return offset;
    }

    /// `view` as an operand of the compute type: itself, or a converted copy.
    Operand readConverted(const View& view);

    [[nodiscard]] Status append(const EmbedOp& op);
    [[nodiscard]] Status append(const NormOp& op);
    [[nodiscard]] Status append(const LinearOp& op);
    [[nodiscard]] Status append(const HeadLinearOp& op);
    [[nodiscard]] Status append(const CopyHeadsOp& op);
    [[nodiscard]] Status append(const RopeOp& op) { return appendRope(op, nullptr); }
    [[nodiscard]] Status append(const PositionScaleOp& op);
    [[nodiscard]] Status append(const StoreKvOp& op);
    [[nodiscard]] Status append(const AttentionOp& op);
    [[nodiscard]] Status append(const ActivationOp& op);
    [[nodiscard]] Status append(const RouteOp& op);
    [[nodiscard]] Status append(const ExpertsOp& op);
    [[nodiscard]] Status append(const AddOp& op);
    [[nodiscard]] Status append(const SelectRowsOp& op);
    [[nodiscard]] Status append(const SoftcapOp& op);
    [[nodiscard]] Status append(const ScaleOp& op);
    [[nodiscard]] static Status append(const AllReduceOp&) { return Status::Unsupported; }

    /// True if the keys that are stored are whole heads of those that turn.
    [[nodiscard]] bool storesTurned(const RopeOp& rope, const StoreKvOp& store) const;
    /// With `store`, which must be storesTurned(), keys and values go to the cache on the way.
    [[nodiscard]] Status appendRope(const RopeOp& op, const StoreKvOp* store);
    /// All of an operation that doesn't change from step to step.
    [[nodiscard]] Status attentionParameters(const AttentionOp& op, AttentionParameters& out) const;
    /// Matrices of experts with their biases, as classes of a grouped product.
    [[nodiscard]] std::vector<GroupClass> planExperts(const std::vector<WeightId>& matrices,
                                                      const std::vector<WeightId>& biases);

    CompiledProgram& m_out;
    const Program& m_program;
    const Environment& m_environment;
    std::vector<Life*> m_current; ///< The life of each value at this point.
    std::vector<bool> m_isWide;   ///< Values that are float32 whatever the compute type.
};

} // namespace hearth::kernels::cuda
