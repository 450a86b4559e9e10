#include "cuda/weights/packed_vector.h"

#include "common/weight_source.h"

#include <algorithm>
#include <new>
#include <utility>

namespace hearth::kernels::cuda {

namespace {

std::int64_t lengthOf(const WeightSource& part) {
    return part.rows > 1 ? part.rows : part.columns;
}

Status check(const WeightSource& part) {
    const bool column = part.rows > 1;
    if (part.rows < 1 || part.columns < 1 || (column && part.columns > 1) ||
        (column && part.data && part.rowBytes < 1))
        return Status::InvalidArgument;
    return part.groups ? Status::Unsupported : Status::Ok;
}

/// Ones where there is no data.
Status expand(const WeightSource& part, float* out) {
    if (part.data)
        return expandVector(part, out);
    std::fill(out, out + lengthOf(part), 1.0F);
    return Status::Ok;
}

} // namespace

Status packVector(std::span<const WeightSource> parts, Uploader& uploader,
                  std::unique_ptr<CudaVector>& out) {
    std::int64_t length = 0;
    for (const WeightSource& part : parts) {
        if (const Status status = check(part); status != Status::Ok)
            return status;
        if (__builtin_add_overflow(length, lengthOf(part), &length))
            return Status::InvalidArgument;
    }
    if (length == 0)
        return Status::InvalidArgument;
    if (!mayAllocate())
        return Status::OutOfMemory;
    std::unique_ptr<CudaVector> vector(new (std::nothrow) CudaVector);
    Buffer<float> values;
    if (!vector || !values.allocate(std::size_t(length)))
        return Status::OutOfMemory;
    float* next = values.data();
    for (const WeightSource& part : parts) {
        HEARTH_CUDA_TRY(expand(part, next));
        next += lengthOf(part);
    }
    HEARTH_CUDA_TRY(uploader.slabs().allocate(values.bytes(), vector->m_memory));
    const Uploader::Source source{reinterpret_cast<const std::byte*>(values.data()), values.bytes(),
                                  values.bytes(), 1};
    HEARTH_CUDA_TRY(uploader.copy(source, vector->m_memory.data(), values.bytes()));
    out = std::move(vector);
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
