#pragma once

#include "hearth/kernels/half.h"
#include "hearth/kernels/weights.h"
#include "kernels/matrix_support.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace hearth::kernels::cpu::test {

struct Groups {
    std::uint8_t bits = 4;
    std::int32_t groupSize = 32;
    bool offsets = false;
    bool codebook = false;
    bool permuted = false;
    DType type = DType::U8; ///< Or an 8-bit float, of 8 bits.
    bool halves = false;    ///< Scales that float16 holds.
};

/// Codes with all their tables, and the weights that they stand for.
struct GroupCase {
    GroupCase(const Groups& groups, std::int64_t rows, std::int64_t columns, std::mt19937& random) {
        const std::int64_t groupCount = (columns + groups.groupSize - 1) / groups.groupSize;
        scales = randomScales(groups, rows * groupCount, random);
        offsets = randomScales(groups, rows * groupCount, random);
        codebook = randomValues(std::int64_t{1} << groups.bits, random);
        for (std::int32_t k = 0; k < columns; ++k)
            order.push_back(k);
        std::shuffle(order.begin(), order.end(), random);
        source.rows = rows;
        source.columns = columns;
        source.rowBytes = (columns * groups.bits + 7) / 8;
        source.type = groups.type;
        bytes.resize(std::size_t(rows * source.rowBytes));
        weights.resize(std::size_t(rows * columns));
        for (std::int64_t n = 0; n < rows; ++n)
            for (std::int64_t k = 0; k < columns; ++k)
                fill(groups, n, k, groupCount, randomCode(groups, random));
        tables.bits = groups.bits;
        tables.groupSize = groups.groupSize;
        tables.scales = scales.data();
        tables.offsets = groups.offsets ? offsets.data() : nullptr;
        tables.codebook = groups.codebook ? codebook.data() : nullptr;
        tables.permutation = groups.permuted ? order.data() : nullptr;
        source.data = bytes.data();
        source.groups = &tables;
    }
    GroupCase(const GroupCase&) = delete;
    GroupCase& operator=(const GroupCase&) = delete;

    static std::vector<float> randomScales(const Groups& groups, std::int64_t count,
                                           std::mt19937& random) {
        std::vector<float> values = randomValues(count, random);
        if (groups.halves)
            for (float& value : values)
                value = f16ToF32(f32ToF16(value));
        return values;
    }
    static unsigned randomCode(const Groups& groups, std::mt19937& random) {
        const unsigned code = random() & ((1U << groups.bits) - 1U);
        return groups.type == DType::U8 ? code : code & 0xbbU; // neither NaN nor infinity
    }
    [[nodiscard]] float valueOf(const Groups& groups, unsigned code) const {
        if (groups.type == DType::F8E4M3)
            return f8E4M3ToF32(static_cast<std::uint8_t>(code));
        if (groups.type == DType::F8E5M2)
            return f8E5M2ToF32(static_cast<std::uint8_t>(code));
        return groups.codebook ? codebook[code] : float(code);
    }
    void fill(const Groups& groups, std::int64_t n, std::int64_t k, std::int64_t groupCount,
              unsigned code) {
        for (std::int64_t bit = 0; bit < groups.bits; ++bit) {
            const std::int64_t place = k * groups.bits + bit;
            bytes[std::size_t(n * source.rowBytes + place / 8)] |=
                static_cast<std::byte>((code >> bit & 1U) << place % 8);
        }
        const auto group = std::size_t(n * groupCount + k / groups.groupSize);
        const std::int64_t column = groups.permuted ? order[std::size_t(k)] : k;
        const float product = valueOf(groups, code) * scales[group];
        weights[std::size_t(n * source.columns + column)] =
            groups.offsets ? product + offsets[group] : product;
    }

    std::vector<float> scales;
    std::vector<float> offsets;
    std::vector<float> codebook;
    std::vector<std::int32_t> order;
    std::vector<std::byte> bytes;
    std::vector<float> weights;
    GroupQuantisation tables;
    WeightSource source;
};

} // namespace hearth::kernels::cpu::test
