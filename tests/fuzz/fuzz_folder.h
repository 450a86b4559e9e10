#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::fuzz {

/// A folder in memory that one fuzz program keeps for all of its inputs.
class FuzzFolder {
public:
    FuzzFolder();
    ~FuzzFolder();
    FuzzFolder(const FuzzFolder&) = delete;
    FuzzFolder& operator=(const FuzzFolder&) = delete;

    /// Replaces a file and returns its path.
    std::filesystem::path write(const std::string& name, std::string_view content) const;
    void remove(const std::string& name) const;
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

[[nodiscard]] inline std::string_view textOf(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// The input cut at lines of four dashes, into at most `most` parts; missing ones are empty.
[[nodiscard]] std::vector<std::string_view> partsOf(std::string_view input, std::size_t most);

} // namespace hearth::fuzz
