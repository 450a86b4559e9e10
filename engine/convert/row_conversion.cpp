#include "convert/row_conversion.h"

#include "hearth/kernels/dequantize.h"
#include "hearth/kernels/half.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace hearth {

using namespace kernels;

namespace {

constexpr std::size_t kBlock = 32;

template<typename T>
void append(std::vector<std::byte>& out, T value) {
    const std::size_t at = out.size();
    out.resize(at + sizeof value);
    std::memcpy(out.data() + at, &value, sizeof value);
}

void storeQ8(std::span<const float> block, std::vector<std::byte>& out) {
    float largest = 0.0F;
    for (const float number : block)
        largest = std::max(largest, std::fabs(number));
    const float scale = largest / 127.0F;
    const float inverse = scale > 0.0F ? 1.0F / scale : 0.0F;
    append(out, f32ToF16(scale));
    for (const float number : block)
        append(out, static_cast<std::int8_t>(std::lround(number * inverse)));
}

std::uint32_t codeAt(const std::byte* codes, std::uint8_t bits, std::int64_t index) {
    const std::int64_t bit = index * bits;
    const auto shift = static_cast<std::uint32_t>(bit % 8);
    auto value = std::to_integer<std::uint32_t>(codes[bit / 8]);
    if (shift + bits > 8)
        value |= std::to_integer<std::uint32_t>(codes[bit / 8 + 1]) << 8U;
    return value >> shift & ((1U << bits) - 1);
}

bool expandCodes(const WeightSource& source, std::int64_t row, float* out) {
    const GroupQuantisation& groups = *source.groups;
    const std::byte* codes = source.data + row * source.rowBytes;
    const std::int64_t count = (source.columns + groups.groupSize - 1) / groups.groupSize;
    for (std::int64_t k = 0; k < source.columns; ++k) {
        float value = 0.0F;
        if (source.type != DType::U8) {
            if (!dequantize(source.type, codes + k, &value, 1))
                return false;
        } else {
            const std::uint32_t code = codeAt(codes, groups.bits, k);
            value = groups.codebook != nullptr ? groups.codebook[code] : static_cast<float>(code);
        }
        const std::int64_t group = row * count + k / groups.groupSize;
        value *= groups.scales[group];
        if (groups.offsets != nullptr)
            value += groups.offsets[group];
        out[groups.permutation != nullptr ? groups.permutation[k] : k] = value;
    }
    return true;
}

} // namespace

bool expandRow(const WeightSource& source, std::int64_t row, float* out) {
    if (source.groups != nullptr)
        return expandCodes(source, row, out);
    return dequantize(source.type, source.data + row * source.rowBytes, out,
                      static_cast<std::size_t>(source.columns));
}

bool canStore(DType type) {
    return type == DType::F32 || type == DType::F16 || type == DType::BF16 || type == DType::Q8_0;
}

void storeRow(std::span<const float> numbers, DType type, std::vector<std::byte>& out) {
    if (type == DType::Q8_0) {
        for (std::size_t at = 0; at < numbers.size(); at += kBlock)
            storeQ8(numbers.subspan(at, kBlock), out);
        return;
    }
    for (const float number : numbers) {
        if (type == DType::F32)
            append(out, number);
        else
            append(out, type == DType::F16 ? f32ToF16(number) : f32ToBf16(number));
    }
}

} // namespace hearth
