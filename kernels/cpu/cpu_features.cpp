#include "cpu/cpu_features.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <set>
#include <thread>
#include <utility>

#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace hearth::kernels::cpu {

namespace {

CpuFeature machineFeature() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("f16c"))
        return CpuFeature::Scalar;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni"))
        return CpuFeature::Avx512Vnni;
    return CpuFeature::Avx2;
#else
    return CpuFeature::Scalar;
#endif
}

std::int32_t readNumber(const std::string& path, std::int32_t fallback) {
    std::ifstream file(path);
    std::int32_t number = 0;
    return file >> number ? number : fallback;
}

} // namespace

CpuFeature detectFeature(CpuFeature limit) {
    static const CpuFeature kMachine = machineFeature();
    return std::min(kMachine, limit);
}

std::string featureName(CpuFeature feature) {
    switch (feature) {
    case CpuFeature::Scalar:
        return "scalar";
    case CpuFeature::Avx2:
        return "AVX2";
    case CpuFeature::Avx512Vnni:
        return "AVX-512 VNNI";
    }
    return {};
}

std::string processorName() {
#if defined(__x86_64__)
    constexpr unsigned int kBrandLeaf = 0x80000002U;
    if (__get_cpuid_max(0x80000000U, nullptr) < kBrandLeaf + 2)
        return {};
    char brand[49] = {};
    for (unsigned int part = 0; part < 3; ++part) {
        unsigned int registers[4] = {};
        __get_cpuid(kBrandLeaf + part, &registers[0], &registers[1], &registers[2], &registers[3]);
        std::memcpy(brand + part * 16, registers, 16);
    }
    std::string name = brand;
    name.erase(0, name.find_first_not_of(' '));
    name.erase(name.find_last_not_of(' ') + 1);
    return name;
#else
    return {};
#endif
}

std::int32_t physicalCores() {
#if defined(__linux__)
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
        std::set<std::pair<std::int32_t, std::int32_t>> cores;
        for (std::int32_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
            if (!CPU_ISSET(cpu, &allowed))
                continue;
            const std::string topology =
                "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
            cores.emplace(readNumber(topology + "physical_package_id", 0),
                          readNumber(topology + "core_id", cpu));
        }
        return std::max<std::int32_t>(1, static_cast<std::int32_t>(cores.size()));
    }
#endif
    return std::max<std::int32_t>(1,
                                  static_cast<std::int32_t>(std::thread::hardware_concurrency()));
}

} // namespace hearth::kernels::cpu
