#include "common/activation_layout.h"

#include <algorithm>
#include <vector>

namespace hearth::kernels {

std::int64_t placeActivations(std::span<ActivationLife> lives) {
    std::vector<const ActivationLife*> placed; // By offset.
    std::int64_t total = 0;
    for (ActivationLife& life : lives) {
        life.offset = 0;
        for (const ActivationLife* other : placed) {
            const bool meet = other->first <= life.last && life.first <= other->last;
            const std::int64_t end = other->offset + other->size;
            if (meet && life.offset < end && other->offset < life.offset + life.size)
                life.offset = end;
        }
        placed.insert(std::upper_bound(placed.begin(), placed.end(), &life,
                                       [](const ActivationLife* a, const ActivationLife* b) {
                                           return a->offset < b->offset;
                                       }),
                      &life);
        total = std::max(total, life.offset + life.size);
    }
    return total;
}

} // namespace hearth::kernels
