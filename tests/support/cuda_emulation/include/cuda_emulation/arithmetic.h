#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>

// CUDA's arithmetic on one thread. The fast approximations are exact here. glibc declares some of
// their names itself, so that those are macros.
#define __expf(x) expf(x)
#define __exp10f(x) exp10f(x)
#define __logf(x) logf(x)
#define __log2f(x) log2f(x)
#define __log10f(x) log10f(x)
#define __sinf(x) sinf(x)
#define __cosf(x) cosf(x)
#define __tanf(x) tanf(x)
#define __sincosf(x, sine, cosine) sincosf(x, sine, cosine)
#define __powf(x, y) powf(x, y)

inline float __fdividef(float x, float y) {
    return x / y;
}
inline float __fdiv_rn(float x, float y) {
    return x / y;
}
inline float __frcp_rn(float x) {
    return 1 / x;
}
inline float __fsqrt_rn(float x) {
    return sqrtf(x);
}
inline float rsqrtf(float x) {
    return 1 / sqrtf(x);
}
inline float __fmaf_rn(float x, float y, float z) {
    return fmaf(x, y, z);
}
inline float __fadd_rn(float x, float y) {
    return x + y;
}
inline float __fsub_rn(float x, float y) {
    return x - y;
}
inline float __fmul_rn(float x, float y) {
    return x * y;
}
inline float __saturatef(float x) {
    return x > 0 ? fminf(x, 1) : 0; // NaN gives 0.
}

inline unsigned __float_as_uint(float x) {
    return std::bit_cast<unsigned>(x);
}
inline int __float_as_int(float x) {
    return std::bit_cast<int>(x);
}
inline float __uint_as_float(unsigned x) {
    return std::bit_cast<float>(x);
}
inline float __int_as_float(int x) {
    return std::bit_cast<float>(x);
}
inline long long __double_as_longlong(double x) {
    return std::bit_cast<long long>(x);
}
inline double __longlong_as_double(long long x) {
    return std::bit_cast<double>(x);
}
inline float __int2float_rn(int x) {
    return static_cast<float>(x);
}
inline float __uint2float_rn(unsigned x) {
    return static_cast<float>(x);
}
inline int __float2int_rn(float x) {
    return static_cast<int>(rintf(x));
}
inline int __float2int_rz(float x) {
    return static_cast<int>(x);
}
inline int __float2int_rd(float x) {
    return static_cast<int>(floorf(x));
}
inline int __float2int_ru(float x) {
    return static_cast<int>(ceilf(x));
}
inline unsigned __float2uint_rn(float x) {
    return static_cast<unsigned>(rintf(x));
}

inline int __popc(unsigned x) {
    return std::popcount(x);
}
inline int __popcll(unsigned long long x) {
    return std::popcount(x);
}
inline int __clz(int x) {
    return std::countl_zero(static_cast<unsigned>(x));
}
inline int __clzll(long long x) {
    return std::countl_zero(static_cast<unsigned long long>(x));
}
inline int __ffs(int x) {
    return ffs(x);
}
inline int __ffsll(long long x) {
    return ffsll(x);
}
inline unsigned __brev(unsigned x) {
    unsigned result = 0;
    for (int bit = 0; bit < 32; ++bit)
        result |= (x >> bit & 1u) << (31 - bit);
    return result;
}
inline unsigned __umulhi(unsigned x, unsigned y) {
    return static_cast<unsigned>(std::uint64_t{x} * y >> 32);
}
inline unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {
    const std::uint64_t bytes = std::uint64_t{y} << 32 | x;
    unsigned result = 0;
    for (int i = 0; i < 4; ++i) {
        const unsigned choice = selector >> (4 * i);
        unsigned byte = bytes >> (8 * (choice & 7u)) & 0xffu;
        if (choice & 8u) // The sign, eight times.
            byte = byte & 0x80u ? 0xffu : 0;
        result |= byte << (8 * i);
    }
    return result;
}
inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
    return static_cast<unsigned>((std::uint64_t{high} << 32 | low) << (shift & 31u) >> 32);
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
    return static_cast<unsigned>((std::uint64_t{high} << 32 | low) >> (shift & 31u));
}
inline int __dp4a(int x, int y, int sum) {
    for (int i = 0; i < 4; ++i)
        sum += static_cast<std::int8_t>(x >> (8 * i)) * static_cast<std::int8_t>(y >> (8 * i));
    return sum;
}

template<typename T>
T __ldg(const T* address) {
    return *address;
}
template<typename T>
T __ldcs(const T* address) {
    return *address;
}
template<typename T>
T __ldcg(const T* address) {
    return *address;
}
template<typename T>
void __stcs(T* address, T value) {
    *address = value;
}
template<typename T>
void __stcg(T* address, T value) {
    *address = value;
}
[[noreturn]] inline void __trap() {
    abort();
}

// The overloads of CUDA; a template would not find a common type where CUDA does.
#define HEARTH_MIN_MAX(type, first, second)                                                        \
    constexpr type min(first x, second y) {                                                        \
        return static_cast<type>(x) < static_cast<type>(y) ? static_cast<type>(x)                  \
                                                           : static_cast<type>(y);                 \
    }                                                                                              \
    constexpr type max(first x, second y) {                                                        \
        return static_cast<type>(x) < static_cast<type>(y) ? static_cast<type>(y)                  \
                                                           : static_cast<type>(x);                 \
    }
HEARTH_MIN_MAX(int, int, int)
HEARTH_MIN_MAX(unsigned, unsigned, unsigned)
HEARTH_MIN_MAX(unsigned, int, unsigned)
HEARTH_MIN_MAX(unsigned, unsigned, int)
HEARTH_MIN_MAX(long, long, long)
HEARTH_MIN_MAX(unsigned long, unsigned long, unsigned long)
HEARTH_MIN_MAX(unsigned long, long, unsigned long)
HEARTH_MIN_MAX(unsigned long, unsigned long, long)
HEARTH_MIN_MAX(long long, long long, long long)
HEARTH_MIN_MAX(unsigned long long, unsigned long long, unsigned long long)
HEARTH_MIN_MAX(unsigned long long, long long, unsigned long long)
HEARTH_MIN_MAX(unsigned long long, unsigned long long, long long)
#undef HEARTH_MIN_MAX
inline float min(float x, float y) {
    return fminf(x, y);
}
inline float max(float x, float y) {
    return fmaxf(x, y);
}
inline double min(double x, double y) {
    return fmin(x, y);
}
inline double max(double x, double y) {
    return fmax(x, y);
}
