#include "common/allocation.h"
#include "cuda/device/status.h"
#include "cuda/runtime/backend.h"
#include "kernels/cuda/small_model.h"

#include <cuda_runtime.h>

#include <gtest/gtest.h>

namespace hearth::kernels::testing {

namespace {

constexpr ExecutionLimits kLimits{32, 4, 32, 64, false};

class DeviceFault : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(cuda::createCudaBackend({0, DType::F32}, backend), Status::Ok);
    }
    void TearDown() override {
        cuda::injectErrorAfter(-1, cudaSuccess);
        failAllocationAfter(-1);
    }

    std::unique_ptr<Backend> backend;
};

std::size_t freeBytes() {
    std::size_t free = 0;
    std::size_t total = 0;
    EXPECT_EQ(cudaMemGetInfo(&free, &total), cudaSuccess);
    return free;
}

/// Everything from the backend to a drawn token; `calls`: CUDA calls made until then.
Status loadAndStep(std::int64_t* calls = nullptr) {
    const std::int64_t before = cuda::statusCount();
    std::unique_ptr<Backend> backend;
    if (const Status status = cuda::createCudaBackend({0, DType::F32}, backend);
        status != Status::Ok)
        return status;
    ProgramHarness harness(*backend, 3);
    buildSmallModel(harness);
    if (const Status status = harness.prepare(kLimits); status != Status::Ok)
        return status;
    const std::size_t sequence = harness.addSequence(9, 50);
    if (const Status status = harness.step({{sequence, 8}}); status != Status::Ok)
        return status;
    if (const Status status = harness.step({{sequence, 1}}); status != Status::Ok)
        return status;
    const SamplingRow row;
    SampleResult result;
    const Status status = harness.executable().sample({&row, 1}, {&result, 1});
    if (calls)
        *calls = cuda::statusCount() - before;
    return status;
}

} // namespace

TEST_F(DeviceFault, fault_057_allocation_fails_at_each_point) {
    ProgramHarness other(*backend, 5);
    buildSmallModel(other);
    ASSERT_EQ(other.prepare(kLimits), Status::Ok);
    ASSERT_EQ(loadAndStep(), Status::Ok);
    const std::size_t before = freeBytes();
    int failures = 0;
    for (;; ++failures) {
        failAllocationAfter(failures);
        const Status status = loadAndStep();
        failAllocationAfter(-1);
        if (status == Status::Ok)
            break;
        ASSERT_EQ(status, Status::OutOfMemory) << "allocation " << failures;
        ASSERT_LT(failures, 1000);
    }
    EXPECT_GT(failures, 15);
    EXPECT_EQ(freeBytes(), before);
    // What was loaded before still runs.
    const std::size_t sequence = other.addSequence(7, 50);
    EXPECT_EQ(other.step({{sequence, 7}}), Status::Ok);
}

TEST_F(DeviceFault, fault_059_an_injected_error_is_sticky) {
    ProgramHarness harness(*backend, 5);
    buildSmallModel(harness);
    ASSERT_EQ(harness.prepare(kLimits), Status::Ok);
    const std::size_t sequence = harness.addSequence(12, 50);
    ASSERT_EQ(harness.step({{sequence, 7}}), Status::Ok);
    cuda::injectErrorAfter(5, cudaErrorIllegalAddress);
    EXPECT_EQ(harness.step({{sequence, 1}}), Status::DeviceLost);
    EXPECT_EQ(harness.step({{sequence, 1}}), Status::DeviceLost);
    ProgramHarness another(*backend, 6);
    buildSmallModel(another);
    EXPECT_EQ(another.prepare(kLimits), Status::DeviceLost);
}

TEST_F(DeviceFault, fault_059_every_call_of_a_step_may_lose_the_device) {
    std::int64_t calls = 0;
    ASSERT_EQ(loadAndStep(&calls), Status::Ok);
    ASSERT_GT(calls, 50);
    for (std::int64_t call = 0; call < calls; call += 3) {
        cuda::injectErrorAfter(call, cudaErrorLaunchFailure);
        EXPECT_EQ(loadAndStep(), Status::DeviceLost) << "call " << call;
    }
}

} // namespace hearth::kernels::testing
