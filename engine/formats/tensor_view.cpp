#include "formats/tensor_view.h"

#include <fmt/format.h>

namespace hearth {

std::uint64_t TensorView::elements() const {
    std::uint64_t count = 1;
    for (const std::int64_t size : shape)
        count *= std::uint64_t(size);
    return count;
}

std::uint64_t TensorView::bytes() const {
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
        return fmt::format("W{}G{}", groups->bits, groups->groupSize);
    return std::string(kernels::name(type));
}

} // namespace hearth
