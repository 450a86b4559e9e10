#include "cuda/runtime/compiled_program.h"

#include "common/activation_layout.h"
#include "cuda/elementwise/elementwise.h"
#include "cuda/matmul/row_kernels.h"
#include "cuda/runtime/program_compiler.h"

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

CompiledProgram::Compiler::Compiler(CompiledProgram& out, const Program& program,
                                    const Environment& environment)
    : m_out(out)
    , m_program(program)
    , m_environment(environment)
    , m_current(program.values.size(), nullptr)
    , m_isWide(program.values.size(), environment.compute == DType::F32) {
    const auto widen = [this](const View& view) { m_isWide[std::size_t(view.value)] = true; };
    for (const Operation& operation : program.operations) {
        if (const auto* linear = std::get_if<LinearOp>(&operation)) {
            if (linear->accumulate)
                widen(linear->out);
        } else if (const auto* experts = std::get_if<ExpertsOp>(&operation)) {
            if (experts->accumulate)
                widen(experts->out);
            widen(experts->routes);
        } else if (const auto* add = std::get_if<AddOp>(&operation)) {
            widen(add->out);
        } else if (const auto* router = std::get_if<RouteOp>(&operation)) {
            widen(router->logits);
            widen(router->out);
        }
    }
    if (program.logits.value != kNone)
        widen(program.logits);
}

Status CompiledProgram::Compiler::compile() {
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
        HEARTH_CUDA_TRY(std::visit([this](const auto& op) { return append(op); }, operations[i]));
    }
    m_out.m_logits = result(m_program.logits);
    m_out.m_hidden = result(m_program.hidden);
    return Status::Ok;
}

Operand CompiledProgram::Compiler::readConverted(const View& view) {
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

Status CompiledProgram::Compiler::append(const EmbedOp& op) {
    const CudaMatrix* const table = &matrix(op.table);
    const CudaMatrix* const positions = op.positions == kNone ? nullptr : &matrix(op.positions);
    const float* const bias = vector(op.bias);
    const Operand out = write(op.out, false);
    add([=, scale = op.scale](const RunContext& context) {
        const DeviceStep& step = context.buffers.step();
        const cudaStream_t stream = context.multiply.stream;
        HEARTH_CUDA_TRY(expandRows(stream, *table, step.tokens, context.tokens, scale,
                                   context.view(out), false));
        if (positions)
            HEARTH_CUDA_TRY(expandRows(stream, *positions, step.positions, context.tokens, 1.0F,
                                       context.view(out), true));
        return bias ? addBias(stream, context.view(out), bias, context.tokens) : Status::Ok;
    });
    return Status::Ok;
}

Status CompiledProgram::Compiler::append(const NormOp& op) {
    const NormParameters parameters{op.kind,         op.width,      vector(op.gain),
                                    vector(op.bias), op.gainOffset, op.epsilon};
    const Operand in = read(op.in);
    const Operand out = write(op.out, op.in.value == op.out.value);
    add([=](const RunContext& context) {
        return normalise(context.multiply.stream, parameters, context.view(in), context.view(out),
                         context.rows(in));
    });
    return Status::Ok;
}

Status CompiledProgram::Compiler::append(const ActivationOp& op) {
    const bool isGated = op.up.value != kNone;
    const bool reads = op.gate.value == op.out.value || (isGated && op.up.value == op.out.value);
    // Kernels take both in one type: that which is wide alone is converted, and first, so that the
    // other is in use until the activation.
    const bool mixed = isGated && hasComputeType(op.gate) != hasComputeType(op.up);
    Operand up;
    Operand gate;
    if (mixed && hasComputeType(op.gate)) {
        up = readConverted(op.up);
        gate = read(op.gate);
    } else {
        gate = mixed ? readConverted(op.gate) : read(op.gate);
        up = isGated ? read(op.up) : Operand{};
    }
    const Operand out = write(op.out, reads);
    add([=, kind = op.kind](const RunContext& context) {
        const DeviceRows factor = isGated ? context.view(up) : DeviceRows{};
        return activate(context.multiply.stream, kind, context.view(gate),
                        isGated ? &factor : nullptr, context.view(out), context.rows(out));
    });
    return Status::Ok;
}

Status CompiledProgram::Compiler::append(const AddOp& op) {
    const Operand in = read(op.in);
    const Operand out = write(op.out, true);
    add([=](const RunContext& context) {
        return cuda::addRows(context.multiply.stream, context.view(in), context.view(out),
                             context.rows(out));
    });
    return Status::Ok;
}

Status CompiledProgram::Compiler::append(const SelectRowsOp& op) {
    const Operand in = read(op.in);
    const Operand out = write(op.out, false);
    add([=](const RunContext& context) {
        return copyRows(context.multiply.stream, context.view(in), context.buffers.step().logitRows,
                        context.view(out), context.logits);
    });
    return Status::Ok;
}

Status CompiledProgram::Compiler::append(const SoftcapOp& op) {
    const Operand values = write(op.values, true);
    add([=, cap = op.cap](const RunContext& context) {
        return softcapRows(context.multiply.stream, context.view(values), cap,
                           context.rows(values));
    });
    return Status::Ok;
}

Status CompiledProgram::Compiler::append(const ScaleOp& op) {
    const Operand values = write(op.values, true);
    add([=, factor = op.factor](const RunContext& context) {
        return scaleRows(context.multiply.stream, context.view(values), factor,
                         context.rows(values));
    });
    return Status::Ok;
}

Status CompiledProgram::Compiler::append(const PositionScaleOp& op) {
    const Operand values = write(op.values, true);
    add([=, length = op.originalLength](const RunContext& context) {
        return scaleByPosition(context.multiply.stream, context.view(values),
                               context.buffers.step().positions, length, context.tokens);
    });
    return Status::Ok;
}

Status CompiledProgram::Compiler::append(const CopyHeadsOp& op) {
    const auto columnsOf = [](const HeadsView& view) {
        return HeadColumns{view.heads.width / view.headWidth, view.headWidth, view.offset,
                           view.width};
    };
    const HeadColumns from = columnsOf(op.in);
    const HeadColumns to = columnsOf(op.out);
    const Operand in = read(op.in.heads);
    // What other columns hold stays.
    const Operand out = write(op.out.heads, true);
    add([=](const RunContext& context) {
        return copyHeads(context.multiply.stream, context.view(in), from, context.view(out), to,
                         context.rows(out));
    });
    return Status::Ok;
}

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
