#include "library/child_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace hearth {

namespace {

constexpr int kTickMilliseconds = 150;
constexpr std::size_t kKeptBytes = 16 << 10;

std::vector<char*> pointersTo(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> environmentWith(const std::vector<std::string>& changed) {
    std::vector<std::string> all = changed;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::string_view name = text.substr(0, text.find('=') + 1);
        bool isChanged = false;
        for (const std::string& ours : changed)
            isChanged = isChanged || (!name.empty() && ours.starts_with(name));
        if (!isChanged)
            all.emplace_back(text);
    }
    return all;
}

/// Starts the child with both outputs in the pipe; its process id, or an errno below 0.
pid_t start(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
            int output) {
    std::vector<std::string> words = arguments;
    std::vector<std::string> variables = environmentWith(environment);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    pid_t child = 0;
    const int failed = posix_spawnp(&child, words[0].c_str(), &actions, &attributes,
                                    pointersTo(words).data(), pointersTo(variables).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed == 0 ? child : -failed;
}

/// Reads what is there; false at the end.
bool readSome(int pipe, std::string& kept) {
    char buffer[4096];
    const ssize_t count = ::read(pipe, buffer, sizeof buffer);
    if (count < 0)
        return errno == EINTR || errno == EAGAIN;
    kept.append(buffer, std::size_t(count));
    if (kept.size() > kKeptBytes)
        kept.erase(0, kept.size() - kKeptBytes);
    return count > 0;
}

int waitFor(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

Result<ChildResult> runChild(const std::vector<std::string>& arguments,
                             const std::vector<std::string>& environment,
                             const std::stop_token& stop, const std::function<void()>& tick) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return fail(ErrorCode::Io, std::strerror(errno));
    const pid_t child = start(arguments, environment, ends[1]);
    ::close(ends[1]);
    if (child < 0) {
        ::close(ends[0]);
        Error error;
        error.code = ErrorCode::ToolMissing;
        error.field = arguments[0];
        error.detail = std::strerror(-child);
        return fail(std::move(error));
    }
    ChildResult result;
    bool isOpen = true;
    while (isOpen && !stop.stop_requested()) {
        pollfd waiting{ends[0], POLLIN, 0};
        if (::poll(&waiting, 1, kTickMilliseconds) > 0)
            isOpen = readSome(ends[0], result.errors);
        if (tick)
            tick();
    }
    if (stop.stop_requested())
        ::kill(-child, SIGKILL);
    result.status = waitFor(child);
    ::close(ends[0]);
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled);
    return result;
}

} // namespace hearth
