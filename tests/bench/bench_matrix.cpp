// Times the CPU backend's matrix products on random weights: decode shapes (one token) against the
// read bandwidth that the same threads reach in the same run, and prefill shapes in operations a
// second. Usage: bench_matrix [threads] [scalar|avx2|avx512]
#include "cpu/cpu_features.h"
#include "cpu/matrix/packed_matrix.h"
#include "cpu/thread_pool.h"
#include "kernels/matrix_support.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <random>
#include <string_view>

#include <unistd.h>

namespace {

using namespace hearth::kernels;
using namespace hearth::kernels::cpu;

constexpr int kRepeats = 7;

double seconds(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double medianSeconds(const std::function<void()>& work) {
    std::vector<double> times;
    work();
    for (int i = 0; i < kRepeats; ++i)
        times.push_back(seconds(work));
    std::nth_element(times.begin(), times.begin() + kRepeats / 2, times.end());
    return times[kRepeats / 2];
}

/// Far more than the caches of the machine hold.
std::size_t uncachedBytes() {
    constexpr std::size_t kLeast = 96 << 20;
    const long lastLevel = sysconf(_SC_LEVEL3_CACHE_SIZE);
    return std::max(kLeast, 4 * static_cast<std::size_t>(std::max(lastLevel, 0L)));
}

/// Bytes a second that the pool's threads read from memory beyond the caches.
double readBandwidth(ThreadPool& pool) {
    constexpr std::size_t kTaskWords = 8192;
    const std::size_t tasks = 2 * uncachedBytes() / (kTaskWords * 8);
    const std::vector<std::uint64_t> data(tasks * kTaskWords, 1);
    std::vector<std::uint64_t> sinks(static_cast<std::size_t>(pool.threads()) * 8);
    const double time = medianSeconds([&] {
        pool.run([&](ThreadPool::Worker& worker) {
            std::uint64_t sums[8] = {};
            worker.forEach(static_cast<std::int64_t>(tasks), [&](std::int64_t task) {
                const std::uint64_t* from = data.data() + task * kTaskWords;
                for (std::size_t i = 0; i < kTaskWords; i += 8) {
                    __builtin_prefetch(from + i + 256);
                    for (std::size_t lane = 0; lane < 8; ++lane)
                        sums[lane] += from[i + lane];
                }
            });
            for (int lane = 0; lane < 8; ++lane)
                sinks[static_cast<std::size_t>(worker.index() * 8 + lane)] = sums[lane];
        });
    });
    if (std::accumulate(sinks.begin(), sinks.end(), std::uint64_t{0}) == 0)
        return 0.0;
    return static_cast<double>(data.size()) * 8 / time;
}

struct Shape {
    const char* what;
    DType type;
    std::int64_t rows;
    std::int64_t columns;
};

/// Several matrices of one shape, together larger than any cache.
std::vector<std::unique_ptr<PackedMatrix>> packRotation(const Shape& shape, ThreadPool& pool,
                                                        CpuFeature feature,
                                                        std::vector<std::byte>& bytes) {
    const auto wanted = static_cast<std::int64_t>(uncachedBytes());
    std::mt19937 random(1);
    bytes = test::randomWeights(shape.type, shape.rows, shape.columns, random);
    const auto source = test::sourceOf(bytes, shape.type, shape.rows, shape.columns);
    const auto size = static_cast<std::int64_t>(bytes.size());
    if (!isBlockQuantised(shape.type)) // Plain types are read where they lie.
        bytes.resize(std::max(bytes.size(), uncachedBytes()));
    std::vector<std::unique_ptr<PackedMatrix>> matrices;
    double packing = 0.0;
    for (std::int64_t offset = 0; offset + size <= std::max(wanted, size); offset += size) {
        auto moved = source;
        moved.data = bytes.data() + (isBlockQuantised(shape.type) ? 0 : offset);
        std::unique_ptr<PackedMatrix> matrix;
        packing += seconds([&] {
            if (packMatrix({&moved, 1}, {feature, false, &pool}, matrix) != Status::Ok)
                std::abort();
        });
        matrices.push_back(std::move(matrix));
    }
    std::printf("%-22s %-5s packing %6.2f GB/s\n", shape.what,
                std::string(name(shape.type)).c_str(),
                static_cast<double>(matrices.size()) * static_cast<double>(size) / packing / 1e9);
    return matrices;
}

void benchDecode(const Shape& shape, ThreadPool& pool, CpuFeature feature, double bandwidth) {
    std::vector<std::byte> bytes;
    const auto matrices = packRotation(shape, pool, feature, bytes);
    const std::vector<float> values(static_cast<std::size_t>(shape.columns), 0.5F);
    std::vector<float> out(static_cast<std::size_t>(shape.rows));
    QuantisedActivations memory;
    if (memory.reserve(1, shape.columns) != Status::Ok)
        return;
    const Activations input = memory.view(values.data(), shape.columns, 1, shape.columns);
    quantise(input, 0, 1, feature);
    const double time = medianSeconds([&] {
        pool.run([&](ThreadPool::Worker& worker) {
            for (const auto& matrix : matrices) {
                multiply(worker, *matrix, input, {out.data(), shape.rows, nullptr, false});
                worker.barrier();
            }
        });
    });
    double read = 0.0;
    for (const auto& matrix : matrices)
        read += static_cast<double>(matrix->ownedBytes() > 0
                                        ? matrix->ownedBytes()
                                        : static_cast<std::size_t>(shape.rows * shape.columns) *
                                              blockSize(shape.type).bytes);
    std::printf("%-22s %-5s T=1     %7.1f us  %6.2f GB/s  %5.1f%% of read bandwidth\n", shape.what,
                std::string(name(shape.type)).c_str(),
                time * 1e6 / static_cast<double>(matrices.size()), read / time / 1e9,
                read / time / bandwidth * 100.0);
}

void benchPrefill(const Shape& shape, std::int64_t tokens, ThreadPool& pool, CpuFeature feature) {
    std::mt19937 random(2);
    const auto bytes = test::randomWeights(shape.type, shape.rows, shape.columns, random);
    const auto source = test::sourceOf(bytes, shape.type, shape.rows, shape.columns);
    std::unique_ptr<PackedMatrix> matrix;
    if (packMatrix({&source, 1}, {feature, false, &pool}, matrix) != Status::Ok)
        return;
    const auto values = test::randomValues(tokens * shape.columns, random);
    std::vector<float> out(static_cast<std::size_t>(tokens * shape.rows));
    QuantisedActivations memory;
    if (memory.reserve(tokens, shape.columns) != Status::Ok)
        return;
    const Activations input = memory.view(values.data(), shape.columns, tokens, shape.columns);
    const double time = medianSeconds([&] {
        pool.run([&](ThreadPool::Worker& worker) {
            if (matrix->readsCodes())
                quantise(worker, input, feature);
            worker.barrier();
            multiply(worker, *matrix, input, {out.data(), shape.rows, nullptr, false});
        });
    });
    const double operations =
        2.0 * static_cast<double>(tokens) * static_cast<double>(shape.rows * shape.columns);
    std::printf("%-22s %-5s T=%-4d  %7.1f us  %6.1f GOP/s\n", shape.what,
                std::string(name(shape.type)).c_str(), static_cast<int>(tokens), time * 1e6,
                operations / time / 1e9);
}

/// All products of a forward pass of the starter model's shape (30 layers, hidden 576, Q4_1; head
/// Q8_0): what the rest of an engine comes on top of.
void benchModel(ThreadPool& pool, CpuFeature feature) {
    constexpr std::int64_t kLayers = 30;
    constexpr std::int64_t kPromptTokens = 512;
    const std::vector<Shape> layer{{"qkv", DType::Q4_1, 960, 576},
                                   {"out", DType::Q4_1, 576, 576},
                                   {"gate+up", DType::Q4_1, 3072, 576},
                                   {"down", DType::Q4_1, 576, 1536}};
    std::mt19937 random(3);
    std::vector<std::unique_ptr<PackedMatrix>> matrices;
    double packing = 0.0;
    const auto add = [&](const Shape& shape) {
        const auto bytes = test::randomWeights(shape.type, shape.rows, shape.columns, random);
        const auto source = test::sourceOf(bytes, shape.type, shape.rows, shape.columns);
        packing += seconds([&] {
            if (packMatrix({&source, 1}, {feature, false, &pool}, matrices.emplace_back()) !=
                Status::Ok)
                std::abort();
        });
    };
    for (std::int64_t i = 0; i < kLayers; ++i)
        for (const Shape& shape : layer)
            add(shape);
    add({"head", DType::Q8_0, 49152, 576});
    const auto values = test::randomValues(kPromptTokens * 1536, random);
    std::vector<float> out(kPromptTokens * 3072 + 49152);
    QuantisedActivations memory;
    if (memory.reserve(kPromptTokens, 1536) != Status::Ok)
        return;
    for (const std::int64_t tokens : {std::int64_t{1}, kPromptTokens}) {
        const double time = medianSeconds([&] {
            pool.run([&](ThreadPool::Worker& worker) {
                for (const auto& matrix : matrices) {
                    const bool head = matrix == matrices.back(); // For the last token alone.
                    const Activations input = memory.view(values.data(), matrix->columns(),
                                                          head ? 1 : tokens, matrix->columns());
                    quantise(worker, input, feature);
                    worker.barrier();
                    multiply(worker, *matrix, input, {out.data(), matrix->rows(), nullptr, false});
                    worker.barrier();
                }
            });
        });
        std::printf(
            "starter model's shape  T=%-4d  %9.1f us  %8.1f tokens/s  (packed in %.0f ms)\n",
            static_cast<int>(tokens), time * 1e6, static_cast<double>(tokens) / time,
            packing * 1e3);
    }
}

CpuFeature wantedFeature(std::string_view word) {
    return detectFeature(word == "scalar" ? CpuFeature::Scalar
                         : word == "avx2" ? CpuFeature::Avx2
                                          : CpuFeature::Avx512Vnni);
}

} // namespace

int main(int argc, char** argv) {
    ThreadPool pool(argc > 1 ? std::atoi(argv[1]) : 0);
    const CpuFeature feature = wantedFeature(argc > 2 ? argv[2] : "");
    const double bandwidth = readBandwidth(pool);
    std::printf("%s, %s, %d threads, reads %.2f GB/s\n", processorName().c_str(),
                featureName(feature).c_str(), pool.threads(), bandwidth / 1e9);
    benchModel(pool, feature);
    for (const DType type :
         {DType::Q4_0, DType::Q4_1, DType::Q5_0, DType::Q8_0, DType::F16, DType::BF16, DType::F32})
        benchDecode({"gate+up 3072x576", type, 3072, 576}, pool, feature, bandwidth);
    benchDecode({"head 49152x576", DType::Q8_0, 49152, 576}, pool, feature, bandwidth);
    for (const DType type :
         {DType::Q4_0, DType::Q4_1, DType::Q8_0, DType::Q2_K, DType::Q3_K, DType::Q4_K, DType::Q5_K,
          DType::Q6_K, DType::IQ4_NL, DType::IQ4_XS, DType::F16})
        benchDecode({"square 4096x4096", type, 4096, 4096}, pool, feature, bandwidth);
    for (const DType type : {DType::Q4_1, DType::Q8_0, DType::F16}) {
        benchPrefill({"gate+up 3072x576", type, 3072, 576}, 512, pool, feature);
        benchPrefill({"down 576x1536", type, 576, 1536}, 512, pool, feature);
    }
    for (const DType type :
         {DType::Q4_0, DType::Q4_1, DType::Q5_0, DType::Q8_0, DType::Q2_K, DType::Q3_K, DType::Q4_K,
          DType::Q5_K, DType::Q6_K, DType::IQ4_XS, DType::F16, DType::F32})
        benchPrefill({"square 2048x2048", type, 2048, 2048}, 512, pool, feature);
    return 0;
}
