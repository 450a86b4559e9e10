#include "cpu/compiled_program.h"

#include "common/activation_layout.h"
#include "cpu/activation.h"
#include "cpu/packed_vector.h"

#include <algorithm>
#include <new>

namespace hearth::kernels::cpu {

/// Walks the operations once. Row operations join the current phase while they work on the same
/// kind of rows; products and attention are phases of their own.
class CompiledProgram::Compiler {
public:
    Compiler(CompiledProgram& out, const Program& program, const Environment& environment)
        : m_out(out)
        , m_program(program)
        , m_environment(environment)
        , m_current(program.values.size(), nullptr) {}

    [[nodiscard]] Status compile() {
        for (const Operation& operation : m_program.operations)
            if (!std::visit([this](const auto& op) { return append(op); }, operation))
                return m_unsupported ? Status::Unsupported : Status::OutOfMemory;
        m_out.m_logits = result(m_program.logits);
        m_out.m_hidden = result(m_program.hidden);
        return Status::Ok;
    }

private:
    [[nodiscard]] const PackedMatrix& matrix(WeightId id) const {
        return static_cast<const PackedMatrix&>(*m_environment.weights[std::size_t(id)]);
    }
    [[nodiscard]] const float* vector(WeightId id) const {
        if (id == kNone)
            return nullptr;
        return static_cast<const PackedVector&>(*m_environment.weights[std::size_t(id)]).values();
    }
    [[nodiscard]] Rows rowsOf(const View& view) const {
        return m_program.values[std::size_t(view.value)].rows;
    }

    /// The operand of a view, in use at least until the phase that comes next or is being filled.
    Operand read(const View& view, std::size_t phase) {
        Life& life = *m_current[std::size_t(view.value)];
        life.lastPhase = std::max(life.lastPhase, phase);
        return {&life.place, view.offset, view.width};
    }
    /// Likewise for a result. One that covers the whole activation begins a new life, unless the
    /// operation reads what was there.
    Operand write(const View& view, std::size_t phase, bool reads) {
        const Value& value = m_program.values[std::size_t(view.value)];
        Life*& life = m_current[std::size_t(view.value)];
        if (!life || (!reads && view.width == value.width)) {
            life = &m_out.m_lives.emplace_back();
            life->place.rows = value.rows;
            life->width = value.width;
            life->firstPhase = phase;
        }
        if (m_quantised.value == view.value)
            m_quantised = {};
        return read(view, phase);
    }
    Operand result(const View& view) {
        return view.value == kNone ? Operand{} : read(view, m_out.m_phases.size());
    }

    /// Index of the phase that takes row operations on `rows`.
    [[nodiscard]] bool openRows(Rows rows, std::size_t& phase) {
        if (!m_open || m_open->rows() != rows) {
            std::unique_ptr<RowPhase> opened =
                mayAllocate() ? std::unique_ptr<RowPhase>(new (std::nothrow) RowPhase(rows))
                              : nullptr;
            m_open = opened.get();
            if (!opened)
                return false;
            m_out.m_phases.push_back(std::move(opened));
        }
        phase = m_out.m_phases.size() - 1;
        return true;
    }
    [[nodiscard]] bool add(std::unique_ptr<RowOperation> operation) {
        if (!operation)
            return false;
        m_open->add(std::move(operation));
        return true;
    }
    template<typename Kind, typename... Arguments>
    [[nodiscard]] bool addPhase(Arguments&&... arguments) {
        if (!mayAllocate())
            return false;
        m_out.m_phases.push_back(std::make_unique<Kind>(std::forward<Arguments>(arguments)...));
        m_open = nullptr;
        return true;
    }

    [[nodiscard]] bool append(const EmbedOp& op) {
        std::size_t phase = 0;
        if (!openRows(Rows::Tokens, phase))
            return false;
        const PackedMatrix* positions = op.positions == kNone ? nullptr : &matrix(op.positions);
        const Operand out = write(op.out, phase, false);
        return add(makeEmbed(matrix(op.table), positions, op.scale, out, m_environment.threads));
    }
    [[nodiscard]] bool append(const NormOp& op) {
        std::size_t phase = 0;
        if (!openRows(rowsOf(op.in), phase))
            return false;
        const Operand in = read(op.in, phase);
        const Operand out = write(op.out, phase, op.in.value == op.out.value);
        return add(makeNorm(op, vector(op.gain), vector(op.bias), in, out, m_environment.feature));
    }
    [[nodiscard]] bool append(const LinearOp& op) {
        const PackedMatrix& weights = matrix(op.weight);
        if (weights.readsCodes() && !quantised(op.in)) {
            std::size_t phase = 0;
            if (!openRows(rowsOf(op.in), phase) ||
                !add(makeQuantise(read(op.in, phase), m_environment.feature)))
                return false;
            m_quantised = op.in;
            const std::int32_t rows = rowsOf(op.in) == Rows::Tokens
                                          ? m_environment.limits.maxTokens
                                          : m_environment.limits.maxLogits;
            m_out.m_quantisedRows = std::max(m_out.m_quantisedRows, rows);
            m_out.m_quantisedWidth = std::max(m_out.m_quantisedWidth, op.in.width);
        }
        const std::size_t phase = m_out.m_phases.size();
        const Operand in = read(op.in, phase);
        const bool partOfIn = op.in.value == op.out.value;
        const Operand out = write(op.out, phase, op.accumulate || partOfIn);
        return addPhase<ProductPhase>(weights, vector(op.bias), in, out, op.accumulate);
    }
    [[nodiscard]] bool quantised(const View& view) const {
        return m_quantised.value == view.value && m_quantised.offset == view.offset &&
               m_quantised.width == view.width;
    }
    [[nodiscard]] bool append(const RopeOp& op) {
        std::size_t phase = 0;
        if (!openRows(Rows::Tokens, phase))
            return false;
        const RopeTable* table = ropeTable(op);
        return table &&
               add(makeRope(op, *table, write(op.heads, phase, true), m_environment.feature));
    }
    /// The table for the operation's frequencies, filled by the phase at hand if it is new.
    [[nodiscard]] const RopeTable* ropeTable(const RopeOp& op) {
        for (const RopeTable& table : m_out.m_ropeTables)
            if (table.frequencies == op.frequencies && table.magnitude == op.magnitude)
                return &table;
        RopeTable& table = m_out.m_ropeTables.emplace_back();
        table.frequencies = op.frequencies;
        table.magnitude = op.magnitude;
        const bool allocated = table.angles.allocate(std::size_t(table.stride()) *
                                                     std::size_t(m_environment.limits.maxTokens));
        return allocated && add(makeRopeAngles(table)) ? &table : nullptr;
    }
    [[nodiscard]] bool append(const StoreKvOp& op) {
        std::size_t phase = 0;
        if (!openRows(Rows::Tokens, phase))
            return false;
        const Operand keys = read(op.keys, phase);
        const Operand values = read(op.values, phase);
        return add(makeStoreKv(op, m_environment.kv[std::size_t(op.group)], keys, values,
                               m_environment.feature));
    }
    [[nodiscard]] bool append(const AttentionOp& op) {
        const KvLayout& layout = m_environment.kv[std::size_t(op.group)];
        AttentionParameters parameters;
        parameters.heads = op.heads;
        parameters.kvHeads = layout.kvHeads;
        parameters.keyWidth = layout.keyWidth;
        parameters.valueWidth = layout.valueWidth;
        parameters.scale = op.scale;
        parameters.softcap = op.softcap;
        parameters.window = op.window;
        parameters.causal = op.causal;
        parameters.alibi = op.alibi;
        parameters.sinks = vector(op.sinks);
        parameters.keys = keyPart(layout, op.layer);
        parameters.values = valuePart(layout, op.layer);
        parameters.blockBytes = layout.blockBytes();
        const AttentionPlan* plan =
            attentionPlan({op.group, layout.kvHeads, op.heads / layout.kvHeads, layout.valueWidth,
                           op.window, op.causal});
        if (!plan || !cacheFormat(layout, parameters.format))
            return false;
        const std::size_t phase = m_out.m_phases.size();
        const Operand queries = read(op.queries, phase);
        const Operand out = write(op.out, phase, op.queries.value == op.out.value);
        return addPhase<AttentionPhase>(Attention(parameters, m_environment.feature), *plan,
                                        queries, out);
    }
    [[nodiscard]] const AttentionPlan* attentionPlan(const AttentionPlan::Shape& shape) {
        for (const AttentionPlan& plan : m_out.m_plans)
            if (plan.shape() == shape)
                return &plan;
        AttentionPlan& plan = m_out.m_plans.emplace_back();
        const Status status = plan.reserve(shape, m_environment.limits, m_environment.threads);
        return status == Status::Ok ? &plan : nullptr;
    }
    [[nodiscard]] bool append(const ActivationOp& op) {
        if (!activationFunction(op.kind, m_environment.feature)) {
            m_unsupported = true;
            return false;
        }
        std::size_t phase = 0;
        if (!openRows(rowsOf(op.out), phase))
            return false;
        const bool gated = op.up.value != kNone;
        const Operand gate = read(op.gate, phase);
        const Operand up = gated ? read(op.up, phase) : Operand{};
        const bool reads = op.gate.value == op.out.value || (gated && op.up.value == op.out.value);
        const Operand out = write(op.out, phase, reads);
        return add(
            makeActivation(op.kind, gate, gated ? &up : nullptr, out, m_environment.feature));
    }
    [[nodiscard]] bool append(const AddOp& op) {
        std::size_t phase = 0;
        if (!openRows(rowsOf(op.out), phase))
            return false;
        const Operand in = read(op.in, phase);
        return add(makeAdd(in, write(op.out, phase, true)));
    }
    [[nodiscard]] bool append(const SelectRowsOp& op) {
        std::size_t phase = 0;
        if (!openRows(Rows::Logits, phase))
            return false;
        const Operand in = read(op.in, phase);
        return add(makeSelectRows(in, write(op.out, phase, false)));
    }
    [[nodiscard]] bool append(const SoftcapOp& op) {
        std::size_t phase = 0;
        return openRows(rowsOf(op.values), phase) &&
               add(makeSoftcap(write(op.values, phase, true), op.cap, m_environment.feature));
    }
    [[nodiscard]] bool append(const auto&) {
        m_unsupported = true;
        return false;
    }

    CompiledProgram& m_out;
    const Program& m_program;
    const Environment& m_environment;
    std::vector<Life*> m_current; ///< The life of each value at this point.
    View m_quantised;             ///< Whose codes the buffer holds at this point.
    bool m_unsupported = false;
    RowPhase* m_open = nullptr;   ///< The last phase, if it takes row operations.
};

Status CompiledProgram::compile(const Program& program, const Environment& environment) {
    if (const Status status = Compiler(*this, program, environment).compile(); status != Status::Ok)
        return status;
    return layOut(environment.limits) ? Status::Ok : Status::OutOfMemory;
}

/// Neighbouring phases count as meeting: threads are in the same phase, but not at the same
/// operation of it.
bool CompiledProgram::layOut(const ExecutionLimits& limits) {
    constexpr std::int64_t kFloatsPerLine = kCacheLine / sizeof(float);
    std::vector<ActivationLife> lives;
    for (Life& life : m_lives) {
        const std::int64_t rows =
            life.place.rows == Rows::Tokens ? limits.maxTokens : std::max(1, limits.maxLogits);
        life.place.stride = (life.width + kFloatsPerLine - 1) / kFloatsPerLine * kFloatsPerLine;
        lives.push_back({life.firstPhase, life.lastPhase, rows * life.place.stride, 0});
    }
    m_activationFloats = placeActivations(lives);
    for (std::size_t i = 0; i < lives.size(); ++i)
        m_lives[i].place.offset = lives[i].offset;
    return m_activationFloats > 0;
}

std::size_t CompiledProgram::tableBytes() const {
    std::size_t total = 0;
    for (const RopeTable& table : m_ropeTables)
        total += table.angles.bytes();
    for (const AttentionPlan& plan : m_plans)
        total += plan.bytes();
    return total;
}

} // namespace hearth::kernels::cpu
