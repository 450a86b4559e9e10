#pragma once

#include "formats/mapped_file.h"
#include "hearth/kernels/dtype.h"
#include "hearth/result.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hearth {

/// Types of metadata values, numbered as in the file.
enum class GgufType : std::uint32_t {
    U8 = 0,
    I8 = 1,
    U16 = 2,
    I16 = 3,
    U32 = 4,
    I32 = 5,
    F32 = 6,
    Bool = 7,
    String = 8,
    Array = 9,
    U64 = 10,
    I64 = 11,
    F64 = 12,
};

/// One tensor of a GGUF file.
struct GgufTensor {
    std::string name;
    std::vector<std::int64_t> dims; ///< As stored: innermost (contiguous) first; 1 to 4, all >= 1.
    kernels::DType type = kernels::DType::F32;
    std::span<const std::byte> data; ///< In the mapping, aligned to general.alignment.
};

/// The data type of a tensor type number of GGUF, if it is one that we know.
[[nodiscard]] std::optional<kernels::DType> dtypeOfGgufTensorType(std::uint32_t id);
/// The other way round, for a type that GGUF has.
[[nodiscard]] std::uint32_t ggufTensorType(kernels::DType type);

/// A metadata value as it lies in the file, for a copy of it.
struct GgufRawValue {
    GgufType type = GgufType::U8;
    GgufType elementType = GgufType::U8; ///< Of arrays, as the next.
    std::uint64_t count = 0;
    std::span<const std::byte> bytes; ///< A number, a string's content, or an array's elements.
};

/// A GGUF file, version 2 or 3, little-endian, memory-mapped
/// (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). open() checks the whole header, so
/// that whatever is handed out lies inside the file. Move-only; views stay valid while the object
/// (or the one it was moved into) lives. Any thread may call the const functions.
class GgufFile {
public:
    /// Errors: NotFound, Io; Corrupt naming field and byte offset; Unsupported for other versions,
    /// big-endian files, nested arrays and tensor types that we do not know.
    static Result<GgufFile> open(const std::filesystem::path& path);

    [[nodiscard]] const std::string& path() const { return m_file.path(); }
    [[nodiscard]] const MappedFile& file() const { return m_file; }
    [[nodiscard]] std::uint32_t version() const { return m_version; }

    /// In the file's order.
    [[nodiscard]] std::span<const GgufTensor> tensors() const { return m_tensors; }
    [[nodiscard]] const GgufTensor* findTensor(std::string_view name) const;

    [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
    /// The value's type; Array for any array.
    [[nodiscard]] std::optional<GgufType> type(std::string_view key) const;
    /// Metadata keys in the file's order.
    [[nodiscard]] std::vector<std::string_view> keys() const;
    /// Of a key that is there.
    [[nodiscard]] GgufRawValue raw(std::string_view key) const;

    /// The value of `key` as T: bool, an integer type, float, double, std::string_view, or a
    /// std::vector of std::string_view, int32_t, int64_t or float. Integers convert between
    /// widths if they fit; floating-point T also takes integers. String views point into the
    /// mapping and may hold any bytes.
    /// Errors: NotFound if absent; Corrupt if of another type or out of T's range.
    template<typename T>
    [[nodiscard]] Result<T> get(std::string_view key) const;

    /// As get(), but `fallback` where the key is absent. A wrong type is an error here too.
    template<typename T>
    [[nodiscard]] Result<T> getOr(std::string_view key, T fallback) const {
        if (!has(key))
            return fallback;
        return get<T>(key);
    }

private:
    friend class GgufParser;

    struct Entry {
        std::string key;
        GgufType type = GgufType::U8;
        GgufType elementType = GgufType::U8; ///< Of arrays.
        std::uint64_t count = 0;             ///< Elements of arrays.
        std::uint64_t offset = 0;            ///< Of the value in the file.
        std::span<const std::byte> bytes;    ///< Payload: scalar, string content, array elements.
    };

    explicit GgufFile(MappedFile file)
        : m_file(std::move(file)) {}
    [[nodiscard]] const Entry* find(std::string_view key) const;
    [[nodiscard]] Result<const Entry*> require(std::string_view key) const;
    [[nodiscard]] Failure mismatch(const Entry& entry, std::string_view wanted) const;

    [[nodiscard]] Result<bool> boolean(std::string_view key) const;
    [[nodiscard]] Result<double> number(std::string_view key) const;
    [[nodiscard]] Result<std::int64_t> signedInteger(std::string_view key, std::int64_t low,
                                                     std::int64_t high) const;
    [[nodiscard]] Result<std::uint64_t> unsignedInteger(std::string_view key,
                                                        std::uint64_t high) const;
    [[nodiscard]] Result<std::string_view> string(std::string_view key) const;
    [[nodiscard]] Result<std::vector<std::string_view>> strings(std::string_view key) const;
    template<typename T>
    [[nodiscard]] Result<std::vector<T>> numbers(std::string_view key) const;

    MappedFile m_file;
    std::uint32_t m_version = 0;
    std::vector<Entry> m_entries;
    std::vector<std::size_t> m_entryOrder; ///< Indices of m_entries, sorted by key.
    std::vector<GgufTensor> m_tensors;
    std::vector<std::size_t> m_tensorOrder; ///< Indices of m_tensors, sorted by name.
};

template<typename T>
Result<T> GgufFile::get(std::string_view key) const {
    if constexpr (std::is_same_v<T, bool>) {
        return boolean(key);
    } else if constexpr (std::signed_integral<T>) {
        HEARTH_TRY_ASSIGN(
            const std::int64_t value,
            signedInteger(key, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
        return static_cast<T>(value);
    } else if constexpr (std::unsigned_integral<T>) {
        HEARTH_TRY_ASSIGN(const std::uint64_t value,
                          unsignedInteger(key, std::numeric_limits<T>::max()));
        return static_cast<T>(value);
    } else if constexpr (std::floating_point<T>) {
        HEARTH_TRY_ASSIGN(const double value, number(key));
        return static_cast<T>(value);
    } else if constexpr (std::is_same_v<T, std::string_view>) {
        return string(key);
    } else if constexpr (std::is_same_v<T, std::vector<std::string_view>>) {
        return strings(key);
    } else {
        return numbers<typename T::value_type>(key);
    }
}

} // namespace hearth
