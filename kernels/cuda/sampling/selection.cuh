#pragma once

#include "cuda/sampling/ordered_logit.cuh"
#include "cuda/sampling/row_task.h"

#include <cstdint>

/// Selection by one block in a row of logits: the token at which counts or weights, summed in
/// falling order of likelihood, pass a mark. Every function is called by all threads of the block.
namespace hearth::kernels::cuda {

inline constexpr std::int32_t kDrawThreads = 1024;
inline constexpr std::int32_t kDrawWarps = kDrawThreads / 32;
inline constexpr std::int32_t kDigitBits = 11;
inline constexpr std::int32_t kBins = 1 << kDigitBits;
inline constexpr std::int32_t kListCapacity = 2048;
static_assert(kBins == 2 * kDrawThreads);

/// A row under one temperature. A token's rank orders by logit, then by falling id, and tells both.
struct RowView {
    const float* logits = nullptr;
    std::int32_t vocabulary = 0;
    std::int32_t idBits = 0; ///< The width of the largest id.
    float maximum = 0.0F;
    float scale = 0.0F;

    /// Of the weight relative to the likeliest token's, minus the base-2 logarithm.
    __device__ float depthOf(float logit) const { return (maximum - logit) * scale; }
    __device__ Mass massOfDepth(float depth) const {
        return static_cast<Mass>(exp2f(-depth) * static_cast<float>(kUnitMass));
    }
    __device__ Mass massOf(float logit) const { return massOfDepth(depthOf(logit)); }
    __device__ Ordered rankOf(float logit, std::int32_t token) const {
        return floorOf(logit) | static_cast<std::uint32_t>(vocabulary - 1 - token);
    }
    /// The least rank of a token with this logit.
    __device__ Ordered floorOf(float logit) const { return Ordered{orderedBits(logit)} << idBits; }
    /// The least rank of a token that is not forbidden.
    __device__ Ordered lowestFloor() const { return Ordered{kOrderedLowest + 1} << idBits; }
    __device__ float logitOf(Ordered rank) const {
        return fromOrderedBits(static_cast<std::uint32_t>(rank >> idBits));
    }
    __device__ std::int32_t tokenOf(Ordered rank) const {
        return vocabulary - 1 - static_cast<std::int32_t>(rank & ((Ordered{1} << idBits) - 1));
    }
};

/// The bin of a histogram in which the sum passes its mark.
struct Crossing {
    Mass massBefore;
    std::uint32_t countBefore;
    std::uint32_t count;
    Mass rest; ///< Of the mark, within the bin.
    std::int32_t bin;
};

struct SelectionMemory {
    Ordered list[kListCapacity];
    Ordered top[kDeviceTop];
    // Masses in halves: shared memory has no 64-bit addition.
    std::uint32_t counts[kBins];
    std::uint32_t low[kBins];
    std::uint32_t high[kBins];
    Mass warpMasses[kDrawWarps];
    std::uint32_t warpCounts[kDrawWarps];
    Crossing crossing;
    Ordered found;
    std::uint32_t listed;
};

enum class Measure { Tokens, Weight };

/// body(logit, token) for each token, with several loads under way at once.
template<typename Body>
__device__ void forEachToken(const float* logits, std::int32_t begin, std::int32_t end,
                             std::int32_t first, std::int32_t step, Body body) {
    constexpr std::int32_t kLoads = 8;
    for (std::int32_t base = begin + first; base < end; base += kLoads * step) {
        float values[kLoads];
#pragma unroll
        for (std::int32_t i = 0; i < kLoads; ++i)
            values[i] = base + i * step < end ? logits[base + i * step] : 0.0F;
#pragma unroll
        for (std::int32_t i = 0; i < kLoads; ++i)
            if (base + i * step < end)
                body(values[i], base + i * step);
    }
}

template<typename T>
__device__ T warpSum(T value) {
    for (std::int32_t offset = 16; offset > 0; offset /= 2)
        value += __shfl_xor_sync(0xffffffffU, value, offset);
    return value;
}

/// The sum of lanes up to and with this one.
template<typename T>
__device__ T warpPrefix(T value) {
    const auto lane = static_cast<std::int32_t>(threadIdx.x % 32);
    for (std::int32_t offset = 1; offset < 32; offset *= 2) {
        const T other = __shfl_up_sync(0xffffffffU, value, static_cast<unsigned>(offset));
        if (lane >= offset)
            value += other;
    }
    return value;
}

__device__ inline Mass blockSum(SelectionMemory& memory, Mass value) {
    value = warpSum(value);
    __syncthreads();
    if (threadIdx.x % 32 == 0)
        memory.warpMasses[threadIdx.x / 32] = value;
    __syncthreads();
    Mass sum = 0;
    for (const Mass mass : memory.warpMasses)
        sum += mass;
    return sum;
}

__device__ inline void clearHistogram(SelectionMemory& memory) {
    __syncthreads(); // Its last readers are done.
    for (std::int32_t bin = static_cast<std::int32_t>(threadIdx.x); bin < kBins;
         bin += kDrawThreads)
        memory.counts[bin] = memory.low[bin] = memory.high[bin] = 0;
    __syncthreads();
}

__device__ inline void addToBin(SelectionMemory& memory, std::int32_t bin, Mass mass) {
    atomicAdd(&memory.counts[bin], 1U);
    const auto low = static_cast<std::uint32_t>(mass);
    auto high = static_cast<std::uint32_t>(mass >> 32);
    if (low != 0)
        high += atomicAdd(&memory.low[bin], low) + low < low ? 1U : 0U;
    if (high != 0)
        atomicAdd(&memory.high[bin], high);
}

/// The first bin up to which counts or masses sum to more than `mark`; where all of them don't, the
/// last that adds to the sum, which must not be zero.
__device__ inline Crossing findCrossing(SelectionMemory& memory, Measure measure, Mass mark) {
    __syncthreads();
    const auto bin = static_cast<std::int32_t>(threadIdx.x) * 2;
    std::uint32_t counts[2];
    Mass masses[2];
    for (std::int32_t i = 0; i < 2; ++i) {
        counts[i] = memory.counts[bin + i];
        masses[i] = Mass{memory.high[bin + i]} << 32 | memory.low[bin + i];
    }
    std::uint32_t count = warpPrefix(counts[0] + counts[1]);
    Mass mass = warpPrefix(masses[0] + masses[1]);
    const auto warp = static_cast<std::int32_t>(threadIdx.x / 32);
    if (threadIdx.x % 32 == 31) {
        memory.warpCounts[warp] = count;
        memory.warpMasses[warp] = mass;
    }
    __syncthreads();
    Mass total = 0;
    for (std::int32_t i = 0; i < kDrawWarps; ++i) {
        total += measure == Measure::Tokens ? memory.warpCounts[i] : memory.warpMasses[i];
        count += i < warp ? memory.warpCounts[i] : 0U;
        mass += i < warp ? memory.warpMasses[i] : Mass{0};
    }
    mark = min(mark, total - 1);
    count -= counts[0] + counts[1];
    mass -= masses[0] + masses[1];
    for (std::int32_t i = 0; i < 2; ++i) {
        const Mass before = measure == Measure::Tokens ? Mass{count} : mass;
        const Mass own = measure == Measure::Tokens ? Mass{counts[i]} : masses[i];
        if (before <= mark && mark < before + own)
            memory.crossing = {mass, count, counts[i], mark - before, bin + i};
        count += counts[i];
        mass += masses[i];
    }
    __syncthreads();
    return memory.crossing;
}

/// Tokens that a selection is made from: those of the block's list, or the whole row.
struct Candidates {
    std::int32_t listed = -1; ///< -1: the whole row.

    /// body(rank)
    template<typename Body>
    __device__ void forEach(const SelectionMemory& memory, const RowView& view, Body body) const {
        const auto thread = static_cast<std::int32_t>(threadIdx.x);
        if (listed >= 0) {
            for (std::int32_t i = thread; i < listed; i += kDrawThreads)
                body(memory.list[i]);
        } else {
            forEachToken(view.logits, 0, view.vocabulary, thread, kDrawThreads,
                         [&](float logit, std::int32_t token) { body(view.rankOf(logit, token)); });
        }
    }
};

struct Selected {
    Ordered rank;
    Mass massBefore;
};

/// Among candidates of rank `floor` and above, likeliest first: the first up to which counts or
/// masses sum to more than `mark`, as findCrossing() has it. A radix descent over ranks.
__device__ inline Selected select(SelectionMemory& memory, const RowView& view,
                                  const Candidates& candidates, Ordered floor, Measure measure,
                                  Mass mark) {
    Selected selected{0, 0};
    std::int32_t shift = 32 + view.idBits;
    while (shift > 0) {
        const std::int32_t bits = min(kDigitBits, shift);
        const Ordered digits = (Ordered{1} << bits) - 1;
        const Ordered prefix = selected.rank;
        shift -= bits;
        clearHistogram(memory);
        candidates.forEach(memory, view, [&](Ordered rank) {
            if (rank >= floor && rank >> shift >> bits == prefix)
                addToBin(memory, static_cast<std::int32_t>(digits - (rank >> shift & digits)),
                         view.massOf(view.logitOf(rank)));
        });
        const Crossing crossing = findCrossing(memory, measure, mark);
        mark = crossing.rest;
        selected.massBefore += crossing.massBefore;
        selected.rank = prefix << bits | (digits - static_cast<Ordered>(crossing.bin));
        if (crossing.count == 1 && shift > 0) {
            candidates.forEach(memory, view, [&](Ordered rank) {
                if (rank >= floor && rank >> shift == selected.rank)
                    memory.found = rank;
            });
            __syncthreads();
            selected.rank = memory.found;
            break;
        }
    }
    return selected;
}

/// Lists the allowed tokens for which accepts(logit) holds, in any order; the whole row where they
/// are more than the list holds.
template<typename Accepts>
__device__ Candidates collect(SelectionMemory& memory, const RowView& view, Accepts accepts) {
    __syncthreads();
    if (threadIdx.x == 0)
        memory.listed = 0;
    __syncthreads();
    forEachToken(view.logits, 0, view.vocabulary, static_cast<std::int32_t>(threadIdx.x),
                 kDrawThreads, [&](float logit, std::int32_t token) {
                     if (logit > -INFINITY && accepts(logit)) {
                         const std::uint32_t place = atomicAdd(&memory.listed, 1U);
                         if (place < std::uint32_t{kListCapacity})
                             memory.list[place] = view.rankOf(logit, token);
                     }
                 });
    __syncthreads();
    const auto listed = static_cast<std::int32_t>(memory.listed);
    return {listed <= kListCapacity ? listed : -1};
}

/// A lower bound of the count-th largest logit: the count-th largest of the chunks' maxima.
__device__ inline float boundOf(SelectionMemory& memory, const RowView& view,
                                const std::uint64_t* chunkMaxima, std::int32_t chunks,
                                std::int32_t count) {
    if (count > chunks || chunks > kListCapacity)
        return -INFINITY;
    __syncthreads();
    for (std::int32_t i = static_cast<std::int32_t>(threadIdx.x); i < chunks; i += kDrawThreads)
        memory.list[i] =
            view.rankOf(fromOrderedBits(static_cast<std::uint32_t>(chunkMaxima[i] >> 32)), i);
    __syncthreads();
    const Selected selected =
        select(memory, view, {chunks}, 0, Measure::Tokens, static_cast<Mass>(count - 1));
    return view.logitOf(selected.rank);
}

} // namespace hearth::kernels::cuda
