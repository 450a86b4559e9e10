#pragma once

#include "support/temporary_folder.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace hearth::test {

/// `hearth serve` at a free port, with a data folder of its own.
class ServeProcess {
public:
    /// Waits for the line that says where it serves, or for its end.
    explicit ServeProcess(std::vector<std::string> arguments);
    ~ServeProcess();
    ServeProcess(const ServeProcess&) = delete;
    ServeProcess& operator=(const ServeProcess&) = delete;

    [[nodiscard]] const std::string& readyLine() const { return m_readyLine; }
    [[nodiscard]] std::uint16_t port() const { return m_port; } ///< 0: it did not start.
    void signal(int number) const;
    /// Exit status; -1 if it does not end within the time.
    int wait(std::chrono::milliseconds limit = std::chrono::seconds(20));
    [[nodiscard]] std::string errors() const; ///< What it wrote to stderr.

private:
    TemporaryFolder m_folder;
    pid_t m_process = -1;
    std::string m_readyLine;
    std::uint16_t m_port = 0;
};

} // namespace hearth::test
