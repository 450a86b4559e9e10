#include "hearth/download.h"
#include "hearth/model_advice.h"
#include "library/download_target.h"

#include <algorithm>
#include <array>
#include <barrier>
#include <chrono>
#include <sys/mman.h>
#include <thread>

namespace hearth {

namespace {

using Clock = std::chrono::steady_clock;

/// All threads together; beyond the caches of most machines.
constexpr std::size_t kReadBytes = std::size_t{96} << 20;
constexpr std::chrono::milliseconds kReadFor(25);
constexpr std::int32_t kMaxThreads = 64;

struct GpuBandwidth {
    std::string_view part; ///< Of the name.
    double gigabytes;
};

/// By the makers' data sheets; longer names before those that they contain.
constexpr std::array kGpus{
    GpuBandwidth{"H200", 4800},        GpuBandwidth{"H100 PCIe", 2039},
    GpuBandwidth{"H100 NVL", 3938},    GpuBandwidth{"H100 80GB HBM3", 3352},
    GpuBandwidth{"A100-SXM4-80GB", 2039}, GpuBandwidth{"A100 80GB PCIe", 1935},
    GpuBandwidth{"A100-SXM4-40GB", 1555}, GpuBandwidth{"A100-PCIE-40GB", 1555},
    GpuBandwidth{"L40S", 864},         GpuBandwidth{"NVIDIA L4", 300},
    GpuBandwidth{"RTX 6000 Ada", 960}, GpuBandwidth{"RTX A6000", 768},
    GpuBandwidth{"RTX 5090", 1792},    GpuBandwidth{"RTX 5080", 960},
    GpuBandwidth{"RTX 5070 Ti", 896},  GpuBandwidth{"RTX 5070", 672},
    GpuBandwidth{"RTX 5060", 448},     GpuBandwidth{"RTX 4090", 1008},
    GpuBandwidth{"RTX 4080 SUPER", 736}, GpuBandwidth{"RTX 4080", 717},
    GpuBandwidth{"RTX 4070 Ti SUPER", 672}, GpuBandwidth{"RTX 4070", 504},
    GpuBandwidth{"RTX 4060 Ti", 288},  GpuBandwidth{"RTX 4060", 272},
    GpuBandwidth{"RTX 3090 Ti", 1008}, GpuBandwidth{"RTX 3090", 936},
    GpuBandwidth{"RTX 3080 Ti", 912},  GpuBandwidth{"RTX 3080", 760},
    GpuBandwidth{"RTX 3070 Ti", 608},  GpuBandwidth{"RTX 3070", 448},
    GpuBandwidth{"RTX 3060 Ti", 448},  GpuBandwidth{"RTX 3060", 360},
    GpuBandwidth{"Tesla T4", 320},
};

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

} // namespace

double gpuBandwidth(const std::string& name) {
    // Mobile chips share the names and not the memory.
    if (name.find("Laptop") != std::string::npos || name.find("Max-Q") != std::string::npos)
        return 0.0;
    for (const GpuBandwidth& gpu : kGpus)
        if (name.find(gpu.part) != std::string::npos)
            return gpu.gigabytes * 1e9;
    return 0.0;
}

double measureMemoryBandwidth(std::int32_t threads) {
    const std::size_t count = std::size_t(std::clamp(threads, 1, kMaxThreads));
    void* const memory = ::mmap(nullptr, kReadBytes, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return 0.0;
    // Without huge pages most of the time would go into making pages.
    ::madvise(memory, kReadBytes, MADV_HUGEPAGE);
    auto* const words = static_cast<std::uint64_t*>(memory);
    const std::size_t share = kReadBytes / sizeof(std::uint64_t) / count;
    std::vector<double> rates(count, 0.0);
    std::barrier together(static_cast<std::ptrdiff_t>(count));
    const auto measure = [&](std::size_t index) {
        std::uint64_t* const mine = words + index * share;
        std::fill(mine, mine + share, index + 1);
        together.arrive_and_wait();
        const auto begin = Clock::now();
        std::uint64_t sum = 0;
        // The best pass: others run while we measure.
        do {
            const auto before = Clock::now();
            sum += sumWords(mine, share);
            const std::chrono::duration<double> span = Clock::now() - before;
            rates[index] = std::max(rates[index],
                                    double(share * sizeof(std::uint64_t)) / span.count());
        } while (Clock::now() - begin < kReadFor);
        // `sum` is used, so that the reading is not left out.
        if (sum == 0)
            rates[index] = 0.0;
    };
    std::vector<std::jthread> workers;
    for (std::size_t index = 1; index < count; ++index)
        workers.emplace_back(measure, index);
    measure(0);
    workers.clear();
    ::munmap(memory, kReadBytes);
    double all = 0.0;
    for (const double rate : rates)
        all += rate;
    return all;
}

MachineDescription describeMachine(const std::vector<DeviceDescription>& devices,
                                   const std::optional<Error>& gpuProblem,
                                   const std::string& modelsDirectory) {
    MachineDescription machine;
    machine.gpuProblem = gpuProblem;
    for (const DeviceDescription& device : devices) {
        if (device.id == "cpu") {
            machine.processor = device.name;
            machine.features = device.features;
            machine.cores = device.threads;
            machine.totalMemory = device.totalMemory;
            machine.freeMemory = device.freeMemory;
            machine.budget = device.memoryBudget;
            continue;
        }
        machine.gpus.push_back({device.id, device.name, device.totalMemory, device.freeMemory,
                                device.memoryBudget, gpuBandwidth(device.name)});
    }
    machine.freeDisk = freeDiskBytes(modelsDirectory);
    machine.hasNetwork = hasNetworkRoute();
    return machine;
}

} // namespace hearth
