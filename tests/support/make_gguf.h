#pragma once

#include "hearth/kernels/dtype.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::test {

/// The little-endian bytes of a number.
template<typename T>
[[nodiscard]] std::string littleEndian(T value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
}

/// The type number of GGUF for tensors.
[[nodiscard]] std::uint32_t ggufTensorType(kernels::DType type);

/// Builds a GGUF file in memory: valid by default; the raw functions and the public fields also
/// make broken ones.
///
///     GgufBuilder().add("general.architecture", "llama").add("llama.block_count", 2u)
///         .tensor("token_embd.weight", {64, 512}, DType::F32, bytes).build();
class GgufBuilder {
public:
    GgufBuilder& add(const std::string& key, std::string_view value);
    GgufBuilder& add(const std::string& key, const char* value);
    GgufBuilder& add(const std::string& key, bool value);
    GgufBuilder& add(const std::string& key, std::int32_t value);
    GgufBuilder& add(const std::string& key, std::uint32_t value);
    GgufBuilder& add(const std::string& key, std::int64_t value);
    GgufBuilder& add(const std::string& key, std::uint64_t value);
    GgufBuilder& add(const std::string& key, float value);
    GgufBuilder& add(const std::string& key, double value);
    GgufBuilder& add(const std::string& key, const std::vector<std::string>& values);
    GgufBuilder& add(const std::string& key, const std::vector<std::int32_t>& values);
    GgufBuilder& add(const std::string& key, const std::vector<float>& values);
    /// `payload` is everything behind the type.
    GgufBuilder& addRaw(const std::string& key, std::uint32_t type, std::string_view payload);

    /// `dims` innermost first. The data is placed behind that of the tensors before, aligned.
    GgufBuilder& tensor(const std::string& name, const std::vector<std::int64_t>& dims,
                        kernels::DType type, std::string_view data);
    /// A tensor without data of its own, with an offset as given.
    GgufBuilder& tensorRaw(const std::string& name, const std::vector<std::int64_t>& dims,
                           std::uint32_t type, std::uint64_t offset);

    /// The header without padding and data.
    [[nodiscard]] std::string header() const;
    [[nodiscard]] std::string build() const;

    std::string magic = "GGUF";
    std::uint32_t version = 3;
    /// Used to place data; to state it in the file, add "general.alignment" as well.
    std::uint64_t alignment = 32;
    /// Added to the true counts.
    std::uint64_t extraTensors = 0;
    std::uint64_t extraEntries = 0;

private:
    std::string m_entries;
    std::string m_tensors;
    std::string m_data;
    std::uint64_t m_entryCount = 0;
    std::uint64_t m_tensorCount = 0;
};

} // namespace hearth::test
