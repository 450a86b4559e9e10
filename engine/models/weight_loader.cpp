#include "models/weight_loader.h"

#include "base/bounded_queue.h"
#include "models/tensor_transform.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace hearth {

namespace {

using namespace kernels;

Failure badTensor(const Checkpoint& checkpoint, const TensorPart& part, std::string detail,
                  ErrorCode code = ErrorCode::Corrupt) {
    Error error;
    error.code = code;
    error.path = checkpoint.path().string();
    error.field = part.name;
    error.detail = std::move(detail);
    return fail(std::move(error));
}

/// As the file should have it.
std::vector<std::int64_t> wantedShape(const TensorPart& part, WeightShape shape) {
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
    return flat;
}

bool canCompute(const TensorView& tensor) {
    // Without data nobody asks where their scales are.
    if (tensor.seed)
        return true;
    switch (tensor.type) {
    case DType::F64:
    case DType::I8:
    case DType::U8:
    case DType::I16:
    case DType::I32:
    case DType::I64:
    case DType::Bool:
    case DType::F8E4M3:
    case DType::F8E5M2:
        return false;
    default:
        return true;
    }
}

Result<void> checkTransform(const Checkpoint& checkpoint, const TensorPart& part,
                            const TensorView& tensor) {
    if (canTransform(tensor))
        return {};
    return badTensor(checkpoint, part,
                     fmt::format("weights of type {} cannot be rearranged", tensor.typeName()),
                     ErrorCode::Unsupported);
}

Result<void> checkPart(const Checkpoint& checkpoint, const TensorPart& part, WeightShape shape) {
    HEARTH_TRY_ASSIGN(const TensorView tensor, checkpoint.tensor(part.name));
    const std::vector<std::int64_t> wanted = wantedShape(part, shape);
    if (flatShape(tensor, shape) != wanted)
        return badTensor(checkpoint, part,
                         fmt::format("has shape [{}], the model needs [{}]",
                                     fmt::join(tensor.shape, ", "), fmt::join(wanted, ", ")));
    if (!canCompute(tensor))
        return badTensor(checkpoint, part, fmt::format("weights of type {}", tensor.typeName()),
                         ErrorCode::Unsupported);
    if (part.transform != TensorTransform::None)
        return checkTransform(checkpoint, part, tensor);
    const std::int64_t block = tensor.groups ? tensor.groups->groupSize
                                             : std::int64_t{blockSize(tensor.type).elements};
    if (tensor.groups && part.columnCount == part.columns)
        return {}; // the last group may be short
    if (part.firstColumn % block != 0 || part.columnCount % block != 0)
        return badTensor(checkpoint, part,
                         fmt::format("blocks of {} cannot be cut at column {}", block,
                                     part.firstColumn),
                         ErrorCode::Unsupported);
    return {};
}

/// Numbers of the tensor's seed, in the shape of the part.
WeightSource randomSource(const TensorView& tensor, const TensorPart& part, WeightShape shape,
                          const GroupQuantisation* groups) {
    WeightSource source;
    source.type = tensor.type;
    source.rows = shape == WeightShape::Vector ? 1 : part.rowCount;
    source.columns = shape == WeightShape::Vector ? part.rowCount : part.columnCount;
    const BlockSize block = blockSize(tensor.type);
    source.rowBytes = groups != nullptr ? (source.columns * groups->bits + 7) / 8
                                        : source.columns / block.elements * block.bytes;
    source.groups = groups;
    source.seed = *tensor.seed;
    return source;
}

/// The part of a tensor that this rank takes. checkPart() has passed.
WeightSource sourceOf(const TensorView& tensor, const TensorPart& part, WeightShape shape) {
    const BlockSize block = blockSize(tensor.type);
    const auto bytesOf = [&](std::int64_t elements) {
        return elements / block.elements * block.bytes;
    };
    WeightSource source;
    source.type = tensor.type;
    if (shape == WeightShape::Vector) {
        source.rows = 1;
        source.columns = part.rowCount;
        source.rowBytes = bytesOf(part.rowCount);
        source.data = tensor.data.data() + bytesOf(part.firstRow);
        return source;
    }
    const std::int64_t rowBytes = bytesOf(part.columns);
    source.rows = part.rowCount;
    source.columns = part.columnCount;
    source.rowBytes = rowBytes * part.rowStep;
    source.data = tensor.data.data() + part.firstRow * rowBytes + bytesOf(part.firstColumn);
    return source;
}

/// Likewise of a part that is rearranged first, into `buffer`.
WeightSource transformedSource(const TensorView& tensor, const TensorPart& part,
                               std::vector<std::byte>& buffer) {
    buffer = transformPart(tensor, part);
    WeightSource source;
    source.type = tensor.type;
    source.rows = part.rowCount;
    source.columns = part.columnCount;
    source.rowBytes = part.columnCount * std::int64_t{blockSize(tensor.type).bytes};
    source.data = buffer.data();
    return source;
}

Failure backendFailure(const Checkpoint& checkpoint, const WeightRequest& request, Status status,
                       std::uint64_t bytes) {
    Error error;
    error.path = checkpoint.path().string();
    error.field = request.parts.front().name;
    switch (status) {
    case Status::OutOfMemory:
        error.code = ErrorCode::OutOfMemory;
        error.needed = bytes;
        break;
    case Status::Unsupported:
        error.code = ErrorCode::Unsupported;
        error.detail = "this device cannot multiply weights of this type";
        break;
    case Status::DeviceLost:
        error.code = ErrorCode::DeviceLost;
        break;
    default:
        error.code = ErrorCode::Internal;
        error.detail = "the backend refused the weight";
        break;
    }
    return fail(std::move(error));
}

/// One weight of the program on its way from the file to the backend.
struct Parcel {
    std::vector<TensorView> tensors;
    std::vector<WeightSource> sources;
    std::vector<std::optional<GroupQuantisation>> groups; ///< The sources point into it.
    std::vector<std::vector<std::byte>> buffers;          ///< Likewise.
    WeightSize size;                                      ///< In the file.
};

/// Vectors whose rows are not consecutive are gathered as one-column matrices are.
bool needsTransform(const TensorPart& part, WeightShape shape) {
    return part.transform != TensorTransform::None ||
           (shape == WeightShape::Vector && part.rowStep != 1);
}

/// The part's share of the tensor's bytes.
std::uint64_t bytesOf(const TensorView& tensor, const TensorPart& part) {
    const std::uint64_t all = static_cast<std::uint64_t>(part.rows * part.columns);
    const std::uint64_t taken = static_cast<std::uint64_t>(part.rowCount * part.columnCount);
    return static_cast<std::uint64_t>(double(tensor.bytes()) * double(taken) / double(all));
}

Result<Parcel> gather(const Checkpoint& checkpoint, const WeightRequest& request) {
    Parcel parcel;
    parcel.groups.resize(request.parts.size());
    for (std::size_t i = 0; i < request.parts.size(); ++i) {
        const TensorPart& part = request.parts[i];
        HEARTH_TRY_ASSIGN(TensorView tensor, checkpoint.tensor(part.name));
        if (tensor.groups) {
            parcel.groups[i].emplace();
            parcel.groups[i]->bits = tensor.groups->bits;
            parcel.groups[i]->groupSize = tensor.groups->groupSize;
        }
        const GroupQuantisation* groups = parcel.groups[i] ? &*parcel.groups[i] : nullptr;
        if (tensor.seed) {
            parcel.sources.push_back(randomSource(tensor, part, request.shape, groups));
        } else if (needsTransform(part, request.shape)) {
            parcel.sources.push_back(
                transformedSource(tensor, part, parcel.buffers.emplace_back()));
            if (request.shape == WeightShape::Vector)
                std::swap(parcel.sources.back().rows, parcel.sources.back().columns);
        } else {
            parcel.sources.push_back(sourceOf(tensor, part, request.shape));
        }
        const auto taken = static_cast<std::uint64_t>(part.rowCount * part.columnCount);
        parcel.size.bytes += bytesOf(tensor, part);
        parcel.size.parameters += taken;
        parcel.tensors.push_back(std::move(tensor));
    }
    return Result<Parcel>(std::move(parcel)); // a copy's sources would point into this one
}

/// Says of a checkpoint's pages what is needed next and what no more, on a thread of its own: for
/// large tensors that takes nearly as long as copying them. Its end waits for what was asked.
class PageAdvisor {
public:
    explicit PageAdvisor(const Checkpoint& checkpoint) : m_checkpoint(checkpoint) {}
    ~PageAdvisor() { m_queue.close(); }
    PageAdvisor(const PageAdvisor&) = delete;
    PageAdvisor& operator=(const PageAdvisor&) = delete;

    /// Lets the disk read what is needed next while the backend is busy.
    void readAhead(const WeightRequest& request) {
        for (const TensorPart& part : request.parts)
            if (const std::optional<TensorView> tensor = m_checkpoint.find(part.name))
                m_queue.pushAlways({*tensor, PageAdvice::WillNeed});
    }
    void drop(const TensorView& tensor) { m_queue.pushAlways({tensor, PageAdvice::Drop}); }

private:
    struct Advice {
        TensorView tensor;
        PageAdvice advice;
    };

    const Checkpoint& m_checkpoint;
    BoundedQueue<Advice> m_queue{1024};
    std::jthread m_thread{[this] {
        while (const std::optional<Advice> next = m_queue.waitPop())
            m_checkpoint.advise(next->tensor, next->advice);
    }};
};

std::uint64_t sum(const Checkpoint& checkpoint, const std::vector<WeightRequest>& requests,
                  const std::function<std::uint64_t(const TensorView&, const TensorPart&,
                                                WeightShape)>& bytesOf) {
    std::uint64_t bytes = 0;
    for (const WeightRequest& request : requests)
        for (const TensorPart& part : request.parts)
            if (const std::optional<TensorView> tensor = checkpoint.find(part.name))
                bytes += bytesOf(*tensor, part, request.shape);
    return bytes;
}

} // namespace

Result<void> checkWeights(const Checkpoint& checkpoint,
                          const std::vector<WeightRequest>& requests) {
    for (const WeightRequest& request : requests)
        for (const TensorPart& part : request.parts)
            HEARTH_TRY(checkPart(checkpoint, part, request.shape));
    return {};
}

std::uint64_t weightBytes(const Checkpoint& checkpoint,
                          const std::vector<WeightRequest>& requests) {
    return sum(checkpoint, requests,
               [](const TensorView& tensor, const TensorPart& part, WeightShape) {
                   return bytesOf(tensor, part);
               });
}

std::uint64_t weightBytesOn(DType compute, const Checkpoint& checkpoint,
                            const std::vector<WeightRequest>& requests) {
    return sum(checkpoint, requests,
               [&](const TensorView& tensor, const TensorPart& part, WeightShape shape) {
                   const auto taken = static_cast<std::uint64_t>(part.rowCount * part.columnCount);
                   if (shape == WeightShape::Vector)
                       return taken * blockSize(DType::F32).bytes;
                   const bool plain = tensor.type == DType::F32 || tensor.type == DType::F16 ||
                                      tensor.type == DType::BF16;
                   return plain ? taken * blockSize(compute).bytes : bytesOf(tensor, part);
               });
}

Result<LoadedWeights> loadWeights(const Checkpoint& checkpoint,
                                  const std::vector<WeightRequest>& requests, Backend& backend,
                                  const LoadObserver& observer, const std::stop_token& stop) {
    HEARTH_TRY(checkWeights(checkpoint, requests));
    LoadProgress progress{LoadPhase::Weights, 0, weightBytes(checkpoint, requests)};
    LoadedWeights loaded;
    PageAdvisor pages(checkpoint);
    for (std::size_t i = 0; i < requests.size(); ++i) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled);
        const WeightRequest& request = requests[i];
        HEARTH_TRY_ASSIGN(Parcel parcel, gather(checkpoint, request));
        if (i + 1 < requests.size())
            pages.readAhead(requests[i + 1]);
        std::unique_ptr<PackedWeight> packed;
        const Status status = request.shape == WeightShape::Matrix
                                  ? backend.packMatrix(parcel.sources, packed)
                                  : backend.packVector(parcel.sources, packed);
        if (status != Status::Ok)
            return backendFailure(checkpoint, request, status, parcel.size.bytes);
        WeightSize size = parcel.size;
        if (packed->refersToSource()) {
            std::move(parcel.buffers.begin(), parcel.buffers.end(),
                      std::back_inserter(loaded.buffers));
        } else {
            size.bytes = packed->ownedBytes();
            for (const TensorView& tensor : parcel.tensors)
                pages.drop(tensor);
        }
        loaded.bytes += size.bytes;
        loaded.parameters += size.parameters;
        loaded.sizes.push_back(size);
        loaded.weights.push_back(std::move(packed));
        progress.doneBytes += parcel.size.bytes;
        if (observer)
            observer(progress);
    }
    if (checkpoint.wasTruncated()) {
        Error error;
        error.code = ErrorCode::Corrupt;
        error.path = checkpoint.path().string();
        error.detail = "the file was cut off while it was read";
        return fail(std::move(error));
    }
    return loaded;
}

} // namespace hearth
