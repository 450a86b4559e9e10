#include "convert/output_file.h"

#include "formats/format_error.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace hearth {

namespace {

constexpr std::size_t kBufferBytes = 4 << 20;

} // namespace

Result<OutputFile> OutputFile::create(const std::filesystem::path& path) {
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor < 0)
        return fileFailure(ErrorCode::Io, path.string(), {},
                           std::generic_category().message(errno));
    return OutputFile(path, descriptor);
}

OutputFile::OutputFile(std::filesystem::path path, int descriptor)
    : m_path(std::move(path)), m_descriptor(descriptor) {
    m_buffer.reserve(kBufferBytes);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : m_path(std::move(other.m_path))
    , m_descriptor(std::exchange(other.m_descriptor, -1))
    , m_buffer(std::move(other.m_buffer))
    , m_written(other.m_written) {}

OutputFile::~OutputFile() {
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

Failure OutputFile::failed(int number) {
    if (number != ENOSPC && number != EDQUOT)
        return fileFailure(ErrorCode::Io, m_path.string(), {},
                           std::generic_category().message(number));
    Error error;
    error.code = ErrorCode::NoSpace;
    error.path = m_path.string();
    std::error_code ignored;
    error.needed = position();
    error.available = std::filesystem::space(m_path.parent_path(), ignored).available + m_written;
    return fail(std::move(error));
}

Result<void> OutputFile::writeAll(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(m_descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return failed(count < 0 ? errno : EIO);
        m_written += static_cast<std::uint64_t>(count);
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

Result<void> OutputFile::flush() {
    HEARTH_TRY(writeAll(std::exchange(m_buffer, {})));
    m_buffer.reserve(kBufferBytes);
    return {};
}

Result<void> OutputFile::write(std::span<const std::byte> bytes) {
    if (m_buffer.size() + bytes.size() > kBufferBytes) {
        HEARTH_TRY(flush());
    }
    if (bytes.size() >= kBufferBytes)
        return writeAll(bytes);
    m_buffer.insert(m_buffer.end(), bytes.begin(), bytes.end());
    return {};
}

Result<void> OutputFile::align(std::uint64_t alignment) {
    const std::uint64_t over = position() % alignment;
    if (over == 0)
        return {};
    const std::vector<std::byte> zeros(static_cast<std::size_t>(alignment - over));
    return write(zeros);
}

Result<void> OutputFile::close() {
    HEARTH_TRY(flush());
    if (::fsync(m_descriptor) != 0 && errno != EINVAL && errno != EROFS)
        return failed(errno);
    if (::close(std::exchange(m_descriptor, -1)) != 0)
        return failed(errno);
    return {};
}

} // namespace hearth
