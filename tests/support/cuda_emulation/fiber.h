#pragma once

#include <cstddef>
#ifndef __x86_64__
#include <ucontext.h>
#endif

namespace hearth::kernels::cuda::emulation {

/// A stack that control is handed to and taken from. Switches make no system call on x86-64, which
/// a block of a thousand threads with a barrier a line needs.
class Fiber {
public:
    /// Stands for the stack of the OS thread that constructs it.
    Fiber();
    /// Runs `main`, which must not return, at the first switch.
    explicit Fiber(void (*main)());
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;
    ~Fiber();

    /// Goes on in `to`; returns when something switches back to `from`, the current one.
    static void switchTo(Fiber& from, Fiber& to);

private:
    static void enter();

    void* m_stack = nullptr; ///< Lowest address, a guard page.
    void (*m_main)() = nullptr;
#ifdef __x86_64__
    void* m_stackPointer = nullptr;
#else
    ucontext_t m_context;
#endif
    void* m_sanitizer = nullptr; ///< What the address or thread sanitizer keeps for a stack.
    const void* m_bottom = nullptr;
    std::size_t m_size = 0;
};

} // namespace hearth::kernels::cuda::emulation
