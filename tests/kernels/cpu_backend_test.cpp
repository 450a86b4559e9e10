#include "kernels/backend_under_test.h"
#include "kernels/cpu_test_support.h"
#include "kernels/program_harness.h"

namespace hearth::kernels::testing {

std::vector<BackendUnderTest> backendsUnderTest() {
    std::vector<BackendUnderTest> all;
    for (const CpuFeature feature : {CpuFeature::Scalar, CpuFeature::Avx2, CpuFeature::Avx512Vnni})
        all.push_back({featureName(feature), [=] { return makeCpuBackend(feature); }});
    return all;
}

namespace {

/// Attention of a sequence of 700 tokens, in chunks.
std::vector<float> attendLong(CpuFeature feature, std::int32_t threads) {
    const std::unique_ptr<Backend> backend = makeCpuBackend(feature, threads);
    ProgramHarness harness(*backend, 23);
    KvLayout layout;
    layout.dtype = DType::F32;
    layout.bits = 32;
    layout.layers = 1;
    layout.kvHeads = 3;
    layout.keyWidth = layout.valueWidth = 64;
    harness.kv = {layout};
    const ValueId in = harness.addValue(15 * 64);
    const ValueId out = harness.addValue(9 * 64);
    auto& operations = harness.program.operations;
    operations.push_back(EmbedOp{harness.addMatrix(50, 15 * 64), kNone, 1.0F, harness.whole(in)});
    operations.push_back(
        StoreKvOp{harness.view(in, 9 * 64, 3 * 64), harness.view(in, 12 * 64, 3 * 64), 0, 0});
    AttentionOp attention;
    attention.queries = harness.view(in, 0, 9 * 64);
    attention.out = harness.whole(out);
    attention.heads = 9;
    attention.scale = 0.125F;
    operations.push_back(attention);
    harness.program.hidden = harness.whole(out);
    EXPECT_EQ(harness.prepare({256, 8, 0, 1024, false}, 512), Status::Ok);
    const std::size_t sequence = harness.addSequence(700, 50);
    for (std::int32_t done = 0; done < 699; done += 233)
        EXPECT_EQ(harness.step({{sequence, 233}}), Status::Ok);
    EXPECT_EQ(harness.step({{sequence, 1}}), Status::Ok);
    return harness.hidden(sequence);
}

class CpuAttention : public AtEachFeature {};

} // namespace

TEST_P(CpuAttention, ThreadsDontChangeABit) {
    const std::vector<float> two = attendLong(GetParam(), 2);
    for (const std::int32_t threads : {1, 5})
        EXPECT_EQ(attendLong(GetParam(), threads), two) << threads << " threads";
}

HEARTH_AT_EACH_FEATURE(CpuAttention);

TEST(CpuBackend, TellsAboutItsDevice) {
    const std::unique_ptr<Backend> backend = makeCpuBackend(CpuFeature::Scalar, 3);
    const DeviceInfo info = backend->device();
    EXPECT_EQ(info.kind, DeviceKind::Cpu);
    EXPECT_FALSE(info.name.empty());
    EXPECT_EQ(info.features, "scalar");
    EXPECT_EQ(info.threads, 3);
    EXPECT_GT(info.totalMemory, 0U);
    EXPECT_LE(info.freeMemory, info.totalMemory);
    std::unique_ptr<Backend> none;
    CpuOptions options;
    options.threads = -1;
    EXPECT_EQ(createCpuBackend(options, none), Status::InvalidArgument);
}

TEST(CpuBackend, JoinsVectors) {
    const std::unique_ptr<Backend> backend = makeCpuBackend(CpuFeature::Scalar);
    const std::vector<float> row{1.0F, 2.0F, 3.0F};
    const std::vector<std::uint16_t> column{0x3c00, 0, 0xc000, 0};
    const auto bytes = [](const auto& values) {
        return reinterpret_cast<const std::byte*>(values.data());
    };
    const std::vector<WeightSource> parts{{bytes(row), DType::F32, 1, 3, 12, nullptr},
                                          {bytes(column), DType::F16, 2, 1, 4, nullptr}};
    std::unique_ptr<PackedWeight> vector;
    ASSERT_EQ(backend->packVector(parts, vector), Status::Ok);
    EXPECT_EQ(vector->columns(), 5);
    EXPECT_EQ(vector->ownedBytes(), 20U);
    EXPECT_FALSE(vector->refersToSource());
    EXPECT_EQ(backend->packVector({}, vector), Status::InvalidArgument);
    const WeightSource matrix{bytes(row), DType::F32, 3, 2, 8, nullptr};
    EXPECT_EQ(backend->packVector({&matrix, 1}, vector), Status::InvalidArgument);
    const WeightSource strange{bytes(row), DType::I64, 1, 1, 8, nullptr};
    EXPECT_EQ(backend->packVector({&strange, 1}, vector), Status::Unsupported);
}

} // namespace hearth::kernels::testing
