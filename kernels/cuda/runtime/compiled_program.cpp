#include "cuda/runtime/compiled_program.h"

#include "common/activation_layout.h"
#include "cuda/elementwise/elementwise.h"
#include "cuda/weights/packed_vector.h"

#include <algorithm>
#include <utility>

namespace hearth::kernels::cuda {

namespace {

constexpr std::int64_t kPlaceAlignment = 256; // Bytes.
constexpr std::int64_t kRowAlignment = 128;   // Bytes.

constexpr std::int64_t alignedTo(std::int64_t value, std::int64_t alignment) {
    return (value + alignment - 1) / alignment * alignment;
}

} // namespace

DeviceRows RunContext::view(const Operand& operand) const {
    const Place& place = *operand.place;
    std::byte* const first =
        activations + place.offset + std::int64_t{operand.column} * blockSize(place.type).bytes;
    return {first, place.stride, operand.width, place.type};
}

/// Walks the operations once and binds each to a launch.
class CompiledProgram::Compiler {
public:
    Compiler(CompiledProgram& out, const Program& program, const Environment& environment)
        : m_out(out)
        , m_program(program)
        , m_environment(environment)
        , m_current(program.values.size(), nullptr)
        , m_isWide(program.values.size(), environment.compute == DType::F32) {
        for (const Operation& operation : program.operations) {
            if (const auto* linear = std::get_if<LinearOp>(&operation)) {
                if (linear->accumulate)
                    m_isWide[std::size_t(linear->out.value)] = true;
            } else if (const auto* add = std::get_if<AddOp>(&operation)) {
                m_isWide[std::size_t(add->out.value)] = true;
            }
        }
        if (program.logits.value != kNone)
            m_isWide[std::size_t(program.logits.value)] = true;
    }

    [[nodiscard]] Status compile() {
        const std::vector<Operation>& operations = m_program.operations;
        for (std::size_t i = 0; i < operations.size(); ++i) {
            const auto* rope = std::get_if<RopeOp>(&operations[i]);
            const auto* store =
                i + 1 < operations.size() ? std::get_if<StoreKvOp>(&operations[i + 1]) : nullptr;
            if (rope && store && storesTurned(*rope, *store)) {
                HEARTH_CUDA_TRY(appendRope(*rope, store));
                ++i;
                continue;
            }
            HEARTH_CUDA_TRY(
                std::visit([this](const auto& op) { return append(op); }, operations[i]));
        }
        m_out.m_logits = result(m_program.logits);
        m_out.m_hidden = result(m_program.hidden);
        return Status::Ok;
    }

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
    Operand readConverted(const View& view) {
        const Operand in = read(view);
        if (hasComputeType(view))
            return in;
        Life& copy = begin(rowsOf(view), view.width, m_environment.compute);
        const Operand out{&copy.place, 0, view.width};
        add([in, out](const RunContext& context) {
            return copyRows(context.multiply.stream, context.view(in), nullptr, context.view(out),
                            context.rows(out));
        });
        copy.last = m_out.m_launches.size();
        return out;
    }

    [[nodiscard]] Status append(const EmbedOp& op) {
        const CudaMatrix* const table = &matrix(op.table);
        const CudaMatrix* const positions = op.positions == kNone ? nullptr : &matrix(op.positions);
        const Operand out = write(op.out, false);
        add([=, scale = op.scale](const RunContext& context) {
            const DeviceStep& step = context.buffers.step();
            const cudaStream_t stream = context.multiply.stream;
            HEARTH_CUDA_TRY(expandRows(stream, *table, step.tokens, context.tokens, scale,
                                       context.view(out), false));
            return positions ? expandRows(stream, *positions, step.positions, context.tokens, 1.0F,
                                          context.view(out), true)
                             : Status::Ok;
        });
        return Status::Ok;
    }

    [[nodiscard]] Status append(const NormOp& op) {
        const NormParameters parameters{op.kind,         op.width,      vector(op.gain),
                                        vector(op.bias), op.gainOffset, op.epsilon};
        const Operand in = read(op.in);
        const Operand out = write(op.out, op.in.value == op.out.value);
        add([=](const RunContext& context) {
            return normalise(context.multiply.stream, parameters, context.view(in),
                             context.view(out), context.rows(in));
        });
        return Status::Ok;
    }

    [[nodiscard]] Status append(const LinearOp& op) {
        const CudaMatrix* const weights = &matrix(op.weight);
        const float* const bias = vector(op.bias);
        const Operand in = readConverted(op.in);
        const Operand out = write(op.out, op.accumulate || op.in.value == op.out.value);
        const bool accumulate = op.accumulate;
        needScratch(multiplyScratchBytes(*weights, maxRows(rowsOf(op.in)), m_environment.compute,
                                         m_environment.limits.deterministic));
        add([=](const RunContext& context) {
            return multiply(context.multiply, *weights, context.view(in), context.view(out), bias,
                            accumulate, context.rows(in));
        });
        return Status::Ok;
    }

    /// True if the keys that are stored are whole heads of those that turn.
    [[nodiscard]] bool storesTurned(const RopeOp& rope, const StoreKvOp& store) const {
        const KvLayout& layout = m_environment.kv[std::size_t(store.group)];
        const std::int32_t offset = store.keys.offset - rope.heads.offset;
        return layout.dtype != DType::I8 && layout.keyWidth == rope.headWidth &&
               store.keys.value == rope.heads.value && offset >= 0 &&
               offset % rope.headWidth == 0 && offset + store.keys.width <= rope.heads.width &&
               store.values.value == rope.heads.value &&
               store.values.offset >= rope.heads.offset + rope.heads.width;
    }

    [[nodiscard]] Status append(const RopeOp& op) { return appendRope(op, nullptr); }

    [[nodiscard]] Status appendRope(const RopeOp& op, const StoreKvOp* store) {
        const RopeParameters parameters{op.headWidth, op.rotaryWidth, op.pairing, nullptr,
                                        op.magnitude};
        if (!ropeSupported(parameters))
            return Status::Unsupported;
        const std::size_t frequencies = addConstants(op.frequencies);
        KvTarget target;
        Operand values;
        const std::int32_t group = store ? store->group : kNone;
        if (store) {
            const KvLayout& layout = m_environment.kv[std::size_t(group)];
            if (!cacheFormat(layout, target.format))
                return Status::Unsupported;
            target.blockBytes = layout.blockBytes();
            target.keyPart = keyPart(layout, store->layer);
            target.valuePart = valuePart(layout, store->layer);
            target.firstKeyHead = (store->keys.offset - op.heads.offset) / op.headWidth;
            target.kvHeads = layout.kvHeads;
            target.valueWidth = layout.valueWidth;
            values = read(store->values);
        }
        const Operand heads = write(op.heads, true);
        add([=](const RunContext& context) {
            RopeParameters rope = parameters;
            rope.frequencies = context.constants + frequencies;
            KvTarget kv = target;
            const DeviceStep& step = context.buffers.step();
            if (group != kNone) {
                const DeviceRows rows = context.view(values);
                kv.cache = context.caches[group];
                kv.tables = context.buffers.tables(group);
                kv.slots = step.slots;
                kv.sequenceOf = step.sequenceOf;
                kv.values = rows.data;
                kv.valueStride = rows.stride;
            }
            return turnHeads(context.multiply.stream, rope, step.positions, context.view(heads), kv,
                             context.tokens);
        });
        return Status::Ok;
    }

    [[nodiscard]] Status append(const StoreKvOp& op) {
        const KvLayout& layout = m_environment.kv[std::size_t(op.group)];
        StoreKvParameters parameters;
        parameters.kvHeads = layout.kvHeads;
        parameters.keyWidth = layout.keyWidth;
        parameters.valueWidth = layout.valueWidth;
        parameters.keys = keyPart(layout, op.layer);
        parameters.values = valuePart(layout, op.layer);
        parameters.blockBytes = layout.blockBytes();
        if (!cacheFormat(layout, parameters.format))
            return Status::Unsupported;
        const Operand keys = read(op.keys);
        const Operand values = read(op.values);
        add([=, group = op.group](const RunContext& context) {
            return storeKv(context.multiply.stream, context.buffers.step(),
                           context.buffers.tables(group), parameters, context.view(keys),
                           context.view(values), context.caches[group], context.tokens);
        });
        return Status::Ok;
    }

    [[nodiscard]] Status append(const AttentionOp& op) {
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
        parameters.sinks = vector(op.sinks);
        parameters.keys = keyPart(layout, op.layer);
        parameters.values = valuePart(layout, op.layer);
        parameters.blockBytes = layout.blockBytes();
        if (!cacheFormat(layout, parameters.format))
            return Status::Unsupported;
        if (!rowsSupported(parameters))
            return Status::Unsupported;
        const std::size_t alibi = addConstants(op.alibi);
        const bool hasAlibi = !op.alibi.empty();
        m_out.m_tilesSupported = m_out.m_tilesSupported &&
                                 cuda::tilesSupported(parameters, m_environment.compute, false);
        needScratch(
            attentionScratchBytes(parameters, m_environment.limits, m_environment.multiprocessors));
        const Operand queries = readConverted(op.queries);
        const Operand out = write(op.out, op.queries.value == op.out.value);
        // The kernels write the compute type.
        const bool converts = !hasComputeType(op.out);
        Life* const narrow =
            converts ? &begin(Rows::Tokens, op.out.width, m_environment.compute) : nullptr;
        const Operand target = narrow ? Operand{&narrow->place, 0, op.out.width} : out;
        add([=, group = op.group](const RunContext& context) {
            AttentionParameters bound = parameters;
            bound.alibi = hasAlibi ? context.constants + alibi : nullptr;
            AttentionContext attention;
            attention.stream = context.multiply.stream;
            attention.step = context.buffers.step();
            attention.tables = context.buffers.tables(group);
            attention.plan = context.buffers.plan();
            attention.cache = context.caches[group];
            attention.scratch = reinterpret_cast<float*>(context.multiply.scratch);
            attention.scratchBytes = context.multiply.scratchBytes;
            attention.tickets = context.tickets;
            attention.deterministic = context.multiply.deterministic;
            attention.multiprocessors = context.multiply.multiprocessors;
            HEARTH_CUDA_TRY(attend(attention, bound, context.view(queries), context.view(target)));
            return converts ? copyRows(context.multiply.stream, context.view(target), nullptr,
                                       context.view(out), context.tokens)
                            : Status::Ok;
        });
        return Status::Ok;
    }

    [[nodiscard]] Status append(const ActivationOp& op) {
        const bool gated = op.up.value != kNone;
        const Operand gate = read(op.gate);
        const Operand up = gated ? read(op.up) : Operand{};
        const bool reads = op.gate.value == op.out.value || (gated && op.up.value == op.out.value);
        if (op.kind == Activation::ClampedSwiglu ||
            (gated && gate.place->type != up.place->type))
            return Status::Unsupported;
        const Operand out = write(op.out, reads);
        add([=, kind = op.kind](const RunContext& context) {
            const DeviceRows factor = gated ? context.view(up) : DeviceRows{};
            return activate(context.multiply.stream, kind, context.view(gate),
                            gated ? &factor : nullptr, context.view(out), context.rows(out));
        });
        return Status::Ok;
    }

    [[nodiscard]] Status append(const AddOp& op) {
        const Operand in = read(op.in);
        const Operand out = write(op.out, true);
        add([=](const RunContext& context) {
            return cuda::addRows(context.multiply.stream, context.view(in), context.view(out),
                                 context.rows(out));
        });
        return Status::Ok;
    }

    [[nodiscard]] Status append(const SelectRowsOp& op) {
        const Operand in = read(op.in);
        const Operand out = write(op.out, false);
        add([=](const RunContext& context) {
            return copyRows(context.multiply.stream, context.view(in),
                            context.buffers.step().logitRows, context.view(out), context.logits);
        });
        return Status::Ok;
    }

    [[nodiscard]] Status append(const SoftcapOp& op) {
        const Operand values = write(op.values, true);
        add([=, cap = op.cap](const RunContext& context) {
            return softcapRows(context.multiply.stream, context.view(values), cap,
                               context.rows(values));
        });
        return Status::Ok;
    }

    [[nodiscard]] static Status append(const auto&) { return Status::Unsupported; }

    CompiledProgram& m_out;
    const Program& m_program;
    const Environment& m_environment;
    std::vector<Life*> m_current; ///< The life of each value at this point.
    std::vector<bool> m_isWide;   ///< Values that are float32 whatever the compute type.
};

Status CompiledProgram::compile(const Program& program, const Environment& environment) {
    HEARTH_CUDA_TRY(Compiler(*this, program, environment).compile());
    layOut(environment.limits);
    return Status::Ok;
}

void CompiledProgram::layOut(const ExecutionLimits& limits) {
    std::vector<ActivationLife> lives;
    for (Life& life : m_lives) {
        const std::int64_t bytes = blockSize(life.place.type).bytes;
        const std::int64_t rows =
            life.place.rows == Rows::Tokens ? limits.maxTokens : std::max(1, limits.maxLogits);
        const std::int64_t rowBytes = alignedTo(life.width * bytes, kRowAlignment);
        life.place.stride = rowBytes / bytes;
        lives.push_back({life.first, life.last, alignedTo(rows * rowBytes, kPlaceAlignment), 0});
    }
    m_activationBytes = placeActivations(lives);
    for (std::size_t i = 0; i < lives.size(); ++i)
        m_lives[i].place.offset = lives[i].offset;
}

Status CompiledProgram::launch(const RunContext& context) const {
    for (const Launch& one : m_launches)
        HEARTH_CUDA_TRY(one(context));
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
