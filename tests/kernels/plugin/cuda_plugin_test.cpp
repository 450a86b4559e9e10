#include "hearth/kernels/cuda_backend.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <dlfcn.h>
#include <string>

using hearth::kernels::CudaAvailability;
using hearth::kernels::CudaPlugin;
using hearth::kernels::CudaProblem;

namespace {

/// Ends the process with the problem's number: a process looks for its plugin only once.
[[noreturn]] void loadAndExit(const char* file, const std::string& detail) {
    if (file != nullptr)
        setenv("HEARTH_CUDA_PLUGIN", file, 1);
    else
        unsetenv("HEARTH_CUDA_PLUGIN");
    CudaAvailability availability;
    const CudaPlugin* plugin = CudaPlugin::load(availability);
    CudaAvailability again;
    const bool same = CudaPlugin::load(again) == plugin && again.problem == availability.problem &&
                      again.detail == availability.detail;
    const bool right = same && plugin == nullptr && availability.neededVersion == 13000 &&
                       availability.detail.find(detail) != std::string::npos;
    std::exit(right ? int(availability.problem) : 100);
}

testing::ExitedWithCode problem(CudaProblem expected) {
    return testing::ExitedWithCode(int(expected));
}

} // namespace

TEST(CudaPluginDeathTest, ThePluginNamedIsOpened) {
    EXPECT_EXIT(loadAndExit(FAKE_PLUGIN, "a plugin for tests"), problem(CudaProblem::NoDevice), "");
}

TEST(CudaPluginDeathTest, APluginOfAnotherBuildIsRefused) {
    EXPECT_EXIT(loadAndExit(FOREIGN_PLUGIN, FOREIGN_PLUGIN), problem(CudaProblem::PluginMismatch),
                "");
}

TEST(CudaPluginDeathTest, ALibraryThatIsNoPluginIsRefused) {
    EXPECT_EXIT(loadAndExit("libm.so.6", "libm"), problem(CudaProblem::PluginMismatch), "");
}

TEST(CudaPluginDeathTest, AMissingPluginIsNamed) {
    EXPECT_EXIT(loadAndExit("/nowhere/libhearth_cuda.so",
                            "HEARTH_CUDA_PLUGIN names a file that cannot be loaded "
                            "(/nowhere/libhearth_cuda.so: "),
                problem(CudaProblem::Failed), "");
}

TEST(CudaPluginDeathTest, WithoutADriverNothingElseIsSought) {
    if (dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL) != nullptr)
        GTEST_SKIP() << "this machine has NVIDIA's driver";
    EXPECT_EXIT(loadAndExit(nullptr, "libcuda.so.1"), problem(CudaProblem::NoDriver), "");
}
