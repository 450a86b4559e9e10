#include "cuda/runtime/backend.h"
#include "kernels/backend_under_test.h"

#include <cuda_runtime.h>

namespace hearth::kernels::testing {

namespace {

bool hasDevice() {
    int devices = 0;
    return cudaGetDeviceCount(&devices) == cudaSuccess && devices > 0;
}

/// Skips every test of the program where there is no device.
class NeedsDevice : public ::testing::Environment {
public:
    void SetUp() override {
        if (!hasDevice())
            GTEST_SKIP() << "no CUDA device";
    }
};

// GoogleTest owns it.
const auto* const g_needsDevice = ::testing::AddGlobalTestEnvironment(new NeedsDevice);

} // namespace

std::vector<BackendUnderTest> backendsUnderTest() {
    if (!hasDevice())
        return {};
    const auto make = [](DType compute) {
        return [=] {
            std::unique_ptr<Backend> backend;
            EXPECT_EQ(cuda::createCudaBackend({0, compute}, backend), Status::Ok);
            return backend;
        };
    };
    // Rounding of activations and weights, and of what follows from them in a few operations.
    return {{"f32", make(DType::F32), 5e-6},
            {"f16", make(DType::F16), 8e-3},
            {"bf16", make(DType::BF16), 6e-2}};
}

} // namespace hearth::kernels::testing
