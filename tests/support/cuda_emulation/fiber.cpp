#include "fiber.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <pthread.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#elif defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

#ifdef __x86_64__
// Saves what a call must preserve, exchanges the stacks, restores and returns into the other one.
asm(R"(
    .text
    .hidden hearthSwitchStack
    .globl hearthSwitchStack
    .type hearthSwitchStack, @function
hearthSwitchStack:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size hearthSwitchStack, .-hearthSwitchStack
)");
extern "C" void hearthSwitchStack(void** saved, void* target);
#endif

namespace hearth::kernels::cuda::emulation {

namespace {

constexpr std::size_t kGuardBytes = 4096;
constexpr std::size_t kStackBytes = 256 * 1024; // Untouched pages cost nothing.

// Stacks begin at different distances from a page, or all would compete for the same lines of the
// cache.
constexpr std::size_t kColourBytes = 576;
constexpr std::size_t kColours = 64;

std::size_t g_fibers = 0;
Fiber* g_entered = nullptr; // Only one OS thread at a time runs a kernel.

} // namespace

Fiber::Fiber() {
#if defined(__SANITIZE_ADDRESS__)
    pthread_attr_t attributes;
    void* bottom = nullptr;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &bottom, &m_size);
    pthread_attr_destroy(&attributes);
    m_bottom = bottom;
#elif defined(__SANITIZE_THREAD__)
    m_sanitizer = __tsan_get_current_fiber();
#endif
}

Fiber::Fiber(void (*main)())
    : m_main(main) {
    m_stack = mmap(nullptr, kGuardBytes + kStackBytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (m_stack == MAP_FAILED || mprotect(m_stack, kGuardBytes, PROT_NONE) != 0) {
        std::fputs("CUDA emulation: no memory for the stacks of a block's threads\n", stderr);
        std::abort();
    }
    std::byte* const bottom = static_cast<std::byte*>(m_stack) + kGuardBytes;
    m_bottom = bottom;
    m_size = kStackBytes - kColourBytes * (g_fibers++ % kColours);
#ifdef __x86_64__
    // Six registers, the address to return to, and an empty return address of enter() itself.
    auto* const top = reinterpret_cast<std::uintptr_t*>(bottom + m_size);
    top[-2] = reinterpret_cast<std::uintptr_t>(&Fiber::enter);
    m_stackPointer = top - 8;
#else
    getcontext(&m_context);
    m_context.uc_stack.ss_sp = bottom;
    m_context.uc_stack.ss_size = m_size;
    makecontext(&m_context, &Fiber::enter, 0);
#endif
#if defined(__SANITIZE_THREAD__)
    m_sanitizer = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
    if (!m_stack)
        return;
#if defined(__SANITIZE_THREAD__)
    __tsan_destroy_fiber(m_sanitizer);
#endif
    munmap(m_stack, kGuardBytes + kStackBytes);
}

void Fiber::enter() {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
    g_entered->m_main();
}

void Fiber::switchTo(Fiber& from, Fiber& to) {
    g_entered = &to;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&from.m_sanitizer, to.m_bottom, to.m_size);
#elif defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(to.m_sanitizer, 0);
#endif
#ifdef __x86_64__
    hearthSwitchStack(&from.m_stackPointer, to.m_stackPointer);
#else
    swapcontext(&from.m_context, &to.m_context);
#endif
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(from.m_sanitizer, nullptr, nullptr);
#endif
}

} // namespace hearth::kernels::cuda::emulation
