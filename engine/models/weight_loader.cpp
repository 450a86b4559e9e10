#include "models/weight_loader.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>

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

std::vector<std::int64_t> wantedShape(const TensorPart& part, WeightShape shape) {
    if (shape == WeightShape::Vector)
        return {part.rows};
    return {part.rows, part.columns};
}

bool canCompute(DType type) {
    switch (type) {
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

Result<void> checkPart(const Checkpoint& checkpoint, const TensorPart& part, WeightShape shape) {
    HEARTH_TRY_ASSIGN(const TensorView tensor, checkpoint.tensor(part.name));
    const std::vector<std::int64_t> wanted = wantedShape(part, shape);
    if (tensor.shape != wanted)
        return badTensor(checkpoint, part,
                         fmt::format("has shape [{}], the model needs [{}]",
                                     fmt::join(tensor.shape, ", "), fmt::join(wanted, ", ")));
    if (!canCompute(tensor.type))
        return badTensor(checkpoint, part,
                         fmt::format("weights of type {}", kernels::name(tensor.type)),
                         ErrorCode::Unsupported);
    const std::int64_t block = blockSize(tensor.type).elements;
    if (part.firstColumn % block != 0 || part.columnCount % block != 0)
        return badTensor(checkpoint, part,
                         fmt::format("blocks of {} cannot be cut at column {}", block,
                                     part.firstColumn),
                         ErrorCode::Unsupported);
    return {};
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
    source.rows = part.rowCount;
    source.columns = part.columnCount;
    source.rowBytes = bytesOf(part.columns);
    source.data =
        tensor.data.data() + part.firstRow * source.rowBytes + bytesOf(part.firstColumn);
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
    std::uint64_t bytes = 0;
    for (const WeightRequest& request : requests)
        for (const TensorPart& part : request.parts)
            if (const std::optional<TensorView> tensor = checkpoint.find(part.name))
                bytes += tensor->data.size();
    return bytes;
}

Result<LoadedWeights> loadWeights(const Checkpoint& checkpoint,
                                  const std::vector<WeightRequest>& requests, Backend& backend,
                                  const LoadObserver& observer, const std::stop_token& stop) {
    HEARTH_TRY(checkWeights(checkpoint, requests));
    LoadProgress progress{LoadPhase::Weights, 0, weightBytes(checkpoint, requests)};
    LoadedWeights loaded;
    std::map<DType, std::uint64_t> parametersOf;
    for (const WeightRequest& request : requests) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled);
        std::vector<WeightSource> sources;
        std::vector<TensorView> tensors;
        std::uint64_t bytes = 0;
        for (const TensorPart& part : request.parts) {
            HEARTH_TRY_ASSIGN(TensorView tensor, checkpoint.tensor(part.name));
            sources.push_back(sourceOf(tensor, part, request.shape));
            bytes += tensor.data.size();
            const auto parameters = static_cast<std::uint64_t>(part.rows * part.columns);
            loaded.parameters += parameters;
            parametersOf[tensor.type] += parameters;
            tensors.push_back(std::move(tensor));
        }
        std::unique_ptr<PackedWeight> packed;
        const Status status = request.shape == WeightShape::Matrix
                                  ? backend.packMatrix(sources, packed)
                                  : backend.packVector(sources, packed);
        if (status != Status::Ok)
            return backendFailure(checkpoint, request, status, bytes);
        loaded.bytes += packed->refersToSource() ? bytes : packed->ownedBytes();
        if (!packed->refersToSource())
            for (const TensorView& tensor : tensors)
                checkpoint.advise(tensor, PageAdvice::Drop);
        loaded.weights.push_back(std::move(packed));
        progress.doneBytes += bytes;
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
    for (const auto& [type, parameters] : parametersOf)
        if (parameters > parametersOf[loaded.mainType])
            loaded.mainType = type;
    return loaded;
}

} // namespace hearth
