#include "convert/partial_target.h"

#include "formats/format_error.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace hearth {

namespace {

namespace fs = std::filesystem;

Failure ioFailure(const fs::path& path, const std::error_code& reason) {
    return fileFailure(ErrorCode::Io, path.string(), {}, reason.message());
}

fs::path lockOf(const fs::path& partial) {
    return partial.string() + ".lock";
}

/// A locked file, or -1 with errno.
int lockFile(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor < 0)
        return -1;
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        return descriptor;
    const int reason = errno;
    ::close(descriptor);
    errno = reason;
    return -1;
}

} // namespace

Result<PartialTarget>
PartialTarget::create(const fs::path& target, Kind kind,
                      const std::function<bool(const fs::path&)>& canReplace) {
    std::error_code failed;
    // "./workspace/" and "workspace" are the same.
    fs::path clean = fs::absolute(target, failed).lexically_normal();
    if (!clean.has_filename())
        clean = clean.parent_path();
    if (failed || !clean.has_filename())
        return fileFailure(ErrorCode::InvalidArgument, target.string(), "dst-path",
                           "is no place for a new file or folder");
    if (fs::exists(fs::symlink_status(clean, failed)) && !canReplace(clean))
        return fileFailure(ErrorCode::InvalidArgument, clean.string(), "dst-path",
                           "there is something else already, which is not replaced; name another "
                           "place or remove it");
    if (!fs::is_directory(clean.parent_path(), failed))
        return fileFailure(ErrorCode::NotFound, clean.parent_path().string(), {},
                           "no such folder");
    const fs::path partial = clean.string() + ".partial";
    const int lock = lockFile(lockOf(partial));
    if (lock < 0 && errno == EWOULDBLOCK)
        return fileFailure(ErrorCode::InvalidArgument, clean.string(), "dst-path",
                           "another conversion is writing there");
    if (lock < 0)
        return ioFailure(clean, std::error_code(errno, std::generic_category()));
    PartialTarget result(clean, partial, lock);
    fs::remove_all(partial, failed);
    if (kind == Kind::Folder && !fs::create_directory(partial, failed))
        return ioFailure(partial, failed);
    return result;
}

PartialTarget::PartialTarget(fs::path target, fs::path partial, int lock)
    : m_target(std::move(target)), m_partial(std::move(partial)), m_lock(lock) {}

PartialTarget::PartialTarget(PartialTarget&& other) noexcept
    : m_target(std::move(other.m_target))
    , m_partial(std::move(other.m_partial))
    , m_lock(std::exchange(other.m_lock, -1)) {}

PartialTarget::~PartialTarget() {
    if (m_lock < 0)
        return;
    std::error_code ignored;
    // After commit() what was in the target's place, if anything.
    fs::remove_all(m_partial, ignored);
    fs::remove(lockOf(m_partial), ignored);
    ::close(m_lock);
}

Result<void> PartialTarget::commit() {
    if (::renameat2(AT_FDCWD, m_partial.c_str(), AT_FDCWD, m_target.c_str(), RENAME_EXCHANGE) == 0)
        return {};
    std::error_code failed;
    // Nothing there to exchange with, or a file system that can't.
    if (errno != ENOENT && fs::is_directory(m_target, failed))
        fs::remove_all(m_target, failed);
    fs::rename(m_partial, m_target, failed);
    if (failed)
        return ioFailure(m_target, failed);
    return {};
}

} // namespace hearth
