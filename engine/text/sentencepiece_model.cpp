#include "text/sentencepiece_model.h"

#include "text/byte_level.h"
#include "text/utf8.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <unordered_set>

namespace hearth {

namespace {

enum class Wire : std::uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

Failure corrupt(std::string field, std::string detail, std::size_t offset) {
    Error error;
    error.code = ErrorCode::Corrupt;
    error.field = std::move(field);
    error.detail = std::move(detail);
    error.offset = offset;
    return fail(std::move(error));
}

struct Field {
    std::uint64_t number = 0;
    Wire wire = Wire::Varint;
    std::uint64_t value = 0; ///< Of numbers.
    std::string_view bytes;  ///< Of byte strings.
    std::size_t offset = 0;  ///< Of the payload in the file.
};

/// Reads the fields of one protocol buffer message one after the other.
class MessageReader {
public:
    MessageReader(std::string_view bytes, std::size_t offset)
        : m_bytes(bytes)
        , m_base(offset) {}

    [[nodiscard]] bool atEnd() const { return m_position == m_bytes.size(); }
    [[nodiscard]] std::size_t offset() const { return m_base + m_position; }

    Result<Field> next() {
        HEARTH_TRY_ASSIGN(const std::uint64_t tag, varint());
        Field field;
        field.number = tag >> 3;
        field.wire = static_cast<Wire>(tag & 7);
        field.offset = offset();
        if (field.number == 0)
            return corrupt("field tag", "number 0", offset());
        switch (field.wire) {
        case Wire::Varint: {
            HEARTH_TRY_ASSIGN(field.value, varint());
            return field;
        }
        case Wire::Fixed32:
            return fixed(std::move(field), 4);
        case Wire::Fixed64:
            return fixed(std::move(field), 8);
        case Wire::Bytes: {
            HEARTH_TRY_ASSIGN(const std::uint64_t length, varint());
            field.offset = offset();
            if (length > m_bytes.size() - m_position)
                return corrupt("length", "runs past the end", field.offset);
            field.bytes = m_bytes.substr(m_position, length);
            m_position += length;
            return field;
        }
        }
        return corrupt("field tag", "unknown wire type", offset());
    }

private:
    Result<std::uint64_t> varint() {
        const std::size_t start = offset();
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (atEnd())
                return corrupt("varint", "runs past the end", start);
            const auto byte = static_cast<unsigned char>(m_bytes[m_position++]);
            if (shift == 63 && byte > 1)
                break;
            value |= std::uint64_t{byte & 0x7FU} << shift;
            if (byte < 0x80)
                return value;
        }
        return corrupt("varint", "longer than 64 bits", start);
    }

    Result<Field> fixed(Field field, std::size_t size) {
        if (m_bytes.size() - m_position < size)
            return corrupt("number", "runs past the end", offset());
        std::memcpy(&field.value, m_bytes.data() + m_position, size);
        m_position += size;
        return field;
    }

    std::string_view m_bytes;
    std::size_t m_base;
    std::size_t m_position = 0;
};

template<typename Read>
Result<void> forEachField(std::string_view bytes, std::size_t offset, const Read& read) {
    MessageReader reader(bytes, offset);
    while (!reader.atEnd()) {
        HEARTH_TRY_ASSIGN(const Field field, reader.next());
        HEARTH_TRY(read(field));
    }
    return {};
}

Result<void> expect(const Field& field, Wire wire, const char* name) {
    if (field.wire != wire)
        return corrupt(name, "of the wrong type", field.offset);
    return {};
}

class ModelReader {
public:
    Result<SentencePieceModel> read(std::string_view bytes) {
        HEARTH_TRY(forEachField(bytes, 0, [&](const Field& field) { return part(field); }));
        return finish(bytes.size());
    }

private:
    Result<void> part(const Field& field) {
        switch (field.number) {
        case 1:
            return piece(field);
        case 2:
            HEARTH_TRY(expect(field, Wire::Bytes, "trainer_spec"));
            return forEachField(field.bytes, field.offset,
                                [&](const Field& inner) { return trainer(inner); });
        case 3:
            HEARTH_TRY(expect(field, Wire::Bytes, "normalizer_spec"));
            return forEachField(field.bytes, field.offset,
                                [&](const Field& inner) { return normalizer(inner); });
        default:
            return {};
        }
    }

    Result<void> piece(const Field& field) {
        HEARTH_TRY(expect(field, Wire::Bytes, "piece"));
        SentencePieceModel::Piece result;
        HEARTH_TRY(forEachField(field.bytes, field.offset,
                                [&](const Field& inner) { return pieceField(inner, result); }));
        if (result.text.empty() || result.text.find('\0') != std::string_view::npos ||
            !utf8::isValid(result.text))
            return corrupt(name(), "empty or not UTF-8", field.offset);
        if (!m_seen.insert(result.text).second)
            return corrupt(name(), "given twice", field.offset);
        if (result.type == TokenType::Byte && !byteOfToken(result.text))
            return corrupt(name(), "a byte token has the form <0x0A>", field.offset);
        m_model.pieces.push_back(result);
        return {};
    }

    Result<void> pieceField(const Field& field, SentencePieceModel::Piece& result) {
        switch (field.number) {
        case 1:
            HEARTH_TRY(expect(field, Wire::Bytes, "piece.piece"));
            result.text = field.bytes;
            return {};
        case 2:
            HEARTH_TRY(expect(field, Wire::Fixed32, "piece.score"));
            result.score = std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
            if (!std::isfinite(result.score))
                return corrupt(name(), "its score is not a number", field.offset);
            return {};
        case 3:
            HEARTH_TRY(expect(field, Wire::Varint, "piece.type"));
            if (field.value < 1 || field.value > 6)
                return corrupt(name(), "unknown type", field.offset);
            result.type = static_cast<TokenType>(field.value);
            return {};
        default:
            return {};
        }
    }

    Result<void> trainer(const Field& field) {
        switch (field.number) {
        case 3:
            HEARTH_TRY(expect(field, Wire::Varint, "model_type"));
            if (field.value < 1 || field.value > 4)
                return corrupt("model_type", "unknown", field.offset);
            m_model.kind = static_cast<SentencePieceModel::Kind>(field.value);
            return {};
        case 24:
            return flag(field, "treat_whitespace_as_suffix", m_model.spaceAsSuffix);
        case 35:
            return flag(field, "byte_fallback", m_model.byteFallback);
        case 44:
            return text(field, "unk_surface", m_model.unknownSurface);
        case 46:
            return text(field, "bos_piece", m_model.bosPiece);
        case 47:
            return text(field, "eos_piece", m_model.eosPiece);
        case 48:
            return text(field, "pad_piece", m_model.padPiece);
        default:
            return {};
        }
    }

    Result<void> normalizer(const Field& field) {
        switch (field.number) {
        case 2:
            HEARTH_TRY(expect(field, Wire::Bytes, "precompiled_charsmap"));
            return map(field);
        case 3:
            return flag(field, "add_dummy_prefix", m_model.addDummyPrefix);
        case 4:
            return flag(field, "remove_extra_whitespaces", m_model.removeExtraSpaces);
        case 5:
            return flag(field, "escape_whitespaces", m_model.escapeSpaces);
        default:
            return {};
        }
    }

    Result<void> map(const Field& field) {
        m_model.charactersMap = {};
        m_model.charactersMapBytes = field.bytes;
        if (field.bytes.empty())
            return {};
        auto parsed = CharactersMap::parse(field.bytes);
        if (!parsed) {
            parsed.error().offset = field.offset;
            return fail(std::move(parsed).error());
        }
        m_model.charactersMap = *std::move(parsed);
        return {};
    }

    static Result<void> text(const Field& field, const char* name, std::string& value) {
        HEARTH_TRY(expect(field, Wire::Bytes, name));
        if (!utf8::isValid(field.bytes))
            return corrupt(name, "not UTF-8", field.offset);
        value = field.bytes;
        return {};
    }

    static Result<void> flag(const Field& field, const char* name, bool& value) {
        HEARTH_TRY(expect(field, Wire::Varint, name));
        value = field.value != 0;
        return {};
    }

    Result<SentencePieceModel> finish(std::size_t size) {
        std::size_t unknowns = 0;
        std::array<bool, 256> bytes{};
        std::size_t byteCount = 0;
        for (const auto& [text, score, type] : m_model.pieces) {
            unknowns += type == TokenType::Unknown ? 1 : 0;
            if (type != TokenType::Byte)
                continue;
            if (bytes[*byteOfToken(text)])
                return corrupt("piece " + std::string(text), "the byte has two pieces", size);
            bytes[*byteOfToken(text)] = true;
            ++byteCount;
        }
        if (unknowns != 1)
            return corrupt("pieces", std::to_string(unknowns) + " unknown tokens instead of one",
                           size);
        if (m_model.byteFallback ? byteCount != 256 : byteCount != 0)
            return corrupt("pieces", std::to_string(byteCount) + " byte tokens", size);
        return std::move(m_model);
    }

    [[nodiscard]] std::string name() const {
        return "piece " + std::to_string(m_model.pieces.size());
    }

    SentencePieceModel m_model;
    std::unordered_set<std::string_view> m_seen;
};

} // namespace

Result<SentencePieceModel> SentencePieceModel::parse(std::string_view bytes) {
    return ModelReader().read(bytes);
}

} // namespace hearth
