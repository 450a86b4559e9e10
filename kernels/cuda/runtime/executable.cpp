#include "cuda/runtime/executable.h"

#include "cuda/elementwise/elementwise.h"
#include "cuda/runtime/kv_arena.h"

#include <algorithm>
#include <bit>
#include <new>

namespace hearth::kernels::cuda {

namespace {

// From this many tokens on a query goes to the tensor cores in tiles.
constexpr std::int32_t kTileTokens = 8;
// Rows that are sampled at once; more take turns, so that scratch stays small.
constexpr std::int32_t kMaxSampledRows = 256;

/// The batch size that `batch` sequences are padded to: 1, 2, 4, 8, then at most a quarter more.
std::int32_t batchBucket(std::int32_t batch) {
    if (batch <= 8)
        return static_cast<std::int32_t>(std::bit_ceil(static_cast<std::uint32_t>(batch)));
    const auto step = std::max<std::int32_t>(
        8, static_cast<std::int32_t>(std::bit_floor(static_cast<std::uint32_t>(batch))) / 4);
    return (batch + step - 1) / step * step;
}

} // namespace

Status CudaExecutable::create(const Program& program,
                              const CompiledProgram::Environment& environment, DeviceTurn& turn,
                              Cublas& cublas, std::unique_ptr<Executable>& out) {
    if (!mayAllocate())
        return Status::OutOfMemory;
    std::unique_ptr<CudaExecutable> executable(new CudaExecutable(turn, cublas));
    HEARTH_CUDA_TRY(executable->reserve(program, environment));
    out = std::move(executable);
    return Status::Ok;
}

CudaExecutable::~CudaExecutable() {
    const DeviceTurn::Scope scope(m_turn);
    static_cast<void>(cudaStreamSynchronize(m_turn.stream));
    m_recorded.clear();
}

Status CudaExecutable::reserve(const Program& program,
                               const CompiledProgram::Environment& environment) {
    const DeviceTurn::Scope scope(m_turn);
    HEARTH_CUDA_TRY(scope.status());
    m_limits = environment.limits;
    HEARTH_CUDA_TRY(m_program.compile(program, environment));
    m_layouts.assign(environment.kv.begin(), environment.kv.end());
    m_caches.resize(m_layouts.size());
    HEARTH_CUDA_TRY(
        m_step.reserve(m_limits, stepBounds(program, environment.weights, environment.kv)));
    HEARTH_CUDA_TRY(m_buffers.reserve(m_limits, environment.kv));
    HEARTH_CUDA_TRY(m_activations.allocate(std::size_t(m_program.activationBytes())));
    HEARTH_CUDA_TRY(m_scratch.allocate(m_program.scratchBytes()));
    HEARTH_CUDA_TRY(m_tickets.allocate(std::size_t(kAttentionTickets)));
    HEARTH_CUDA_TRY(
        toStatus(cudaMemsetAsync(m_tickets.data(), 0, m_tickets.bytes(), m_turn.stream)));
    HEARTH_CUDA_TRY(upload(m_program.constants(), m_constants));
    HEARTH_CUDA_TRY(upload(m_program.groupEntries(), m_groupEntries));
    if (!m_program.logits().place || m_limits.maxLogits == 0)
        return Status::Ok;
    m_samplerRows = std::min(m_limits.maxLogits, kMaxSampledRows);
    return CudaSampler::create(m_program.logits().width, m_samplerRows, m_turn.stream, m_sampler);
}

template<typename T>
Status CudaExecutable::upload(std::span<const T> values, DeviceBuffer<T>& out) {
    HEARTH_CUDA_TRY(out.allocate(values.size()));
    if (values.empty())
        return Status::Ok;
    HEARTH_CUDA_TRY(toStatus(cudaMemcpyAsync(out.data(), values.data(), values.size_bytes(),
                                             cudaMemcpyHostToDevice, m_turn.stream)));
    return toStatus(cudaStreamSynchronize(m_turn.stream));
}

std::size_t CudaExecutable::scratchBytes() const {
    return m_activations.bytes() + m_scratch.bytes() + m_constants.bytes() +
           m_groupEntries.bytes() + m_buffers.bytes() + (m_sampler ? m_sampler->bytes() : 0);
}

StepShape CudaExecutable::shapeOf(const HostStep& step) const {
    StepShape shape;
    shape.tokens = m_step.tokenCount();
    shape.sequences = m_step.sequenceCount();
    shape.logits = m_step.logitCount();
    shape.maxContext = *std::max_element(step.contextLengths.begin(), step.contextLengths.end());
    for (const GroupTables& group : step.groups)
        if (group.contextLengths)
            shape.maxContext = std::max(
                shape.maxContext,
                *std::max_element(group.contextLengths, group.contextLengths + shape.sequences));
    return shape;
}

Status CudaExecutable::stage(const HostStep& step) {
    m_hasRun = false;
    m_isUploaded = false;
    HEARTH_CUDA_TRY(m_step.stage(step));
    const DeviceTurn::Scope scope(m_turn);
    HEARTH_CUDA_TRY(scope.status());
    m_shape = shapeOf(step);
    m_isDecode = step.treeMask.empty() && m_shape.tokens == m_shape.sequences &&
                 m_shape.logits == m_shape.sequences;
    if (m_isDecode) {
        const std::int32_t bucket = std::min({batchBucket(m_shape.tokens), m_limits.maxTokens,
                                              m_limits.maxSequences, m_limits.maxLogits});
        m_shape = {bucket, bucket, bucket, contextBucket(m_shape.maxContext)};
    }
    const bool mayTile =
        m_program.tilesSupported() && !m_limits.deterministic && step.treeMask.empty();
    HEARTH_CUDA_TRY(
        m_buffers.upload(m_step, step, m_shape, mayTile ? kTileTokens : 0, m_turn.stream));
    m_isUploaded = true;
    return Status::Ok;
}

Status CudaExecutable::bindCaches(std::span<KvArena* const> arenas) {
    if (arenas.size() != m_layouts.size())
        return Status::InvalidArgument;
    for (std::size_t group = 0; group < arenas.size(); ++group) {
        const auto* arena = dynamic_cast<const CudaKvArena*>(arenas[group]);
        if (!arena || arena->layout() != m_layouts[group] ||
            arena->capacity() < m_step.blocksNeeded(static_cast<std::int32_t>(group)))
            return Status::InvalidArgument;
        if (m_caches[group] != arena->base())
            m_recorded.clear();
        m_caches[group] = arena->base();
    }
    return Status::Ok;
}

RunContext CudaExecutable::context() {
    return {.tokens = m_shape.tokens,
            .logits = m_shape.logits,
            .buffers = m_buffers,
            .activations = m_activations.data(),
            .constants = m_constants.data(),
            .groupEntries = m_groupEntries.data(),
            .caches = m_caches.data(),
            .tickets = m_tickets.data(),
            .multiply = {.stream = m_turn.stream,
                         .cublas = &m_cublas,
                         .scratch = m_scratch.data(),
                         .scratchBytes = m_scratch.bytes(),
                         .deterministic = m_limits.deterministic,
                         .multiprocessors = m_turn.multiprocessors}};
}

Status CudaExecutable::run(std::span<KvArena* const> arenas) {
    m_hasRun = false;
    if (!m_isUploaded)
        return Status::InvalidArgument;
    const DeviceTurn::Scope scope(m_turn);
    HEARTH_CUDA_TRY(scope.status());
    HEARTH_CUDA_TRY(bindCaches(arenas));
    const RunContext step = context();
    HEARTH_CUDA_TRY(
        m_isDecode ? m_recorded.run(m_shape, m_turn.stream, [&] { return m_program.launch(step); })
                   : m_program.launch(step));
    m_hasRun = true;
    return Status::Ok;
}

Status CudaExecutable::sample(std::span<const SamplingRow> rows, std::span<SampleResult> results) {
    const Operand& logits = m_program.logits();
    if (!m_hasRun || !m_sampler || results.size() != rows.size() ||
        rows.size() > std::size_t(m_step.logitCount()))
        return Status::InvalidArgument;
    const DeviceTurn::Scope scope(m_turn);
    HEARTH_CUDA_TRY(scope.status());
    // Also where nothing is drawn, so that an error of the step shows with the step.
    if (rows.empty())
        return toStatus(cudaStreamSynchronize(m_turn.stream));
    try {
        DeviceRows view = context().view(logits);
        for (std::size_t first = 0; first < rows.size(); first += std::size_t(m_samplerRows)) {
            const std::size_t count = std::min(rows.size() - first, std::size_t(m_samplerRows));
            HEARTH_CUDA_TRY(
                m_sampler->sample(view, rows.subspan(first, count), results.subspan(first, count)));
            view.data = view.as<float>() + view.stride * m_samplerRows;
        }
    } catch (const std::bad_alloc&) {
        return Status::OutOfMemory;
    }
    return Status::Ok;
}

Status CudaExecutable::readRows(const Operand& operand, std::span<float> out) {
    if (!operand.place)
        return Status::Unsupported;
    const std::int32_t rows =
        operand.place->rows == Rows::Tokens ? m_step.tokenCount() : m_step.logitCount();
    const auto width = std::size_t(operand.width);
    if (!m_hasRun || out.size() != std::size_t(rows) * width)
        return Status::InvalidArgument;
    if (rows == 0)
        return Status::Ok;
    const DeviceTurn::Scope scope(m_turn);
    HEARTH_CUDA_TRY(scope.status());
    DeviceRows values = context().view(operand);
    DeviceBuffer<float> wide;
    if (values.type != DType::F32) {
        HEARTH_CUDA_TRY(wide.allocate(out.size()));
        const DeviceRows target{wide.data(), operand.width, operand.width, DType::F32};
        HEARTH_CUDA_TRY(copyRows(m_turn.stream, values, nullptr, target, rows));
        values = target;
    }
    HEARTH_CUDA_TRY(toStatus(cudaMemcpy2DAsync(
        out.data(), width * sizeof(float), values.data, std::size_t(values.stride) * sizeof(float),
        width * sizeof(float), std::size_t(rows), cudaMemcpyDeviceToHost, m_turn.stream)));
    return toStatus(cudaStreamSynchronize(m_turn.stream));
}

Status CudaExecutable::readLogits(std::span<float> out) {
    return readRows(m_program.logits(), out);
}

Status CudaExecutable::readHidden(std::span<float> out) {
    return readRows(m_program.hidden(), out);
}

} // namespace hearth::kernels::cuda
