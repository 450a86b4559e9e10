#include "formats/mapped_file.h"

#include "formats/bus_guard.h"
#include "formats/format_error.h"

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace hearth {

namespace {

class FileDescriptor {
public:
    explicit FileDescriptor(int descriptor)
        : m_descriptor(descriptor) {}
    ~FileDescriptor() {
        if (m_descriptor >= 0)
            close(m_descriptor);
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    [[nodiscard]] int get() const { return m_descriptor; }

private:
    int m_descriptor;
};

Failure systemFailure(const std::string& path, int number) {
    const bool absent = number == ENOENT || number == ENOTDIR;
    return fileFailure(absent ? ErrorCode::NotFound : ErrorCode::Io, path, {},
                       std::generic_category().message(number));
}

} // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
    // Non-blocking, so that a FIFO put in the file's place cannot hang us.
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0)
        return systemFailure(path.string(), errno);
    struct stat status {};
    if (fstat(file.get(), &status) != 0)
        return systemFailure(path.string(), errno);
    if (!S_ISREG(status.st_mode))
        return fileFailure(ErrorCode::InvalidArgument, path.string(), {}, "not a regular file");

    const auto size = static_cast<std::size_t>(status.st_size);
    if (size == 0) // mmap() refuses an empty range
        return MappedFile(path.string(), {}, nullptr);
    void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (address == MAP_FAILED)
        return systemFailure(path.string(), errno);
    const std::span<const std::byte> bytes(static_cast<const std::byte*>(address), size);
    return MappedFile(path.string(), bytes, guardMapping(bytes));
}

MappedFile::MappedFile(std::string path, std::span<const std::byte> bytes, BusGuardSlot* slot)
    : m_path(std::move(path))
    , m_bytes(bytes)
    , m_slot(slot) {
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : m_path(std::move(other.m_path))
    , m_bytes(std::exchange(other.m_bytes, {}))
    , m_slot(std::exchange(other.m_slot, nullptr)) {
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    if (this != &other) {
        release();
        m_path = std::move(other.m_path);
        m_bytes = std::exchange(other.m_bytes, {});
        m_slot = std::exchange(other.m_slot, nullptr);
    }
    return *this;
}

MappedFile::~MappedFile() {
    release();
}

void MappedFile::release() {
    if (m_slot == nullptr)
        return;
    releaseGuard(m_slot);
    munmap(const_cast<std::byte*>(m_bytes.data()), m_bytes.size());
    m_slot = nullptr;
    m_bytes = {};
}

bool MappedFile::wasTruncated() const {
    return m_slot != nullptr && hasFaulted(m_slot);
}

void MappedFile::advise(std::span<const std::byte> range, PageAdvice advice) const {
    static const auto pageBytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    if (m_bytes.empty() || range.empty())
        return;
    // Offsets in the mapping, which itself starts on a page.
    auto begin = static_cast<std::size_t>(range.data() - m_bytes.data());
    std::size_t end = begin + range.size();
    if (advice == PageAdvice::WillNeed) {
        begin -= begin % pageBytes;
    } else {
        begin = (begin + pageBytes - 1) / pageBytes * pageBytes;
        if (end != m_bytes.size()) // the last page holds nothing else
            end -= end % pageBytes;
    }
    if (begin < end)
        madvise(const_cast<std::byte*>(m_bytes.data()) + begin, end - begin,
                advice == PageAdvice::WillNeed ? MADV_WILLNEED : MADV_DONTNEED);
}

void populatePages(const std::byte* data, std::size_t bytes) {
#ifdef MADV_POPULATE_READ
    static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    const auto begin = reinterpret_cast<std::uintptr_t>(data) / page * page;
    const auto end = reinterpret_cast<std::uintptr_t>(data) + bytes;
    static_cast<void>(madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_READ));
#else
    static_cast<void>(data);
    static_cast<void>(bytes);
#endif
}

} // namespace hearth
