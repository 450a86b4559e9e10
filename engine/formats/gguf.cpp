#include "formats/gguf.h"

#include "formats/format_error.h"
#include "formats/gguf_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace hearth {

namespace {

using Number = std::variant<std::monostate, std::int64_t, std::uint64_t, double>;

/// One number; nothing for types that are none.
Number decodeNumber(GgufType type, std::span<const std::byte> bytes) {
    switch (type) {
    case GgufType::U8:
        return std::uint64_t{loadLittleEndian<std::uint8_t>(bytes)};
    case GgufType::U16:
        return std::uint64_t{loadLittleEndian<std::uint16_t>(bytes)};
    case GgufType::U32:
        return std::uint64_t{loadLittleEndian<std::uint32_t>(bytes)};
    case GgufType::U64:
        return loadLittleEndian<std::uint64_t>(bytes);
    case GgufType::I8:
        return std::int64_t{loadLittleEndian<std::int8_t>(bytes)};
    case GgufType::I16:
        return std::int64_t{loadLittleEndian<std::int16_t>(bytes)};
    case GgufType::I32:
        return std::int64_t{loadLittleEndian<std::int32_t>(bytes)};
    case GgufType::I64:
        return loadLittleEndian<std::int64_t>(bytes);
    case GgufType::F32:
        return double{loadLittleEndian<float>(bytes)};
    case GgufType::F64:
        return loadLittleEndian<double>(bytes);
    case GgufType::Bool:
    case GgufType::String:
    case GgufType::Array:
        break;
    }
    return std::monostate{};
}

/// The number as T, if it is one and T can hold it; floating-point numbers are no integers.
template<typename T>
std::optional<T> convert(const Number& number) {
    return std::visit(
        [](auto value) -> std::optional<T> {
            using From = decltype(value);
            constexpr bool kFraction =
                std::is_floating_point_v<From> && !std::is_floating_point_v<T>;
            if constexpr (std::is_same_v<From, std::monostate> || kFraction) {
                return std::nullopt;
            } else if constexpr (std::is_floating_point_v<T>) {
                return static_cast<T>(value);
            } else {
                if (!std::in_range<T>(value))
                    return std::nullopt;
                return static_cast<T>(value);
            }
        },
        number);
}

} // namespace

Result<GgufFile> GgufFile::open(const std::filesystem::path& path) {
    HEARTH_TRY_ASSIGN(MappedFile file, MappedFile::open(path));
    GgufFile gguf(std::move(file));
    HEARTH_TRY(GgufParser(gguf).parse());
    return gguf;
}

const GgufTensor* GgufFile::findTensor(std::string_view name) const {
    const auto nameOf = [this](std::size_t i) -> std::string_view { return m_tensors[i].name; };
    const auto at = std::ranges::lower_bound(m_tensorOrder, name, {}, nameOf);
    return at != m_tensorOrder.end() && nameOf(*at) == name ? &m_tensors[*at] : nullptr;
}

const GgufFile::Entry* GgufFile::find(std::string_view key) const {
    const auto keyOf = [this](std::size_t i) -> std::string_view { return m_entries[i].key; };
    const auto at = std::ranges::lower_bound(m_entryOrder, key, {}, keyOf);
    return at != m_entryOrder.end() && keyOf(*at) == key ? &m_entries[*at] : nullptr;
}

std::optional<GgufType> GgufFile::type(std::string_view key) const {
    const Entry* entry = find(key);
    return entry != nullptr ? std::optional(entry->type) : std::nullopt;
}

std::vector<std::string_view> GgufFile::keys() const {
    std::vector<std::string_view> keys;
    keys.reserve(m_entries.size());
    for (const Entry& entry : m_entries)
        keys.push_back(entry.key);
    return keys;
}

GgufRawValue GgufFile::raw(std::string_view key) const {
    const Entry& entry = *find(key);
    return {entry.type, entry.elementType, entry.count, entry.bytes};
}

Result<const GgufFile::Entry*> GgufFile::require(std::string_view key) const {
    const Entry* entry = find(key);
    if (entry == nullptr)
        return fileFailure(ErrorCode::NotFound, path(), std::string(key), "no such metadata key");
    return entry;
}

Failure GgufFile::mismatch(const Entry& entry, std::string_view wanted) const {
    return fileFailure(ErrorCode::Corrupt, path(), entry.key, fmt::format("is not {}", wanted),
                       entry.offset);
}

Result<bool> GgufFile::boolean(std::string_view key) const {
    HEARTH_TRY_ASSIGN(const Entry* entry, require(key));
    if (entry->type != GgufType::Bool)
        return mismatch(*entry, "a truth value");
    return loadLittleEndian<std::uint8_t>(entry->bytes) != 0;
}

Result<double> GgufFile::number(std::string_view key) const {
    HEARTH_TRY_ASSIGN(const Entry* entry, require(key));
    const auto value = convert<double>(decodeNumber(entry->type, entry->bytes));
    if (!value)
        return mismatch(*entry, "a number");
    return *value;
}

Result<std::int64_t> GgufFile::signedInteger(std::string_view key, std::int64_t low,
                                             std::int64_t high) const {
    HEARTH_TRY_ASSIGN(const Entry* entry, require(key));
    const auto value = convert<std::int64_t>(decodeNumber(entry->type, entry->bytes));
    if (!value || *value < low || *value > high)
        return mismatch(*entry, fmt::format("an integer from {} to {}", low, high));
    return *value;
}

Result<std::uint64_t> GgufFile::unsignedInteger(std::string_view key, std::uint64_t high) const {
    HEARTH_TRY_ASSIGN(const Entry* entry, require(key));
    const auto value = convert<std::uint64_t>(decodeNumber(entry->type, entry->bytes));
    if (!value || *value > high)
        return mismatch(*entry, fmt::format("an integer from 0 to {}", high));
    return *value;
}

Result<std::string_view> GgufFile::string(std::string_view key) const {
    HEARTH_TRY_ASSIGN(const Entry* entry, require(key));
    if (entry->type != GgufType::String)
        return mismatch(*entry, "a string");
    return std::string_view(reinterpret_cast<const char*>(entry->bytes.data()),
                            entry->bytes.size());
}

Result<std::vector<std::string_view>> GgufFile::strings(std::string_view key) const {
    HEARTH_TRY_ASSIGN(const Entry* entry, require(key));
    if (entry->type != GgufType::Array || entry->elementType != GgufType::String)
        return mismatch(*entry, "an array of strings");
    std::vector<std::string_view> strings;
    strings.reserve(static_cast<std::size_t>(entry->count));
    // Checked once more, since the file may have been written to since it was opened.
    ByteReader reader(entry->bytes);
    for (std::uint64_t i = 0; i < entry->count; ++i) {
        const auto length = reader.read<std::uint64_t>();
        const auto content = length ? reader.take(*length) : std::nullopt;
        if (!content)
            return fileFailure(ErrorCode::Io, path(), entry->key,
                               "the file changed after it was opened", entry->offset);
        strings.emplace_back(reinterpret_cast<const char*>(content->data()), content->size());
    }
    return strings;
}

template<typename T>
Result<std::vector<T>> GgufFile::numbers(std::string_view key) const {
    constexpr std::string_view kWanted = std::is_floating_point_v<T>
                                             ? "an array of numbers"
                                             : "an array of integers of the expected width";
    HEARTH_TRY_ASSIGN(const Entry* entry, require(key));
    if (entry->type != GgufType::Array || entry->elementType == GgufType::Bool ||
        entry->elementType == GgufType::String)
        return mismatch(*entry, kWanted);
    std::vector<T> values;
    values.reserve(static_cast<std::size_t>(entry->count));
    if (entry->count == 0)
        return values;
    const std::size_t each = entry->bytes.size() / static_cast<std::size_t>(entry->count);
    for (std::size_t at = 0; at < entry->bytes.size(); at += each) {
        const auto value = convert<T>(decodeNumber(entry->elementType, entry->bytes.subspan(at)));
        if (!value)
            return mismatch(*entry, kWanted);
        values.push_back(*value);
    }
    return values;
}

template Result<std::vector<std::int32_t>> GgufFile::numbers(std::string_view) const;
template Result<std::vector<std::int64_t>> GgufFile::numbers(std::string_view) const;
template Result<std::vector<float>> GgufFile::numbers(std::string_view) const;

} // namespace hearth
