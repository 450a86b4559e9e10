#include "engine/runtime/engine_harness.h"
#include "engine/runtime/fake_gpu.h"
#include "runtime/device_pool.h"

#include <gtest/gtest.h>

#include <chrono>
#include <latch>
#include <thread>
#include <utility>

using namespace hearth;
using namespace hearth::test;
using kernels::CudaAvailability;
using kernels::CudaProblem;
using kernels::Status;

namespace {

/// A machine with a scripted GPU, or with a problem in the GPU's place.
class Devices : public testing::Test {
protected:
    [[nodiscard]] CudaLoader gpuLoader() {
        return [this](CudaAvailability&) { return &gpu; };
    }
    [[nodiscard]] static CudaLoader problemLoader(CudaAvailability problem) {
        return [problem](CudaAvailability& out) -> kernels::CudaPlugin* {
            out = problem;
            return nullptr;
        };
    }
    [[nodiscard]] static LoadOptions on(DeviceChoice device) {
        LoadOptions options;
        options.device = device;
        return options;
    }
    [[nodiscard]] static ModelInfo infoOf(const Result<std::shared_ptr<Engine>>& engine) {
        EXPECT_TRUE(engine) << engine.error().message();
        return engine ? (*engine)->model() : ModelInfo();
    }

    GpuScript script;
    FakeGpu gpu{script};
};

Failure failed(const Result<std::shared_ptr<Engine>>& engine) {
    EXPECT_FALSE(engine);
    return engine ? fail(ErrorCode::Internal) : fail(engine.error());
}

} // namespace

TEST_F(Devices, AutoTakesTheGpuAndCpuMeansTheCpu) {
    EngineHarness harness(gpuLoader());
    const ModelInfo onGpu = infoOf(harness.load(tinyGguf({}), {}, "gpu"));
    EXPECT_EQ(onGpu.deviceId, "cuda:0");
    EXPECT_EQ(onGpu.device, "Fake GPU");
    EXPECT_EQ(onGpu.computeType, "BF16");
    EXPECT_FALSE(onGpu.deviceNotice);
    const ModelInfo onCpu = infoOf(harness.load(tinyGguf({}), on(DeviceChoice::Cpu), "cpu"));
    EXPECT_EQ(onCpu.deviceId, "cpu");
    EXPECT_EQ(onCpu.computeType, "F32");
    const std::vector<DeviceDescription> devices = harness.host().devices();
    ASSERT_EQ(devices.size(), 2u);
    EXPECT_EQ(devices[0].id, "cpu");
    EXPECT_GE(devices[0].memoryUsed, onCpu.weightBytes);
    EXPECT_EQ(devices[1].id, "cuda:0");
    EXPECT_GE(devices[1].memoryUsed, onGpu.weightBytes);
    EXPECT_LT(devices[1].memoryBudget, script.freeMemory);
    EXPECT_GT(devices[1].memoryBudget, script.freeMemory / 2);
    EXPECT_EQ(harness.host().measureCeiling("gpu", DeviceCeiling::ReadBandwidth), 3e12);
    harness.host().unload("gpu");
    EXPECT_EQ(harness.host().devices()[1].memoryUsed, 0u);
    EXPECT_EQ(script.backends, 0);
}

TEST_F(Devices, ComputeTypeFollowsTheOptionTheGpuAndTheCheckpoint) {
    EngineHarness harness(gpuLoader());
    LoadOptions options;
    options.computeType = ComputeType::F32;
    EXPECT_EQ(infoOf(harness.load(tinyGguf({}), options, "f32")).computeType, "F32");
    options.computeType = ComputeType::F16;
    EXPECT_EQ(infoOf(harness.load(tinyGguf({}), options, "f16")).computeType, "F16");
    script.hasBFloat16 = false;
    EXPECT_EQ(infoOf(harness.load(tinyGguf({}), {}, "auto")).computeType, "F16");
    // Keys and values are kept as the activations are.
    EXPECT_EQ(harness.host().find("f32")->model().kvBytesPerToken,
              2 * harness.host().find("f16")->model().kvBytesPerToken);
}

TEST_F(Devices, EachProblemIsACodeAndASentence) {
    struct Case {
        CudaAvailability problem;
        ErrorCode code;
        const char* text;
    };
    const std::vector<Case> cases{
        {{CudaProblem::DriverTooOld, 12040, 13000, {}},
         ErrorCode::DriverTooOld,
         "supports CUDA 12.4, Hearth needs 13.0 or newer (driver 580): update the driver"},
        {{CudaProblem::NoPlugin, 13000, 13000, "sought /x"}, ErrorCode::BackendMissing, "/x"},
        {{CudaProblem::PluginMismatch, 13000, 13000, "/p.so"}, ErrorCode::BackendMismatch, "/p.so"},
        {{CudaProblem::NoDevice, 13000, 13000, {}}, ErrorCode::GpuMissing, "shows no GPU"},
        {{CudaProblem::NoCublas, 13000, 13000, "no such file"},
         ErrorCode::CublasMissing,
         "install libcublas"},
        {{CudaProblem::DeviceTooOld, 13000, 13000, "GTX 1080 (sm_61)"},
         ErrorCode::GpuTooOld,
         "GTX 1080"},
        {{CudaProblem::Failed, 13000, 13000, "system not yet initialized"},
         ErrorCode::DeviceUnavailable,
         "not yet initialized"},
    };
    for (const Case& one : cases) {
        EngineHarness harness(problemLoader(one.problem));
        const ModelInfo info = infoOf(harness.load(tinyGguf({}), {}, "auto"));
        EXPECT_EQ(info.deviceId, "cpu");
        ASSERT_TRUE(info.deviceNotice) << one.text;
        EXPECT_EQ(info.deviceNotice->code, one.code);
        EXPECT_NE(info.deviceNotice->message().find(one.text), std::string::npos)
            << info.deviceNotice->message();
        const auto refused = harness.load(tinyGguf({}), on(DeviceChoice::Cuda), "cuda");
        EXPECT_EQ(failed(refused).error.code, one.code);
        ASSERT_TRUE(harness.host().gpuProblem());
        EXPECT_EQ(harness.host().gpuProblem()->code, one.code);
        EXPECT_EQ(harness.host().devices().size(), 1u);
    }
}

TEST_F(Devices, WithoutADriverTheCpuComputesAndNothingIsSaid) {
    EngineHarness harness(problemLoader({CudaProblem::NoDriver, 0, 13000, {}}));
    const ModelInfo info = infoOf(harness.load(tinyGguf({}), {}, "auto"));
    EXPECT_EQ(info.deviceId, "cpu");
    EXPECT_FALSE(info.deviceNotice);
    EXPECT_EQ(failed(harness.load(tinyGguf({}), on(DeviceChoice::Cuda), "cuda")).error.code,
              ErrorCode::DriverMissing);
}

TEST_F(Devices, AnIndexThatIsNotThereIsNamed) {
    script.devices = {1, 2};
    EngineHarness harness(gpuLoader());
    LoadOptions options = on(DeviceChoice::Cuda);
    EXPECT_EQ(infoOf(harness.load(tinyGguf({}), options, "first")).deviceId, "cuda:1");
    options.deviceIndex = 7;
    const Error error = failed(harness.load(tinyGguf({}), options, "seventh")).error;
    EXPECT_EQ(error.code, ErrorCode::DeviceUnavailable);
    EXPECT_NE(error.message().find("cuda:7"), std::string::npos);
    EXPECT_NE(error.message().find("1, 2"), std::string::npos);
}

TEST_F(Devices, AModelThatTheGpuCannotHoldGoesToTheCpu) {
    script.freeMemory = 20'000;
    EngineHarness harness(gpuLoader());
    const auto engine = harness.load(tinyGguf({}), {}, "auto");
    const ModelInfo info = infoOf(engine);
    EXPECT_EQ(info.deviceId, "cpu");
    ASSERT_TRUE(info.deviceNotice);
    EXPECT_EQ(info.deviceNotice->code, ErrorCode::OutOfMemory);
    EXPECT_EQ(info.deviceNotice->field, "cuda:0");
    EXPECT_GT(*info.deviceNotice->needed, *info.deviceNotice->available);
    ASSERT_EQ(run(**engine, greedy(somePrompt(8), 5))->tokens.size(), 5u);
    EXPECT_EQ(failed(harness.load(tinyGguf({}), on(DeviceChoice::Cuda), "cuda")).error.code,
              ErrorCode::OutOfMemory);
    LoadOptions half;
    half.computeType = ComputeType::BF16;
    EXPECT_EQ(failed(harness.load(tinyGguf({}), half, "half")).error.code, ErrorCode::OutOfMemory);
}

TEST_F(Devices, AGpuThatDidNotTellItsMemoryIsAskedAgain) {
    EngineHarness harness(gpuLoader());
    const std::uint64_t memory = std::exchange(script.freeMemory, 0);
    EXPECT_EQ(failed(harness.load(tinyGguf({}), on(DeviceChoice::Cuda), "first")).error.code,
              ErrorCode::OutOfMemory);
    EXPECT_EQ(harness.host().devices().size(), 2U);
    script.freeMemory = memory;
    EXPECT_EQ(infoOf(harness.load(tinyGguf({}), on(DeviceChoice::Cuda), "second")).deviceId,
              "cuda:0");
}

TEST_F(Devices, AModelThatTheGpuCannotRunGoesToTheCpu) {
    script.prepareStatus = Status::Unsupported;
    EngineHarness harness(gpuLoader());
    const ModelInfo info = infoOf(harness.load(tinyGguf({}), {}, "auto"));
    EXPECT_EQ(info.deviceId, "cpu");
    ASSERT_TRUE(info.deviceNotice);
    EXPECT_EQ(info.deviceNotice->code, ErrorCode::Unsupported);
    EXPECT_EQ(failed(harness.load(tinyGguf({}), on(DeviceChoice::Cuda), "cuda")).error.code,
              ErrorCode::Unsupported);
}

TEST_F(Devices, AGpuWithoutCodeOrComputeTypeIsNamedAsSuch) {
    script.createStatus = Status::Unsupported;
    EngineHarness harness(gpuLoader());
    const ModelInfo info = infoOf(harness.load(tinyGguf({}), {}, "auto"));
    EXPECT_EQ(info.deviceId, "cpu");
    ASSERT_TRUE(info.deviceNotice);
    EXPECT_EQ(info.deviceNotice->code, ErrorCode::GpuTooOld);
    script.hasBFloat16 = false;
    LoadOptions half = on(DeviceChoice::Cuda);
    half.computeType = ComputeType::BF16;
    EXPECT_EQ(failed(harness.load(tinyGguf({}), half, "half")).error.code, ErrorCode::Unsupported);
}

TEST_F(Devices, AFileThatIsBrokenIsBrokenOnEveryDevice) {
    EngineHarness harness(gpuLoader());
    const auto engine = harness.host().load("/nowhere/m.gguf", "m", {});
    EXPECT_EQ(failed(engine).error.code, ErrorCode::NotFound);
    EXPECT_EQ(script.backends, 0);
}

TEST_F(Devices, fault_057_gpu_allocation_failure_at_each_point_of_a_load) {
    EngineHarness harness(gpuLoader());
    const auto first = harness.load(tinyGguf({}), on(DeviceChoice::Cuda), "first");
    ASSERT_TRUE(first);
    const std::vector<std::int32_t> before = run(**first, greedy(somePrompt(20), 10))->tokens;
    ASSERT_EQ(before.size(), 10u);
    const std::uint64_t used = harness.host().devices()[1].memoryUsed;
    const std::int64_t begin = script.calls;
    ASSERT_TRUE(harness.load(tinyGguf({}), on(DeviceChoice::Cuda), "second"));
    harness.host().unload("second");
    const std::int64_t calls = script.calls - begin;
    ASSERT_GT(calls, 15);
    for (std::int64_t point = 0; point < calls; ++point) {
        // Where making room helps, the second try succeeds.
        script.successes = point;
        {
            const auto second = harness.load(tinyGguf({}), on(DeviceChoice::Cuda), "second");
            script.successes = -1;
            EXPECT_TRUE(second || second.error().code == ErrorCode::OutOfMemory) << point;
            harness.host().unload("second");
        }
        EXPECT_EQ(harness.host().find("second"), nullptr) << point;
        EXPECT_EQ(harness.host().devices()[1].memoryUsed, used) << point;
    }
    EXPECT_EQ(run(**first, greedy(somePrompt(20), 10))->tokens, before);
    EXPECT_FALSE(harness.host().deviceLost());
}

TEST_F(Devices, fault_058_gpu_allocation_failure_in_mid_decode_ends_one_request_at_most) {
    EngineHarness harness(gpuLoader());
    const auto engine = harness.load(tinyGguf({}), on(DeviceChoice::Cuda), "gpu");
    ASSERT_TRUE(engine);
    const std::vector<std::int32_t> steady = run(**engine, greedy(somePrompt(20), 100))->tokens;
    ASSERT_EQ(steady.size(), 100u);
    for (int round = 0; round < 4; ++round) {
        Recorder first;
        Recorder second;
        ASSERT_TRUE((*engine)->submit(greedy(somePrompt(20), 100), first.handler()));
        ASSERT_TRUE((*engine)->submit(greedy(somePrompt(20), 100), second.handler()));
        first.waitForTokens(5);
        script.successes = round;
        ASSERT_TRUE(first.wait());
        ASSERT_TRUE(second.wait());
        script.successes = -1;
        int failures = 0;
        for (const Recorder* recorder : {&first, &second}) {
            if (recorder->failed) {
                ++failures;
                EXPECT_EQ(recorder->failed->code, ErrorCode::OutOfMemory);
            } else {
                EXPECT_EQ(recorder->tokens, steady);
            }
        }
        EXPECT_LE(failures, 1);
    }
    EXPECT_EQ(run(**engine, greedy(somePrompt(20), 100))->tokens, steady);
}

TEST_F(Devices, fault_059_a_lost_device_ends_every_request_and_the_host_knows) {
    // Outlive the engine, which tells them of its end.
    std::vector<std::unique_ptr<Recorder>> recorders;
    std::latch submitted(1);
    EngineHarness harness(gpuLoader());
    const auto engine = harness.load(tinyGguf({}), {}, "gpu");
    ASSERT_TRUE(engine);
    script.failure.store(Status::DeviceLost);
    for (int i = 0; i < 8; ++i) {
        recorders.push_back(std::make_unique<Recorder>());
        EventHandler handler = recorders.back()->handler();
        // The engine's thread waits at the first token: none may end before the device is lost.
        if (i == 0)
            handler = [&, take = std::move(handler)](RequestId id, Event event) {
                submitted.wait();
                script.successes = 0;
                take(id, std::move(event));
            };
        EXPECT_TRUE((*engine)->submit(greedy(somePrompt(20), 200), std::move(handler)));
    }
    EXPECT_FALSE(harness.host().deviceLost());
    submitted.count_down();
    for (const auto& recorder : recorders) {
        ASSERT_TRUE(recorder->wait());
        ASSERT_TRUE(recorder->failed);
        EXPECT_EQ(recorder->failed->code, ErrorCode::DeviceLost);
        EXPECT_EQ(recorder->lastEvents, 1);
        EXPECT_EQ(recorder->eventsBehindTheLast, 0);
    }
    const auto late = (*engine)->submit(greedy(somePrompt(4), 2), [](RequestId, Event) {});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::DeviceLost);
    EXPECT_TRUE(harness.host().deviceLost());
    for (int i = 0; i < 1000 && !(*engine)->statistics().deviceLost; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE((*engine)->statistics().deviceLost);
    harness.host().unload("gpu");
    EXPECT_TRUE(harness.host().deviceLost());

    // The processor is still there.
    const auto next = harness.load(tinyGguf({}), {}, "next");
    EXPECT_EQ(infoOf(next).deviceId, "cpu");
    ASSERT_TRUE(infoOf(next).deviceNotice);
    EXPECT_EQ(infoOf(next).deviceNotice->code, ErrorCode::DeviceLost);
    EXPECT_EQ(run(**next, greedy(somePrompt(8), 5))->tokens.size(), 5u);
    EXPECT_EQ(failed(harness.load(tinyGguf({}), on(DeviceChoice::Cuda), "cuda")).error.code,
              ErrorCode::DeviceLost);
}

TEST_F(Devices, fault_059_a_device_lost_at_any_point_of_a_load_is_told_as_such) {
    {
        EngineHarness harness(gpuLoader());
        ASSERT_TRUE(harness.load(tinyGguf({}), {}, "auto"));
    }
    const std::int64_t calls = script.calls;
    ASSERT_GT(calls, 15);
    script.failure.store(Status::DeviceLost);
    for (std::int64_t point = 0; point < calls; ++point) {
        script.successes = point;
        EngineHarness harness(gpuLoader());
        EXPECT_EQ(failed(harness.load(tinyGguf({}), {}, "auto")).error.code, ErrorCode::DeviceLost)
            << point;
        EXPECT_TRUE(harness.host().deviceLost()) << point;
    }
}
