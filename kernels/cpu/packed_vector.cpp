#include "cpu/packed_vector.h"

#include "hearth/kernels/dequantize.h"

#include <new>

namespace hearth::kernels::cpu {

namespace {

Status expand(const WeightSource& part, float* out) {
    if (part.rows == 1)
        return dequantize(part.type, part.data, out, std::size_t(part.columns))
                   ? Status::Ok
                   : Status::Unsupported;
    for (std::int64_t row = 0; row < part.rows; ++row)
        if (!dequantize(part.type, part.data + row * part.rowBytes, out + row, 1))
            return Status::Unsupported;
    return Status::Ok;
}

} // namespace

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
        if (const Status status = expand(part, next); status != Status::Ok)
            return status;
        next += part.rows > 1 ? part.rows : part.columns;
    }
    out = std::move(vector);
    return Status::Ok;
}

} // namespace hearth::kernels::cpu
