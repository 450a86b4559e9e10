#include "block_runner.h"

#include "cuda_runtime.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include <dlfcn.h>

uint3 threadIdx;
uint3 blockIdx;
dim3 blockDim;
dim3 gridDim;

namespace hearth::kernels::cuda::emulation {

namespace {

constexpr std::size_t kGuardBytes = 256;
constexpr int kSharedAlignment = 128;
constexpr auto kGuardByte = std::byte{0xa5};

/// Asks addr2line, since kernels in anonymous namespaces are in no dynamic symbol table.
std::string kernelName(const void* kernel) {
    Dl_info info;
    if (!kernel || dladdr(kernel, &info) == 0)
        return "of a library";
    char line[512];
    std::snprintf(line, sizeof(line), "addr2line -fCe '%s' %#tx 2>/dev/null", info.dli_fname,
                  static_cast<const char*>(kernel) - static_cast<const char*>(info.dli_fbase));
    std::string name;
    if (FILE* const pipe = popen(line, "r")) {
        if (std::fgets(line, sizeof(line), pipe))
            name.assign(line, std::strcspn(line, "\n"));
        pclose(pipe);
    }
    std::snprintf(line, sizeof(line), "%p", kernel);
    return name.empty() || name[0] == '?' ? line : name;
}

} // namespace

void abortKernel(const char* format, ...) {
    if (const Launch* const launch = blockRunner().launch())
        std::fprintf(stderr,
                     "CUDA emulation: kernel %s, grid (%u, %u, %u), block (%u, %u, %u), %zu bytes "
                     "of dynamic shared memory, in block (%u, %u, %u): ",
                     kernelName(launch->kernel).c_str(), gridDim.x, gridDim.y, gridDim.z,
                     blockDim.x, blockDim.y, blockDim.z, launch->sharedBytes, blockIdx.x,
                     blockIdx.y, blockIdx.z);
    else
        std::fputs("CUDA emulation: ", stderr);
    std::va_list arguments;
    va_start(arguments, format);
    std::vfprintf(stderr, format, arguments);
    va_end(arguments);
    std::fputc('\n', stderr);
    std::abort();
}

BlockRunner& blockRunner() {
    static BlockRunner runner;
    return runner;
}

BlockRunner::BlockRunner()
    : m_threads(kMostThreads)
    , m_sharedMemory(new std::byte[kMostShared + kGuardBytes + kSharedAlignment]) {
    const auto address = reinterpret_cast<std::uintptr_t>(m_sharedMemory.get());
    m_shared = m_sharedMemory.get() + (-address & (kSharedAlignment - 1));
}

void BlockRunner::run(const Launch& launch, const std::function<void()>& body) {
    const std::lock_guard lock(m_mutex);
    Fiber main;
    m_main = &main;
    m_launch = &launch;
    m_body = &body;
    gridDim = launch.grid;
    blockDim = launch.block;
    m_threadCount = static_cast<int>(launch.block.x * launch.block.y * launch.block.z);
    for (blockIdx.z = 0; blockIdx.z < gridDim.z; ++blockIdx.z)
        for (blockIdx.y = 0; blockIdx.y < gridDim.y; ++blockIdx.y)
            for (blockIdx.x = 0; blockIdx.x < gridDim.x; ++blockIdx.x)
                runBlock();
    m_launch = nullptr;
}

void BlockRunner::runBlock() {
    m_descending = !m_descending;
    m_started = 0;
    m_live = m_threadCount;
    std::memset(m_shared, 0xff, m_launch->sharedBytes);
    std::fill_n(m_shared + m_launch->sharedBytes, kGuardBytes, kGuardByte);
    yieldFrom(*m_main);
    if (m_live != 0)
        reportDeadlock();
    const std::byte* const guard = m_shared + m_launch->sharedBytes;
    if (std::any_of(guard, guard + kGuardBytes, [](std::byte b) { return b != kGuardByte; }))
        abortKernel("wrote beyond its dynamic shared memory");
}

/// What each fiber does for ever.
void BlockRunner::work() {
    Fiber* const self = m_idle.back();
    for (;;) {
        m_idle.pop_back();
        while (m_ready.empty() && m_started < m_threadCount) {
            startThread();
            m_threads[m_current].fiber = self;
            (*m_body)();
            finishThread();
        }
        m_idle.push_back(self);
        yieldFrom(*self);
    }
}

/// Lets another thread go on, or the launch where none can.
void BlockRunner::yieldFrom(Fiber& self) {
    Fiber* next = m_main;
    if (!m_ready.empty()) {
        select(m_ready.pop());
        next = m_threads[m_current].fiber;
    } else if (m_started < m_threadCount) {
        if (m_idle.empty()) {
            m_fibers.push_back(std::make_unique<Fiber>([] { blockRunner().work(); }));
            m_idle.push_back(m_fibers.back().get());
        }
        next = m_idle.back();
    }
    Fiber::switchTo(self, *next);
}

void BlockRunner::startThread() {
    const int thread = m_descending ? m_threadCount - 1 - m_started : m_started;
    ++m_started;
    Thread& state = m_threads[thread];
    const unsigned row = static_cast<unsigned>(thread) / blockDim.x;
    state.index = {static_cast<unsigned>(thread) % blockDim.x, row % blockDim.y, row / blockDim.y};
    state.waitsIn = nullptr;
    state.copies.clear();
    state.copyGroups.clear();
    select(thread);
}

void BlockRunner::finishThread() {
    --m_live;
    if (!m_inBarrier.empty() && static_cast<int>(m_inBarrier.size()) == m_live)
        releaseBarrier();
}

void BlockRunner::select(int thread) {
    m_current = thread;
    threadIdx = m_threads[thread].index;
}

void BlockRunner::wait(const char* name) {
    Thread& thread = m_threads[m_current];
    thread.waitsIn = name;
    yieldFrom(*thread.fiber);
    thread.waitsIn = nullptr;
}

BarrierResult BlockRunner::barrier(const char* name, bool predicate) {
    m_barrierTrues += predicate;
    if (static_cast<int>(m_inBarrier.size()) + 1 < m_live) {
        m_inBarrier.push_back(m_current);
        wait(name);
        return m_barrierResult; // The next barrier can't end before this thread is in it.
    }
    releaseBarrier();
    return m_barrierResult;
}

void BlockRunner::releaseBarrier() {
    m_barrierResult = {m_live, m_barrierTrues};
    for (const int thread : m_inBarrier)
        m_ready.push(thread);
    m_inBarrier.clear();
    m_barrierTrues = 0;
}

void BlockRunner::collective(const char* name, void (*operation)(void* const*), void* argument) {
    const int first = m_current - lane();
    Warp& warp = m_warps[first / kLanes];
    if (warp.arrived == 0) {
        warp.name = name;
        warp.run = operation;
    } else if (warp.run != operation || std::strcmp(warp.name, name) != 0) {
        abortKernel("lanes of warp %d meet in %s and %s", first / kLanes, warp.name, name);
    }
    warp.arguments[lane()] = argument;
    if (++warp.arrived < kLanes)
        return wait(name);
    warp.arrived = 0;
    operation(warp.arguments.data());
    for (int thread = first; thread < first + kLanes; ++thread)
        if (thread != m_current)
            m_ready.push(thread);
}

void BlockRunner::reportDeadlock() const {
    std::map<std::string, int> waiting;
    for (int thread = 0; thread < m_threadCount; ++thread)
        if (const char* const name = m_threads[thread].waitsIn)
            ++waiting[std::string(name) + (std::strcmp(name, "__syncthreads") == 0
                                               ? ""
                                               : " of warp " + std::to_string(thread / kLanes))];
    std::string text;
    for (const auto& [name, count] : waiting)
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " in " + name;
    abortKernel("deadlock: of %d threads %d have returned; for ever wait %s", m_threadCount,
                m_threadCount - m_live, text.c_str());
}

void BlockRunner::beginCopy(void* target, const void* source, bool valid) {
    if (reinterpret_cast<std::uintptr_t>(target) % 16 != 0 ||
        (valid && reinterpret_cast<std::uintptr_t>(source) % 16 != 0))
        abortKernel("copyAsync16 of an address that is no multiple of 16");
    std::memset(target, 0xff, 16);
    m_threads[m_current].copies.push_back({target, source, valid});
}

void BlockRunner::commitCopies() {
    Thread& thread = m_threads[m_current];
    thread.copyGroups.push_back(thread.copies.size());
}

void BlockRunner::waitCopies(std::size_t pending) {
    Thread& thread = m_threads[m_current];
    if (thread.copyGroups.size() <= pending)
        return;
    const auto groups = thread.copyGroups.end() - static_cast<std::ptrdiff_t>(pending);
    const std::size_t end = groups[-1];
    for (std::size_t i = 0; i < end; ++i) {
        const Copy& copy = thread.copies[i];
        if (copy.valid)
            std::memcpy(copy.target, copy.source, 16);
        else
            std::memset(copy.target, 0, 16);
    }
    thread.copies.erase(thread.copies.begin(),
                        thread.copies.begin() + static_cast<std::ptrdiff_t>(end));
    thread.copyGroups.erase(thread.copyGroups.begin(), groups);
    for (std::size_t& group : thread.copyGroups)
        group -= end;
}

namespace {

struct BallotLane {
    bool predicate;
    unsigned result;
};

void countBallot(void* const* arguments) {
    auto* const* const lanes = reinterpret_cast<BallotLane* const*>(arguments);
    unsigned result = 0;
    for (int i = 0; i < kLanes; ++i)
        result |= unsigned{lanes[i]->predicate} << i;
    for (int i = 0; i < kLanes; ++i)
        lanes[i]->result = result;
}

} // namespace

unsigned ballot(const char* name, unsigned mask, bool predicate) {
    requireFullMask(name, mask);
    BallotLane lane{predicate, 0};
    warpCollective(name, countBallot, &lane);
    return lane.result;
}

BarrierResult blockBarrier(const char* name, bool predicate) {
    return blockRunner().barrier(name, predicate);
}

int laneIndex() {
    return blockRunner().lane();
}

void requireFullMask(const char* name, unsigned mask) {
    if (mask != 0xffffffffu)
        abortKernel("%s with mask %#x; the emulation wants all lanes", name, mask);
}

void warpCollective(const char* name, void (*run)(void* const*), void* argument) {
    blockRunner().collective(name, run, argument);
}

void beginCopy16(void* target, const void* source, bool valid) {
    blockRunner().beginCopy(target, source, valid);
}

void commitCopyGroup() {
    blockRunner().commitCopies();
}

void waitCopyGroups(std::size_t pending) {
    blockRunner().waitCopies(pending);
}

void* dynamicShared() {
    return blockRunner().shared();
}

} // namespace hearth::kernels::cuda::emulation
