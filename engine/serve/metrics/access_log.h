#pragma once

#include "base/bounded_queue.h"
#include "hearth/server.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace hearth::serve {

/// One line of the log: a JSON object in ASCII, so that nothing in it can end the line or steer a
/// terminal. Without the body of the request.
[[nodiscard]] std::string accessLogLine(const ServedRequest& entry);

/// Appends to a file from a thread of its own; write() never waits for the disk, entries that do
/// not fit the queue are dropped and counted. Thread-safe.
class AccessLog {
public:
    /// Errors: Io.
    static Result<std::unique_ptr<AccessLog>> open(const std::string& path);
    ~AccessLog();
    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;

    void write(const ServedRequest& entry);
    [[nodiscard]] std::uint64_t dropped() const { return m_dropped; }

private:
    explicit AccessLog(int file);
    void run();

    const int m_file;
    BoundedQueue<ServedRequest> m_queue;
    std::atomic<std::uint64_t> m_dropped = 0;
    std::thread m_thread;
};

} // namespace hearth::serve
