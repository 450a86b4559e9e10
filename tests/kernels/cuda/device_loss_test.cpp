#include "cuda/runtime/backend.h"
#include "kernels/cuda/faulting_kernel.h"
#include "kernels/cuda/small_model.h"

#include <cuda_runtime.h>

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

namespace hearth::kernels::testing {

TEST(DeviceLoss, fault_059_a_faulting_kernel_in_a_child) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            std::unique_ptr<Backend> own;
            if (cuda::createCudaBackend({0, DType::F32}, own) != Status::Ok)
                std::_Exit(1);
            ProgramHarness harness(*own, 5);
            buildSmallModel(harness);
            if (harness.prepare({32, 4, 32, 64, false}) != Status::Ok)
                std::_Exit(2);
            const std::size_t sequence = harness.addSequence(12, 50);
            if (harness.step({{sequence, 7}}) != Status::Ok)
                std::_Exit(3);
            writeToNowhere();
            if (harness.step({{sequence, 1}}) != Status::DeviceLost)
                std::_Exit(4);
            std::fputs("the device is lost\n", stderr);
            std::_Exit(0);
        },
        ::testing::ExitedWithCode(0), "the device is lost");
}

} // namespace hearth::kernels::testing
