#include "emulation_fixture.h"

#include "cuda/device/launch.h"
#include "cuda/device/ptx.cuh"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace hearth::kernels::cuda {

namespace {

__global__ void addKernel(const float* a, const float* b, float* out, int count) {
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < count)
        out[i] = a[i] + b[i];
}

/// Sums and greatest values of blocks by shuffles, ballots, static and dynamic shared memory.
__global__ void __launch_bounds__(256)
    reduceKernel(const float* in, float* sums, float* greatest, unsigned* positives, int width) {
    __shared__ float partial[32];
    HEARTH_DYNAMIC_SHARED(float, row);
    const int thread = static_cast<int>(threadIdx.x);
    for (int i = thread; i < width; i += static_cast<int>(blockDim.x))
        row[i] = in[blockIdx.x * width + i];
    __syncthreads();
    float sum = 0;
    float most = -INFINITY;
    for (int i = width - 1 - thread; i >= 0; i -= static_cast<int>(blockDim.x)) {
        sum += row[i];
        most = max(most, row[i]);
    }
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    for (int offset = 16; offset > 0; offset /= 2)
        most = fmaxf(most, __shfl_down_sync(0xffffffffu, most, static_cast<unsigned>(offset)));
    if (thread % warpSize == 0) {
        partial[thread / warpSize] = sum;
        atomicMax(reinterpret_cast<int*>(greatest) + blockIdx.x, __float_as_int(most));
    }
    const int count = __syncthreads_count(in[blockIdx.x * width + thread % width] > 0);
    if (thread < warpSize) {
        float total = thread < static_cast<int>(blockDim.x) / warpSize ? partial[thread] : 0;
        for (int offset = 1; offset < 32; offset *= 2)
            total += __shfl_xor_sync(0xffffffffu, total, offset);
        if (thread == 0) {
            sums[blockIdx.x] = total;
            positives[blockIdx.x] = static_cast<unsigned>(count);
        }
    }
}

__global__ void laneKernel(int* out) {
    const int lane = static_cast<int>(threadIdx.x);
    out[lane] = __shfl_sync(0xffffffffu, lane, lane + 3, 8);
    out[32 + lane] = __shfl_up_sync(0xffffffffu, lane, 2, 16);
    out[64 + lane] = static_cast<int>(__ballot_sync(0xffffffffu, lane % 3 == 0));
    out[96 + lane] = __any_sync(0xffffffffu, lane == 7) + 2 * __all_sync(0xffffffffu, lane < 31);
}

__global__ void atomicKernel(int* counter, unsigned* bits, float* sum) {
    atomicAdd(counter, 1);
    atomicOr(bits, 1u << (threadIdx.x % 32));
    atomicAdd(sum, 0.5f);
}

/// One warp: out [16, 8] = a [16, 16] · b [8, 16]ᵀ by ldmatrix, or bT [16, 8] by its second form.
template<typename T>
__global__ void productKernel(const T* a, const T* b, const T* bT, float* out) {
    __shared__ __align__(16) T left[16 * 16];
    __shared__ __align__(16) T right[2][16 * 8];
    const int lane = static_cast<int>(threadIdx.x);
    copyAsync16(left + lane * 8, a + lane * 8, true);
    commitCopies();
    if (lane < 16) {
        copyAsync16(right[0] + lane * 8, b + lane * 8, true);
        copyAsync16(right[1] + lane * 8, bT + lane * 8, true);
    }
    commitCopies();
    waitCopies<0>();
    __syncwarp();
    std::uint32_t leftRegisters[4];
    loadMatrix4(leftRegisters, left + lane % 16 * 16 + lane / 16 * 8);
    std::uint32_t plain[4];
    loadMatrix4(plain, right[0] + lane % 8 * 16 + lane / 8 % 2 * 8);
    std::uint32_t transposed[4];
    loadMatrix4Transposed(transposed, right[1] + lane % 16 * 8);
    float sums[2][4] = {};
    mma16816<T>(sums[0], leftRegisters, {plain[0], plain[1]});
    mma16816<T>(sums[1], leftRegisters, {transposed[0], transposed[1]});
    for (int part = 0; part < 2; ++part)
        for (int i = 0; i < 4; ++i)
            out[part * 128 + (lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2] = sums[part][i];
}

__global__ void unwaitedKernel(const float* in, float* out) {
    HEARTH_DYNAMIC_SHARED(float, staged);
    copyAsync16(staged, in, true);
    commitCopies();
    copyAsync16(staged + 4, in + 4, false);
    commitCopies();
    waitCopies<1>();
    out[0] = staged[0];
    out[1] = staged[4];
    waitCopies<0>();
    out[2] = staged[4];
}

__global__ void unevenBarrierKernel() {
    if (threadIdx.x < 40)
        __syncwarp();
    __syncthreads();
}

__global__ void overrunKernel() {
    HEARTH_DYNAMIC_SHARED(char, bytes);
    bytes[100] = 1;
}

/// Every thread reads what its neighbour writes, without the barrier.
__global__ void racingKernel(int* out) {
    HEARTH_DYNAMIC_SHARED(int, values);
    const int thread = static_cast<int>(threadIdx.x);
    values[thread] = thread;
    out[blockIdx.x * blockDim.x + threadIdx.x] = values[max(thread - 1, 0)];
}

TEST_F(CudaEmulation, AddsVectors) {
    const OnDevice a(numbers(1000));
    const OnDevice b(std::vector<float>(1000, 2));
    const OnDevice<float> out(1001);
    ASSERT_EQ(launch(addKernel, 8, 128, 0, nullptr, a.data(), b.data(), out.data(), 1000),
              Status::Ok);
    const std::vector<float> result = out.read();
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(result[i], numbers(1000)[i] + 2);
    EXPECT_TRUE(std::isnan(result[1000])); // Never written.
}

TEST_F(CudaEmulation, ReducesBlocks) {
    constexpr int kWidth = 333;
    constexpr int kRows = 5;
    const std::vector<float> values = numbers(kWidth * kRows);
    const OnDevice in(values);
    const OnDevice<float> sums(kRows);
    const OnDevice greatest(std::vector<float>(kRows, 0));
    const OnDevice<unsigned> positives(kRows);
    ASSERT_EQ(launch(reduceKernel, kRows, 256, kWidth * sizeof(float), nullptr, in.data(),
                     sums.data(), greatest.data(), positives.data(), kWidth),
              Status::Ok);
    for (int row = 0; row < kRows; ++row) {
        const auto begin = values.begin() + row * kWidth;
        EXPECT_NEAR(sums.read()[row], std::accumulate(begin, begin + kWidth, 0.0), 1e-3);
        EXPECT_EQ(greatest.read()[row], *std::max_element(begin, begin + kWidth));
        EXPECT_EQ(positives.read()[row],
                  std::count_if(begin, begin + 256, [](float value) { return value > 0; }));
    }
}

TEST_F(CudaEmulation, MovesValuesBetweenLanes) {
    const OnDevice<int> out(128);
    ASSERT_EQ(launch(laneKernel, 1, 32, 0, nullptr, out.data()), Status::Ok);
    const std::vector<int> result = out.read();
    for (int lane = 0; lane < 32; ++lane) {
        EXPECT_EQ(result[lane], lane / 8 * 8 + (lane + 3) % 8);
        EXPECT_EQ(result[32 + lane], lane % 16 < 2 ? lane : lane - 2);
        EXPECT_EQ(static_cast<unsigned>(result[64 + lane]), 0x49249249u);
        EXPECT_EQ(result[96 + lane], 1);
    }
}

TEST_F(CudaEmulation, AddsAtomically) {
    const OnDevice counter(std::vector<int>{0});
    const OnDevice bits(std::vector<unsigned>{0});
    const OnDevice sum(std::vector<float>{0});
    ASSERT_EQ(launch(atomicKernel, dim3(2, 3), dim3(5, 7, 2), 0, nullptr, counter.data(),
                     bits.data(), sum.data()),
              Status::Ok);
    EXPECT_EQ(counter.read()[0], 420);
    EXPECT_EQ(bits.read()[0], 0x1fu);
    EXPECT_EQ(sum.read()[0], 210);
}

template<typename T>
void testProduct() {
    const auto convert = [](const std::vector<float>& values) {
        std::vector<T> result;
        for (const float value : values)
            result.push_back(fromFloat<T>(value));
        return result;
    };
    const std::vector<float> a = numbers(16 * 16);
    std::vector<float> b = numbers(8 * 16);
    std::reverse(b.begin(), b.end());
    std::vector<float> bT(16 * 8);
    for (int i = 0; i < 128; ++i)
        bT[i % 16 * 8 + i / 16] = b[i];
    const OnDevice left(convert(a));
    const OnDevice right(convert(b));
    const OnDevice transposed(convert(bT));
    const OnDevice<float> out(256);
    ASSERT_EQ(launch(productKernel<T>, 1, 32, 0, nullptr, left.data(), right.data(),
                     transposed.data(), out.data()),
              Status::Ok);
    const std::vector<float> result = out.read();
    for (int row = 0; row < 16; ++row)
        for (int column = 0; column < 8; ++column) {
            float sum = 0;
            for (int k = 0; k < 16; ++k)
                sum += a[row * 16 + k] * b[column * 16 + k];
            EXPECT_EQ(result[row * 8 + column], sum);
            EXPECT_EQ(result[128 + row * 8 + column], sum);
        }
}

TEST_F(CudaEmulation, MultipliesHalves) {
    testProduct<Half>();
}

TEST_F(CudaEmulation, MultipliesBFloats) {
    testProduct<BFloat>();
}

TEST_F(CudaEmulation, CopiesNoSoonerThanWaitedFor) {
    const OnDevice in(numbers(8));
    const OnDevice<float> out(3);
    ASSERT_EQ(launch(unwaitedKernel, 1, 1, 32, nullptr, in.data(), out.data()), Status::Ok);
    EXPECT_EQ(out.read()[0], numbers(8)[0]);
    EXPECT_TRUE(std::isnan(out.read()[1]));
    EXPECT_EQ(out.read()[2], 0);
}

TEST_F(CudaEmulation, ShowsMissingBarrier) {
    const OnDevice<int> out(128);
    ASSERT_EQ(launch(racingKernel, 2, 64, 64 * sizeof(int), nullptr, out.data()), Status::Ok);
    const std::vector<int> values = out.read();
    EXPECT_GT(std::count(values.begin(), values.end(), -1), 60);
}

TEST_F(CudaEmulationDeathTest, EndsDeadlocks) {
    EXPECT_DEATH(static_cast<void>(launch(unevenBarrierKernel, 1, 64, 0, nullptr)),
                 "unevenBarrierKernel.*deadlock.*56 in __syncthreads, 8 in __syncwarp of warp 1");
}

TEST_F(CudaEmulationDeathTest, EndsOverruns) {
    EXPECT_DEATH(static_cast<void>(launch(overrunKernel, 1, 1, 100, nullptr)),
                 "overrunKernel.*wrote beyond");
}

} // namespace

} // namespace hearth::kernels::cuda
