#include "formats/tensor_view.h"

#include "formats/quantised/stored_matrix.h"

#include <fmt/format.h>

namespace hearth {

namespace {

std::string nameOf(const GroupFormat& groups, const std::vector<std::int64_t>& shape) {
    switch (groups.kind) {
    case CodeKind::Float8:
        return "FP8";
    case CodeKind::Float8Wide:
        return "FP8E5M2";
    case CodeKind::NormalFloat4:
        return "NF4";
    case CodeKind::Float4:
        return "FP4";
    case CodeKind::MxFloat4:
        return "MXFP4";
    case CodeKind::NvFloat4:
        return "NVFP4";
    case CodeKind::Integer:
        break;
    }
    const bool wholeRows = !shape.empty() && groups.groupSize >= shape.back();
    return wholeRows ? fmt::format("W{}", groups.bits)
                     : fmt::format("W{}G{}", groups.bits, groups.groupSize);
}

} // namespace

std::uint64_t TensorView::elements() const {
    std::uint64_t count = 1;
    for (const std::int64_t size : shape)
        count *= std::uint64_t(size);
    return count;
}

std::uint64_t TensorView::bytes() const {
    if (stored)
        return stored->fileBytes();
    if (!seed)
        return data.size();
    if (!groups) {
        const kernels::BlockSize block = kernels::blockSize(type);
        return elements() / block.elements * block.bytes;
    }
    constexpr std::uint64_t kGroupBytes = 4; // scale and zero in float16
    const std::uint64_t columns = shape.empty() ? 1 : std::uint64_t(shape.back());
    const std::uint64_t rows = columns == 0 ? 0 : elements() / columns;
    const auto groupSize = std::uint64_t(groups->groupSize);
    return rows * ((columns * groups->bits + 7) / 8 +
                   (columns + groupSize - 1) / groupSize * kGroupBytes);
}

std::string TensorView::typeName() const {
    if (groups)
        return nameOf(*groups, shape);
    return std::string(kernels::name(type));
}

} // namespace hearth
