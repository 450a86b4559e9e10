#include "cpu/matrix/kernels.h"

#include "hearth/kernels/half.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace hearth::kernels::cpu::scalar {

namespace {

float read(const std::byte* row, std::int64_t column, float /*type*/) {
    float value = 0.0F;
    std::memcpy(&value, row + column * 4, 4);
    return value;
}

struct Half {};
struct Brain {};
struct E4m3 {};
struct E5m2 {};

float read(const std::byte* row, std::int64_t column, Half /*type*/) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, row + column * 2, 2);
    return f16ToF32(bits);
}

float read(const std::byte* row, std::int64_t column, Brain /*type*/) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, row + column * 2, 2);
    return bf16ToF32(bits);
}

float read(const std::byte* row, std::int64_t column, E4m3 /*type*/) {
    return f8E4M3ToF32(std::to_integer<std::uint8_t>(row[column])) / kE4m3Unit;
}

float read(const std::byte* row, std::int64_t column, E5m2 /*type*/) {
    return f8E5M2ToF32(std::to_integer<std::uint8_t>(row[column]));
}

// Eight partial sums, as the vectors of the other paths keep them: shorter chains round less.
template<typename Type>
float dot(const std::byte* row, const float* values, std::int64_t columns) {
    float sums[8] = {};
    std::int64_t column = 0;
    for (; column + 8 <= columns; column += 8)
        for (int lane = 0; lane < 8; ++lane)
            sums[lane] += read(row, column + lane, Type{}) * values[column + lane];
    for (int lane = 0; column < columns; ++column, ++lane)
        sums[lane] += read(row, column, Type{}) * values[column];
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) +
           ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

template<typename Type>
void plain(const PlainCall& call) {
    for (std::int64_t token = 0; token < call.tokens; ++token) {
        float* sums = call.sums + token * kPlainRows;
        std::fill(sums, sums + kPlainRows, 0.0F);
        for (std::int64_t row = 0; row < call.rowCount; ++row)
            sums[row] = dot<Type>(call.rows + row * call.rowBytes,
                                  call.values + token * call.stride, call.columns);
    }
}

/// Sixteen codes times the activations' two.
float dotHalf(const TileLayout& layout, const std::int32_t* codes, const std::int8_t* coarse,
              const std::int8_t* fine) {
    if (layout.codes == Codes::Table4) {
        float sum = 0.0F;
        for (int i = 0; i < 16; ++i)
            sum += layout.table.numbers[codes[i]] *
                   (static_cast<float>(coarse[i]) + static_cast<float>(fine[i]) / kFineSteps);
        return sum;
    }
    const std::int32_t zero = zeroPoint(layout.codes, layout.scales);
    std::int32_t dots[2] = {0, 0};
    for (int i = 0; i < 16; ++i) {
        dots[0] += (codes[i] - zero) * coarse[i];
        dots[1] += (codes[i] - zero) * fine[i];
    }
    return static_cast<float>(dots[0]) + static_cast<float>(dots[1]) / kFineSteps;
}

} // namespace

PlainFunction plainFunction(DType type) {
    switch (type) {
    case DType::F32:
        return plain<float>;
    case DType::F16:
        return plain<Half>;
    case DType::F8E4M3:
        return plain<E4m3>;
    case DType::F8E5M2:
        return plain<E5m2>;
    default:
        return plain<Brain>;
    }
}

void tile(const TileCall& call) {
    const TileLayout& layout = *call.layout;
    std::fill(call.sums, call.sums + call.tokens * layout.width, 0.0F);
    for (std::int64_t block = 0; block < layout.blocks; ++block) {
        for (std::int64_t row = 0; row < layout.width; ++row) {
            std::int32_t codes[32];
            readCodes(layout, call.tile, block, row, codes);
            const RowScales scales = readScales(layout, call.tile, block, row);
            for (std::int64_t token = 0; token < call.tokens; ++token) {
                const std::int64_t place = block * call.blockStride + token;
                const BlockScale& input = call.scales[place];
                const std::int8_t* coarse = call.codes + place * kBlockCodes;
                const std::int8_t* fine = coarse + kBlockColumns;
                float products = 0.0F;
                for (int side = 0; side < 2; ++side)
                    products +=
                        dotHalf(layout, codes + side * 16, coarse + side * 16, fine + side * 16) *
                        scales.scale[side];
                call.sums[token * layout.width + row] += products * input.scale +
                                                         scales.offset[0] * input.lowSum +
                                                         scales.offset[1] * input.highSum;
            }
        }
    }
}

void quantise(const float* values, std::int64_t columns, std::int8_t* codes, BlockScale* scales,
              std::int64_t blockStride) {
    for (std::int64_t first = 0; first < columns;
         first += 32, codes += blockStride * kBlockCodes, scales += blockStride) {
        const std::int64_t count = std::min<std::int64_t>(32, columns - first);
        float largest = 0.0F;
        bool finite = true;
        for (std::int64_t i = 0; i < count; ++i) {
            largest = std::max(largest, std::fabs(values[first + i]));
            finite = finite && std::isfinite(values[first + i]);
        }
        std::memset(codes, 0, kBlockCodes);
        if (!finite) {
            const float nan = std::numeric_limits<float>::quiet_NaN();
            *scales = {nan, nan, nan, nan};
            continue;
        }
        const float scale = largest / 127.0F;
        const float inverse = largest > kLeastMagnitude ? 127.0F / largest : 0.0F;
        std::int32_t coarse[2] = {0, 0};
        std::int32_t fine[2] = {0, 0};
        for (std::int64_t i = 0; i < count; ++i) {
            const float exact = values[first + i] * inverse;
            const float rounded = std::nearbyint(exact);
            codes[i] = static_cast<std::int8_t>(rounded);
            codes[i + 32] =
                static_cast<std::int8_t>(std::nearbyint((exact - rounded) * kFineSteps));
            coarse[i / 16] += codes[i];
            fine[i / 16] += codes[i + 32];
        }
        const auto sum = [&](int side) {
            return scale *
                   (static_cast<float>(coarse[side]) + static_cast<float>(fine[side]) / kFineSteps);
        };
        *scales = {scale, sum(0) + sum(1), sum(0), sum(1)};
    }
}

} // namespace hearth::kernels::cpu::scalar
