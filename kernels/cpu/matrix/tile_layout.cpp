#include "cpu/matrix/tile_layout.h"

#include "hearth/kernels/half.h"

#include <algorithm>
#include <cstring>

namespace hearth::kernels::cpu {

namespace {

constexpr int kQuads = 8;

std::uint32_t wordAt(const std::byte* bytes, std::int64_t index) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes + index * 4, 4);
    return word;
}

void storeWord(std::byte* bytes, std::int64_t index, std::uint32_t word) {
    std::memcpy(bytes + index * 4, &word, 4);
}

float halfAt(const std::byte* bytes, std::int64_t index) {
    std::uint16_t half = 0;
    std::memcpy(&half, bytes + index * 2, 2);
    return f16ToF32(half);
}

float floatAt(const std::byte* bytes, std::int64_t index) {
    float value = 0.0F;
    std::memcpy(&value, bytes + index * 4, 4);
    return value;
}

float signedAt(const std::byte* bytes, std::int64_t index) {
    return static_cast<float>(static_cast<std::int8_t>(bytes[index]));
}

float unsignedAt(const std::byte* bytes, std::int64_t index) {
    return static_cast<float>(std::to_integer<std::uint8_t>(bytes[index]));
}

/// Bytes of one row's quad, four columns in one word.
class QuadReader {
public:
    QuadReader(const std::byte* codes, std::int64_t width, std::int64_t row)
        : m_codes(codes)
        , m_width(width)
        , m_row(row) {}

    [[nodiscard]] std::uint32_t vector(int index) const {
        return wordAt(m_codes, index * m_width + m_row);
    }
    [[nodiscard]] std::uint32_t bits4(int quad, int firstVector) const {
        return vector(firstVector + quad % 4) >> quad / 4 * 4 & 0x0f0f0f0fU;
    }
    [[nodiscard]] std::uint32_t bits2(int quad, int firstVector) const {
        return vector(firstVector + quad / 4) >> quad % 4 * 2 & 0x03030303U;
    }
    [[nodiscard]] std::uint32_t bits1(int quad, int firstVector) const {
        return vector(firstVector) >> quad & 0x01010101U;
    }

private:
    const std::byte* m_codes;
    std::int64_t m_width;
    std::int64_t m_row;
};

std::uint32_t readQuad(Codes codes, const QuadReader& reader, int quad) {
    switch (codes) {
    case Codes::Bits2:
        return reader.bits2(quad, 0);
    case Codes::Bits3:
        return reader.bits2(quad, 0) | reader.bits1(quad, 2) << 2;
    case Codes::Bits4:
    case Codes::Iq4:
    case Codes::E2m1:
    case Codes::Table4:
        return reader.bits4(quad, 0);
    case Codes::Bits5:
        return reader.bits4(quad, 0) | reader.bits1(quad, 4) << 4;
    case Codes::Bits6:
        return reader.bits4(quad, 0) | reader.bits2(quad, 4) << 4;
    case Codes::Signed8:
        return reader.vector(quad);
    }
    return 0;
}

class QuadWriter {
public:
    QuadWriter(std::byte* codes, std::int64_t width, std::int64_t row,
               const std::uint8_t (&source)[32])
        : m_codes(codes)
        , m_width(width)
        , m_row(row) {
        std::memcpy(m_quads, source, sizeof(m_quads));
    }

    void bits8() {
        for (int quad = 0; quad < kQuads; ++quad)
            store(quad, m_quads[quad]);
    }
    void bits4(int firstVector) {
        for (int v = 0; v < 4; ++v)
            store(firstVector + v, (m_quads[v] & 0x0f0f0f0fU) | (m_quads[v + 4] & 0x0f0f0f0fU)
                                                                    << 4);
    }
    void bits2(int firstVector, int shift) {
        for (int v = 0; v < 2; ++v) {
            std::uint32_t word = 0;
            for (int i = 0; i < 4; ++i)
                word |= (m_quads[v * 4 + i] >> shift & 0x03030303U) << i * 2;
            store(firstVector + v, word);
        }
    }
    void bits1(int firstVector, int shift) {
        std::uint32_t word = 0;
        for (int quad = 0; quad < kQuads; ++quad)
            word |= (m_quads[quad] >> shift & 0x01010101U) << quad;
        store(firstVector, word);
    }

private:
    void store(int index, std::uint32_t word) { storeWord(m_codes, index * m_width + m_row, word); }

    std::byte* m_codes;
    std::int64_t m_width;
    std::int64_t m_row;
    std::uint32_t m_quads[kQuads];
};

} // namespace

std::optional<TileLayout> tileLayout(DType type, std::int64_t columns, std::int64_t width) {
    const std::int64_t blocks = columns / 32;
    switch (type) {
    case DType::Q4_0:
        return TileLayout{Codes::Bits4, Scales::Half, width, 1, blocks};
    case DType::Q4_1:
        return TileLayout{Codes::Bits4, Scales::HalfOffset, width, 1, blocks};
    case DType::Q5_0:
        return TileLayout{Codes::Bits5, Scales::Half, width, 1, blocks};
    case DType::Q5_1:
        return TileLayout{Codes::Bits5, Scales::HalfOffset, width, 1, blocks};
    case DType::Q8_0:
        return TileLayout{Codes::Signed8, Scales::Half, width, 1, blocks};
    case DType::IQ4_NL:
        return TileLayout{Codes::Iq4, Scales::Half, width, 1, blocks};
    case DType::MXFP4:
        return TileLayout{Codes::E2m1, Scales::HalfExponent, width, 1, blocks};
    case DType::Q2_K:
        return TileLayout{Codes::Bits2, Scales::SuperNibbles16, width, 8, blocks};
    case DType::Q3_K:
        return TileLayout{Codes::Bits3, Scales::SuperSigned16, width, 8, blocks};
    case DType::Q4_K:
        return TileLayout{Codes::Bits4, Scales::SuperOffset, width, 8, blocks};
    case DType::Q5_K:
        return TileLayout{Codes::Bits5, Scales::SuperOffset, width, 8, blocks};
    case DType::Q6_K:
        return TileLayout{Codes::Bits6, Scales::SuperSigned16, width, 8, blocks};
    case DType::IQ4_XS:
        return TileLayout{Codes::Iq4, Scales::SuperSigned, width, 8, blocks};
    default:
        return std::nullopt;
    }
}

RowScales readScales(const TileLayout& layout, const std::byte* tile, std::int64_t block,
                     std::int64_t row) {
    const std::int64_t width = layout.width;
    const std::byte* header = tile + layout.headerOffset(block / layout.blocksPerSuper);
    const std::byte* scales = tile + layout.blockOffset(block);
    switch (layout.scales) {
    case Scales::Half: {
        const float scale = halfAt(scales, row);
        return {{scale, scale}, {-0.0F, -0.0F}};
    }
    case Scales::HalfOffset: {
        const float scale = halfAt(scales, row);
        const float offset = halfAt(scales, width + row);
        return {{scale, scale}, {offset, offset}};
    }
    case Scales::SuperOffset: {
        const float scale = halfAt(header, row) * unsignedAt(scales, row);
        const float offset = -(halfAt(header, width + row) * unsignedAt(scales, width + row));
        return {{scale, scale}, {offset, offset}};
    }
    case Scales::SuperSigned: {
        const float scale = halfAt(header, row) * signedAt(scales, row);
        return {{scale, scale}, {-0.0F, -0.0F}};
    }
    case Scales::SuperSigned16: {
        const float d = halfAt(header, row);
        return {{d * signedAt(scales, row), d * signedAt(scales, width + row)}, {-0.0F, -0.0F}};
    }
    case Scales::SuperNibbles16: {
        const float d = halfAt(header, row);
        const float dmin = halfAt(header, width + row);
        const auto low = std::to_integer<unsigned>(scales[row]);
        const auto high = std::to_integer<unsigned>(scales[width + row]);
        return {{d * static_cast<float>(low & 15U), d * static_cast<float>(high & 15U)},
                {-(dmin * static_cast<float>(low >> 4)), -(dmin * static_cast<float>(high >> 4))}};
    }
    case Scales::HalfExponent: {
        const float scale = e8M0HalfToF32(std::to_integer<std::uint8_t>(scales[row]));
        return {{scale, scale}, {-0.0F, -0.0F}};
    }
    case Scales::Float: {
        const float scale = floatAt(header, row);
        const float offset = floatAt(header, width + row);
        return {{scale, scale}, {offset, offset}};
    }
    }
    return {};
}

void readCodes(const TileLayout& layout, const std::byte* tile, std::int64_t block,
               std::int64_t row, std::int32_t (&out)[32]) {
    const QuadReader reader(tile + layout.blockOffset(block) +
                                scaleBytes(layout.scales, layout.width),
                            layout.width, row);
    for (int quad = 0; quad < kQuads; ++quad) {
        const std::uint32_t word = readQuad(layout.codes, reader, quad);
        for (int i = 0; i < 4; ++i) {
            const std::uint32_t code = word >> 8 * i & 0xffU;
            out[quad * 4 + i] = layout.codes == Codes::Iq4       ? kIq4Values[code]
                                : layout.codes == Codes::E2m1    ? kTwiceE2M1[code]
                                : layout.codes == Codes::Signed8 ? static_cast<std::int8_t>(code)
                                                                 : static_cast<std::int32_t>(code);
        }
    }
}

void writeCodes(const TileLayout& layout, std::byte* tile, std::int64_t block, std::int64_t row,
                const std::uint8_t (&codes)[32]) {
    QuadWriter writer(tile + layout.blockOffset(block) + scaleBytes(layout.scales, layout.width),
                      layout.width, row, codes);
    switch (layout.codes) {
    case Codes::Bits2:
        writer.bits2(0, 0);
        break;
    case Codes::Bits3:
        writer.bits2(0, 0);
        writer.bits1(2, 2);
        break;
    case Codes::Bits4:
    case Codes::Iq4:
    case Codes::E2m1:
    case Codes::Table4:
        writer.bits4(0);
        break;
    case Codes::Bits5:
        writer.bits4(0);
        writer.bits1(4, 4);
        break;
    case Codes::Bits6:
        writer.bits4(0);
        writer.bits2(4, 4);
        break;
    case Codes::Signed8:
        writer.bits8();
        break;
    }
}

void expandRow(const TileLayout& layout, const std::byte* tile, std::int64_t row,
               std::int64_t firstColumn, std::int64_t columns, float* out) {
    const std::int32_t zero = zeroPoint(layout.codes, layout.scales);
    for (std::int64_t done = 0; done < columns; done += 32) {
        const std::int64_t block = (firstColumn + done) / 32;
        const RowScales scales = readScales(layout, tile, block, row);
        std::int32_t codes[32];
        readCodes(layout, tile, block, row, codes);
        const std::int64_t count = std::min<std::int64_t>(32, columns - done);
        for (std::int64_t i = 0; i < count; ++i) {
            const float code = layout.codes == Codes::Table4 ? layout.table.numbers[codes[i]]
                                                             : static_cast<float>(codes[i] - zero);
            out[done + i] = code * scales.scale[i / 16] + scales.offset[i / 16];
        }
    }
}

} // namespace hearth::kernels::cpu
