#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::test {

/// A safetensors file of any header text and data, right or wrong.
[[nodiscard]] std::string safetensorsOf(std::string_view header, std::string_view data);

/// Builds a valid safetensors file in memory.
class SafetensorsBuilder {
public:
    /// `dtype` as in the file: "F32", "BF16", …
    SafetensorsBuilder& tensor(const std::string& name, const std::string& dtype,
                               const std::vector<std::int64_t>& shape, std::string_view data);
    [[nodiscard]] std::string build() const;

private:
    std::string m_entries;
    std::string m_data;
};

} // namespace hearth::test
