#include "models/relative_bias.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace hearth {

namespace {

/// Buckets of one side.
std::int32_t sideOf(const RelativeBuckets& buckets) {
    return buckets.twoSided ? buckets.buckets / 2 : buckets.buckets;
}

} // namespace

bool RelativeBuckets::isValid() const {
    const bool splits = buckets >= (twoSided ? 4 : 2) && buckets % (twoSided ? 2 : 1) == 0;
    return splits && maxDistance > sideOf(*this) / 2 && maxDistance <= (1 << 16) &&
           buckets <= (1 << 16);
}

std::int32_t RelativeBuckets::of(std::int32_t distance) const {
    const std::int32_t side = sideOf(*this);
    const std::int32_t first = twoSided && distance > 0 ? side : 0;
    const std::int32_t far = twoSided ? std::abs(distance) : std::max(-distance, 0);
    const std::int32_t exact = side / 2;
    if (far < exact)
        return first + far;
    const auto spread = static_cast<float>(
        std::log(static_cast<double>(maxDistance) / static_cast<double>(exact)));
    const float step = std::log(static_cast<float>(far) / static_cast<float>(exact)) / spread *
                       static_cast<float>(side - exact);
    return first + std::min(exact + static_cast<std::int32_t>(step), side - 1);
}

std::vector<std::int32_t> pickedBiases(const RelativeBuckets& buckets, std::int32_t heads) {
    std::vector<std::int32_t> picked;
    picked.reserve(static_cast<std::size_t>(heads) *
                   (2 * static_cast<std::size_t>(buckets.maxDistance) + 1));
    for (std::int32_t head = 0; head < heads; ++head)
        for (std::int32_t distance = -buckets.maxDistance; distance <= buckets.maxDistance;
             ++distance)
            picked.push_back(buckets.of(distance) * heads + head);
    return picked;
}

} // namespace hearth
