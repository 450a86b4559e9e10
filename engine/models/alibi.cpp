#include "models/alibi.h"

#include <bit>
#include <cmath>

namespace hearth {

std::vector<float> alibiSlopes(std::int32_t heads) {
    std::vector<float> slopes;
    if (heads < 1)
        return slopes;
    const auto power = static_cast<std::int32_t>(std::bit_floor(static_cast<std::uint32_t>(heads)));
    const double step = double{kAlibiBias} / power;
    for (std::int32_t head = 0; head < power; ++head)
        slopes.push_back(static_cast<float>(std::exp2(-step * (head + 1))));
    for (std::int32_t head = 0; head < heads - power; ++head)
        slopes.push_back(static_cast<float>(std::exp2(-step / 2.0 * (2 * head + 1))));
    return slopes;
}

} // namespace hearth
