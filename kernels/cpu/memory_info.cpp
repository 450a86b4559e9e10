#include "cpu/memory_info.h"

#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>

namespace hearth::kernels::cpu {

namespace {

/// The figure on the line that begins with `key`, in bytes; `missing` if there is none.
std::uint64_t readMemoryInfo(const char* key, std::uint64_t missing) {
    const auto close = [](std::FILE* file) { std::fclose(file); };
    const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen("/proc/meminfo", "re"),
                                                           close);
    if (!file)
        return missing;
    char line[128];
    while (std::fgets(line, sizeof line, file.get())) {
        unsigned long long kibibytes = 0;
        if (std::strncmp(line, key, std::strlen(key)) == 0 &&
            std::sscanf(line + std::strlen(key), ": %llu kB", &kibibytes) == 1)
            return std::uint64_t{kibibytes} * 1024;
    }
    return missing;
}

} // namespace

std::uint64_t totalMemory() {
    return readMemoryInfo("MemTotal", 0);
}

std::uint64_t availableMemory() {
    return readMemoryInfo("MemAvailable", std::numeric_limits<std::uint64_t>::max());
}

} // namespace hearth::kernels::cpu
