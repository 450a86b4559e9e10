#pragma once

#include <cstdint>
#include <vector>

namespace hearth {

/// T5's buckets of relative positions (Raffel et al. 2020, section 2.1): near distances have one
/// each, farther ones share one in logarithmic steps, all from maxDistance on the last.
struct RelativeBuckets {
    std::int32_t buckets = 32; ///< At least 2, and even and at least 4 where twoSided.
    std::int32_t maxDistance = 128; ///< More than the distances with a bucket of their own.
    bool twoSided = false; ///< Half of the buckets are for keys behind the query.

    [[nodiscard]] bool isValid() const;
    /// The bucket of key position - query position, as float32 arithmetic rounds it.
    [[nodiscard]] std::int32_t of(std::int32_t distance) const;
};

/// Which numbers of a table [buckets, heads] make AttentionOp::positionBias with a reach of
/// maxDistance: [heads * (2 * maxDistance + 1)].
[[nodiscard]] std::vector<std::int32_t> pickedBiases(const RelativeBuckets& buckets,
                                                     std::int32_t heads);

} // namespace hearth
