// Devices, errors and statistics.

#include "device_state.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>

namespace hearth::kernels::cuda::emulation {

namespace {

constexpr int kMostDevices = 8;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr int kOldestDriver = 12000;
constexpr std::size_t kSharedBytes = 48 * 1024;
constexpr std::size_t kMostSharedBytes = 227 * 1024;

struct State {
    std::mutex mutex;
    DeviceSettings settings;
    std::array<std::size_t, kMostDevices> used{};
    Statistics statistics;
    std::int64_t failingLaunch = kNever;
    cudaError_t failure = cudaSuccess;
    cudaError_t sticky = cudaSuccess;
};

State& state() {
    static State instance;
    return instance;
}

thread_local int t_device = 0;
thread_local cudaError_t t_lastError = cudaSuccess;

cudaError_t checkDevice(int device) {
    const DeviceSettings settings = deviceSettings();
    if (settings.driverVersion < kOldestDriver)
        return cudaErrorInsufficientDriver;
    if (settings.devices == 0)
        return cudaErrorNoDevice;
    return device >= 0 && device < settings.devices ? cudaSuccess : cudaErrorInvalidDevice;
}

} // namespace

void setDevice(const DeviceSettings& settings) {
    const std::lock_guard lock(state().mutex);
    state().settings = settings;
}

void failLaunchesAfter(std::int64_t successes, cudaError_t error) {
    const std::lock_guard lock(state().mutex);
    state().failingLaunch = successes < 0 ? kNever : state().statistics.launches + successes;
    state().failure = error;
    state().sticky = cudaSuccess;
    t_lastError = cudaSuccess;
}

Statistics statistics() {
    const std::lock_guard lock(state().mutex);
    Statistics result = state().statistics;
    for (const std::size_t used : state().used)
        result.deviceBytes += used;
    result.pinnedBytes = pinnedBytes();
    return result;
}

DeviceSettings deviceSettings() {
    const std::lock_guard lock(state().mutex);
    return state().settings;
}

int currentDevice() {
    return t_device;
}

cudaError_t stickyError() {
    const std::lock_guard lock(state().mutex);
    return state().sticky;
}

cudaError_t finish(cudaError_t error) {
    if (const cudaError_t sticky = stickyError(); sticky != cudaSuccess)
        error = sticky;
    if (error != cudaSuccess && error != cudaErrorNotReady)
        t_lastError = error;
    return error;
}

cudaError_t countLaunch() {
    const std::lock_guard lock(state().mutex);
    if (state().statistics.launches++ >= state().failingLaunch)
        state().sticky = state().failure;
    return state().sticky;
}

void countGraphLaunch() {
    const std::lock_guard lock(state().mutex);
    ++state().statistics.graphLaunches;
}

void countObject(int change) {
    const std::lock_guard lock(state().mutex);
    state().statistics.objects += change;
}

bool takeMemory(int device, std::size_t bytes) {
    const std::lock_guard lock(state().mutex);
    std::size_t& used = state().used[device];
    if (used > state().settings.memoryBytes || bytes > state().settings.memoryBytes - used)
        return false;
    used += bytes;
    return true;
}

void returnMemory(int device, std::size_t bytes) {
    const std::lock_guard lock(state().mutex);
    state().used[device] -= bytes;
}

std::size_t freeMemory(int device) {
    const std::lock_guard lock(state().mutex);
    const std::size_t total = state().settings.memoryBytes;
    return total - std::min(total, state().used[device]);
}

void countReserved(std::size_t bytes, bool reserved) {
    const std::lock_guard lock(state().mutex);
    state().statistics.reservedBytes += reserved ? bytes : -bytes;
}

} // namespace hearth::kernels::cuda::emulation

using namespace hearth::kernels::cuda::emulation;

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
    *count = 0;
    const cudaError_t error = checkDevice(0);
    if (error == cudaSuccess)
        *count = deviceSettings().devices;
    return finish(error);
}

cudaError_t cudaGetDevice(int* device) {
    *device = t_device;
    return finish(checkDevice(t_device));
}

cudaError_t cudaSetDevice(int device) {
    const cudaError_t error = checkDevice(device);
    if (error == cudaSuccess)
        t_device = device;
    return finish(error);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
    if (const cudaError_t error = checkDevice(device); error != cudaSuccess)
        return finish(error);
    const DeviceSettings settings = deviceSettings();
    *properties = {};
    std::snprintf(properties->name, sizeof(properties->name), "Emulated GPU");
    std::memset(&properties->uuid, device + 1, sizeof(properties->uuid));
    properties->major = settings.major;
    properties->minor = settings.minor;
    properties->totalGlobalMem = settings.memoryBytes;
    properties->multiProcessorCount = settings.multiprocessors;
    properties->sharedMemPerBlock = kSharedBytes;
    properties->sharedMemPerBlockOptin = kMostSharedBytes;
    properties->sharedMemPerMultiprocessor = kMostSharedBytes + 1024;
    properties->reservedSharedMemPerBlock = 1024;
    properties->regsPerBlock = 65536;
    properties->regsPerMultiprocessor = 65536;
    properties->warpSize = 32;
    properties->maxThreadsPerBlock = 1024;
    properties->maxThreadsPerMultiProcessor = 2048;
    properties->maxBlocksPerMultiProcessor = 32;
    properties->maxThreadsDim[0] = properties->maxThreadsDim[1] = 1024;
    properties->maxThreadsDim[2] = 64;
    properties->maxGridSize[0] = std::numeric_limits<int>::max();
    properties->maxGridSize[1] = properties->maxGridSize[2] = 65535;
    properties->l2CacheSize = 50 << 20;
    properties->memoryBusWidth = 5120;
    properties->unifiedAddressing = 1;
    properties->asyncEngineCount = 3;
    properties->concurrentKernels = 1;
    properties->pciBusID = device + 1;
    return finish(cudaSuccess);
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
    cudaDeviceProp properties;
    if (const cudaError_t error = cudaGetDeviceProperties(&properties, device);
        error != cudaSuccess)
        return error;
    const std::map<cudaDeviceAttr, int> values = {
        {cudaDevAttrMaxThreadsPerBlock, properties.maxThreadsPerBlock},
        {cudaDevAttrMaxSharedMemoryPerBlock, static_cast<int>(kSharedBytes)},
        {cudaDevAttrMaxSharedMemoryPerBlockOptin, static_cast<int>(kMostSharedBytes)},
        {cudaDevAttrMaxSharedMemoryPerMultiprocessor, static_cast<int>(kMostSharedBytes) + 1024},
        {cudaDevAttrReservedSharedMemoryPerBlock, 1024},
        {cudaDevAttrWarpSize, properties.warpSize},
        {cudaDevAttrMultiProcessorCount, properties.multiProcessorCount},
        {cudaDevAttrMaxThreadsPerMultiProcessor, properties.maxThreadsPerMultiProcessor},
        {cudaDevAttrL2CacheSize, properties.l2CacheSize},
        {cudaDevAttrClockRate, 1'755'000},
        {cudaDevAttrMemoryClockRate, 2'619'000},
        {cudaDevAttrGlobalMemoryBusWidth, properties.memoryBusWidth},
        {cudaDevAttrComputeCapabilityMajor, properties.major},
        {cudaDevAttrComputeCapabilityMinor, properties.minor},
        {cudaDevAttrComputeMode, cudaComputeModeDefault},
        {cudaDevAttrIntegrated, 0},
        {cudaDevAttrUnifiedAddressing, 1},
    };
    const auto entry = values.find(attribute);
    if (entry == values.end())
        return finish(cudaErrorNotSupported);
    *value = entry->second;
    return finish(cudaSuccess);
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
    *free = freeMemory(t_device);
    *total = deviceSettings().memoryBytes;
    return finish(checkDevice(t_device));
}

cudaError_t cudaDriverGetVersion(int* version) {
    *version = deviceSettings().driverVersion;
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
    *version = CUDART_VERSION;
    return cudaSuccess;
}

cudaError_t cudaGetLastError() {
    const cudaError_t error = cudaPeekAtLastError();
    t_lastError = cudaSuccess;
    return error;
}

cudaError_t cudaPeekAtLastError() {
    const cudaError_t sticky = stickyError();
    return sticky != cudaSuccess ? sticky : t_lastError;
}

const char* cudaGetErrorName(cudaError_t error) {
    switch (error) {
    case cudaSuccess:
        return "cudaSuccess";
    case cudaErrorInvalidValue:
        return "cudaErrorInvalidValue";
    case cudaErrorMemoryAllocation:
        return "cudaErrorMemoryAllocation";
    case cudaErrorInvalidConfiguration:
        return "cudaErrorInvalidConfiguration";
    case cudaErrorInsufficientDriver:
        return "cudaErrorInsufficientDriver";
    case cudaErrorNoDevice:
        return "cudaErrorNoDevice";
    case cudaErrorInvalidDevice:
        return "cudaErrorInvalidDevice";
    case cudaErrorInvalidDeviceFunction:
        return "cudaErrorInvalidDeviceFunction";
    case cudaErrorNoKernelImageForDevice:
        return "cudaErrorNoKernelImageForDevice";
    case cudaErrorIllegalAddress:
        return "cudaErrorIllegalAddress";
    case cudaErrorNotReady:
        return "cudaErrorNotReady";
    case cudaErrorNotSupported:
        return "cudaErrorNotSupported";
    case cudaErrorStreamCaptureUnsupported:
        return "cudaErrorStreamCaptureUnsupported";
    default:
        return "an error of the emulated device";
    }
}

const char* cudaGetErrorString(cudaError_t error) {
    return cudaGetErrorName(error);
}

} // extern "C"
