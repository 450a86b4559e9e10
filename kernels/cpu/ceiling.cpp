#include "cpu/ceiling.h"

#include "cpu/cpu_features.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <immintrin.h>
#include <vector>

namespace hearth::kernels::cpu {

namespace {

constexpr int kRepeats = 5;
/// Beyond every cache.
constexpr std::size_t kReadBytes = std::size_t{256} << 20;
constexpr std::int64_t kMultiplyAddRounds = 2'000'000;

double seconds(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Keeps the compiler from leaving out work whose result nobody reads.
template<typename T>
void keep(const T& value) {
    asm volatile("" : : "g"(&value) : "memory");
}

/// Eight sums at a time, 64 bytes each: what the compiler makes vector loads of.
std::uint64_t sumWords(const std::uint64_t* words, std::size_t count) {
    std::uint64_t sums[8] = {};
    for (std::size_t i = 0; i + 8 <= count; i += 8)
        for (std::size_t lane = 0; lane < 8; ++lane)
            sums[lane] += words[i + lane];
    std::uint64_t total = 0;
    for (const std::uint64_t sum : sums)
        total += sum;
    return total;
}

constexpr int kChains = 10; // latency 4–5 × two units

__attribute__((target("avx2,fma"))) void multiplyAddAvx2() {
    __m256 sums[kChains];
    for (__m256& sum : sums)
        sum = _mm256_setzero_ps();
    const __m256 factor = _mm256_set1_ps(0.999F);
    for (std::int64_t round = 0; round < kMultiplyAddRounds; ++round)
        for (__m256& sum : sums)
            sum = _mm256_fmadd_ps(sum, factor, factor);
    keep(sums);
}

__attribute__((target("avx512f"))) void multiplyAddAvx512() {
    __m512 sums[kChains];
    for (__m512& sum : sums)
        sum = _mm512_setzero_ps();
    const __m512 factor = _mm512_set1_ps(0.999F);
    for (std::int64_t round = 0; round < kMultiplyAddRounds; ++round)
        for (__m512& sum : sums)
            sum = _mm512_fmadd_ps(sum, factor, factor);
    keep(sums);
}

void multiplyAddScalar() {
    float sums[kChains] = {};
    for (std::int64_t round = 0; round < kMultiplyAddRounds; ++round)
        for (float& sum : sums)
            sum = sum * 0.999F + 0.999F;
    keep(sums);
}

} // namespace

double measureReadBandwidth(ThreadPool& pool) {
    const std::vector<std::uint64_t> words(kReadBytes / sizeof(std::uint64_t), 1);
    const std::size_t share = words.size() / std::size_t(pool.threads());
    double best = 0.0;
    for (int repeat = 0; repeat < kRepeats; ++repeat) {
        const auto begin = std::chrono::steady_clock::now();
        pool.run([&](ThreadPool::Worker& worker) {
            keep(sumWords(words.data() + share * std::size_t(worker.index()), share));
        });
        best = std::max(best, double(share * std::size_t(pool.threads()) * sizeof(std::uint64_t)) /
                                  seconds(begin));
    }
    return best;
}

double measureMultiplyAddRate(ThreadPool& pool) {
    const CpuFeature feature = detectFeature();
    void (*const work)() = feature == CpuFeature::Avx512Vnni ? multiplyAddAvx512
                           : feature == CpuFeature::Avx2     ? multiplyAddAvx2
                                                             : multiplyAddScalar;
    const double lanes = feature == CpuFeature::Avx512Vnni ? 16
                         : feature == CpuFeature::Avx2     ? 8
                                                           : 1;
    double best = 0.0;
    for (int repeat = 0; repeat < kRepeats; ++repeat) {
        const auto begin = std::chrono::steady_clock::now();
        pool.run([&](ThreadPool::Worker&) { work(); });
        best = std::max(best, 2.0 * lanes * kChains * double(kMultiplyAddRounds) * pool.threads() /
                                  seconds(begin));
    }
    return best;
}

} // namespace hearth::kernels::cpu
