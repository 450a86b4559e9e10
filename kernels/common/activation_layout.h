#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hearth::kernels {

/// One life of an activation: from the step of a program that first writes it to the last that
/// reads it, both included. Sizes and offsets in any one unit.
struct ActivationLife {
    std::size_t first = 0;
    std::size_t last = 0;
    std::int64_t size = 0;
    std::int64_t offset = 0; ///< Where it was placed.
};

/// Places lives so that those that meet don't overlap and others share memory: first fit, in the
/// order given. Returns the memory that all need.
std::int64_t placeActivations(std::span<ActivationLife> lives);

} // namespace hearth::kernels
