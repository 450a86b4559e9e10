#include "cpu/store_kv.h"
#include "cuda/attention/attention.h"
#include "kernels/cuda/attention_world.h"

#include <limits>
#include <random>

namespace hearth::kernels::cuda::testing {

namespace {

constexpr std::int32_t kHeads = 3;
constexpr std::int32_t kBlockTokens = 5;
constexpr std::int32_t kBlocks = 6;

KvLayout layoutOf(DType cache, std::int32_t keyWidth, std::int32_t valueWidth) {
    KvLayout layout;
    layout.dtype = cache;
    layout.bits = cache == DType::F32 ? 32 : cache == DType::I8 ? 8 : 16;
    layout.layers = 2;
    layout.kvHeads = kHeads;
    layout.keyWidth = keyWidth;
    layout.valueWidth = valueWidth;
    layout.blockTokens = kBlockTokens;
    return layout;
}

/// Numbers of all sizes; a row with an infinity, one of equal numbers, one beyond float16.
float numberOf(std::mt19937& random, std::size_t row) {
    const float number = std::normal_distribution<float>(0.3F, 2.0F)(random);
    if (row == 4)
        return random() % 8 == 0 ? std::numeric_limits<float>::infinity() : number;
    return row == 5 ? 1.25F : row == 6 ? number * 4e4F : number;
}

/// What the arena must hold: row t at the slot of its sequence, in the CPU backend's numbers.
class ExpectedArena {
public:
    ExpectedArena(const KvLayout& layout, CacheFormat format)
        : m_layout(layout)
        , m_store(cpu::storeFunction(format, CpuFeature::Scalar))
        , m_bytes(std::size_t(kBlocks) * layout.blockBytes(), 0xff) {}

    void store(const CachePart& part, std::int32_t width, std::int32_t block, std::int32_t slot,
               const HostRows& in, std::size_t row, std::size_t firstColumn) {
        auto* const base = reinterpret_cast<std::byte*>(m_bytes.data()) +
                           std::size_t(block) * m_layout.blockBytes();
        std::vector<float> numbers(std::size_t(width), 0.0F);
        for (std::int32_t head = 0; head < kHeads; ++head) {
            for (std::int32_t i = 0; i < width; ++i)
                numbers[std::size_t(i)] = in.get(row, firstColumn + std::size_t(head * width + i));
            m_store(numbers.data(), width, part.row(base, head, slot),
                    part.parameters(base, head, slot));
        }
    }

    [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return m_bytes; }

private:
    KvLayout m_layout;
    cpu::StoreFunction m_store;
    std::vector<std::uint8_t> m_bytes;
};

} // namespace

TEST(CudaStoreKv, BytesAreTheCpuBackends) {
    std::mt19937 random(3);
    for (const DType cache : {DType::F32, DType::F16, DType::BF16, DType::I8})
        for (const DType type : {DType::F32, DType::F16, DType::BF16})
            for (const std::int32_t valueWidth : {64, 37, 0}) {
                const std::int32_t keyWidth = 24;
                const KvLayout layout = layoutOf(cache, keyWidth, valueWidth);
                StoreKvParameters parameters{kHeads,
                                             keyWidth,
                                             valueWidth,
                                             CacheFormat::F32,
                                             keyPart(layout, 1),
                                             valuePart(layout, 1),
                                             layout.blockBytes()};
                ASSERT_TRUE(cacheFormat(layout, parameters.format));
                // Two sequences: slots 7, 8, … of one whose first block is gone, slots 0, 1, …
                const std::vector<std::int32_t> slots{7, 8, 9, 10, 0, 1, 2, 1 << 28};
                const std::vector<std::int32_t> sequenceOf{0, 0, 0, 0, 1, 1, 1, -1};
                const std::vector<std::int32_t> tables{4, 2, 5, 1 << 28};
                const std::vector<std::int32_t> firsts{1, 0};
                constexpr std::size_t kOffset = 3;
                const auto keyColumns = std::size_t(kHeads * keyWidth);
                HostRows in(type, slots.size(), kOffset + keyColumns + kHeads * 64);
                ExpectedArena expected(layout, parameters.format);
                for (std::size_t row = 0; row < slots.size(); ++row) {
                    for (std::size_t i = 0; i < in.stride(); ++i)
                        in.set(row, i, numberOf(random, row));
                    if (sequenceOf[row] < 0)
                        continue;
                    const auto sequence = std::size_t(sequenceOf[row]);
                    const std::int32_t block =
                        tables[2 * sequence +
                               std::size_t(slots[row] / kBlockTokens - firsts[sequence])];
                    expected.store(parameters.keys, keyWidth, block, slots[row] % kBlockTokens, in,
                                   row, kOffset);
                    if (valueWidth > 0)
                        expected.store(parameters.values, valueWidth, block,
                                       slots[row] % kBlockTokens, in, row, kOffset + keyColumns);
                }

                const DeviceArray<std::int32_t> slotsDevice(slots);
                const DeviceArray<std::int32_t> sequencesDevice(sequenceOf);
                const DeviceArray<std::int32_t> tablesDevice(tables);
                const DeviceArray<std::int32_t> firstsDevice(firsts);
                const DeviceArray<std::uint8_t> numbers(in.bytes());
                const DeviceArray<std::uint8_t> arena(
                    std::vector<std::uint8_t>(expected.bytes().size(), 0xff));
                DeviceStep step;
                step.slots = slotsDevice.data();
                step.sequenceOf = sequencesDevice.data();
                const DeviceTables deviceTables{tablesDevice.data(), firstsDevice.data(), 2};
                const auto view = [&](std::size_t column, std::int32_t width) {
                    return DeviceRows{numbers.data() + column * in.elementBytes(),
                                      std::int64_t(in.stride()), width, type};
                };
                const DeviceRows values =
                    valueWidth > 0 ? view(kOffset + keyColumns, kHeads * valueWidth) : DeviceRows{};
                ASSERT_EQ(storeKv(nullptr, step, deviceTables, parameters,
                                  view(kOffset, kHeads * keyWidth), values,
                                  reinterpret_cast<std::byte*>(arena.data()),
                                  std::int32_t(slots.size())),
                          Status::Ok);
                // Also what was there before must be as it was: NaN.
                EXPECT_TRUE(arena.download() == expected.bytes())
                    << name(cache) << " from " << name(type) << ", width " << valueWidth;
            }
}

} // namespace hearth::kernels::cuda::testing
