#include "cuda/weights/pack.h"

#include "cuda/device/launch.h"
#include "cuda/device/number.cuh"
#include "cuda/weights/source_blocks.h"

namespace hearth::kernels::cuda {

namespace {

constexpr int kThreads = 256;

__device__ std::int64_t threadIndex() {
    return std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
}

template<DType kType>
__global__ void packBlocksKernel(const RawRows raw, const WeightLayout layout) {
    const std::int64_t blocks = layout.columns / 32;
    const std::int64_t index = threadIndex();
    if (index >= raw.rows * blocks)
        return;
    const std::int64_t row = index / blocks;
    const std::int64_t block = index % blocks;
    SourceBlock block32;
    if (block * 32 < raw.rowBytes / kBlockBytes<kType> * kBlockElements<kType>) {
        readBlock<kType>(reinterpret_cast<const std::uint8_t*>(raw.data) + row * raw.rowBytes,
                         block, block32, raw.grid);
    } else {
        for (std::uint8_t& code : block32.codes)
            code = 0;
        for (int i = 0; i < 2; ++i) {
            block32.halves[i] = 0;
            block32.floats[i] = 0.0F;
            block32.scales[i] = block32.minima[i] = 0;
        }
    }
    writeBlock(layout, raw.firstRow + row, block, block32);
}

template<typename From, typename To>
__global__ void packPlainKernel(const RawRows raw, std::int64_t columns,
                                const WeightLayout layout) {
    const std::int64_t index = threadIndex();
    if (index >= raw.rows * layout.columns)
        return;
    const std::int64_t row = index / layout.columns;
    const std::int64_t column = index % layout.columns;
    float value = 0.0F;
    if (column < columns) {
        // Rows may begin at any byte.
        const auto* bytes =
            raw.data + row * raw.rowBytes + column * static_cast<std::int64_t>(sizeof(From));
        From number;
        for (std::size_t i = 0; i < sizeof(From); ++i)
            reinterpret_cast<std::byte*>(&number)[i] = bytes[i];
        value = toFloat(number);
    }
    auto* out = reinterpret_cast<To*>(const_cast<std::byte*>(layout.data));
    out[(raw.firstRow + row) * layout.columns + column] = fromFloat<To>(value);
}

__device__ std::uint32_t denseCode(const std::byte* row, int bits, std::int64_t column) {
    const std::int64_t firstBit = column * bits;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(row) + firstBit / 8;
    const int shift = static_cast<int>(firstBit % 8);
    std::uint32_t window = bytes[0];
    if (shift + bits > 8)
        window |= std::uint32_t{bytes[1]} << 8;
    return window >> shift & ((1U << bits) - 1U);
}

__device__ void poisonGroup(const WeightLayout& layout, std::int64_t row, std::int64_t column) {
    const std::int64_t index = entryIndex(row, column >> layout.groupShift, groupCount(layout));
    reinterpret_cast<float*>(const_cast<std::byte*>(layout.entries))[index * 2] = NAN;
}

__global__ void packDenseKernel(const DenseCodes codes, const RawRows raw,
                                const WeightLayout layout) {
    const std::int64_t blocks = layout.columns / 32;
    const std::int64_t index = threadIndex();
    if (index >= raw.rows * blocks)
        return;
    const std::int64_t row = index / blocks;
    const std::int64_t block = index % blocks;
    const std::byte* from = raw.data + row * raw.rowBytes;
    std::uint8_t values[32];
    for (int i = 0; i < 32; ++i) {
        const std::int64_t stored = block * 32 + i;
        const std::int64_t inGroup = stored % codes.storedGroupSize;
        const std::int64_t column = stored / codes.storedGroupSize * codes.groupSize + inGroup;
        const bool exists = inGroup < codes.groupSize && column < codes.columns;
        const std::uint32_t code = exists ? denseCode(from, codes.bits, column) : 0;
        values[i] = static_cast<std::uint8_t>(code + static_cast<std::uint32_t>(codes.added));
        if (layout.codes == Codes::E4m3 && (code & 0x7FU) == 0x7FU)
            poisonGroup(layout, raw.firstRow + row, stored);
    }
    writeCodes(layout, raw.firstRow + row, block, values);
}

__device__ void writeScale(const WeightLayout& layout, std::int64_t entry, int field, float value) {
    auto* entries = const_cast<std::byte*>(layout.entries);
    if (layout.scales == Scales::Float)
        reinterpret_cast<float*>(entries)[entry * 2 + field] = value;
    else if (layout.scales == Scales::Pair)
        reinterpret_cast<Half*>(entries)[entry * 2 + field] = fromFloat<Half>(value);
    else if (field == 0)
        reinterpret_cast<Half*>(entries)[entry] = fromFloat<Half>(value);
}

__global__ void packScalesKernel(const DenseCodes codes, int field, const RawRows raw,
                                 const WeightLayout layout) {
    const std::int64_t groups = groupCount(layout);
    const std::int64_t index = threadIndex();
    if (index >= raw.rows * groups)
        return;
    const std::int64_t row = index / groups;
    const std::int64_t group = index % groups;
    const std::int64_t sources = raw.rowBytes / 4;
    const std::int64_t wanted = (group << layout.groupShift) / codes.storedGroupSize;
    const std::int64_t source = wanted < sources ? wanted : sources - 1;
    const auto* values = reinterpret_cast<const float*>(raw.data);
    writeScale(layout, entryIndex(raw.firstRow + row, group, groups), field,
               values[row * sources + source]);
}

// Of the bytes of Super entries.
constexpr float kFilledByte = 16.0F;

__global__ void fillScalesKernel(float scale, float offset, std::int64_t firstRow,
                                 std::int64_t rows, const WeightLayout layout) {
    const std::int64_t groups = groupCount(layout);
    const std::int64_t index = threadIndex();
    if (index >= rows * groups)
        return;
    const std::int64_t row = firstRow + index / groups;
    const std::int64_t group = index % groups;
    const std::int64_t entry = entryIndex(row, group, groups);
    if (layout.scales != Scales::Super) {
        writeScale(layout, entry, 0, scale);
        writeScale(layout, entry, 1, offset);
        return;
    }
    auto* bytes = reinterpret_cast<std::int8_t*>(const_cast<std::byte*>(layout.entries));
    bytes[entry * 2] = bytes[entry * 2 + 1] = static_cast<std::int8_t>(kFilledByte);
    if (group < superCount(layout)) {
        auto* supers = reinterpret_cast<Half*>(const_cast<std::byte*>(layout.supers)) +
                       entryIndex(row, group, superCount(layout)) * 2;
        supers[0] = fromFloat<Half>(scale / kFilledByte);
        supers[1] = fromFloat<Half>(-offset / kFilledByte);
    }
}

/// 64 random bits of (seed, index): SplitMix64 (Steele et al., 2014).
__device__ std::uint64_t randomBits(std::uint64_t seed, std::uint64_t index) {
    std::uint64_t z = seed * 0xD1342543DE82EF95ULL + (index + 1) * 0x9E3779B97F4A7C15ULL;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
    return z ^ z >> 31;
}

constexpr float kDeviation = 0.02F;

/// Two numbers a thread (Box and Muller).
template<typename T>
__global__ void randomPlainKernel(std::uint64_t seed, std::int64_t columns, std::int64_t firstRow,
                                  std::int64_t rows, const WeightLayout layout) {
    const std::int64_t pairs = layout.columns / 2;
    const std::int64_t index = threadIndex();
    if (index >= rows * pairs)
        return;
    const std::int64_t column = index % pairs * 2;
    const std::uint64_t bits = randomBits(seed, static_cast<std::uint64_t>(index));
    const float uniform = (static_cast<float>(bits >> 40) + 0.5F) * 0x1p-24F;
    const float angle = static_cast<float>(bits & 0xFFFFFFU) * (6.2831853F * 0x1p-24F);
    const float radius = kDeviation * sqrtf(-2.0F * __logf(uniform));
    auto* out = reinterpret_cast<T*>(const_cast<std::byte*>(layout.data)) +
                (firstRow + index / pairs) * layout.columns + column;
    out[0] = fromFloat<T>(column < columns ? radius * cosf(angle) : 0.0F);
    out[1] = fromFloat<T>(column + 1 < columns ? radius * sinf(angle) : 0.0F);
}

__global__ void randomCodesKernel(std::uint64_t seed, std::uint64_t mask, std::uint64_t* words,
                                  std::int64_t count) {
    const std::int64_t index = threadIndex();
    if (index < count)
        words[index] = randomBits(seed, static_cast<std::uint64_t>(index)) & mask;
}

template<typename... Parameters>
Status launchFlat(void (*kernel)(Parameters...), std::int64_t threads, cudaStream_t stream,
                  std::type_identity_t<Parameters>... arguments) {
    if (threads == 0)
        return Status::Ok;
    const std::int64_t blocks = (threads + kThreads - 1) / kThreads;
    if (blocks > 0x7FFFFFFF)
        return Status::Unsupported;
    return launch(kernel, dim3(static_cast<unsigned>(blocks)), dim3(kThreads), 0, stream,
                  arguments...);
}

using BlocksKernel = void (*)(RawRows, WeightLayout);

BlocksKernel blocksKernel(DType type) {
    switch (type) {
    case DType::Q4_0:
        return packBlocksKernel<DType::Q4_0>;
    case DType::Q4_1:
        return packBlocksKernel<DType::Q4_1>;
    case DType::Q5_0:
        return packBlocksKernel<DType::Q5_0>;
    case DType::Q5_1:
        return packBlocksKernel<DType::Q5_1>;
    case DType::Q8_0:
        return packBlocksKernel<DType::Q8_0>;
    case DType::Q2_K:
        return packBlocksKernel<DType::Q2_K>;
    case DType::Q3_K:
        return packBlocksKernel<DType::Q3_K>;
    case DType::Q4_K:
        return packBlocksKernel<DType::Q4_K>;
    case DType::Q5_K:
        return packBlocksKernel<DType::Q5_K>;
    case DType::Q6_K:
        return packBlocksKernel<DType::Q6_K>;
    case DType::IQ4_NL:
        return packBlocksKernel<DType::IQ4_NL>;
    case DType::IQ4_XS:
        return packBlocksKernel<DType::IQ4_XS>;
    case DType::MXFP4:
        return packBlocksKernel<DType::MXFP4>;
    case DType::TQ1_0:
        return packBlocksKernel<DType::TQ1_0>;
    case DType::TQ2_0:
        return packBlocksKernel<DType::TQ2_0>;
    case DType::IQ1_S:
        return packBlocksKernel<DType::IQ1_S>;
    case DType::IQ1_M:
        return packBlocksKernel<DType::IQ1_M>;
    case DType::IQ2_XXS:
        return packBlocksKernel<DType::IQ2_XXS>;
    case DType::IQ2_XS:
        return packBlocksKernel<DType::IQ2_XS>;
    case DType::IQ2_S:
        return packBlocksKernel<DType::IQ2_S>;
    case DType::IQ3_XXS:
        return packBlocksKernel<DType::IQ3_XXS>;
    case DType::IQ3_S:
        return packBlocksKernel<DType::IQ3_S>;
    default:
        return nullptr;
    }
}

} // namespace

Status packBlocks(cudaStream_t stream, DType type, const RawRows& raw, const WeightLayout& layout) {
    const BlocksKernel kernel = blocksKernel(type);
    if (!kernel)
        return Status::Unsupported;
    return launchFlat(kernel, raw.rows * (layout.columns / 32), stream, raw, layout);
}

Status packPlain(cudaStream_t stream, DType type, std::int64_t columns, const RawRows& raw,
                 const WeightLayout& layout) {
    return withNumber(type, [&](auto from) {
        return withNumber(layout.type, [&](auto to) {
            return launchFlat(
                packPlainKernel<typename decltype(from)::Type, typename decltype(to)::Type>,
                raw.rows * layout.columns, stream, raw, columns, layout);
        });
    });
}

Status packDense(cudaStream_t stream, const DenseCodes& codes, const RawRows& raw,
                 const WeightLayout& layout) {
    return launchFlat(packDenseKernel, raw.rows * (layout.columns / 32), stream, codes, raw,
                      layout);
}

Status packScales(cudaStream_t stream, const DenseCodes& codes, int field, const RawRows& raw,
                  const WeightLayout& layout) {
    return launchFlat(packScalesKernel, raw.rows * groupCount(layout), stream, codes, field, raw,
                      layout);
}

Status fillScales(cudaStream_t stream, float scale, float offset, std::int64_t firstRow,
                  std::int64_t rows, const WeightLayout& layout) {
    return launchFlat(fillScalesKernel, rows * groupCount(layout), stream, scale, offset, firstRow,
                      rows, layout);
}

Status fillRandomPlain(cudaStream_t stream, std::uint64_t seed, std::int64_t columns,
                       std::int64_t firstRow, std::int64_t rows, const WeightLayout& layout) {
    return withNumber(layout.type, [&](auto tag) {
        return launchFlat(randomPlainKernel<typename decltype(tag)::Type>,
                          rows * (layout.columns / 2), stream, seed, columns, firstRow, rows,
                          layout);
    });
}

Status fillRandomCodes(cudaStream_t stream, std::uint64_t seed, std::int64_t firstRow,
                       std::int64_t rows, const WeightLayout& layout) {
    // Halves the exponents of 8-bit floats, which keeps them below 2.
    const std::uint64_t mask = layout.codes == Codes::E4m3 ? 0xBFBFBFBFBFBFBFBFULL : ~0ULL;
    const std::int64_t bytesATile = columnTiles(layout) * tileBytes(layout.codes);
    const std::int64_t first = firstRow / kTileRows;
    const std::int64_t count = (rowTiles(firstRow + rows) - first) * bytesATile / 8;
    auto* words =
        reinterpret_cast<std::uint64_t*>(const_cast<std::byte*>(layout.data) + first * bytesATile);
    return launchFlat(randomCodesKernel, count, stream, seed, mask, words, count);
}

} // namespace hearth::kernels::cuda
