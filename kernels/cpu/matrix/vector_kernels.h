/// The loops that the vector paths share. The including source defines before:
///   HEARTH_TARGET, HEARTH_INLINE   attributes that allow the path's instructions;
///   Vector                         its vectors and their primitive operations;
///   dot<kCodes, kFirst, kCount>()  integer products of quads of one block.
/// Everything here has internal linkage, so that each path gets its own.
#pragma once

#include "cpu/matrix/kernels.h"
#include "hearth/kernels/half.h"

#include <algorithm>
#include <cstring>

namespace hearth::kernels::cpu {
namespace {

using Float = Vector::Float;
using Int = Vector::Int;

/// Scales of all rows of a tile in one block; [1] only where half blocks have their own.
struct VectorScales {
    Float scale[2];
    Float offset[2];
};

template<Codes kCodes, Scales kScales>
inline constexpr std::int32_t kTakenOff = zeroPoint(kCodes, kScales) + Vector::bias(kCodes);

/// True where an offset (the format's own, or the zero point's) is added.
template<Codes kCodes, Scales kScales>
inline constexpr bool kHasOffset =
    kTakenOff<kCodes, kScales> != 0 || kScales == Scales::HalfOffset ||
    kScales == Scales::SuperOffset || kScales == Scales::SuperNibbles16 || kScales == Scales::Float;

/// Moves bit `from` of every byte to bit `to`; the caller masks what crosses bytes.
HEARTH_INLINE Int moveBit(Int value, int from, int to) {
    return from < to ? Vector::shiftLeft(value, to - from) : Vector::shiftRight(value, from - to);
}

/// Unpacks the quads of one block, one code a byte; Iq4 and E2m1 give the table's values.
template<Codes kCodes>
HEARTH_INLINE void loadCodes(const std::byte* at, Int (&quads)[8]) {
    constexpr int kBytes = Vector::kWidth * 4;
    if constexpr (kCodes == Codes::Signed8) {
#pragma GCC unroll 8
        for (int quad = 0; quad < 8; ++quad)
            quads[quad] = Vector::load(at + quad * kBytes);
    } else if constexpr (kCodes == Codes::Bits2 || kCodes == Codes::Bits3) {
        const Int pairs[2] = {Vector::load(at), Vector::load(at + kBytes)};
#pragma GCC unroll 8
        for (int quad = 0; quad < 8; ++quad)
            quads[quad] = Vector::mask(moveBit(pairs[quad / 4], quad % 4 * 2, 0), 0x03);
    } else {
#pragma GCC unroll 4
        for (int v = 0; v < 4; ++v) {
            const Int nibbles = Vector::load(at + v * kBytes);
            quads[v] = Vector::mask(nibbles, 0x0f);
            quads[v + 4] = Vector::mask(Vector::shiftRight(nibbles, 4), 0x0f);
        }
    }
    if constexpr (kCodes == Codes::Bits3) {
        const Int high = Vector::load(at + 2 * kBytes);
#pragma GCC unroll 8
        for (int quad = 0; quad < 8; ++quad)
            quads[quad] = Vector::either(quads[quad], Vector::mask(moveBit(high, quad, 2), 0x04));
    } else if constexpr (kCodes == Codes::Bits5) {
        const Int high = Vector::load(at + 4 * kBytes);
#pragma GCC unroll 8
        for (int quad = 0; quad < 8; ++quad)
            quads[quad] = Vector::either(quads[quad], Vector::mask(moveBit(high, quad, 4), 0x10));
    } else if constexpr (kCodes == Codes::Bits6) {
        const Int high[2] = {Vector::load(at + 4 * kBytes), Vector::load(at + 5 * kBytes)};
#pragma GCC unroll 8
        for (int quad = 0; quad < 8; ++quad)
            quads[quad] = Vector::either(
                quads[quad], Vector::mask(moveBit(high[quad / 4], quad % 4 * 2, 4), 0x30));
    } else if constexpr (kCodes == Codes::Iq4) {
#pragma GCC unroll 8
        for (int quad = 0; quad < 8; ++quad)
            quads[quad] = Vector::lookUp(quads[quad], kIq4Values);
    } else if constexpr (kCodes == Codes::E2m1) {
#pragma GCC unroll 8
        for (int quad = 0; quad < 8; ++quad)
            quads[quad] = Vector::lookUp(quads[quad], kTwiceE2M1);
    }
}

/// Replaces indices by one half of the layout's table.
HEARTH_INLINE void lookUpAll(const Int (&indices)[8], const std::int8_t (&numbers)[16],
                             Int (&quads)[8]) {
#pragma GCC unroll 8
    for (int quad = 0; quad < 8; ++quad)
        quads[quad] = Vector::lookUp(indices[quad], numbers);
}

/// What a super-block's header says.
template<Scales kScales>
HEARTH_INLINE VectorScales loadHeader(const std::byte* header) {
    constexpr int kWidth = Vector::kWidth;
    if constexpr (kScales == Scales::Float)
        return {{Vector::floats(header)}, {Vector::floats(header + kWidth * 4)}};
    else if constexpr (kScales == Scales::SuperOffset || kScales == Scales::SuperNibbles16)
        return {{Vector::halves(header)}, {Vector::halves(header + kWidth * 2)}};
    else if constexpr (kScales == Scales::SuperSigned || kScales == Scales::SuperSigned16)
        return {{Vector::halves(header)}, {}};
    else
        return {};
}

template<Codes kCodes, Scales kScales>
HEARTH_INLINE VectorScales loadScales(const VectorScales& header, const std::byte* at) {
    constexpr int kWidth = Vector::kWidth;
    VectorScales result = {};
    if constexpr (kScales == Scales::Half) {
        result.scale[0] = Vector::halves(at);
    } else if constexpr (kScales == Scales::HalfExponent) {
        result.scale[0] = Vector::halfExponents(at);
    } else if constexpr (kScales == Scales::HalfOffset) {
        result.scale[0] = Vector::halves(at);
        result.offset[0] = Vector::halves(at + kWidth * 2);
    } else if constexpr (kScales == Scales::SuperOffset) {
        result.scale[0] = Vector::multiply(header.scale[0], Vector::unsignedBytes(at));
        result.offset[0] =
            Vector::negativeProduct(header.offset[0], Vector::unsignedBytes(at + kWidth));
    } else if constexpr (kScales == Scales::SuperSigned) {
        result.scale[0] = Vector::multiply(header.scale[0], Vector::signedBytes(at));
    } else if constexpr (kScales == Scales::SuperSigned16) {
        for (int side = 0; side < 2; ++side)
            result.scale[side] =
                Vector::multiply(header.scale[0], Vector::signedBytes(at + side * kWidth));
    } else if constexpr (kScales == Scales::SuperNibbles16) {
        for (int side = 0; side < 2; ++side) {
            result.scale[side] =
                Vector::multiply(header.scale[0], Vector::lowNibbles(at + side * kWidth));
            result.offset[side] =
                Vector::negativeProduct(header.offset[0], Vector::highNibbles(at + side * kWidth));
        }
    } else {
        result = header;
    }
    if constexpr (kTakenOff<kCodes, kScales> != 0) {
        const Float factor = Vector::all(static_cast<float>(-kTakenOff<kCodes, kScales>));
        for (int side = 0; side < (hasHalfBlocks(kScales) ? 2 : 1); ++side)
            result.offset[side] = Vector::fusedAdd(factor, result.scale[side], result.offset[side]);
    }
    return result;
}

/// The integer products with both codes of the activations, in units of the block's scale.
template<Codes kCodes, int kFirst, int kCount>
HEARTH_INLINE Float dotBoth(const Int (&quads)[8], const std::int8_t* codes) {
    const Float coarse = Vector::toFloat(dot<kCodes, kFirst, kCount>(quads, codes));
    const Float fine = Vector::toFloat(dot<kCodes, kFirst, kCount>(quads, codes + kBlockColumns));
    return Vector::fusedAdd(fine, Vector::all(1.0F / kFineSteps), coarse);
}

/// sum + one block of weights times one block of activations.
template<Codes kCodes, Scales kScales>
HEARTH_INLINE Float addBlock(Float sum, const Int (&quads)[8], const VectorScales& weights,
                             const std::int8_t* codes, const BlockScale& input) {
    if constexpr (hasHalfBlocks(kScales)) {
        Float products = Vector::multiply(dotBoth<kCodes, 0, 4>(quads, codes), weights.scale[0]);
        products =
            Vector::fusedAdd(dotBoth<kCodes, 4, 4>(quads, codes), weights.scale[1], products);
        sum = Vector::fusedAdd(products, Vector::all(input.scale), sum);
        if constexpr (kHasOffset<kCodes, kScales>) {
            sum = Vector::fusedAdd(weights.offset[0], Vector::all(input.lowSum), sum);
            sum = Vector::fusedAdd(weights.offset[1], Vector::all(input.highSum), sum);
        }
    } else {
        const Float products =
            Vector::multiply(dotBoth<kCodes, 0, 8>(quads, codes), weights.scale[0]);
        sum = Vector::fusedAdd(products, Vector::all(input.scale), sum);
        if constexpr (kHasOffset<kCodes, kScales>)
            sum = Vector::fusedAdd(weights.offset[0], Vector::all(input.sum), sum);
    }
    return sum;
}

// One token reads weights as fast as they come. The processor's own prefetching stops at pages and
// ends of rows: asking two kilobytes ahead gave 30 % on Zen 1; 512 bytes gave half of that, and
// four kilobytes no more.
constexpr std::int64_t kPrefetchDistance = 2048;

template<std::int64_t kBytes>
HEARTH_INLINE void prefetch(const std::byte* at) {
#pragma GCC unroll 16
    for (std::int64_t line = 0; line < kBytes; line += 64)
        __builtin_prefetch(at + line);
}

/// The scales of Table4's fine numbers, from those of the coarse ones.
HEARTH_INLINE VectorScales fineScales(const VectorScales& coarse) {
    VectorScales result = {};
    result.scale[0] = Vector::multiply(coarse.scale[0], Vector::all(1.0F / kTableSteps));
    constexpr auto kBias = static_cast<float>(Vector::bias(Codes::Table4));
    result.offset[0] = Vector::multiply(result.scale[0], Vector::all(-kBias));
    return result;
}

/// kTokens: the number of tokens, 0: as the call says.
template<Codes kCodes, Scales kScales, int kTokens>
HEARTH_TARGET void tileLoop(const TileCall& call) {
    constexpr std::int64_t kWidth = Vector::kWidth;
    constexpr bool kHeader = headerBytes(kScales, kWidth) > 0;
    constexpr std::int64_t kScaleBytes = scaleBytes(kScales, kWidth);
    constexpr std::int64_t kBlockBytes = kScaleBytes + codeBytes(kCodes, kWidth);
    const std::int64_t tokens = kTokens > 0 ? kTokens : call.tokens;
    const std::int64_t blocks = call.layout->blocks;
    const std::int64_t run = kHeader ? call.layout->blocksPerSuper : blocks;
    Float sums[kTokens > 0 ? kTokens : kTokenTile];
    for (std::int64_t token = 0; token < tokens; ++token)
        sums[token] = Vector::zero();
    const std::byte* at = call.tile;
    for (std::int64_t first = 0; first < blocks; first += run) {
        const VectorScales header = loadHeader<kScales>(at);
        at += headerBytes(kScales, kWidth);
        const std::int64_t end = std::min(blocks, first + run);
        for (std::int64_t block = first; block < end; ++block, at += kBlockBytes) {
            const VectorScales weights = loadScales<kCodes, kScales>(header, at);
            if constexpr (kTokens == 1)
                prefetch<kBlockBytes>(at + kPrefetchDistance);
            Int quads[8];
            loadCodes<kCodes>(at + kScaleBytes, quads);
            const std::int64_t place = block * call.blockStride;
            if constexpr (kCodes == Codes::Table4) {
                Int fine[8];
                lookUpAll(quads, call.layout->table.fine, fine);
                const VectorScales scales = fineScales(weights);
                for (std::int64_t token = 0; token < tokens; ++token)
                    sums[token] = addBlock<kCodes, kScales>(
                        sums[token], fine, scales, call.codes + (place + token) * kBlockCodes,
                        call.scales[place + token]);
                lookUpAll(quads, call.layout->table.coarse, quads);
            }
            for (std::int64_t token = 0; token < tokens; ++token)
                sums[token] = addBlock<kCodes, kScales>(sums[token], quads, weights,
                                                        call.codes + (place + token) * kBlockCodes,
                                                        call.scales[place + token]);
        }
    }
    for (std::int64_t token = 0; token < tokens; ++token)
        Vector::store(call.sums + token * kWidth, sums[token]);
}

template<Codes kCodes, Scales kScales>
void tile(const TileCall& call) {
    if (call.tokens == 1)
        tileLoop<kCodes, kScales, 1>(call);
    else
        tileLoop<kCodes, kScales, 0>(call);
}

template<Scales kScales>
TileFunction tileForCodes(Codes codes) {
    switch (codes) {
    case Codes::Bits2:
        return tile<Codes::Bits2, kScales>;
    case Codes::Bits3:
        return tile<Codes::Bits3, kScales>;
    case Codes::Bits4:
        return tile<Codes::Bits4, kScales>;
    case Codes::Bits5:
        return tile<Codes::Bits5, kScales>;
    case Codes::Bits6:
        return tile<Codes::Bits6, kScales>;
    case Codes::Signed8:
        return tile<Codes::Signed8, kScales>;
    case Codes::Iq4:
        return tile<Codes::Iq4, kScales>;
    case Codes::Table4:
        return tile<Codes::Table4, kScales>;
    case Codes::E2m1:
        break;
    }
    return nullptr;
}

/// Pairs that no format has are not compiled.
TileFunction tileFor(Codes codes, Scales scales) {
    switch (scales) {
    case Scales::Half:
        return codes == Codes::Bits4   ? tile<Codes::Bits4, Scales::Half>
               : codes == Codes::Bits5 ? tile<Codes::Bits5, Scales::Half>
               : codes == Codes::Iq4   ? tile<Codes::Iq4, Scales::Half>
                                       : tile<Codes::Signed8, Scales::Half>;
    case Scales::HalfOffset:
        return codes == Codes::Bits4 ? tile<Codes::Bits4, Scales::HalfOffset>
                                     : tile<Codes::Bits5, Scales::HalfOffset>;
    case Scales::SuperOffset:
        return codes == Codes::Bits4 ? tile<Codes::Bits4, Scales::SuperOffset>
                                     : tile<Codes::Bits5, Scales::SuperOffset>;
    case Scales::SuperSigned:
        return tile<Codes::Iq4, Scales::SuperSigned>;
    case Scales::SuperSigned16:
        return codes == Codes::Bits6 ? tile<Codes::Bits6, Scales::SuperSigned16>
                                     : tile<Codes::Bits3, Scales::SuperSigned16>;
    case Scales::SuperNibbles16:
        return tile<Codes::Bits2, Scales::SuperNibbles16>;
    case Scales::HalfExponent:
        return tile<Codes::E2m1, Scales::HalfExponent>;
    case Scales::Float:
        return tileForCodes<Scales::Float>(codes);
    }
    return nullptr;
}

/// Adds columns [column, column + lanes) of kRows x kTokens pairs to their sums.
template<typename Type, int kRows, int kTokens>
HEARTH_INLINE void addColumns(const std::byte* const (&rows)[kRows],
                              const float* const (&values)[kTokens], std::int64_t column,
                              Float (&sums)[kRows][kTokens]) {
    Float inputs[kTokens];
#pragma GCC unroll 8
    for (int token = 0; token < kTokens; ++token)
        inputs[token] = Vector::floats(reinterpret_cast<const std::byte*>(values[token] + column));
#pragma GCC unroll 8
    for (int row = 0; row < kRows; ++row) {
        const Float weights = Type::load(rows[row] + column * Type::kBytes);
#pragma GCC unroll 8
        for (int token = 0; token < kTokens; ++token)
            sums[row][token] = Vector::fusedAdd(weights, inputs[token], sums[row][token]);
    }
}

/// The same for the last columns, fewer than a vector: through copies that end in zeros.
template<typename Type, int kRows, int kTokens>
HEARTH_INLINE void addTail(const std::byte* const (&rows)[kRows],
                           const float* const (&values)[kTokens], std::int64_t column,
                           std::int64_t count, Float (&sums)[kRows][kTokens]) {
    std::byte weights[kRows][Vector::kWidth * 4] = {};
    float inputs[kTokens][Vector::kWidth] = {};
    const std::byte* weightRows[kRows];
    const float* inputRows[kTokens];
    for (int row = 0; row < kRows; ++row) {
        std::memcpy(weights[row], rows[row] + column * Type::kBytes,
                    static_cast<std::size_t>(count) * Type::kBytes);
        weightRows[row] = weights[row];
    }
    for (int token = 0; token < kTokens; ++token) {
        std::memcpy(inputs[token], values[token] + column, static_cast<std::size_t>(count) * 4);
        inputRows[token] = inputs[token];
    }
    addColumns<Type, kRows, kTokens>(weightRows, inputRows, 0, sums);
}

/// The same place of the rows that come next; several short streams are beyond the processor's own
/// prefetching.
template<int kRows>
HEARTH_INLINE void prefetchNextRows(const PlainCall& call, const std::byte* const (&rows)[kRows],
                                    std::int64_t offset) {
    constexpr int kIntoSecondLevel = 2;
#pragma GCC unroll 8
    for (const std::byte* row : rows)
        __builtin_prefetch(row + kRows * call.rowBytes + offset, 0, kIntoSecondLevel);
}

template<typename Type, int kRows, int kTokens>
HEARTH_TARGET void plainBlock(const PlainCall& call, std::int64_t firstRow,
                              std::int64_t firstToken) {
    const std::byte* rows[kRows];
    const float* values[kTokens];
    Float sums[kRows][kTokens];
    for (int row = 0; row < kRows; ++row)
        rows[row] = call.rows + (firstRow + row) * call.rowBytes;
    for (int token = 0; token < kTokens; ++token)
        values[token] = call.values + (firstToken + token) * call.stride;
    for (auto& ofRow : sums)
        for (Float& sum : ofRow)
            sum = Vector::zero();
    std::int64_t column = 0;
    for (; column + Vector::kWidth <= call.columns; column += Vector::kWidth) {
        if constexpr (kTokens == 1 && kRows > 1) {
            if (column * Type::kBytes % 64 == 0)
                prefetchNextRows<kRows>(call, rows, column * Type::kBytes);
        }
        addColumns<Type, kRows, kTokens>(rows, values, column, sums);
    }
    if (column < call.columns)
        addTail<Type, kRows, kTokens>(rows, values, column, call.columns - column, sums);
    for (int row = 0; row < kRows; ++row)
        for (int token = 0; token < kTokens; ++token)
            call.sums[(firstToken + token) * kPlainRows + firstRow + row] =
                Vector::total(sums[row][token]);
}

template<typename Type, int kTokens>
void plainTokens(const PlainCall& call, std::int64_t firstToken) {
    constexpr int kRows = kTokens == 1 ? 8 : Vector::kPlainRowsAtOnce;
    std::int64_t row = 0;
    for (; row + kRows <= call.rowCount; row += kRows)
        plainBlock<Type, kRows, kTokens>(call, row, firstToken);
    for (; row < call.rowCount; ++row)
        plainBlock<Type, 1, kTokens>(call, row, firstToken);
}

template<typename Type>
void plain(const PlainCall& call) {
    std::int64_t token = 0;
    for (; token + Vector::kPlainTokens <= call.tokens; token += Vector::kPlainTokens)
        plainTokens<Type, Vector::kPlainTokens>(call, token);
    for (; token < call.tokens; ++token)
        plainTokens<Type, 1>(call, token);
}

PlainFunction plainFor(DType type) {
    switch (type) {
    case DType::F32:
        return plain<Single>;
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

} // namespace
} // namespace hearth::kernels::cpu
