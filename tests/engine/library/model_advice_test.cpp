#include "hearth/model_advice.h"

#include "hearth/found_models.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

using namespace hearth;

namespace {

constexpr std::uint64_t kGiga = 1'000'000'000;

MachineDescription cpu(double freeGigabytes, std::int32_t cores, double bandwidthGigabytes) {
    MachineDescription machine;
    machine.processor = "A processor";
    machine.features = "AVX2";
    machine.cores = cores;
    machine.totalMemory = std::uint64_t(freeGigabytes * 1.3 * 1e9);
    machine.freeMemory = std::uint64_t(freeGigabytes * 1e9);
    machine.budget = machine.freeMemory * 8 / 10;
    machine.bytesPerSecond = bandwidthGigabytes * 1e9;
    machine.freeDisk = 500 * kGiga;
    return machine;
}

MachineDescription with(MachineDescription machine, const std::string& gpu, double freeGigabytes) {
    GpuDescription description;
    description.id = "cuda:0";
    description.name = gpu;
    description.freeMemory = std::uint64_t(freeGigabytes * 1e9);
    description.totalMemory = description.freeMemory;
    description.bytesPerSecond = gpuBandwidth(gpu);
    machine.gpus.push_back(description);
    return machine;
}

MachineDescription withDisk(MachineDescription machine, std::uint64_t bytes) {
    machine.freeDisk = bytes;
    return machine;
}

LibraryModel onDisk(const std::string& file, std::uint64_t bytes, std::uint64_t parameters) {
    LibraryModel model;
    model.name = file;
    model.path = "/models/" + file;
    model.bytes = bytes;
    model.parameters = parameters;
    model.kvBytesPerToken = 57344;
    model.trainedContext = 32768;
    model.hasChatTemplate = true;
    return model;
}

std::string recommended(const Advice& advice) {
    return advice.recommended ? std::string(advice.recommended->model->name) : "none";
}

} // namespace

TEST(ModelAdvice, RecommendsWhatEachMachineRuns) {
    MachineDescription scalar = cpu(8, 4, 20);
    scalar.features = "scalar";
    struct Case {
        const char* name;
        MachineDescription machine;
        const char* model;
        AdviceReason reason;
    };
    const Case cases[] = {
        {"laptop with 4 GB", cpu(1.5, 2, 15), "qwen2.5-0.5b-instruct",
         AdviceReason::LargestInMemory},
        {"laptop with 8 GB", cpu(5, 4, 35), "llama-3.2-3b-instruct", AdviceReason::LargestInMemory},
        {"16 GB, slow memory", cpu(12, 4, 40), "llama-3.2-3b-instruct",
         AdviceReason::LimitedBySpeed},
        {"64 GB, fast memory", cpu(56, 16, 90), "qwen2.5-7b-instruct",
         AdviceReason::LimitedBySpeed},
        {"16 GB and RTX 4080", with(cpu(12, 8, 50), "NVIDIA GeForce RTX 4080", 15.1),
         "qwen2.5-14b-instruct", AdviceReason::LargestOnGpu},
        {"GPU with 4 GB", with(cpu(12, 8, 60), "NVIDIA GeForce GTX 1650", 3.6),
         "qwen2.5-3b-instruct", AdviceReason::LimitedBySpeed},
        {"H100", with(cpu(200, 32, 200), "NVIDIA H100 80GB HBM3", 79), "llama-3.3-70b-instruct",
         AdviceReason::Strongest},
        {"unmeasured, few cores", cpu(12, 4, 0), "qwen2.5-1.5b-instruct",
         AdviceReason::LimitedBySpeed},
        {"no vector units (ARM)", scalar, "qwen2.5-0.5b-instruct", AdviceReason::LimitedBySpeed},
        {"nearly no memory", cpu(0.5, 2, 15), "none", AdviceReason::NothingFits},
        {"full disk", withDisk(cpu(12, 8, 60), 300'000'000), "none", AdviceReason::DiskFull},
        {"2 GB of disk", withDisk(cpu(12, 8, 60), 2 * kGiga), "qwen2.5-1.5b-instruct",
         AdviceReason::LimitedByDisk},
    };
    for (const Case& test : cases) {
        const Advice advice = advise(test.machine, {});
        EXPECT_EQ(recommended(advice), test.model) << test.name;
        EXPECT_EQ(int(advice.reason), int(test.reason)) << test.name;
        if (!advice.recommended)
            continue;
        const ModelFit& fit = advice.recommended->fit;
        EXPECT_LE(fit.neededBytes, fit.availableBytes) << test.name;
        EXPECT_GE(fit.context, 8192) << test.name;
        EXPECT_EQ(fit.isOnGpu, !test.machine.gpus.empty()) << test.name;
        for (const Candidate& smaller : advice.smaller)
            EXPECT_EQ(smaller.fit.problem, FitProblem::None) << test.name;
        for (const Candidate& larger : advice.larger)
            EXPECT_NE(larger.fit.problem, FitProblem::None) << test.name;
        EXPECT_EQ(advice.limited.has_value(), advice.reason == AdviceReason::LimitedByDisk ||
                                                  advice.reason == AdviceReason::LimitedBySpeed)
            << test.name;
    }
}

TEST(ModelAdvice, TheContextShrinksBeforeTheModelDoes) {
    const ModelSize model{4'683'000'000, 7'600'000'000, 57'344, 32'768};
    struct Case {
        double budgetGigabytes;
        std::int32_t context;
        FitProblem problem;
    };
    for (const Case& test : {Case{8.0, 32'768, FitProblem::None}, {6.2, 16'384, FitProblem::None},
                             {5.6, 8'192, FitProblem::None}, {5.3, 4'096, FitProblem::None},
                             {5.0, 4'096, FitProblem::Memory}}) {
        MachineDescription machine = cpu(100, 16, 200);
        machine.budget = std::uint64_t(test.budgetGigabytes * 1e9);
        const ModelFit fit = fitOf(model, machine);
        EXPECT_EQ(fit.context, test.context) << test.budgetGigabytes;
        EXPECT_EQ(int(fit.problem), int(test.problem)) << test.budgetGigabytes;
    }
}

TEST(ModelAdvice, SpeedIsToldOnlyWhereItIsKnown) {
    const ModelSize model{5 * kGiga, 8'000'000'000, 131'072, 32'768};
    EXPECT_NEAR(fitOf(model, cpu(20, 16, 100)).tokensPerSecond, 10.0, 0.1);
    EXPECT_NEAR(fitOf(model, cpu(20, 2, 100)).tokensPerSecond, 1.7, 0.1) << "two cores are slower";
    EXPECT_EQ(fitOf(model, cpu(20, 8, 0)).tokensPerSecond, 0.0);
    EXPECT_GT(fitOf(model, with(cpu(20, 8, 0), "NVIDIA H100 80GB HBM3", 79)).tokensPerSecond, 100);
    EXPECT_EQ(fitOf(model, with(cpu(20, 8, 50), "NVIDIA Unheard-of", 79)).tokensPerSecond, 0.0);
    EXPECT_EQ(gpuBandwidth("NVIDIA GeForce RTX 4080 Laptop GPU"), 0.0);
    EXPECT_EQ(gpuBandwidth("NVIDIA GeForce RTX 4080 SUPER"), 736e9);
}

TEST(ModelAdvice, AModelOnDiskThatIsAsGoodIsUsed) {
    const MachineDescription machine = cpu(56, 16, 90);
    LibraryModel good = onDisk("Qwen2.5-7B-Instruct-Q4_K_M.gguf", 4'683'000'000, 7'616'000'000);
    LibraryModel small = onDisk("small.gguf", 800'000'000, 1'200'000'000);
    LibraryModel huge = onDisk("huge.gguf", 60 * kGiga, 100'000'000'000);
    LibraryModel broken = good;
    broken.problem = "damaged";
    LibraryModel base = good;
    base.hasChatTemplate = false;

    EXPECT_EQ(advise(machine, {small, good}).onDisk, 1u);
    EXPECT_EQ(advise(machine, {small, good}).reason, AdviceReason::OnDisk);
    EXPECT_EQ(advise(machine, {small, huge, broken, base}).onDisk, std::nullopt);
    EXPECT_EQ(recommended(advise(machine, {small})), "qwen2.5-7b-instruct");

    // Already there, so it takes no disk.
    const Advice full = advise(withDisk(machine, 1000), {good});
    EXPECT_EQ(recommended(full), "qwen2.5-7b-instruct");
    EXPECT_EQ(full.recommended->fit.neededDisk, 0u);

    // Without a network even a smaller one beats a download.
    MachineDescription offline = machine;
    offline.hasNetwork = false;
    EXPECT_EQ(advise(offline, {small}).onDisk, 0u);
    LibraryModel starter = onDisk("starter.gguf", 98'000'000, 134'000'000);
    starter.isStarter = true;
    EXPECT_EQ(advise(offline, {starter}).onDisk, std::nullopt);
}

TEST(ModelAdvice, ChineseDecidesBetweenTwoOfOneSize) {
    const MachineDescription machine = cpu(5, 4, 36);
    EXPECT_EQ(recommended(advise(machine, {}, false)), "llama-3.2-3b-instruct");
    EXPECT_EQ(recommended(advise(machine, {}, true)), "qwen2.5-3b-instruct");
}

TEST(Catalogue, IsWellFormed) {
    std::set<std::string_view> names;
    for (const CatalogueModel& model : catalogue()) {
        EXPECT_TRUE(names.insert(model.name).second) << model.name;
        EXPECT_TRUE(model.file.ends_with(".gguf"));
        EXPECT_EQ(std::count(model.repository.begin(), model.repository.end(), '/'), 1);
        EXPECT_FALSE(model.license.empty());
        EXPECT_GT(model.approximateBytes, model.parameters / 2) << model.name;
        EXPECT_LT(model.approximateBytes, model.parameters * 5 / 4) << model.name;
        EXPECT_EQ(model.kvBytesPerToken % (4U * std::uint64_t(model.layers)), 0u) << model.name;
        EXPECT_GE(model.trainedContext, 8192);
    }
    EXPECT_GE(names.size(), 10u);
}

TEST(Machine, MeasuresMemoryQuickly) {
    EXPECT_GT(measureMemoryBandwidth(2), 0);
    const auto begin = std::chrono::steady_clock::now();
    const double rate = measureMemoryBandwidth(2);
    const std::chrono::duration<double> span = std::chrono::steady_clock::now() - begin;
    EXPECT_GT(rate, 1e9);
    EXPECT_LT(rate, 2e12);
    EXPECT_LT(span.count(), 0.5) << "some 60 ms on an idle machine";
    RecordProperty("gigabytes_per_second", std::to_string(rate / 1e9));
    RecordProperty("milliseconds", std::to_string(span.count() * 1e3));
}
