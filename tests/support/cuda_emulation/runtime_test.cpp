#include "emulation_fixture.h"

#include "cuda/device/cublas.h"
#include "cuda/device/launch.h"

#include <algorithm>
#include <cmath>
#include <cuda.h>

namespace hearth::kernels::cuda {

namespace {

__global__ void addKernel(const float* a, const float* b, float* out, int count) {
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < count)
        out[i] = a[i] + b[i];
}

__global__ void idleKernel() {
}

TEST_F(CudaEmulation, RecordsAndReplaysGraphs) {
    const OnDevice a(numbers(64));
    const OnDevice<float> out(64);
    PinnedBuffer<float> staged;
    ASSERT_EQ(staged.allocate(64), Status::Ok);
    cudaStream_t stream = nullptr;
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t executable = nullptr;
    ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
    ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), cudaSuccess);
    ASSERT_EQ(cudaMemcpyAsync(out.data(), staged.data(), 256, cudaMemcpyHostToDevice, stream),
              cudaSuccess);
    ASSERT_EQ(launch(addKernel, 1, 64, 0, stream, a.data(), out.data(), out.data(), 64),
              Status::Ok);
    void* memory = nullptr;
    EXPECT_EQ(cudaMalloc(&memory, 16), cudaErrorStreamCaptureUnsupported);
    ASSERT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
    ASSERT_EQ(cudaGraphInstantiate(&executable, graph, 0), cudaSuccess);
    EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
    EXPECT_TRUE(std::isnan(out.read()[0]));
    for (int round = 0; round < 3; ++round) {
        std::fill_n(staged.data(), 64, static_cast<float>(round));
        ASSERT_EQ(cudaGraphLaunch(executable, stream), cudaSuccess);
        EXPECT_EQ(out.read()[63], numbers(64)[63] + static_cast<float>(round));
    }
    EXPECT_EQ(cudaGraphExecDestroy(executable), cudaSuccess);
    EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST_F(CudaEmulation, EventsJoinStreamsToARecording) {
    const OnDevice a(numbers(64));
    const OnDevice<float> out(64);
    cudaStream_t streams[2];
    cudaEvent_t event = nullptr;
    for (cudaStream_t& stream : streams)
        ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
    ASSERT_EQ(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), cudaSuccess);
    ASSERT_EQ(cudaStreamBeginCapture(streams[0], cudaStreamCaptureModeRelaxed), cudaSuccess);
    ASSERT_EQ(cudaEventRecord(event, streams[0]), cudaSuccess);
    ASSERT_EQ(cudaStreamWaitEvent(streams[1], event, 0), cudaSuccess);
    ASSERT_EQ(launch(addKernel, 1, 64, 0, streams[1], a.data(), a.data(), out.data(), 64),
              Status::Ok);
    EXPECT_TRUE(std::isnan(out.read()[0]));
    cudaGraph_t graph = nullptr;
    ASSERT_EQ(cudaStreamEndCapture(streams[0], &graph), cudaSuccess);
    EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
    EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
    for (const cudaStream_t stream : streams)
        EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST_F(CudaEmulation, LimitsMemoryAndChecksPointers) {
    emulation::setDevice({.memoryBytes = 1 << 20});
    DeviceBuffer<char> buffer;
    EXPECT_EQ(buffer.allocate((1 << 20) + 1), Status::OutOfMemory);
    EXPECT_EQ(buffer.allocate(1 << 20), Status::Ok);
    DeviceBuffer<char> more;
    EXPECT_EQ(more.allocate(1), Status::OutOfMemory);
    std::size_t free = 1;
    std::size_t total = 0;
    EXPECT_EQ(cudaMemGetInfo(&free, &total), cudaSuccess);
    EXPECT_EQ(free, 0u);
    EXPECT_EQ(total, 1u << 20);
    char host[16] = {};
    EXPECT_EQ(cudaMemcpy(host, buffer.data(), 16, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
    EXPECT_EQ(cudaMemcpy(buffer.data() + (1 << 20) - 8, host, 16, cudaMemcpyHostToDevice),
              cudaErrorInvalidValue);
    EXPECT_EQ(cudaFree(host), cudaErrorInvalidValue);
    EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidValue);
    EXPECT_EQ(cudaGetLastError(), cudaSuccess);
}

TEST_F(CudaEmulation, FailsLaunchesForGood) {
    const OnDevice a(numbers(4));
    const auto run = [&] {
        return launch(addKernel, 1, 4, 0, nullptr, a.data(), a.data(), a.data(), 4);
    };
    emulation::failLaunchesAfter(1);
    EXPECT_EQ(run(), Status::Ok);
    EXPECT_EQ(run(), Status::DeviceLost);
    EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
    emulation::failLaunchesAfter(-1);
    EXPECT_EQ(run(), Status::Ok);
}

TEST_F(CudaEmulation, RefusesWrongLaunches) {
    EXPECT_EQ(launch(idleKernel, 0, 32, 128, nullptr), Status::InvalidArgument);
    EXPECT_EQ(launch(idleKernel, 1, 1025, 128, nullptr), Status::InvalidArgument);
    EXPECT_EQ(launch(idleKernel, 1, 32, 64 << 10, nullptr), Status::InvalidArgument);
    EXPECT_EQ(allowSharedBytes(idleKernel, 64 << 10), Status::Ok);
    EXPECT_EQ(launch(idleKernel, 1, 32, 64 << 10, nullptr), Status::Ok);
}

TEST_F(CudaEmulation, PretendsToHaveNoDevice) {
    int count = -1;
    emulation::setDevice({.devices = 0});
    EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorNoDevice);
    emulation::setDevice({.driverVersion = 11080});
    EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorInsufficientDriver);
    emulation::setDevice({.devices = 2, .major = 7, .minor = 5});
    cudaDeviceProp properties;
    EXPECT_EQ(cudaGetDeviceProperties(&properties, 1), cudaSuccess);
    EXPECT_STREQ(properties.name, "Emulated GPU");
    EXPECT_EQ(properties.major, 7);
    EXPECT_EQ(cudaGetDeviceProperties(&properties, 2), cudaErrorInvalidDevice);
    EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidDevice);
}

template<typename Function>
Function* driverFunction(const char* name) {
    void* function = nullptr;
    EXPECT_EQ(cudaGetDriverEntryPointByVersion(name, &function, 12000, cudaEnableDefault, nullptr),
              cudaSuccess);
    return reinterpret_cast<Function*>(function);
}
#define DRIVER(name) driverFunction<decltype(name)>(#name)

TEST_F(CudaEmulation, MapsVirtualMemory) {
    EXPECT_EQ(driverFunction<void()>("cuNothing"), nullptr);
    CUmemAllocationProp properties{};
    properties.type = CU_MEM_ALLOCATION_TYPE_PINNED;
    properties.location = {CU_MEM_LOCATION_TYPE_DEVICE, 0};
    const CUmemAccessDesc access{properties.location, CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
    std::size_t size = 0;
    ASSERT_EQ(
        DRIVER(cuMemGetAllocationGranularity)(&size, &properties, CU_MEM_ALLOC_GRANULARITY_MINIMUM),
        CUDA_SUCCESS);
    CUdeviceptr base = 0;
    ASSERT_EQ(DRIVER(cuMemAddressReserve)(&base, 4 * size, 0, 0, 0), CUDA_SUCCESS);
    CUmemGenericAllocationHandle handles[2];
    emulation::setDevice({.memoryBytes = 2 * size});
    for (CUmemGenericAllocationHandle& handle : handles)
        ASSERT_EQ(DRIVER(cuMemCreate)(&handle, size, &properties, 0), CUDA_SUCCESS);
    CUmemGenericAllocationHandle refused;
    EXPECT_EQ(DRIVER(cuMemCreate)(&refused, size, &properties, 0), CUDA_ERROR_OUT_OF_MEMORY);
    for (int i = 0; i < 2; ++i)
        ASSERT_EQ(DRIVER(cuMemMap)(base + i * size, size, 0, handles[i], 0), CUDA_SUCCESS);
    EXPECT_EQ(DRIVER(cuMemMap)(base, size, 0, handles[1], 0), CUDA_ERROR_INVALID_VALUE);
    ASSERT_EQ(DRIVER(cuMemSetAccess)(base, 2 * size, &access, 1), CUDA_SUCCESS);
    ASSERT_EQ(cudaMemset(reinterpret_cast<void*>(base), 7, 2 * size), cudaSuccess);
    EXPECT_EQ(cudaMemset(reinterpret_cast<void*>(base), 7, 2 * size + 1), cudaErrorInvalidValue);

    // The second half moves to the front and keeps its bytes.
    ASSERT_EQ(DRIVER(cuMemUnmap)(base, 2 * size), CUDA_SUCCESS);
    ASSERT_EQ(DRIVER(cuMemMap)(base, size, 0, handles[1], 0), CUDA_SUCCESS);
    ASSERT_EQ(DRIVER(cuMemSetAccess)(base, size, &access, 1), CUDA_SUCCESS);
    EXPECT_EQ(reinterpret_cast<const char*>(base)[size - 1], 7);
    EXPECT_EQ(DRIVER(cuMemRelease)(handles[0]), CUDA_SUCCESS);
    EXPECT_EQ(emulation::statistics().deviceBytes, size);
    EXPECT_EQ(DRIVER(cuMemRelease)(handles[1]), CUDA_SUCCESS); // The mapping keeps it.
    EXPECT_EQ(emulation::statistics().deviceBytes, size);
    EXPECT_EQ(DRIVER(cuMemAddressFree)(base, 4 * size), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(DRIVER(cuMemUnmap)(base, size), CUDA_SUCCESS);
    EXPECT_EQ(DRIVER(cuMemAddressFree)(base, 4 * size), CUDA_SUCCESS);
}

TEST_F(CudaEmulation, MultipliesLikeCublas) {
    const OnDevice in(numbers(2 * 4));
    const OnDevice weights(numbers(3 * 5));
    const OnDevice out(std::vector<float>(2 * 4, 1));
    std::unique_ptr<Cublas> cublas;
    ASSERT_EQ(Cublas::create(cublas), Status::Ok);
    ASSERT_EQ(cublas->multiply(nullptr, {in.data(), 4, 3, DType::F32}, weights.data(), 5,
                               {out.data(), 4, 3, DType::F32}, 2, true),
              Status::Ok);
    float sum = 1;
    for (int k = 0; k < 3; ++k)
        sum += numbers(8)[4 + k] * numbers(15)[10 + k];
    EXPECT_EQ(out.read()[4 + 2], sum);
    EXPECT_EQ(out.read()[4 + 3], 1);
}

TEST_F(CudaEmulationDeathTest, EndsOverrunsOfAllocations) {
    const OnDevice<float> out(15);
    const OnDevice in(numbers(16));
    EXPECT_DEATH(
        {
            static_cast<void>(
                launch(addKernel, 1, 16, 0, nullptr, in.data(), in.data(), out.data(), 16));
            static_cast<void>(cudaFree(out.data()));
        },
        "wrote beyond an allocation of 60 bytes|heap-buffer-overflow");
}

} // namespace

} // namespace hearth::kernels::cuda
