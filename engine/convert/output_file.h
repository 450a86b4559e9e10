#pragma once

#include "hearth/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// A new file that is written from its beginning to its end through one buffer. The first error
/// stays: everything after it fails with it. Removes nothing.
class OutputFile {
public:
    /// Replaces what is there. Errors: Io.
    static Result<OutputFile> create(const std::filesystem::path& path);

    OutputFile(OutputFile&& other) noexcept;
    OutputFile& operator=(OutputFile&&) = delete;
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    ~OutputFile();

    [[nodiscard]] std::uint64_t position() const { return m_written + m_buffer.size(); }

    /// Errors: NoSpace with what is free; Io.
    Result<void> write(std::span<const std::byte> bytes);
    Result<void> write(std::string_view text) { return write(std::as_bytes(std::span(text))); }
    /// Zeros up to the next multiple.
    Result<void> align(std::uint64_t alignment);
    /// Writes what is buffered and waits for the disk. Nothing may be written afterwards.
    Result<void> close();

private:
    OutputFile(std::filesystem::path path, int descriptor);
    Result<void> flush();
    Result<void> writeAll(std::span<const std::byte> bytes);
    Failure failed(int number);

    std::filesystem::path m_path;
    int m_descriptor = -1;
    std::vector<std::byte> m_buffer;
    std::uint64_t m_written = 0;
};

} // namespace hearth
