#include "formats/quantised/unpacked_matrix.h"

#include "formats/quantised/code_bits.h"
#include "formats/quantised/small_floats.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace hearth {

namespace {

using kernels::DType;

// Less than this a thread is not worth starting for.
constexpr std::int64_t kBytesAThread = 1 << 20;
constexpr std::int64_t kMostThreads = 8;
// Threads begin at rows from which every format's tiles start.
constexpr std::int64_t kRowsTogether = 128;
// Rows that a step leaves out are unpacked too, these many at a time.
constexpr std::int64_t kSteppedRows = 64;

std::int64_t threadsFor(std::int64_t bytes) {
    const std::int64_t cores = std::max(2U, std::thread::hardware_concurrency());
    return std::clamp<std::int64_t>(bytes / kBytesAThread, 1, std::min(cores, kMostThreads));
}

std::int64_t groupCountOf(std::int64_t columns, const CodeForm& form) {
    return (columns + form.groupSize - 1) / form.groupSize;
}

} // namespace

UnpackedMatrix::UnpackedMatrix(const MatrixCut& cut, CodeForm form)
    : m_form(std::move(form))
    , m_groupCount(groupCountOf(cut.columnCount, m_form)) {
    m_source.type = m_form.type;
    m_source.rows = cut.rowCount;
    m_source.columns = cut.columnCount;
    m_source.rowBytes = codeBytes(cut.columnCount, m_form.bits);
    const auto scales = static_cast<std::size_t>(cut.rowCount * m_groupCount);
    m_codes = std::make_unique_for_overwrite<std::byte[]>(
        static_cast<std::size_t>(cut.rowCount * m_source.rowBytes));
    m_scales = std::make_unique_for_overwrite<float[]>(scales);
    if (m_form.hasOffsets)
        m_offsets = std::make_unique_for_overwrite<float[]>(scales);
    m_groups.bits = m_form.bits;
    m_groups.groupSize = m_form.groupSize;
    m_groups.scales = m_scales.get();
    m_groups.offsets = m_offsets.get();
    m_groups.codebook = m_form.codebook.empty() ? nullptr : m_form.codebook.data();
    m_groups.permutation = m_form.permutation.empty() ? nullptr : m_form.permutation.data();
    m_source.groups = &m_groups;
    m_source.data = m_codes.get();
}

CodeBuffers UnpackedMatrix::buffersAt(std::int64_t row) const {
    return {m_codes.get() + row * m_source.rowBytes, m_source.rowBytes,
            m_scales.get() + row * m_groupCount,
            m_offsets ? m_offsets.get() + row * m_groupCount : nullptr};
}

Result<void> UnpackedMatrix::fillRows(const StoredMatrix& matrix, const MatrixCut& cut,
                                      std::int64_t rowStep, std::int64_t first,
                                      std::int64_t count) {
    MatrixCut part = cut;
    if (rowStep == 1) {
        part.firstRow = cut.firstRow + first;
        part.rowCount = count;
        return matrix.unpack(part, m_form, buffersAt(first));
    }
    part.rowCount = kSteppedRows * rowStep;
    UnpackedMatrix together(part, m_form);
    for (std::int64_t row = first; row < first + count; row += kSteppedRows) {
        const std::int64_t taken = std::min(kSteppedRows, first + count - row);
        part.firstRow = cut.firstRow + row * rowStep;
        part.rowCount = (taken - 1) * rowStep + 1;
        HEARTH_TRY(matrix.unpack(part, m_form, together.buffersAt(0)));
        for (std::int64_t r = 0; r < taken; ++r) {
            const CodeBuffers from = together.buffersAt(r * rowStep);
            const CodeBuffers to = buffersAt(row + r);
            std::copy_n(from.codes, m_source.rowBytes, to.codes);
            std::copy_n(from.scales, m_groupCount, to.scales);
            if (to.offsets != nullptr)
                std::copy_n(from.offsets, m_groupCount, to.offsets);
        }
    }
    return {};
}

Result<void> UnpackedMatrix::fill(const StoredMatrix& matrix, const MatrixCut& cut,
                                  std::int64_t rowStep) {
    const std::int64_t threads = threadsFor(cut.rowCount * m_source.rowBytes);
    const std::int64_t each = ((cut.rowCount + threads - 1) / threads + kRowsTogether - 1) /
                              kRowsTogether * kRowsTogether;
    std::vector<Result<void>> results(static_cast<std::size_t>(threads));
    const auto run = [&](std::int64_t thread) {
        const std::int64_t first = thread * each;
        const std::int64_t count = std::min(each, cut.rowCount - first);
        if (count > 0)
            results[static_cast<std::size_t>(thread)] =
                fillRows(matrix, cut, rowStep, first, count);
    };
    {
        std::vector<std::jthread> others;
        for (std::int64_t thread = 1; thread < threads; ++thread)
            others.emplace_back(run, thread);
        run(0);
    }
    for (Result<void>& result : results)
        HEARTH_TRY(std::move(result));
    return {};
}

Result<std::unique_ptr<const UnpackedMatrix>>
UnpackedMatrix::unpack(const StoredMatrix& matrix, const MatrixCut& cut, std::int64_t rowStep) {
    HEARTH_TRY_ASSIGN(CodeForm form, matrix.form(cut.firstColumn, cut.columnCount));
    std::unique_ptr<UnpackedMatrix> unpacked(new UnpackedMatrix(cut, std::move(form)));
    HEARTH_TRY(unpacked->fill(matrix, cut, rowStep));
    return std::unique_ptr<const UnpackedMatrix>(std::move(unpacked));
}

void UnpackedMatrix::expandRow(std::int64_t row, float* out) const {
    const CodeBuffers at = buffersAt(row);
    for (std::int64_t i = 0; i < m_source.columns; ++i) {
        float value = 0.0F;
        if (m_form.type == DType::F8E4M3)
            value = e4m3ToF32(at.codes[i]);
        else if (m_form.type == DType::F8E5M2)
            value = e5m2ToF32(at.codes[i]);
        else if (const std::uint8_t code = codeAt(at.codes, m_form.bits, i);
                 m_form.codebook.empty())
            value = static_cast<float>(code);
        else
            value = m_form.codebook[code];
        const std::int64_t group = i / m_form.groupSize;
        value *= at.scales[group];
        if (at.offsets != nullptr)
            value += at.offsets[group];
        out[m_form.permutation.empty() ? i : m_form.permutation[static_cast<std::size_t>(i)]] =
            value;
    }
}

} // namespace hearth
