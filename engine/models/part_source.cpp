#include "models/part_source.h"

#include "formats/finite_check.h"
#include "formats/format_error.h"
#include "formats/mapped_file.h"
#include "models/tensor_transform.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace hearth {

using namespace kernels;

namespace {

Failure badTensor(const TensorPart& part, std::string detail, ErrorCode code = ErrorCode::Corrupt) {
    return fileFailure(code, {}, part.name, std::move(detail));
}

/// As the file should have it.
std::vector<std::int64_t> wantedShape(const TensorPart& part, WeightShape shape) {
    if (part.transform == TensorTransform::Picked)
        return {part.rows, part.columns};
    if (shape == WeightShape::Vector)
        return {part.rows};
    if (part.transform == TensorTransform::Transposed)
        return {part.columns, part.rows};
    return {part.rows, part.columns};
}

/// Joins all axes but the last; of a vector, all of them.
std::vector<std::int64_t> flatShape(const TensorView& tensor, WeightShape shape) {
    std::vector<std::int64_t> flat = tensor.shape;
    while (flat.size() > (shape == WeightShape::Vector ? 1U : 2U)) {
        flat[0] *= flat[1]; // a mapped tensor's size has been checked
        flat.erase(flat.begin() + 1);
    }
    if (shape == WeightShape::Matrix && flat.size() == 1)
        flat.insert(flat.begin(), 1); // GGUF files keep a matrix of one row as a vector
    return flat;
}

bool canCompute(const TensorView& tensor) {
    // Without data nobody asks where their scales are.
    if (tensor.seed || tensor.stored)
        return true;
    switch (tensor.type) {
    case DType::F64:
    case DType::I8:
    case DType::U8:
    case DType::I16:
    case DType::I32:
    case DType::I64:
    case DType::Bool:
        return false;
    default:
        return true;
    }
}

/// Vectors whose rows are not consecutive are gathered as one-column matrices are.
bool needsTransform(const TensorPart& part, WeightShape shape) {
    return part.transform != TensorTransform::None ||
           (shape == WeightShape::Vector && part.rowStep != 1);
}

std::int64_t bytesOf(const BlockSize& block, std::int64_t elements) {
    return elements / block.elements * block.bytes;
}

// A pass over the numbers is cut into runs of about this size, one a thread at least.
constexpr std::int64_t kCheckedBytes = 4 << 20;
constexpr std::int64_t kMostThreads = 8;

/// findNonFinite() of rows [first, end), a piece at a time whose pages are mapped at once: what
/// reads them next finds them mapped.
std::optional<BadNumber> findBad(const WeightSource& source, std::int64_t first,
                                 std::int64_t end) {
    const std::int64_t rows = std::max<std::int64_t>(1, kCheckedBytes / source.rowBytes);
    for (; first < end; first += rows) {
        const std::int64_t count = std::min(rows, end - first);
        const std::byte* const data = source.data + first * source.rowBytes;
        if (source.rows * source.rowBytes >= kCheckedBytes)
            populatePages(data, static_cast<std::size_t>(count * source.rowBytes));
        auto bad = findNonFinite(source.type, data, source.rowBytes, count, source.columns);
        if (bad) {
            bad->row += first;
            return bad;
        }
    }
    return std::nullopt;
}

/// Likewise of all rows, on several threads.
std::optional<BadNumber> findBad(const WeightSource& source) {
    const std::int64_t runs = std::clamp<std::int64_t>(
        source.rows * source.rowBytes / kCheckedBytes, 1,
        std::min<std::int64_t>(kMostThreads, std::max(1U, std::thread::hardware_concurrency())));
    const std::int64_t each = (source.rows + runs - 1) / runs;
    std::vector<std::optional<BadNumber>> found(static_cast<std::size_t>(runs));
    const auto check = [&](std::int64_t run) {
        found[static_cast<std::size_t>(run)] =
            findBad(source, run * each, std::min(source.rows, (run + 1) * each));
    };
    {
        std::vector<std::jthread> others;
        for (std::int64_t run = 1; run < runs; ++run)
            others.emplace_back(check, run);
        check(0);
    }
    const auto bad = std::ranges::find_if(found, [](const auto& entry) { return bool(entry); });
    return bad == found.end() ? std::nullopt : *bad;
}

} // namespace

Result<void> checkPart(const TensorView& tensor, const TensorPart& part, WeightShape shape) {
    const std::vector<std::int64_t> wanted = wantedShape(part, shape);
    const bool isTable = part.transform == TensorTransform::Picked;
    if (flatShape(tensor, isTable ? WeightShape::Matrix : shape) != wanted)
        return badTensor(part, fmt::format("has shape [{}], the model needs [{}]",
                                           fmt::join(tensor.shape, ", "), fmt::join(wanted, ", ")));
    if (!canCompute(tensor))
        return badTensor(part, fmt::format("weights of type {}", tensor.typeName()),
                         ErrorCode::Unsupported);
    if (part.transform != TensorTransform::None)
        return canTransform(tensor)
                   ? Result<void>()
                   : badTensor(
                         part,
                         fmt::format("weights of type {} cannot be rearranged", tensor.typeName()),
                         ErrorCode::Unsupported);
    if (part.columnCount == part.columns)
        return {};
    if (tensor.stored) {
        HEARTH_TRY(tensor.stored->form(part.firstColumn, part.columnCount));
        return {};
    }
    const std::int64_t block =
        tensor.groups ? tensor.groups->groupSize : std::int64_t{blockSize(tensor.type).elements};
    if (part.firstColumn % block != 0 || part.columnCount % block != 0)
        return badTensor(
            part, fmt::format("blocks of {} cannot be cut at column {}", block, part.firstColumn),
            ErrorCode::Unsupported);
    return {};
}

/// Numbers of the tensor's seed, in the shape of the part.
void PartSource::setRandom(const TensorView& tensor, const TensorPart& part, WeightShape shape) {
    m_source.type = tensor.type;
    m_source.rows = shape == WeightShape::Vector ? 1 : part.rowCount;
    m_source.columns = shape == WeightShape::Vector ? part.rowCount : part.columnCount;
    m_source.rowBytes = bytesOf(blockSize(tensor.type), m_source.columns);
    m_source.seed = *tensor.seed;
    if (!tensor.groups)
        return;
    m_groups.bits = tensor.groups->bits;
    m_groups.groupSize = tensor.groups->groupSize;
    m_source.rowBytes = (m_source.columns * m_groups.bits + 7) / 8;
    m_source.groups = &m_groups;
}

void PartSource::setMapped(const TensorView& tensor, const TensorPart& part, WeightShape shape) {
    const BlockSize block = blockSize(tensor.type);
    m_source.type = tensor.type;
    if (shape == WeightShape::Vector) {
        m_source.rows = 1;
        m_source.columns = part.rowCount;
        m_source.rowBytes = bytesOf(block, part.rowCount);
        m_source.data = tensor.data.data() + bytesOf(block, part.firstRow);
        return;
    }
    const std::int64_t rowBytes = bytesOf(block, part.columns);
    m_source.rows = part.rowCount;
    m_source.columns = part.columnCount;
    m_source.rowBytes = rowBytes * part.rowStep;
    m_source.data =
        tensor.data.data() + part.firstRow * rowBytes + bytesOf(block, part.firstColumn);
}

Result<void> PartSource::setTransformed(const TensorView& tensor, const TensorPart& part,
                                        WeightShape shape) {
    HEARTH_TRY_ASSIGN(TransformedPart transformed, transformPart(tensor, part));
    m_numbers = std::move(transformed.numbers);
    m_source.type = transformed.type;
    m_source.rows = part.rowCount;
    m_source.columns = part.columnCount;
    if (shape == WeightShape::Vector)
        std::swap(m_source.rows, m_source.columns);
    m_source.rowBytes = m_source.columns * std::int64_t{blockSize(transformed.type).bytes};
    m_source.data = m_numbers.get();
    return {};
}

Result<void> PartSource::setUnpacked(const TensorView& tensor, const TensorPart& part) {
    HEARTH_TRY_ASSIGN(m_unpacked, UnpackedMatrix::unpack(*tensor.stored,
                                                         {part.firstRow, part.rowCount,
                                                          part.firstColumn, part.columnCount},
                                                         part.rowStep));
    m_source = m_unpacked->source();
    return {};
}

Result<void> PartSource::checkNumbers(const TensorPart& part) const {
    if (const std::optional<BadNumber> bad = findBad(m_source))
        return badTensor(
            part, fmt::format("holds NaN or infinity in row {}, column {}", bad->row, bad->column));
    return {};
}

Result<std::unique_ptr<PartSource>> PartSource::read(const TensorView& tensor,
                                                     const TensorPart& part, WeightShape shape,
                                                     NumberCheck check) {
    std::unique_ptr<PartSource> read(new PartSource);
    if (tensor.seed) {
        read->setRandom(tensor, part, shape);
        return read;
    }
    if (needsTransform(part, shape)) {
        HEARTH_TRY(read->setTransformed(tensor, part, shape));
    } else if (tensor.stored) {
        HEARTH_TRY(read->setUnpacked(tensor, part));
        return read; // checked while unpacking
    } else {
        read->setMapped(tensor, part, shape);
        if (check == NumberCheck::Backend)
            return read;
    }
    HEARTH_TRY(read->checkNumbers(part));
    return read;
}

} // namespace hearth
