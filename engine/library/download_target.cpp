#include "library/download_target.h"

#include "formats/json_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <system_error>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxNoteBytes = 64 << 10;
constexpr std::string_view kPart = ".part";
constexpr std::string_view kNote = ".part.json";

Failure ioFailure(const fs::path& path, std::string detail) {
    Error error;
    error.code = ErrorCode::Io;
    error.path = path.string();
    error.detail = std::move(detail);
    return fail(std::move(error));
}

constexpr std::array kExtensions{".gguf", ".safetensors", ".json",     ".jinja",
                                 ".model", ".txt",         ".tiktoken", ".md"};

bool isModelFileName(const std::string& name) {
    return name == "LICENSE" || std::any_of(kExtensions.begin(), kExtensions.end(),
                                            [&](const char* e) { return name.ends_with(e); });
}

/// Names come from our catalogue, a hub's listing or a note on disk: nothing that could leave the
/// folder passes, nor what could be run.
std::optional<std::string> plainName(const std::string& file) {
    const std::string name = file.substr(file.find_last_of('/') + 1);
    const auto isPlain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    };
    if (name.size() > 200 || name.starts_with('.') || !isModelFileName(name) ||
        !std::all_of(name.begin(), name.end(), isPlain))
        return std::nullopt;
    return name;
}

std::string stringOf(const nlohmann::json& note, const char* key) {
    const auto found = note.find(key);
    return found != note.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<nlohmann::json> readNote(const fs::path& path) {
    HEARTH_TRY_ASSIGN(nlohmann::json note, readJson(path, kMaxNoteBytes));
    if (!note.is_object())
        return ioFailure(path, "is no note of a download");
    return note;
}

void syncFolder(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    ::fsync(descriptor);
    ::close(descriptor);
}

} // namespace

Failure noSpace(const fs::path& folder, std::uint64_t needed, std::uint64_t available) {
    Error error;
    error.code = ErrorCode::NoSpace;
    error.path = folder.string();
    error.needed = needed;
    error.available = available;
    return fail(std::move(error));
}

std::optional<std::uint64_t> freeDiskBytes(const fs::path& folder) {
    struct statvfs disk = {};
    if (::statvfs(folder.c_str(), &disk) != 0)
        return std::nullopt;
    return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

Result<void> writeAtomically(const fs::path& path, const std::string& text) {
    const fs::path temporary = path.string() + ".new";
    {
        std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
        file << text;
        file.flush();
        if (!file)
            return ioFailure(temporary, "writing failed");
    }
    std::error_code error;
    fs::rename(temporary, path, error);
    if (error)
        return ioFailure(path, error.message());
    return {};
}

DownloadTarget::DownloadTarget(HubFile file, fs::path path, int descriptor, std::uint64_t bytes)
    : m_file(std::move(file)), m_path(std::move(path)), m_descriptor(descriptor), m_bytes(bytes) {}

DownloadTarget::DownloadTarget(DownloadTarget&& other) noexcept
    : m_file(std::move(other.m_file)), m_path(std::move(other.m_path))
    , m_descriptor(std::exchange(other.m_descriptor, -1)), m_bytes(other.m_bytes) {}

DownloadTarget::~DownloadTarget() {
    if (m_descriptor < 0)
        return;
    // An empty part tells nobody anything.
    std::error_code ignored;
    if (m_bytes == 0 && fs::exists(partPath(), ignored))
        discard();
    ::close(m_descriptor);
}

Result<DownloadTarget> DownloadTarget::open(const HubFile& file, const fs::path& folder) {
    const std::optional<std::string> name = plainName(file.file);
    if (!name) {
        Error error;
        error.code = ErrorCode::InvalidArgument;
        error.field = file.file;
        error.detail = "is not the plain name of a model's file";
        return fail(std::move(error));
    }
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        return ioFailure(folder, error.message());
    const fs::path path = folder / *name;
    const std::string part = path.string() + std::string(kPart);
    const int descriptor = ::open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor < 0)
        return ioFailure(part, std::strerror(errno));
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        ::close(descriptor);
        return ioFailure(part, "another program downloads it already");
    }
    // Between open and lock another process may have finished: then this is the whole file.
    struct stat opened = {};
    struct stat named = {};
    if (::fstat(descriptor, &opened) != 0 || ::stat(part.c_str(), &named) != 0 ||
        opened.st_ino != named.st_ino) {
        ::close(descriptor);
        return ioFailure(part, "another program has just finished it");
    }
    const off_t end = ::lseek(descriptor, 0, SEEK_END);
    return DownloadTarget(file, path, descriptor, end > 0 ? std::uint64_t(end) : 0);
}

fs::path DownloadTarget::partPath() const {
    return m_path.string() + std::string(kPart);
}

std::optional<RemoteFile> DownloadTarget::remembered() const {
    const auto note = readNote(m_path.string() + std::string(kNote));
    if (!note)
        return std::nullopt;
    const std::optional<ContentDigest> digest = ContentDigest::parse(stringOf(*note, "sha256"));
    const auto bytes = note->find("bytes");
    if (!digest || bytes == note->end() || !bytes->is_number_unsigned())
        return std::nullopt;
    return RemoteFile{bytes->get<std::uint64_t>(), *digest};
}

Result<void> DownloadTarget::begin(const RemoteFile& remote) {
    if (remembered() == remote && m_bytes <= remote.bytes)
        return {};
    HEARTH_TRY(restart());
    const nlohmann::json note{{"version", 1},
                              {"repository", m_file.repository},
                              {"revision", m_file.revision},
                              {"file", m_file.file},
                              {"bytes", remote.bytes},
                              {"sha256", remote.digest.hex()}};
    const auto replace = nlohmann::json::error_handler_t::replace;
    return writeAtomically(m_path.string() + std::string(kNote), note.dump(4, ' ', false, replace));
}

Result<void> DownloadTarget::checkSpace(const RemoteFile& remote, std::uint64_t spareBytes) const {
    const fs::path folder = m_path.parent_path();
    const std::optional<std::uint64_t> available = freeDiskBytes(folder);
    const std::uint64_t missing = remote.bytes - std::min(m_bytes, remote.bytes);
    if (available && missing > 0 &&
        (*available < spareBytes || *available - spareBytes < missing))
        return noSpace(folder, missing + spareBytes, *available);
    return {};
}

Result<void> DownloadTarget::append(const char* data, std::size_t size) {
    while (size > 0) {
        const ssize_t written = ::write(m_descriptor, data, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && (errno == ENOSPC || errno == EDQUOT))
            return noSpace(m_path.parent_path(), size,
                           freeDiskBytes(m_path.parent_path()).value_or(0));
        if (written <= 0)
            return ioFailure(partPath(), std::strerror(errno));
        data += written;
        size -= std::size_t(written);
        m_bytes += std::uint64_t(written);
    }
    return {};
}

Result<void> DownloadTarget::restart() {
    if (::ftruncate(m_descriptor, 0) != 0 || ::lseek(m_descriptor, 0, SEEK_SET) != 0)
        return ioFailure(partPath(), std::strerror(errno));
    m_bytes = 0;
    return {};
}

Result<void> DownloadTarget::finish() {
    if (::fsync(m_descriptor) != 0)
        return ioFailure(partPath(), std::strerror(errno));
    std::error_code error;
    fs::rename(partPath(), m_path, error);
    if (error)
        return ioFailure(m_path, error.message());
    fs::remove(m_path.string() + std::string(kNote), error);
    syncFolder(m_path.parent_path());
    return {};
}

void DownloadTarget::discard() {
    std::error_code ignored;
    fs::remove(m_path.string() + std::string(kNote), ignored);
    fs::remove(partPath(), ignored);
}

std::vector<PartialDownload> partialDownloads(const std::string& folder) {
    std::vector<PartialDownload> partial;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        const std::string path = it->path().string();
        if (!path.ends_with(kNote))
            continue;
        const auto note = readNote(path);
        if (!note)
            continue;
        PartialDownload found;
        found.file.repository = stringOf(*note, "repository");
        found.file.revision = stringOf(*note, "revision");
        found.file.file = stringOf(*note, "file");
        if (const auto bytes = note->find("bytes");
            bytes != note->end() && bytes->is_number_unsigned())
            found.file.approximateBytes = bytes->get<std::uint64_t>();
        const std::optional<std::string> name = plainName(found.file.file);
        // The note must be about the file that it lies beside.
        if (!name || fs::path(path).filename().string() != *name + std::string(kNote))
            continue;
        std::error_code ignored;
        const std::uint64_t done =
            fs::file_size(path.substr(0, path.size() - kNote.size()) + std::string(kPart), ignored);
        found.doneBytes = ignored ? 0 : done;
        partial.push_back(std::move(found));
    }
    std::sort(partial.begin(), partial.end(), [](const auto& a, const auto& b) {
        return a.file.file < b.file.file;
    });
    return partial;
}

void discardPartialDownload(const HubFile& file, const std::string& folder) {
    if (auto target = DownloadTarget::open(file, folder))
        target->discard();
}

} // namespace hearth
