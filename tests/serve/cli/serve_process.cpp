#include "serve/cli/serve_process.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace hearth::test {

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void become(const std::vector<std::string>& arguments, int out,
                         const std::string& errorFile) {
    std::vector<char*> raw;
    raw.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments)
        raw.push_back(const_cast<char*>(argument.c_str()));
    raw.push_back(nullptr);
    dup2(out, STDOUT_FILENO);
    dup2(::open(errorFile.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    execv(raw.front(), raw.data());
    _exit(127);
}

std::string readLine(int pipe) {
    std::string line;
    const Clock::time_point end = Clock::now() + std::chrono::seconds(60);
    while (!line.ends_with('\n') && Clock::now() < end) {
        pollfd wait{pipe, POLLIN, 0};
        char byte = 0;
        if (::poll(&wait, 1, 100) > 0) {
            if (::read(pipe, &byte, 1) <= 0)
                break;
            line += byte;
        }
    }
    return line;
}

} // namespace

ServeProcess::ServeProcess(std::vector<std::string> arguments) {
    std::vector<std::string> line{HEARTH_PROGRAM, "serve"};
    line.insert(line.end(), arguments.begin(), arguments.end());
    line.insert(line.end(), {"--data-dir", m_folder.path().string(), "--device", "cpu"});
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    m_process = fork();
    if (m_process == 0)
        become(line, ends[1], (m_folder.path() / "errors").string());
    ::close(ends[1]);
    m_readyLine = readLine(ends[0]);
    ::close(ends[0]);
    if (const std::size_t colon = m_readyLine.rfind(':'); colon != std::string::npos)
        m_port = static_cast<std::uint16_t>(std::atoi(m_readyLine.c_str() + colon + 1));
}

ServeProcess::~ServeProcess() {
    if (m_process <= 0)
        return;
    ::kill(m_process, SIGKILL);
    waitpid(m_process, nullptr, 0);
}

void ServeProcess::signal(int number) const {
    ::kill(m_process, number);
}

int ServeProcess::wait(std::chrono::milliseconds limit) {
    const Clock::time_point end = Clock::now() + limit;
    while (Clock::now() < end) {
        int status = 0;
        if (waitpid(m_process, &status, WNOHANG) == m_process) {
            m_process = -1;
            return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return -1;
}

std::string ServeProcess::errors() const {
    return readFile(m_folder.path() / "errors");
}

} // namespace hearth::test
