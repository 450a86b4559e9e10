#include "cpu/compiled_program.h"

#include "common/activation_layout.h"
#include "cpu/activation.h"
#include "cpu/experts/experts.h"
#include "cpu/packed_vector.h"

#include <algorithm>
#include <new>

namespace hearth::kernels::cpu {

namespace {

constexpr std::int32_t kSlotFloats = kCacheLine / sizeof(float);

} // namespace

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
                return Status::OutOfMemory;
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
    [[nodiscard]] bool addPhase(std::unique_ptr<Phase> phase) {
        if (!phase)
            return false;
        m_out.m_phases.push_back(std::move(phase));
        m_open = nullptr;
        return true;
    }
    template<typename Kind, typename... Arguments>
    [[nodiscard]] bool addPhase(Arguments&&... arguments) {
        if (!mayAllocate())
            return false;
        return addPhase(std::make_unique<Kind>(std::forward<Arguments>(arguments)...));
    }
    [[nodiscard]] std::int64_t mostRows(Rows rows) const {
        return rows == Rows::Tokens ? m_environment.limits.maxTokens
                                    : m_environment.limits.maxLogits;
    }
    HeadsOperand readHeads(const HeadsView& view, std::size_t phase) {
        return {read(view.heads, phase), view.headWidth, view.offset, view.width};
    }
    HeadsOperand writeHeads(const HeadsView& view, std::size_t phase, bool reads) {
        const bool partly = view.width != view.headWidth;
        return {write(view.heads, phase, reads || partly), view.headWidth, view.offset, view.width};
    }

    [[nodiscard]] bool append(const EmbedOp& op) {
        std::size_t phase = 0;
        if (!openRows(Rows::Tokens, phase))
            return false;
        const PackedMatrix* positions = op.positions == kNone ? nullptr : &matrix(op.positions);
        const Operand out = write(op.out, phase, false);
        return add(makeEmbed({matrix(op.table), positions, vector(op.bias)}, op.scale, out,
                             m_environment.threads));
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
        if (weights.readsCodes() && !fillCodes(op.in, weights.order()))
            return false;
        const std::size_t phase = m_out.m_phases.size();
        const Operand in = read(op.in, phase);
        const bool partOfIn = op.in.value == op.out.value;
        const Operand out = write(op.out, phase, op.accumulate || partOfIn);
        return addPhase<ProductPhase>(weights, vector(op.bias), in, out, op.accumulate);
    }
    /// Sees to it that the codes of a view are there, in some order of columns.
    [[nodiscard]] bool fillCodes(const View& view, std::span<const std::int32_t> order) {
        if (m_quantised.value == view.value && m_quantised.offset == view.offset &&
            m_quantised.width == view.width && std::ranges::equal(m_quantisedOrder, order))
            return true;
        std::size_t phase = 0;
        if (!openRows(rowsOf(view), phase) ||
            !add(makeQuantise(read(view, phase), m_environment.feature, order)))
            return false;
        m_quantised = view;
        m_quantisedOrder = order;
        m_out.m_quantisedBlocks =
            std::max(m_out.m_quantisedBlocks, mostRows(rowsOf(view)) * blockCount(view.width));
        return true;
    }
    [[nodiscard]] bool fillHeadCodes(const HeadsView& view, std::span<const std::int32_t> order) {
        std::size_t phase = 0;
        if (!openRows(rowsOf(view.heads), phase))
            return false;
        const HeadsOperand in = readHeads(view, phase);
        m_quantised = {};
        m_out.m_quantisedBlocks =
            std::max(m_out.m_quantisedBlocks,
                     mostRows(rowsOf(view.heads)) * in.heads() * blockCount(view.width));
        return add(makeQuantiseHeads(in, m_environment.feature, order));
    }
    [[nodiscard]] bool append(const HeadLinearOp& op) {
        const PackedMatrix& weights = matrix(op.weight);
        if (weights.readsCodes() && !fillHeadCodes(op.in, weights.order()))
            return false;
        const std::size_t phase = m_out.m_phases.size();
        const HeadsOperand in = readHeads(op.in, phase);
        const bool partOfIn = op.in.heads.value == op.out.heads.value;
        return addPhase<HeadProductPhase>(weights, in, writeHeads(op.out, phase, partOfIn));
    }
    [[nodiscard]] bool append(const CopyHeadsOp& op) {
        std::size_t phase = 0;
        if (!openRows(rowsOf(op.out.heads), phase))
            return false;
        const HeadsOperand in = readHeads(op.in, phase);
        const bool partOfIn = op.in.heads.value == op.out.heads.value;
        return add(makeCopyHeads(in, writeHeads(op.out, phase, partOfIn)));
    }
    [[nodiscard]] bool append(const PositionScaleOp& op) {
        std::size_t phase = 0;
        return openRows(Rows::Tokens, phase) &&
               add(makePositionScale(write(op.values, phase, true), op.originalLength));
    }
    [[nodiscard]] bool append(const ScaleOp& op) {
        std::size_t phase = 0;
        return openRows(rowsOf(op.values), phase) &&
               add(makeScale(write(op.values, phase, true), op.factor));
    }
    [[nodiscard]] bool append(const RouteOp& op) {
        std::size_t phase = 0;
        if (!openRows(rowsOf(op.out), phase))
            return false;
        const Operand logits = read(op.logits, phase);
        const bool partOfLogits = op.logits.value == op.out.value;
        return add(makeRoute(op, vector(op.choiceBias), logits, write(op.out, phase, partOfLogits),
                             m_environment.threads));
    }
    /// Memory for rows by slot, in use from phase `first` to `last`.
    SlotRows slotRows(const ExpertsOp& op, std::int32_t width, std::size_t first,
                      std::size_t last) {
        const std::int32_t padded = (width + kSlotFloats - 1) / kSlotFloats * kSlotFloats;
        Life& life = m_out.m_lives.emplace_back();
        life.place.rows = rowsOf(op.out);
        life.width = op.routes.width / 2 * padded;
        life.firstPhase = first;
        life.lastPhase = last;
        return {&life.place, padded};
    }
    [[nodiscard]] bool append(const ExpertsOp& op) {
        Experts experts = expertsOf(op, m_environment.weights, m_environment.feature);
        if (experts.readsCodes && !fillCodes(op.in, {}))
            return false;
        // Gather, gate and up, activation, down, and the sum among the row operations after them.
        const std::size_t first = m_out.m_phases.size();
        const std::size_t last = first + 4;
        experts.in = read(op.in, first);
        experts.routes = read(op.routes, last);
        if (experts.readsValues)
            experts.gathered = slotRows(op, op.in.width, first, first + 1);
        experts.inner = slotRows(op, 2 * op.width, first + 1, first + 3);
        experts.results = slotRows(op, op.out.width, first + 3, last);
        const bool reads =
            op.accumulate || op.in.value == op.out.value || op.routes.value == op.out.value;
        experts.out = write(op.out, last, reads);
        const std::int64_t routes = mostRows(rowsOf(op.out)) * experts.choices;
        ExpertRows::Bounds& bounds = m_out.m_expertBounds;
        bounds.routes = std::max(bounds.routes, routes);
        bounds.experts = std::max(bounds.experts, std::int64_t(op.gateUp.size()));
        if (experts.readsCodes)
            m_out.m_expertBlocks = std::max(m_out.m_expertBlocks, routes * blockCount(op.in.width));
        if (experts.innerCodes)
            m_out.m_expertBlocks = std::max(m_out.m_expertBlocks, routes * blockCount(op.width));
        if (!mayAllocate())
            return false;
        const SharedExperts shared = std::make_shared<const Experts>(std::move(experts));
        std::size_t phase = 0;
        return addPhase(makeExpertGather(shared)) && addPhase(makeExpertGateUp(shared)) &&
               addPhase(makeExpertActivation(shared)) && addPhase(makeExpertDown(shared)) &&
               openRows(rowsOf(op.out), phase) && add(makeExpertSum(shared));
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
            if (table.serves(op))
                return &table;
        RopeTable& table = m_out.m_ropeTables.emplace_back();
        table.frequencies = op.frequencies;
        table.longFrequencies = op.longFrequencies;
        table.magnitude = op.magnitude;
        table.originalLength = op.originalLength;
        table.dynamicFactor = op.dynamicFactor;
        const bool allocated = table.angles.allocate(std::size_t(table.stride()) *
                                                     std::size_t(m_environment.limits.maxTokens));
        return allocated && add(makeRopeAngles(table)) ? &table : nullptr;
    }
    [[nodiscard]] bool append(const StoreKvOp& op) {
        std::size_t phase = 0;
        if (!openRows(Rows::Tokens, phase))
            return false;
        const Operand keys = read(op.keys, phase);
        const Operand values = op.values.value == kNone ? Operand{} : read(op.values, phase);
        return add(makeStoreKv(op, m_environment.kv[std::size_t(op.group)], keys, values,
                               m_environment.feature));
    }
    [[nodiscard]] bool append(const AttentionOp& op) {
        const KvLayout& layout = m_environment.kv[std::size_t(op.group)];
        AttentionParameters parameters;
        parameters.heads = op.heads;
        parameters.kvHeads = layout.kvHeads;
        parameters.keyWidth = layout.keyWidth;
        parameters.latent = layout.kind == KvKind::Latent;
        parameters.valueWidth = op.out.width / op.heads;
        parameters.scale = op.scale;
        parameters.softcap = op.softcap;
        parameters.window = op.window;
        parameters.causal = op.causal;
        parameters.alibi = op.alibi;
        parameters.sinks = vector(op.sinks);
        parameters.positionBias = vector(op.positionBias);
        parameters.positionBiasReach = op.positionBiasReach;
        parameters.keys = keyPart(layout, op.layer);
        parameters.values = valuePart(layout, op.layer);
        parameters.blockBytes = layout.blockBytes();
        const AttentionPlan* plan =
            attentionPlan({op.group, layout.kvHeads, op.heads / layout.kvHeads,
                           parameters.valueWidth, op.window, op.causal});
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
    /// Refused by checkProgram().
    [[nodiscard]] static bool append(const AllReduceOp&) { return false; }

    CompiledProgram& m_out;
    const Program& m_program;
    const Environment& m_environment;
    std::vector<Life*> m_current; ///< The life of each value at this point.
    std::span<const std::int32_t> m_quantisedOrder;
    View m_quantised;           ///< Whose codes the buffer holds at this point.
    RowPhase* m_open = nullptr; ///< The last phase, if it takes row operations.
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
