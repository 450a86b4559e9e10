// Times the CUDA backend's sampler on random logits of a large vocabulary, at batches of 1 and 64:
// the whole of sample(), the copies and the wait for the device included, and the search for the
// likeliest token alone. Usage: bench_cuda_sampler [vocabulary]
#include "cuda/device/memory.h"
#include "cuda/sampling/row_task.h"
#include "cuda/sampling/sampler.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <vector>

namespace {

using namespace hearth::kernels;
using namespace hearth::kernels::cuda;

constexpr std::int32_t kMaxRows = 64;
constexpr int kRepeats = 101;

/// Ends the program where a call failed.
void check(Status status) {
    if (status == Status::Ok)
        return;
    std::fprintf(stderr, "bench_cuda_sampler: status %d\n", static_cast<int>(status));
    std::exit(1);
}

double medianMicroseconds(const std::function<void()>& work) {
    std::vector<double> times;
    for (int i = 0; i < kRepeats; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double, std::micro> time =
            std::chrono::steady_clock::now() - start;
        times.push_back(time.count());
    }
    std::nth_element(times.begin(), times.begin() + kRepeats / 2, times.end());
    return times[kRepeats / 2];
}

struct Case {
    const char* name;
    SamplingRow row;
};

std::vector<Case> cases(const std::vector<std::int32_t>& history) {
    std::vector<Case> all{{"greedy", {}},           {"temperature 0.7", {}},
                          {"top-k 40", {}},         {"top-p 0.95", {}},
                          {"top-p 0.95, flat", {}}, {"top-k 40, top-p 0.95, min-p 0.05", {}},
                          {"penalties", {}},        {"greedy, 20 logprobs", {}}};
    for (Case& each : all)
        each.row.temperature = 0.7F;
    all[0].row.temperature = 0.0F;
    all[2].row.topK = 40;
    all[3].row.topP = 0.95F;
    all[4].row.topP = 0.95F;
    all[4].row.temperature = 2.0F;
    all[5].row.topK = 40;
    all[5].row.topP = 0.95F;
    all[5].row.minP = 0.05F;
    all[6].row.topP = 0.95F;
    all[6].row.generatedTokens = history;
    all[6].row.frequencyPenalty = 0.2F;
    all[7].row.temperature = 0.0F;
    all[7].row.logprobs = 20;
    return all;
}

/// Microseconds a launch, of many queued at once.
double likeliestMicroseconds(const float* logits, std::int32_t vocabulary, std::int32_t rows) {
    constexpr int kLaunches = 200;
    DeviceBuffer<std::uint64_t> maxima;
    DeviceBuffer<std::uint32_t> done;
    DeviceBuffer<RowOutcome> outcomes;
    check(maxima.allocate(std::size_t(kMaxRows) * std::size_t(chunkCount(vocabulary))));
    check(done.allocate(kMaxRows));
    check(outcomes.allocate(kMaxRows));
    check(toStatus(cudaMemset(done.data(), 0, done.bytes())));
    const double time = medianMicroseconds([&] {
        for (int i = 0; i < kLaunches; ++i)
            check(findLikeliest(nullptr, {logits, vocabulary, nullptr, vocabulary}, rows,
                                maxima.data(), done.data(), outcomes.data()));
        check(toStatus(cudaStreamSynchronize(nullptr)));
    });
    return time / kLaunches;
}

} // namespace

int main(int argc, char** argv) {
    const std::int32_t vocabulary = argc > 1 ? std::max(1, std::atoi(argv[1])) : 128256;
    std::mt19937 random(1);
    std::normal_distribution<float> normal(0.0F, 2.5F);
    std::vector<float> logits(std::size_t(kMaxRows) * std::size_t(vocabulary));
    std::generate(logits.begin(), logits.end(), [&] { return normal(random); });
    // A few likely tokens a row, as a language model has.
    for (std::size_t i = 0; i < logits.size(); i += std::max<std::size_t>(1, logits.size() / 640))
        logits[i] += 12.0F;
    DeviceBuffer<float> device;
    check(device.allocate(logits.size()));
    check(
        toStatus(cudaMemcpy(device.data(), logits.data(), device.bytes(), cudaMemcpyHostToDevice)));
    std::unique_ptr<CudaSampler> sampler;
    check(CudaSampler::create(vocabulary, kMaxRows, nullptr, sampler));
    std::vector<std::int32_t> history(1000);
    for (std::size_t i = 0; i < history.size(); ++i)
        history[i] = std::int32_t(i * 37) % vocabulary;

    for (const std::int32_t rows : {1, kMaxRows}) {
        std::printf("batch %d\n", rows);
        std::printf("  %-36s %8.1f us\n", "likeliest token, kernel alone",
                    likeliestMicroseconds(device.data(), vocabulary, rows));
        for (const Case& each : cases(history)) {
            std::vector<SamplingRow> options(std::size_t(rows), each.row);
            std::vector<SampleResult> results(options.size());
            const double time = medianMicroseconds([&] {
                for (SamplingRow& row : options)
                    ++row.position;
                check(sampler->sample({device.data(), vocabulary, vocabulary, DType::F32}, options,
                                      results));
            });
            std::printf("  %-36s %8.1f us\n", each.name, time);
        }
    }
    return 0;
}
