#include "common/allocation.h"

#include <atomic>
#include <cstdlib>

namespace hearth::kernels {

namespace {

std::atomic<std::int64_t> g_count{0};
std::atomic<std::int64_t> g_failing{-1};

} // namespace

void failAllocationAfter(std::int64_t successes) {
    g_failing = successes < 0 ? -1 : g_count + successes;
}

std::int64_t allocationCount() {
    return g_count;
}

bool mayAllocate() {
    return g_count.fetch_add(1) != g_failing.load();
}

void* allocateBytes(std::size_t bytes) {
    std::size_t rounded = 0;
    if (!mayAllocate() || __builtin_add_overflow(bytes, kCacheLine, &rounded))
        return nullptr;
    return std::aligned_alloc(kCacheLine, rounded / kCacheLine * kCacheLine);
}

void freeBytes(void* memory) {
    std::free(memory);
}

} // namespace hearth::kernels
