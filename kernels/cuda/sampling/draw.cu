#include "cuda/device/launch.h"
#include "cuda/sampling/selection.cuh"

#include <bit>

namespace hearth::kernels::cuda {

namespace {

constexpr float kBinsPerOctave = 48.0F;
constexpr float kLogTwoE = 1.44269504F;

/// Bins of equal width of the weights' logarithms; the last takes all that weighs nothing.
__device__ std::int32_t binOfDepth(float depth) {
    return static_cast<std::int32_t>(fminf(depth * kBinsPerOctave, static_cast<float>(kBins - 1)));
}

__device__ Mass share(Mass whole, double part) {
    return min(static_cast<Mass>(static_cast<double>(whole) * part), whole - 1);
}

__device__ float leastByMinP(const RowView& view, const RowTask& task) {
    return fminf(view.maximum, view.maximum + task.minOffset);
}

/// Walks the tokens in the order of their ids: finds the run of tokens in which the sum of masses
/// passes its mark, a 32nd in length each time.
__device__ std::int32_t drawFromAll(SelectionMemory& memory, const RowView& view,
                                    const RowTask& task) {
    const float least = leastByMinP(view, task);
    const auto warp = static_cast<std::int32_t>(threadIdx.x / 32);
    const auto lane = static_cast<std::int32_t>(threadIdx.x % 32);
    std::int32_t begin = 0;
    std::int32_t end = view.vocabulary;
    Mass mark = 0;
    for (bool first = true; first || end - begin > 32; first = false) {
        const std::int32_t run = (end - begin + kDrawThreads - 1) / kDrawThreads * 32;
        Mass mass = 0;
        forEachToken(view.logits, begin + warp * run, min(end, begin + (warp + 1) * run), lane, 32,
                     [&](float logit, std::int32_t) {
                         if (logit >= least)
                             mass += view.massOf(logit);
                     });
        const Mass total = blockSum(memory, mass);
        if (first)
            mark = share(total, task.uniform);
        std::int32_t chosen = 0;
        while (chosen < kDrawWarps - 1 && mark >= memory.warpMasses[chosen])
            mark -= memory.warpMasses[chosen++];
        begin += chosen * run;
        end = min(end, begin + run);
    }
    const std::int32_t token = begin + lane;
    const float logit = token < end ? view.logits[token] : -INFINITY;
    const Mass sum = warpPrefix(logit >= least ? view.massOf(logit) : Mass{0});
    return begin + __ffs(static_cast<int>(__ballot_sync(0xffffffffU, sum > mark))) - 1;
}

struct Pool {
    Candidates candidates;
    Mass total; ///< Of the whole row, where top-p needs it.
};

/// The tokens that top-k and top-p may keep: few, unless the distribution is flat.
__device__ Pool gather(SelectionMemory& memory, const RowView& view, const RowTask& task,
                       const std::uint64_t* chunkMaxima, bool limited) {
    const std::int32_t chunks = chunkCount(view.vocabulary);
    const float bound = limited ? boundOf(memory, view, chunkMaxima, chunks, task.topK) : -INFINITY;
    if (bound > -INFINITY)
        return {collect(memory, view, [bound](float logit) { return logit >= bound; }), 0};

    clearHistogram(memory);
    Mass total = 0;
    forEachToken(view.logits, 0, view.vocabulary, static_cast<std::int32_t>(threadIdx.x),
                 kDrawThreads, [&](float logit, std::int32_t) {
                     const float depth = view.depthOf(logit);
                     const Mass mass = view.massOfDepth(depth);
                     total += mass;
                     if (mass != 0 && depth <= task.pruneDepth)
                         addToBin(memory, binOfDepth(depth), mass);
                 });
    total = blockSum(memory, total);
    const Crossing crossing =
        limited
            ? findCrossing(memory, Measure::Tokens, static_cast<Mass>(task.topK - 1))
            : findCrossing(memory, Measure::Weight, share(total, static_cast<double>(task.topP)));
    if (crossing.countBefore + crossing.count > std::uint32_t{kListCapacity})
        return {{}, total};
    const std::int32_t last = crossing.bin;
    return {collect(memory, view,
                    [&view, last](float logit) { return binOfDepth(view.depthOf(logit)) <= last; }),
            total};
}

/// Walks the likeliest tokens in falling order, as many as top-k, top-p and min-p keep.
__device__ std::int32_t drawFromTop(SelectionMemory& memory, const RowView& view,
                                    const RowTask& task, const std::uint64_t* chunkMaxima,
                                    bool limited) {
    const Pool pool = gather(memory, view, task, chunkMaxima, limited);
    Ordered floor = view.lowestFloor();
    Mass kept = pool.total;
    const auto cutAt = [&](Measure measure, Mass mark) {
        const Selected last = select(memory, view, pool.candidates, floor, measure, mark);
        floor = last.rank;
        kept = last.massBefore + view.massOf(view.logitOf(last.rank));
    };
    if (limited)
        cutAt(Measure::Tokens, static_cast<Mass>(task.topK - 1));
    if (task.topP < 1.0F) {
        // The token that reaches the mark belongs to what is kept.
        const double wanted = ceil(static_cast<double>(kept) * static_cast<double>(task.topP));
        cutAt(Measure::Weight, wanted < 1.0 ? Mass{0} : static_cast<Mass>(wanted) - 1);
    }
    const Ordered leastFloor = view.floorOf(leastByMinP(view, task));
    if (leastFloor > floor) {
        floor = leastFloor;
        Mass mass = 0;
        pool.candidates.forEach(memory, view, [&](Ordered rank) {
            if (rank >= floor)
                mass += view.massOf(view.logitOf(rank));
        });
        kept = blockSum(memory, mass);
    }
    return view.tokenOf(
        select(memory, view, pool.candidates, floor, Measure::Weight, share(kept, task.uniform))
            .rank);
}

/// The likeliest tokens, sorted. Returns how many there are.
__device__ std::int32_t listTop(SelectionMemory& memory, const RowView& view, std::int32_t count,
                                const std::uint64_t* chunkMaxima, TopToken* out) {
    const float bound = boundOf(memory, view, chunkMaxima, chunkCount(view.vocabulary), count);
    const bool few = bound > -INFINITY || view.vocabulary <= kListCapacity;
    const Candidates candidates =
        few ? collect(memory, view, [bound](float logit) { return logit >= bound; }) : Candidates{};
    const Ordered floor = select(memory, view, candidates, view.lowestFloor(), Measure::Tokens,
                                 static_cast<Mass>(count - 1))
                              .rank;
    __syncthreads();
    if (threadIdx.x == 0)
        memory.listed = 0;
    __syncthreads();
    candidates.forEach(memory, view, [&](Ordered rank) {
        if (rank >= floor)
            memory.top[atomicAdd(&memory.listed, 1U)] = rank;
    });
    __syncthreads();
    const auto listed = static_cast<std::int32_t>(memory.listed);
    const auto thread = static_cast<std::int32_t>(threadIdx.x);
    if (thread < listed) {
        const Ordered own = memory.top[thread];
        std::int32_t place = 0;
        for (std::int32_t i = 0; i < listed; ++i)
            place += memory.top[i] > own ? 1 : 0;
        out[place] = {view.tokenOf(own), view.logitOf(own)};
    }
    return listed;
}

// A block draws for a row.
__global__ void __launch_bounds__(kDrawThreads) drawKernel(DrawInput input, std::int32_t idBits) {
    __shared__ SelectionMemory memory;
    const std::int32_t row = input.indices[blockIdx.x];
    const RowTask task = input.tasks[row];
    RowOutcome outcome = input.outcomes[row];
    if (outcome.status != SampleStatus::Ok)
        return; // All threads of the block.
    const std::uint64_t* const chunkMaxima =
        input.chunkMaxima + std::int64_t{row} * chunkCount(input.vocabulary);
    RowView view{task.logits, input.vocabulary, idBits, outcome.maximum, task.scale};
    if (task.given >= 0)
        outcome.token = task.given;
    if (task.draws) {
        const bool limited = task.topK > 0 && task.topK < input.vocabulary;
        outcome.token = limited || task.topP < 1.0F
                            ? drawFromTop(memory, view, task, chunkMaxima, limited)
                            : drawFromAll(memory, view, task);
    }
    if (task.logprobs) {
        view.scale = kLogTwoE;
        Mass mass = 0;
        forEachToken(view.logits, 0, view.vocabulary, static_cast<std::int32_t>(threadIdx.x),
                     kDrawThreads, [&](float logit, std::int32_t) { mass += view.massOf(logit); });
        outcome.mass = blockSum(memory, mass);
        outcome.logit = task.logits[outcome.token];
        outcome.top = task.top > 0
                          ? listTop(memory, view, task.top, chunkMaxima, input.top + task.firstTop)
                          : 0;
    }
    __syncthreads();
    if (threadIdx.x == 0)
        input.outcomes[row] = outcome;
}

} // namespace

Status drawTokens(cudaStream_t stream, const DrawInput& input, std::int32_t rows) {
    const auto idBits =
        static_cast<std::int32_t>(std::bit_width(static_cast<std::uint32_t>(input.vocabulary - 1)));
    return launch(drawKernel, dim3(static_cast<unsigned>(rows)), dim3(kDrawThreads), 0, stream,
                  input, idBits);
}

} // namespace hearth::kernels::cuda
