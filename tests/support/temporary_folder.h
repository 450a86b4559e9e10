#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hearth::test {

/// A folder of its own for one test; removed with everything in it.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    /// Writes a file and returns its path. Folders in `name` are made.
    std::filesystem::path write(const std::string& name, std::string_view content) const;

private:
    std::filesystem::path m_path;
};

/// The whole content of a file; throws if it cannot be read.
[[nodiscard]] std::string readFile(const std::filesystem::path& path);

} // namespace hearth::test
