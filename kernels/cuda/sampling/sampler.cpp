#include "cuda/sampling/sampler.h"

#include "common/sampling_row.h"
#include "cuda/sampling/packed_step.h"
#include "cuda/sampling/row_task.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace hearth::kernels::cuda {

namespace {

// Rows with penalties, biases or masks that are sampled at once; more of them take turns.
constexpr std::int32_t kMaxEditedRows = 32;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

class Sampler final : public CudaSampler {
public:
    Sampler(std::int32_t vocabulary, std::int32_t maxRows, cudaStream_t stream)
        : m_vocabulary(vocabulary)
        , m_maxRows(maxRows)
        , m_stream(stream) {}

    [[nodiscard]] Status reserve();
    [[nodiscard]] std::size_t bytes() const override {
        return m_chunkMaxima.bytes() + m_blocksDone.bytes() + m_edited.bytes() + m_results.bytes() +
               m_step.bytes();
    }
    Status sample(const DeviceRows& logits, std::span<const SamplingRow> rows,
                  std::span<SampleResult> results) override;

private:
    [[nodiscard]] std::size_t topOffset() const {
        return std::size_t(m_maxRows) * sizeof(RowOutcome);
    }
    [[nodiscard]] bool isListedByHost(const SamplingRow& row) const {
        return std::min(row.logprobs, m_vocabulary) > kDeviceTop;
    }
    [[nodiscard]] Status findPlain(const DeviceRows& logits, std::int32_t rows);
    [[nodiscard]] Status run(const PackedStep::Batch& batch, std::span<const SamplingRow> rows);
    [[nodiscard]] Status fetch(std::size_t rows, std::int32_t topEntries);
    void report(std::size_t row, const SamplingRow& options, SampleResult& result);
    void listWhole(const float* logits, double normaliser, std::int32_t count,
                   std::vector<TokenLogprob>& top);

    std::int32_t m_vocabulary;
    std::int32_t m_maxRows;
    cudaStream_t m_stream;
    DeviceBuffer<std::uint64_t> m_chunkMaxima;
    DeviceBuffer<std::uint32_t> m_blocksDone;
    DeviceBuffer<float> m_edited;
    // Outcomes, then the lists of the likeliest tokens.
    DeviceBuffer<std::byte> m_results;
    PinnedBuffer<std::byte> m_hostResults;
    PackedStep m_step;
    PinnedBuffer<float> m_wholeRows; ///< Of rows that the host lists, one after the other.
    std::size_t m_copiedRows = 0;
    Buffer<std::int32_t> m_ids; ///< [vocabulary], from the first such row on.
};

Status Sampler::reserve() {
    const std::size_t rows = std::size_t(m_maxRows);
    const std::int32_t editedRows = std::min(m_maxRows, kMaxEditedRows);
    const std::size_t resultBytes =
        topOffset() + rows * std::size_t(std::min(kDeviceTop, m_vocabulary)) * sizeof(TopToken);
    HEARTH_CUDA_TRY(m_step.reserve(m_vocabulary, m_maxRows, editedRows));
    HEARTH_CUDA_TRY(m_chunkMaxima.allocate(rows * std::size_t(chunkCount(m_vocabulary))));
    HEARTH_CUDA_TRY(
        m_edited.allocate(std::size_t(editedRows) * std::size_t(m_step.editedStride())));
    HEARTH_CUDA_TRY(m_results.allocate(resultBytes));
    HEARTH_CUDA_TRY(m_hostResults.allocate(resultBytes));
    HEARTH_CUDA_TRY(m_blocksDone.allocate(rows));
    return toStatus(cudaMemsetAsync(m_blocksDone.data(), 0, m_blocksDone.bytes(), m_stream));
}

Status Sampler::sample(const DeviceRows& logits, std::span<const SamplingRow> rows,
                       std::span<SampleResult> results) {
    if (rows.size() > std::size_t(m_maxRows) || results.size() < rows.size() ||
        logits.type != DType::F32 || logits.width != m_vocabulary)
        return Status::InvalidArgument;
    if (!std::all_of(rows.begin(), rows.end(),
                     [this](const SamplingRow& row) { return isValidRow(row, m_vocabulary); }))
        return Status::InvalidArgument;
    if (rows.empty())
        return Status::Ok;
    std::size_t wholeRows = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        results[i] = {};
        if (rows[i].logprobs > 0) {
            if (!mayAllocate())
                return Status::OutOfMemory;
            results[i].top.reserve(std::size_t(std::min(rows[i].logprobs, m_vocabulary)));
        }
        wholeRows += isListedByHost(rows[i]) ? 1 : 0;
    }
    const std::size_t wholeSize = wholeRows * std::size_t(m_vocabulary);
    if (wholeSize > m_wholeRows.size())
        HEARTH_CUDA_TRY(m_wholeRows.allocate(wholeSize));
    if (wholeRows > 0 && m_ids.size() == 0 && !m_ids.allocate(std::size_t(m_vocabulary)))
        return Status::OutOfMemory;
    m_copiedRows = 0;

    if (std::all_of(rows.begin(), rows.end(), PackedStep::isPlain)) {
        HEARTH_CUDA_TRY(findPlain(logits, std::int32_t(rows.size())));
        HEARTH_CUDA_TRY(fetch(rows.size(), 0));
    } else {
        HEARTH_CUDA_TRY(m_step.upload(logits, rows, m_edited.data(), m_stream));
        for (const PackedStep::Batch& batch : m_step.batches())
            HEARTH_CUDA_TRY(run(batch, rows));
        HEARTH_CUDA_TRY(fetch(rows.size(), m_step.topEntries()));
    }
    m_copiedRows = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
        report(i, rows[i], results[i]);
    return Status::Ok;
}

Status Sampler::findPlain(const DeviceRows& logits, std::int32_t rows) {
    return findLikeliest(m_stream, {logits.as<float>(), logits.stride, nullptr, m_vocabulary}, rows,
                         m_chunkMaxima.data(), m_blocksDone.data(),
                         reinterpret_cast<RowOutcome*>(m_results.data()));
}

Status Sampler::run(const PackedStep::Batch& batch, std::span<const SamplingRow> rows) {
    if (batch.edits > 0)
        HEARTH_CUDA_TRY(
            editRows(m_stream, m_step.deviceEdits() + batch.firstEdit, batch.edits, m_vocabulary));
    auto* const outcomes = reinterpret_cast<RowOutcome*>(m_results.data());
    const std::size_t first = std::size_t(batch.firstRow);
    const RowTask* const tasks = m_step.deviceTasks();
    HEARTH_CUDA_TRY(
        findLikeliest(m_stream, {nullptr, 0, tasks + first, m_vocabulary}, batch.rows,
                      m_chunkMaxima.data() + first * std::size_t(chunkCount(m_vocabulary)),
                      m_blocksDone.data() + first, outcomes + first));
    if (batch.draws > 0)
        HEARTH_CUDA_TRY(drawTokens(
            m_stream,
            {tasks, m_step.deviceDraws() + batch.firstDraw, m_chunkMaxima.data(), outcomes,
             reinterpret_cast<TopToken*>(m_results.data() + topOffset()), m_vocabulary},
            batch.draws));
    for (std::size_t i = first; i < first + std::size_t(batch.rows); ++i)
        if (isListedByHost(rows[i]))
            HEARTH_CUDA_TRY(toStatus(
                cudaMemcpyAsync(m_wholeRows.data() + m_copiedRows++ * std::size_t(m_vocabulary),
                                m_step.task(i).logits, std::size_t(m_vocabulary) * sizeof(float),
                                cudaMemcpyDeviceToHost, m_stream)));
    return Status::Ok;
}

/// Waits for the results.
Status Sampler::fetch(std::size_t rows, std::int32_t topEntries) {
    const std::size_t bytes = topEntries > 0
                                  ? topOffset() + std::size_t(topEntries) * sizeof(TopToken)
                                  : rows * sizeof(RowOutcome);
    HEARTH_CUDA_TRY(toStatus(cudaMemcpyAsync(m_hostResults.data(), m_results.data(), bytes,
                                             cudaMemcpyDeviceToHost, m_stream)));
    return toStatus(cudaStreamSynchronize(m_stream));
}

void Sampler::report(std::size_t row, const SamplingRow& options, SampleResult& result) {
    const auto& outcome = reinterpret_cast<const RowOutcome*>(m_hostResults.data())[row];
    const float* const whole = isListedByHost(options)
                                   ? m_wholeRows.data() + m_copiedRows++ * std::size_t(m_vocabulary)
                                   : nullptr;
    result.status = outcome.status;
    if (outcome.status != SampleStatus::Ok)
        return;
    result.token = outcome.token;
    if (options.logprobs < 0)
        return;
    const double normaliser = static_cast<double>(outcome.maximum) +
                              std::log(static_cast<double>(outcome.mass) / kUnitMass);
    result.logprob = static_cast<float>(static_cast<double>(outcome.logit) - normaliser);
    if (whole) {
        listWhole(whole, normaliser, std::min(options.logprobs, m_vocabulary), result.top);
        return;
    }
    const auto* const top = reinterpret_cast<const TopToken*>(m_hostResults.data() + topOffset()) +
                            m_step.task(row).firstTop;
    for (std::int32_t i = 0; i < outcome.top; ++i)
        result.top.push_back(
            {top[i].token, static_cast<float>(static_cast<double>(top[i].logit) - normaliser)});
}

void Sampler::listWhole(const float* logits, double normaliser, std::int32_t count,
                        std::vector<TokenLogprob>& top) {
    std::int32_t* const ids = m_ids.data();
    std::int32_t allowed = 0;
    for (std::int32_t token = 0; token < m_vocabulary; ++token)
        if (logits[token] > -kInfinity)
            ids[allowed++] = token;
    count = std::min(count, allowed);
    std::partial_sort(ids, ids + count, ids + allowed, [logits](std::int32_t a, std::int32_t b) {
        return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
    });
    for (std::int32_t i = 0; i < count; ++i)
        top.push_back(
            {ids[i], static_cast<float>(static_cast<double>(logits[ids[i]]) - normaliser)});
}

} // namespace

Status CudaSampler::create(std::int32_t vocabulary, std::int32_t maxRows, cudaStream_t stream,
                           std::unique_ptr<CudaSampler>& out) {
    out.reset();
    if (vocabulary <= 0 || maxRows <= 0)
        return Status::InvalidArgument;
    auto sampler = std::make_unique<Sampler>(vocabulary, maxRows, stream);
    HEARTH_CUDA_TRY(sampler->reserve());
    out = std::move(sampler);
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
