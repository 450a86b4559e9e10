#include "cuda/sampling/packed_step.h"

#include "common/philox.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace hearth::kernels::cuda {

namespace {

constexpr std::size_t kAlignment = 16;
constexpr std::size_t kLeastBytes = std::size_t{1} << 16;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

constexpr std::size_t rounded(std::size_t bytes) {
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

bool penalises(const SamplingRow& row) {
    return row.repetitionPenalty != 1.0F || row.presencePenalty != 0.0F ||
           row.frequencyPenalty != 0.0F;
}

bool isEdited(const SamplingRow& row) {
    return !row.biases.empty() || !row.allowed.empty() || penalises(row);
}

bool isDrawn(const SamplingRow& row) {
    return row.temperature > 0.0F || row.logprobs >= 0 || row.given >= 0;
}

/// log2(e) / temperature, kept finite so that the likeliest token's 0 stays 0.
float scaleOf(float temperature) {
    constexpr float kMost = std::numeric_limits<float>::max();
    return std::min(std::min(1.0F / temperature, kMost) * std::numbers::log2e_v<float>, kMost);
}

} // namespace

bool PackedStep::isPlain(const SamplingRow& row) {
    return !isEdited(row) && !isDrawn(row);
}

Status PackedStep::reserve(std::int32_t vocabulary, std::int32_t maxRows,
                           std::int32_t maxEditedRows) {
    m_vocabulary = vocabulary;
    m_maxEditedRows = maxEditedRows;
    if (!m_placeOf.allocate(std::size_t(vocabulary)))
        return Status::OutOfMemory;
    std::fill_n(m_placeOf.data(), m_placeOf.size(), -1);
    const std::size_t bytes =
        kLeastBytes + std::size_t(maxRows) * (sizeof(RowTask) + sizeof(EditTask));
    HEARTH_CUDA_TRY(m_host.allocate(bytes));
    return m_device.allocate(bytes);
}

std::size_t PackedStep::mostEdits(const SamplingRow& row) const {
    std::size_t count = row.biases.size();
    if (penalises(row))
        count += row.generatedTokens.size();
    if (row.repetitionPenalty != 1.0F)
        count += row.promptTokens.size();
    return std::min(count, std::size_t(m_vocabulary));
}

Status PackedStep::makeRoom(std::span<const SamplingRow> rows) {
    std::size_t bytes =
        rows.size() * (sizeof(RowTask) + sizeof(EditTask) + sizeof(std::int32_t)) + 3 * kAlignment;
    for (const SamplingRow& row : rows)
        bytes += rounded(row.allowed.size_bytes()) + rounded(mostEdits(row) * sizeof(TokenEdit));
    m_used = 0;
    if (bytes > m_host.bytes())
        HEARTH_CUDA_TRY(m_host.allocate(bytes + bytes / 2));
    if (bytes > m_device.bytes())
        HEARTH_CUDA_TRY(m_device.allocate(bytes + bytes / 2));
    return Status::Ok;
}

template<typename T>
PackedStep::Array<T> PackedStep::take(std::size_t count) {
    const Array<T> array{reinterpret_cast<T*>(m_host.data() + m_used),
                         reinterpret_cast<const T*>(m_device.data() + m_used)};
    m_used += rounded(count * sizeof(T));
    return array;
}

Status PackedStep::upload(const DeviceRows& logits, std::span<const SamplingRow> rows,
                          float* edited, cudaStream_t stream) {
    HEARTH_CUDA_TRY(makeRoom(rows));
    m_tasks = take<RowTask>(rows.size());
    m_edits = take<EditTask>(rows.size());
    m_draws = take<std::int32_t>(rows.size());
    m_topEntries = 0;
    m_batches.assign(1, {});
    std::int32_t edits = 0;
    std::int32_t draws = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const float* from = logits.as<float>() + std::int64_t(i) * logits.stride;
        if (isEdited(rows[i])) {
            if (m_batches.back().edits == m_maxEditedRows)
                m_batches.push_back({std::int32_t(i), 0, edits, 0, draws, 0});
            float* const to = edited + m_batches.back().edits * editedStride();
            m_edits.host[edits++] = editOf(rows[i], from, to);
            ++m_batches.back().edits;
            from = to;
        }
        m_tasks.host[i] = taskOf(rows[i], from);
        if (isDrawn(rows[i])) {
            m_draws.host[draws++] = std::int32_t(i);
            ++m_batches.back().draws;
        }
        ++m_batches.back().rows;
    }
    return toStatus(
        cudaMemcpyAsync(m_device.data(), m_host.data(), m_used, cudaMemcpyHostToDevice, stream));
}

RowTask PackedStep::taskOf(const SamplingRow& row, const float* logits) {
    RowTask task;
    task.logits = logits;
    task.given = row.given;
    task.draws = row.temperature > 0.0F && row.given < 0;
    if (task.draws) {
        task.uniform = uniformAt(row.seed, static_cast<std::uint64_t>(row.position));
        task.scale = scaleOf(row.temperature);
        task.topP = row.topP;
        task.topK = row.topK;
        task.minOffset = row.minP > 0.0F ? row.temperature * std::log(row.minP) : -kInfinity;
        task.pruneDepth = kInfinity;
        // All tokens below (1 - p) / vocabulary weigh less than what top-p may leave out, since the
        // likeliest weighs 1 alone. Once that again for rounding.
        if (row.topK == 0 && row.topP < 1.0F)
            task.pruneDepth =
                std::log2(2.0F * static_cast<float>(m_vocabulary) / (1.0F - row.topP));
    }
    task.logprobs = row.logprobs >= 0;
    const std::int32_t top = std::min(row.logprobs, m_vocabulary);
    if (top > 0 && top <= kDeviceTop) {
        task.top = top;
        task.firstTop = m_topEntries;
        m_topEntries += top;
    }
    return task;
}

/// The edit of a token of the row at hand, made where there is none; nullptr outside of the
/// vocabulary.
TokenEdit* PackedStep::editAt(std::int32_t token, TokenEdit* edits, std::int32_t& count) {
    if (token < 0 || token >= m_vocabulary)
        return nullptr;
    std::int32_t& place = m_placeOf[std::size_t(token)];
    if (place < 0) {
        place = count++;
        edits[place] = {token, 0.0F, 0.0F, 0};
    }
    return edits + place;
}

EditTask PackedStep::editOf(const SamplingRow& row, const float* logits, float* out) {
    EditTask task;
    task.in = logits;
    task.out = out;
    task.repetition = row.repetitionPenalty;
    const Array<TokenEdit> edits = take<TokenEdit>(mostEdits(row));
    task.edits = edits.device;
    for (const LogitBias& entry : row.biases)
        if (TokenEdit* const edit = editAt(entry.token, edits.host, task.editCount))
            edit->bias += entry.bias;
    if (penalises(row))
        for (const std::int32_t token : row.generatedTokens)
            if (TokenEdit* const edit = editAt(token, edits.host, task.editCount))
                ++edit->penalised;
    for (std::int32_t i = 0; i < task.editCount; ++i)
        if (const std::int32_t generated = edits.host[i].penalised; generated > 0)
            edits.host[i].penalty =
                row.presencePenalty + row.frequencyPenalty * static_cast<float>(generated);
    if (row.repetitionPenalty != 1.0F)
        for (const std::int32_t token : row.promptTokens)
            if (TokenEdit* const edit = editAt(token, edits.host, task.editCount))
                edit->penalised = 1;
    for (std::int32_t i = 0; i < task.editCount; ++i)
        m_placeOf[std::size_t(edits.host[i].token)] = -1;
    if (!row.allowed.empty()) {
        const Array<std::uint32_t> mask = take<std::uint32_t>(row.allowed.size());
        std::copy(row.allowed.begin(), row.allowed.end(), mask.host);
        task.allowed = mask.device;
        task.allowedWords = static_cast<std::int32_t>(row.allowed.size());
    }
    return task;
}

} // namespace hearth::kernels::cuda
