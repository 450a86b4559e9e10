#include "cuda/elementwise/elementwise.h"
#include "cuda/runtime/program_compiler.h"

namespace hearth::kernels::cuda {

bool CompiledProgram::Compiler::storesTurned(const RopeOp& rope, const StoreKvOp& store) const {
    const KvLayout& layout = m_environment.kv[std::size_t(store.group)];
    const std::int32_t offset = store.keys.offset - rope.heads.offset;
    return layout.dtype != DType::I8 && layout.keyWidth == rope.headWidth &&
           store.keys.value == rope.heads.value && offset >= 0 && offset % rope.headWidth == 0 &&
           offset + store.keys.width <= rope.heads.width &&
           store.values.value == rope.heads.value &&
           store.values.offset >= rope.heads.offset + rope.heads.width;
}

Status CompiledProgram::Compiler::appendRope(const RopeOp& op, const StoreKvOp* store) {
    RopeParameters parameters;
    parameters.headWidth = op.headWidth;
    parameters.rotaryWidth = op.rotaryWidth;
    parameters.rotaryOffset = op.rotaryOffset;
    parameters.pairing = op.pairing;
    parameters.magnitude = op.magnitude;
    parameters.originalLength = op.originalLength;
    parameters.dynamicFactor = op.dynamicFactor;
    if (!ropeSupported(parameters))
        return Status::Unsupported;
    const std::size_t frequencies = addConstants(op.frequencies);
    const bool hasLong = !op.longFrequencies.empty();
    const std::size_t longFrequencies = addConstants(op.longFrequencies);
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
        const DeviceStep& step = context.buffers.step();
        rope.frequencies = context.constants + frequencies;
        rope.longFrequencies = hasLong ? context.constants + longFrequencies : nullptr;
        rope.lengths = step.ropeLengths;
        rope.sequenceOf = step.sequenceOf;
        KvTarget kv = target;
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

Status CompiledProgram::Compiler::append(const StoreKvOp& op) {
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
    const bool hasValues = op.values.value != kNone;
    const Operand values = hasValues ? read(op.values) : Operand{};
    add([=, group = op.group](const RunContext& context) {
        return storeKv(context.multiply.stream, context.buffers.step(),
                       context.buffers.tables(group), parameters, context.view(keys),
                       hasValues ? context.view(values) : DeviceRows{}, context.caches[group],
                       context.tokens);
    });
    return Status::Ok;
}

Status CompiledProgram::Compiler::attentionParameters(const AttentionOp& op,
                                                      AttentionParameters& out) const {
    const KvLayout& layout = m_environment.kv[std::size_t(op.group)];
    const bool isLatent = layout.kind == KvKind::Latent;
    out.heads = op.heads;
    out.kvHeads = layout.kvHeads;
    out.keyWidth = layout.keyWidth;
    out.valueWidth = isLatent ? op.out.width / op.heads : layout.valueWidth;
    out.scale = op.scale;
    out.softcap = op.softcap;
    out.window = op.window;
    out.causal = op.causal;
    out.sinks = vector(op.sinks);
    out.positionBias = vector(op.positionBias);
    out.positionBiasReach = op.positionBiasReach;
    out.compute = m_environment.compute;
    out.keys = keyPart(layout, op.layer);
    // The values of a latent are the first numbers of its key.
    out.values = isLatent ? out.keys : valuePart(layout, op.layer);
    out.blockBytes = layout.blockBytes();
    return cacheFormat(layout, out.format) && rowsSupported(out) ? Status::Ok : Status::Unsupported;
}

Status CompiledProgram::Compiler::append(const AttentionOp& op) {
    AttentionParameters parameters;
    HEARTH_CUDA_TRY(attentionParameters(op, parameters));
    const std::size_t alibi = addConstants(op.alibi);
    const bool hasAlibi = !op.alibi.empty();
    m_out.m_tilesSupported =
        m_out.m_tilesSupported && cuda::tilesSupported(parameters, m_environment.compute, false);
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

} // namespace hearth::kernels::cuda
