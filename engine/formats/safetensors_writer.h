#pragma once

#include "hearth/result.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// Collects tensors and writes them as one safetensors file.
class SafetensorsWriter {
public:
    /// `values` must have as many numbers as `shape` says.
    void add(const std::string& name, const std::vector<std::int64_t>& shape,
             std::span<const float> values);
    void add(const std::string& name, const std::vector<std::int64_t>& shape,
             std::span<const std::int64_t> values);

    /// Writes beside `path` and renames. Errors: Io.
    Result<void> write(const std::filesystem::path& path) const;

private:
    void append(const std::string& name, std::string_view dtype,
                const std::vector<std::int64_t>& shape, std::span<const std::byte> bytes);

    struct Entry {
        std::string name;
        std::string dtype;
        std::vector<std::int64_t> shape;
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    std::vector<Entry> m_entries;
    std::vector<std::byte> m_data;
};

} // namespace hearth
