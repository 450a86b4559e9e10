#pragma once

#include "hearth/result.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace hearth {

struct BusGuardSlot;

/// What is going to happen to a part of a mapping; a hint for the kernel's page cache.
enum class PageAdvice {
    WillNeed, ///< Start reading the pages now.
    Drop,     ///< Take the pages out of this process's resident memory; they stay readable.
};

/// A whole file mapped read-only. Owns the mapping; move-only; bytes() stay at their address when
/// the object is moved. Any thread may read.
///
/// A file that shrinks (or whose disk fails) while it is mapped does not end the process: the
/// pages lost are replaced by zeros and wasTruncated() turns true. The first open() installs the
/// SIGBUS handler that does this; faults elsewhere go to the handler that was there before.
class MappedFile {
public:
    /// Errors: NotFound; InvalidArgument if `path` is no regular file; Io.
    static Result<MappedFile> open(const std::filesystem::path& path);

    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    [[nodiscard]] const std::string& path() const { return m_path; }
    [[nodiscard]] std::span<const std::byte> bytes() const { return m_bytes; }
    /// True once a page could not be read; what has been read since is not to be trusted.
    [[nodiscard]] bool wasTruncated() const;
    /// Applies `advice` to the pages of `range`, a part of bytes(). WillNeed covers every page
    /// touched, Drop only the pages that lie wholly inside.
    void advise(std::span<const std::byte> range, PageAdvice advice) const;

private:
    MappedFile(std::string path, std::span<const std::byte> bytes, BusGuardSlot* slot);
    void release();

    std::string m_path;
    std::span<const std::byte> m_bytes;
    BusGuardSlot* m_slot = nullptr;
};

/// Maps all pages of a range of a mapped file in one call, instead of a fault for every few; that
/// only hints, and errors show when the bytes are read.
void populatePages(const std::byte* data, std::size_t bytes);

} // namespace hearth
