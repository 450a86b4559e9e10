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

TEST_F(DeviceFault, AStepWhoseUploadFailedIsNotStaged) {
    ProgramHarness harness(*backend, 5);
    buildSmallModel(harness);
    ASSERT_EQ(harness.prepare(kLimits), Status::Ok);
    const std::size_t sequence = harness.addSequence(12, 50);
    ASSERT_EQ(harness.step({{sequence, 7}}), Status::Ok);
    for (std::int64_t call = 0; call < 4; ++call) { // The turn; waiting, copying, recording.
        cuda::injectErrorAfter(call, cudaErrorMemoryAllocation);
        EXPECT_EQ(harness.step({{sequence, 1}}), Status::OutOfMemory);
        cuda::injectErrorAfter(-1, cudaSuccess);
        EXPECT_EQ(harness.executable().run(harness.arenas()), Status::InvalidArgument) << call;
    }
    EXPECT_EQ(harness.step({{sequence, 1}}), Status::Ok);
}

TEST_F(DeviceFault, ALostDeviceStillSaysWhichItIs) {
    cuda::injectErrorAfter(0, cudaErrorIllegalAddress);
    const DeviceInfo lost = backend->device();
    EXPECT_EQ(lost.kind, DeviceKind::Cuda);
    EXPECT_EQ(lost.index, 0);
    EXPECT_EQ(lost.freeMemory, 0U);
}

/// A program of one rope and one attention operation with heads of `width`.
Status prepareHeads(Backend& backend, std::int32_t width, bool attends) {
    ProgramHarness harness(backend, 1);
    KvLayout layout;
    layout.dtype = DType::F32;
    layout.bits = 32;
    layout.layers = layout.kvHeads = 1;
    layout.keyWidth = layout.valueWidth = width;
    harness.kv = {layout};
    const ValueId heads = harness.addValue(width);
    const ValueId out = harness.addValue(width);
    auto& operations = harness.program.operations;
    operations.push_back(EmbedOp{harness.addMatrix(2, width), kNone, 1.0F, harness.whole(heads)});
    if (attends) {
        AttentionOp attention;
        attention.queries = harness.whole(heads);
        attention.out = harness.whole(out);
        attention.heads = 1;
        operations.push_back(attention);
    } else {
        RopeOp rope{harness.whole(heads), width, width, RopePairing::Halves, {}, 1.0F};
        rope.frequencies.assign(std::size_t(width / 2), 0.1F);
        operations.push_back(rope);
    }
    harness.program.hidden = harness.whole(attends ? out : heads);
    return harness.prepare({4, 1, 0, 16, false}, 1);
}

TEST_F(DeviceFault, WidthsWithoutAKernelAreFoundOutInPrepare) {
    EXPECT_EQ(prepareHeads(*backend, 12288, false), Status::Ok);
    EXPECT_EQ(prepareHeads(*backend, 12290, false), Status::Unsupported);
    EXPECT_EQ(prepareHeads(*backend, 5984, true), Status::Ok);
    EXPECT_EQ(prepareHeads(*backend, 5986, true), Status::Unsupported);
}

TEST_F(DeviceFault, fault_059_every_call_of_a_step_may_lose_the_device) {
    backend.reset(); // It still starts cuBLAS, whose calls would count.
    std::int64_t calls = 0;
    ASSERT_EQ(loadAndStep(), Status::Ok); // Some calls are made once a process.
    ASSERT_EQ(loadAndStep(&calls), Status::Ok);
    ASSERT_GT(calls, 50);
    for (std::int64_t call = 0; call < calls; call += 3) {
        cuda::injectErrorAfter(call, cudaErrorLaunchFailure);
        EXPECT_EQ(loadAndStep(), Status::DeviceLost) << "call " << call;
    }
}

} // namespace hearth::kernels::testing
