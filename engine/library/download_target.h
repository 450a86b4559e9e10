#pragma once

#include "hearth/download.h"
#include "library/content_digest.h"

#include <filesystem>
#include <optional>

namespace hearth {

/// What the hub says a file is.
struct RemoteFile {
    std::uint64_t bytes = 0;
    ContentDigest digest;
    bool operator==(const RemoteFile&) const = default;
};

/// The part of a download on disk: NAME.part, and NAME.part.json that says of which file it is.
/// Holds the part open and locked, so that a second process can't write into it. One thread.
class DownloadTarget {
public:
    /// InvalidArgument for names that are no plain names of a model's file (GGUF, safetensors,
    /// configs, tokenizers, texts); Io if another process has it.
    static Result<DownloadTarget> open(const HubFile& file, const std::filesystem::path& folder);
    DownloadTarget(DownloadTarget&& other) noexcept;
    DownloadTarget& operator=(DownloadTarget&&) = delete;
    DownloadTarget(const DownloadTarget&) = delete;
    ~DownloadTarget();

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    [[nodiscard]] std::filesystem::path partPath() const;
    [[nodiscard]] std::uint64_t bytes() const { return m_bytes; }

    /// Keeps the part only if it is of this very file, and remembers what it is of.
    Result<void> begin(const RemoteFile& remote);
    /// Room for what is missing and `spareBytes` besides, else NoSpace.
    [[nodiscard]] Result<void> checkSpace(const RemoteFile& remote, std::uint64_t spareBytes) const;
    Result<void> append(const char* data, std::size_t size);
    Result<void> restart();
    /// Puts the whole part on disk under its final name.
    Result<void> finish();
    void discard();

private:
    DownloadTarget(HubFile file, std::filesystem::path path, int descriptor, std::uint64_t bytes);
    [[nodiscard]] std::optional<RemoteFile> remembered() const;

    HubFile m_file;
    std::filesystem::path m_path;
    int m_descriptor = -1;
    std::uint64_t m_bytes = 0;
};

/// Writes beside the file and renames, so that a crash leaves the old one or the new one.
Result<void> writeAtomically(const std::filesystem::path& path, const std::string& text);
/// Bytes that an ordinary user may still write there; nothing where that cannot be told.
[[nodiscard]] std::optional<std::uint64_t> freeDiskBytes(const std::filesystem::path& folder);
/// NoSpace with the numbers.
[[nodiscard]] Failure noSpace(const std::filesystem::path& folder, std::uint64_t needed,
                              std::uint64_t available);

} // namespace hearth
