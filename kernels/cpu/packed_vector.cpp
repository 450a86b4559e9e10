#include "cpu/packed_vector.h"

#include "common/weight_source.h"

#include <new>

namespace hearth::kernels::cpu {

Status packVector(std::span<const WeightSource> parts, std::unique_ptr<PackedVector>& out) {
    std::int64_t length = 0;
    for (const WeightSource& part : parts) {
        if (!part.data || part.rows < 1 || part.columns < 1 ||
            (part.rows > 1 && (part.columns > 1 || part.rowBytes < 1)) ||
            __builtin_add_overflow(length, part.rows > 1 ? part.rows : part.columns, &length))
            return Status::InvalidArgument;
        if (part.groups)
            return Status::Unsupported;
    }
    if (length == 0)
        return Status::InvalidArgument;
    if (!mayAllocate())
        return Status::OutOfMemory;
    std::unique_ptr<PackedVector> vector(new (std::nothrow) PackedVector);
    if (!vector || !vector->m_values.allocate(std::size_t(length)))
        return Status::OutOfMemory;
    float* next = vector->m_values.data();
    for (const WeightSource& part : parts) {
        if (const Status status = expandVector(part, next); status != Status::Ok)
            return status;
        next += part.rows > 1 ? part.rows : part.columns;
    }
    out = std::move(vector);
    return Status::Ok;
}

} // namespace hearth::kernels::cpu
