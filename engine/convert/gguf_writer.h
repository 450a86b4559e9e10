#pragma once

#include "convert/output_file.h"
#include "formats/gguf.h"
#include "hearth/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// What a GGUF file is going to hold of a tensor.
struct GgufTensorPlan {
    std::string name;
    std::vector<std::int64_t> dims; ///< Innermost first.
    kernels::DType type = kernels::DType::F32;

    [[nodiscard]] std::uint64_t bytes() const;
};

/// Writes a GGUF file, version 3, little-endian, alignment 32: first keys and tensors are named,
/// then writeHeader(), then the tensors' data in the same order, then finish().
class GgufWriter {
public:
    /// Errors: Io.
    static Result<GgufWriter> create(const std::filesystem::path& path);

    void add(std::string_view key, std::string_view value);
    void add(std::string_view key, const char* value) { add(key, std::string_view(value)); }
    void add(std::string_view key, bool value);
    void add(std::string_view key, std::uint32_t value);
    void add(std::string_view key, std::int32_t value);
    void add(std::string_view key, float value);
    void add(std::string_view key, std::span<const std::string> values);
    void add(std::string_view key, std::span<const std::int32_t> values);
    void add(std::string_view key, std::span<const float> values);
    void add(std::string_view key, std::span<const bool> values);
    void addBytes(std::string_view key, std::string_view bytes);
    /// As it is in another file.
    void addRaw(std::string_view key, const GgufRawValue& value);
    void addTensor(GgufTensorPlan tensor) { m_tensors.push_back(std::move(tensor)); }

    [[nodiscard]] std::span<const GgufTensorPlan> tensors() const { return m_tensors; }

    // Errors of the next four: NoSpace, Io.
    Result<void> writeHeader();
    /// Data of the tensor that is next; as often as wanted.
    Result<void> write(std::span<const std::byte> bytes) { return m_file.write(bytes); }
    /// The tensor's data is whole.
    Result<void> endTensor() { return m_file.align(kAlignment); }
    Result<void> finish() { return m_file.close(); }

private:
    static constexpr std::uint64_t kAlignment = 32;

    explicit GgufWriter(OutputFile file) : m_file(std::move(file)) {}
    void begin(std::string_view key, GgufType type);

    OutputFile m_file;
    std::string m_keys;
    std::uint64_t m_keyCount = 0;
    std::vector<GgufTensorPlan> m_tensors;
};

} // namespace hearth
