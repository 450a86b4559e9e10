#pragma once

#include "cuda/device/number.cuh"

#include <cuda_runtime.h>

#include <cstdint>
#include <type_traits>

/// Instructions that CUDA C++ has no function for. Names and operand layouts as in the PTX ISA.
namespace hearth::kernels::cuda {

/// d[4] += A (16 x 16, row) · B (16 x 8, column), float32 sums. With g = lane / 4, t = lane % 4:
/// a[0] holds (g, 2t..2t+1), a[1] (g + 8, 2t..), a[2] (g, 2t + 8..), a[3] (g + 8, 2t + 8..);
/// b[0] holds k = 2t..2t+1 of column g, b[1] k = 2t + 8..; d[0..1] are (g, 2t..2t+1),
/// d[2..3] (g + 8, 2t..). On sm_75 two products of depth 8; bfloat16 needs sm_80.
template<typename T>
__device__ inline void mma16816(float (&d)[4], const std::uint32_t (&a)[4],
                                const std::uint32_t (&b)[2]);

template<>
__device__ inline void mma16816<Half>(float (&d)[4], const std::uint32_t (&a)[4],
                                      const std::uint32_t (&b)[2]) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, "
                 "{%0,%1,%2,%3};\n"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(b[0]));
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, "
                 "{%0,%1,%2,%3};\n"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[2]), "r"(a[3]), "r"(b[1]));
#else
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, "
                 "{%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};\n"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

template<>
__device__ inline void mma16816<BFloat>(float (&d)[4], const std::uint32_t (&a)[4],
                                        const std::uint32_t (&b)[2]) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
    __trap(); // The backend computes in float16 there.
#else
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, "
                 "{%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};\n"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

/// Two packed 16-bit numbers at once: a * b + c, rounded once. bfloat16 needs sm_80.
template<typename T>
__device__ inline std::uint32_t fusedMultiplyAdd2(std::uint32_t a, std::uint32_t b,
                                                  std::uint32_t c);

template<>
__device__ inline std::uint32_t fusedMultiplyAdd2<Half>(std::uint32_t a, std::uint32_t b,
                                                        std::uint32_t c) {
    std::uint32_t d;
    asm("fma.rn.f16x2 %0, %1, %2, %3;\n" : "=r"(d) : "r"(a), "r"(b), "r"(c));
    return d;
}

template<>
__device__ inline std::uint32_t fusedMultiplyAdd2<BFloat>(std::uint32_t a, std::uint32_t b,
                                                          std::uint32_t c) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
    __trap(); // The backend computes in float16 there.
    return a + b + c;
#else
    std::uint32_t d;
    asm("fma.rn.bf16x2 %0, %1, %2, %3;\n" : "=r"(d) : "r"(a), "r"(b), "r"(c));
    return d;
#endif
}

/// Two numbers rounded to 16 bits, `low` in the low half: a register of an operand.
template<typename T>
__device__ inline std::uint32_t packPair(float low, float high) {
    std::uint32_t pair = 0;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
    using Raw = std::conditional_t<std::is_same_v<T, BFloat>, __nv_bfloat16_raw, __half_raw>;
    pair = static_cast<Raw>(fromFloat<T>(low)).x |
           std::uint32_t{static_cast<Raw>(fromFloat<T>(high)).x} << 16;
#else
    if constexpr (std::is_same_v<T, BFloat>)
        asm("cvt.rn.bf16x2.f32 %0, %1, %2;\n" : "=r"(pair) : "f"(high), "f"(low));
    else
        asm("cvt.rn.f16x2.f32 %0, %1, %2;\n" : "=r"(pair) : "f"(high), "f"(low));
#endif
    return pair;
}

/// Four 8 x 8 matrices of 16-bit numbers from shared memory; lane l gives the address of row l % 8
/// of matrix l / 8 (16 bytes, aligned). Register i gets matrix i: lane l columns 2(l % 4).. of row
/// l / 4.
__device__ inline void loadMatrix4(std::uint32_t (&r)[4], const void* shared) {
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];\n"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(address));
}

/// Likewise, each matrix transposed.
__device__ inline void loadMatrix4Transposed(std::uint32_t (&r)[4], const void* shared) {
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];\n"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(address));
}

/// Begins a copy of 16 bytes from global to shared memory, past the registers; where `valid` is
/// false it writes zeros and reads nothing. Without sm_80 an ordinary copy.
__device__ inline void copyAsync16(void* shared, const void* global, bool valid) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
    *static_cast<uint4*>(shared) =
        valid ? *static_cast<const uint4*>(global) : make_uint4(0, 0, 0, 0);
#else
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
    const int bytes = valid ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;\n" ::"r"(address), "l"(global),
                 "r"(bytes));
#endif
}

/// Closes the group of copies begun since the last call.
__device__ inline void commitCopies() {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
    asm volatile("cp.async.commit_group;\n" ::);
#endif
}

/// Waits until at most `Pending` of this thread's groups are under way. A barrier must follow
/// before other threads read what was copied.
template<int Pending>
__device__ inline void waitCopies() {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_group %0;\n" ::"n"(Pending));
#endif
}

/// Lets the kernel after this one start, then waits until the one before has ended and its writes
/// show: for kernels that launchOverlapped() starts. Without sm_90 kernels don't overlap.
__device__ inline void waitForPrevious() {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.launch_dependents;\n" ::);
    asm volatile("griddepcontrol.wait;\n" ::: "memory");
#endif
}

/// 16 bytes that are read once: past the first-level cache.
__device__ inline uint4 loadStreaming(const void* global) {
    uint4 value;
    asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3}, [%4];\n"
                 : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
                 : "l"(global));
    return value;
}

} // namespace hearth::kernels::cuda
