#include "formats/safetensors_header.h"

#include "formats/format_error.h"
#include "formats/safetensors.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace hearth {

namespace {

using kernels::DType;

constexpr std::size_t kMaxNameBytes = 65535;

/// Exponents of 8 bits, which are scales of other tensors, are bytes to us.
constexpr std::array<std::pair<std::string_view, DType>, 13> kTypeNames{{
    {"F64", DType::F64},
    {"F32", DType::F32},
    {"F16", DType::F16},
    {"BF16", DType::BF16},
    {"F8_E4M3", DType::F8E4M3},
    {"F8_E5M2", DType::F8E5M2},
    {"F8_E8M0", DType::U8},
    {"I64", DType::I64},
    {"I32", DType::I32},
    {"I16", DType::I16},
    {"I8", DType::I8},
    {"U8", DType::U8},
    {"BOOL", DType::Bool},
}};

/// Receives the header as events, so that nothing is built that the format does not have:
/// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {"k": "v"}}
class HeaderHandler : public nlohmann::json_sax<nlohmann::json> {
public:
    HeaderHandler(const std::string& path, std::uint64_t base)
        : m_path(path)
        , m_base(base) {}

    [[nodiscard]] Result<SafetensorsHeader> take() {
        if (m_error)
            return hearth::fail(std::move(*m_error));
        auto& entries = m_header.entries;
        std::ranges::sort(entries, {}, &SafetensorsEntry::name);
        const auto same = std::ranges::adjacent_find(entries, {}, &SafetensorsEntry::name);
        if (same != entries.end())
            return fileFailure(ErrorCode::Corrupt, m_path, same->name, "the tensor occurs twice");
        return std::move(m_header);
    }

    bool start_object(std::size_t) override {
        switch (m_state) {
        case State::Begin:
            m_state = State::Top;
            return true;
        case State::EntryValue:
            m_state = State::Entry;
            m_entry = SafetensorsEntry{};
            m_entry.name = m_name;
            m_hasType = m_hasShape = false;
            m_offsets.clear();
            return true;
        case State::MetadataValue:
            m_state = State::Metadata;
            return true;
        default:
            return refuse("an object where none belongs");
        }
    }
    bool key(std::string& text) override {
        if (m_state == State::Top)
            return topLevelKey(text);
        if (m_state == State::Entry)
            return entryKey(text);
        m_metadataKey = text;
        m_state = State::MetadataText;
        return true;
    }
    bool end_object() override {
        if (m_state == State::Top) {
            m_state = State::End;
            return true;
        }
        if (m_state == State::Entry && !finishEntry())
            return false;
        m_state = State::Top;
        return true;
    }
    bool start_array(std::size_t) override {
        if (m_state == State::ShapeValue)
            m_state = State::Shape;
        else if (m_state == State::OffsetsValue)
            m_state = State::Offsets;
        else
            return refuse("an array where none belongs");
        return true;
    }
    bool end_array() override {
        m_state = State::Entry;
        return true;
    }
    bool number_unsigned(std::uint64_t value) override {
        if (m_state == State::Shape) {
            if (!std::in_range<std::int64_t>(value))
                return refuse("a dimension is too large");
            if (m_entry.shape.size() == SafetensorsFile::kMaxDims)
                return refuse(fmt::format("more than {} dimensions", SafetensorsFile::kMaxDims));
            m_entry.shape.push_back(static_cast<std::int64_t>(value));
            return true;
        }
        if (m_state == State::Offsets && m_offsets.size() < 2) {
            m_offsets.push_back(value);
            return true;
        }
        return refuse("a number where none belongs");
    }
    bool string(std::string& text) override {
        if (m_state == State::TypeValue)
            return readType(text);
        if (m_state == State::MetadataText) {
            if (!m_header.metadata.emplace(std::move(m_metadataKey), text).second)
                return refuse("a metadata key occurs twice");
            m_state = State::Metadata;
            return true;
        }
        return refuse("a string where none belongs");
    }
    bool number_integer(std::int64_t) override { return refuse("a negative number"); }
    bool number_float(double, const std::string&) override {
        return refuse("a number that is no integer");
    }
    bool null() override { return refuse("null where it does not belong"); }
    bool boolean(bool) override { return refuse("a truth value where none belongs"); }
    bool binary(nlohmann::json::binary_t&) override { return refuse("binary data"); }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::json::exception&) override {
        return refuse("not valid JSON", m_base + (position > 0 ? position - 1 : 0));
    }

private:
    enum class State {
        Begin,
        Top,
        EntryValue,
        Entry,
        TypeValue,
        ShapeValue,
        Shape,
        OffsetsValue,
        Offsets,
        MetadataValue,
        Metadata,
        MetadataText,
        End,
    };

    bool refuse(std::string detail, std::optional<std::uint64_t> offset = {},
                ErrorCode code = ErrorCode::Corrupt) {
        m_error =
            fileFailure(code, m_path, m_name.empty() ? "header" : m_name, std::move(detail), offset)
                .error;
        return false;
    }
    bool topLevelKey(const std::string& text) {
        if (text.size() > kMaxNameBytes)
            return refuse(fmt::format("a name longer than {} bytes", kMaxNameBytes));
        m_name = text;
        if (text == "__metadata__") {
            if (std::exchange(m_hasMetadata, true))
                return refuse("occurs twice");
            m_state = State::MetadataValue;
            return true;
        }
        if (text.empty())
            return refuse("a tensor without a name");
        m_state = State::EntryValue;
        return true;
    }
    bool entryKey(const std::string& text) {
        if (text == "dtype" && !std::exchange(m_hasType, true))
            m_state = State::TypeValue;
        else if (text == "shape" && !std::exchange(m_hasShape, true))
            m_state = State::ShapeValue;
        else if (text == "data_offsets" && m_offsets.empty())
            m_state = State::OffsetsValue;
        else
            return refuse("an unknown or repeated field");
        return true;
    }
    bool readType(const std::string& text) {
        const auto known =
            std::ranges::find(kTypeNames, text, [](auto& pair) { return pair.first; });
        if (known == kTypeNames.end())
            return refuse(fmt::format("dtype {:.32}", text), {}, ErrorCode::Unsupported);
        m_entry.type = known->second;
        m_state = State::Entry;
        return true;
    }
    bool finishEntry() {
        if (!m_hasType || !m_hasShape || m_offsets.size() != 2)
            return refuse("dtype, shape or data_offsets is missing");
        m_entry.begin = m_offsets[0];
        m_entry.end = m_offsets[1];
        m_header.entries.push_back(std::move(m_entry));
        return true;
    }

    const std::string& m_path;
    const std::uint64_t m_base;
    State m_state = State::Begin;
    std::string m_name;
    std::string m_metadataKey;
    SafetensorsEntry m_entry;
    bool m_hasType = false;
    bool m_hasShape = false;
    bool m_hasMetadata = false;
    std::vector<std::uint64_t> m_offsets;
    SafetensorsHeader m_header;
    std::optional<Error> m_error;
};

} // namespace

Result<SafetensorsHeader> parseSafetensorsHeader(std::string_view text, const std::string& path,
                                                 std::uint64_t base) {
    HeaderHandler handler(path, base);
    nlohmann::json::sax_parse(text, &handler);
    return handler.take();
}

} // namespace hearth
