#pragma once

#include "cuda_emulation/execution.h"

#include <cstdint>
#include <type_traits>

// CUDA's functions for threads that work together.

inline void __syncthreads() {
    hearth::kernels::cuda::emulation::blockBarrier("__syncthreads", false);
}
inline int __syncthreads_or(int predicate) {
    using namespace hearth::kernels::cuda::emulation;
    return blockBarrier("__syncthreads", predicate != 0).trues != 0;
}
inline int __syncthreads_and(int predicate) {
    using namespace hearth::kernels::cuda::emulation;
    const BarrierResult result = blockBarrier("__syncthreads", predicate != 0);
    return result.trues == result.threads;
}
inline int __syncthreads_count(int predicate) {
    using namespace hearth::kernels::cuda::emulation;
    return blockBarrier("__syncthreads", predicate != 0).trues;
}
inline void __threadfence() {
}
inline void __threadfence_block() {
}
inline void __threadfence_system() {
}

namespace hearth::kernels::cuda::emulation {

// Plain functions, since GCC 12 loses the clones that it makes of lambdas in inline functions.

template<typename T>
struct ShuffleLane {
    T value;
    int source;
    T result;
};
template<typename T>
void shuffleLanes(void* const* arguments) {
    auto* const* const lanes = reinterpret_cast<ShuffleLane<T>* const*>(arguments);
    for (int i = 0; i < kLanes; ++i)
        lanes[i]->result = lanes[lanes[i]->source]->value;
}
template<typename T>
T shuffle(const char* name, unsigned mask, T value, int source) {
    requireFullMask(name, mask);
    ShuffleLane<T> lane{value, source, value};
    warpCollective(name, shuffleLanes<T>, &lane);
    return lane.result;
}

/// The lanes whose `predicate` holds.
unsigned ballot(const char* name, unsigned mask, bool predicate);

} // namespace hearth::kernels::cuda::emulation

inline void __syncwarp(unsigned mask = 0xffffffffu) {
    hearth::kernels::cuda::emulation::ballot("__syncwarp", mask, false);
}
inline unsigned __ballot_sync(unsigned mask, int predicate) {
    return hearth::kernels::cuda::emulation::ballot("__ballot_sync", mask, predicate != 0);
}
inline int __any_sync(unsigned mask, int predicate) {
    return hearth::kernels::cuda::emulation::ballot("__any_sync", mask, predicate != 0) != 0;
}
inline int __all_sync(unsigned mask, int predicate) {
    return hearth::kernels::cuda::emulation::ballot("__all_sync", mask, predicate != 0) ==
           0xffffffffu;
}

template<typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize) {
    using namespace hearth::kernels::cuda::emulation;
    const int first = laneIndex() & -width;
    return shuffle("__shfl_sync", mask, value, first + (source & (width - 1)));
}
template<typename T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int width = warpSize) {
    using namespace hearth::kernels::cuda::emulation;
    const int source = laneIndex() ^ bits;
    const bool beyond = source > (laneIndex() | (width - 1));
    return shuffle("__shfl_xor_sync", mask, value, beyond ? laneIndex() : source);
}
template<typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize) {
    using namespace hearth::kernels::cuda::emulation;
    const int source = laneIndex() + static_cast<int>(delta);
    const bool beyond = source > (laneIndex() | (width - 1));
    return shuffle("__shfl_down_sync", mask, value, beyond ? laneIndex() : source);
}
template<typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize) {
    using namespace hearth::kernels::cuda::emulation;
    const int source = laneIndex() - static_cast<int>(delta);
    const bool beyond = source < (laneIndex() & -width);
    return shuffle("__shfl_up_sync", mask, value, beyond ? laneIndex() : source);
}

// One thread runs at a time, so that these need not be atomic.

namespace hearth::kernels::cuda::emulation {

template<typename T>
T exchange(T* address, T value) {
    const T old = *address;
    *address = value;
    return old;
}

} // namespace hearth::kernels::cuda::emulation

template<typename T>
T atomicAdd(T* address, std::type_identity_t<T> value) {
    return hearth::kernels::cuda::emulation::exchange(address, static_cast<T>(*address + value));
}
template<typename T>
T atomicMax(T* address, std::type_identity_t<T> value) {
    return hearth::kernels::cuda::emulation::exchange(address, *address < value ? value : *address);
}
template<typename T>
T atomicMin(T* address, std::type_identity_t<T> value) {
    return hearth::kernels::cuda::emulation::exchange(address, value < *address ? value : *address);
}
template<typename T>
T atomicOr(T* address, std::type_identity_t<T> value) {
    return hearth::kernels::cuda::emulation::exchange(address, *address | value);
}
template<typename T>
T atomicAnd(T* address, std::type_identity_t<T> value) {
    return hearth::kernels::cuda::emulation::exchange(address, *address & value);
}
template<typename T>
T atomicExch(T* address, std::type_identity_t<T> value) {
    return hearth::kernels::cuda::emulation::exchange(address, value);
}
template<typename T>
T atomicCAS(T* address, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
    return hearth::kernels::cuda::emulation::exchange(address,
                                                      *address == expected ? value : *address);
}
