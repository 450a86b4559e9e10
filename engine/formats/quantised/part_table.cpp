#include "formats/quantised/part_table.h"

#include "formats/format_error.h"
#include "hearth/kernels/dequantize.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace hearth {

using kernels::DType;

const TensorView* PartTable::find(std::string_view name) const {
    const auto at = std::ranges::lower_bound(m_tensors, name, {}, &TensorView::name);
    return at != m_tensors.end() && at->name == name ? &*at : nullptr;
}

const TensorView* PartTable::take(std::string_view name) {
    const TensorView* tensor = find(name);
    if (tensor != nullptr)
        m_taken[std::size_t(tensor - m_tensors.data())] = true;
    return tensor;
}

Result<const TensorView*> PartTable::require(std::string_view name) {
    if (const TensorView* tensor = take(name))
        return tensor;
    return failure(ErrorCode::NotFound, std::string(name),
                   "a part of a quantised matrix is missing");
}

Failure PartTable::failure(ErrorCode code, std::string field, std::string detail) const {
    return fileFailure(code, m_path, std::move(field), std::move(detail));
}

Result<void> requireShape(const PartTable& table, const TensorView& tensor,
                          const std::vector<std::int64_t>& wanted, std::string_view reason) {
    if (tensor.shape == wanted)
        return {};
    return table.failure(ErrorCode::Corrupt, std::string(tensor.name),
                         fmt::format("has shape [{}], {} [{}]", fmt::join(tensor.shape, ", "),
                                     reason, fmt::join(wanted, ", ")));
}

Result<void> requireType(const PartTable& table, const TensorView& tensor,
                         std::initializer_list<DType> wanted) {
    if (std::ranges::find(wanted, tensor.type) != wanted.end())
        return {};
    return table.failure(ErrorCode::Unsupported, std::string(tensor.name),
                         fmt::format("is of type {}", kernels::name(tensor.type)));
}

Result<void> requireScales(const PartTable& table, const TensorView& tensor) {
    return requireType(table, tensor, {DType::F32, DType::F16, DType::BF16});
}

void readNumbers(const TensorView& tensor, std::int64_t first, std::int64_t count, float* out) {
    const std::byte* from = tensor.data.data() + first * kernels::blockSize(tensor.type).bytes;
    if (tensor.type != DType::U8) {
        // Cannot fail: the type was checked when the matrix was put together.
        (void)kernels::dequantize(tensor.type, from, out, std::size_t(count));
        return;
    }
    for (std::int64_t i = 0; i < count; ++i) {
        const auto exponent = std::to_integer<int>(from[i]);
        out[i] = exponent == 255 ? std::numeric_limits<float>::quiet_NaN()
                                 : std::ldexp(1.0F, exponent - 127);
    }
}

} // namespace hearth
