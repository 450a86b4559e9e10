#pragma once

#include "base/bounded_queue.h"
#include "serve/metrics/trace_spans.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace hearth::serve {

/// Sends traces to an OTLP/HTTP collector from a thread of its own, many requests at a time.
/// record() never blocks: while the collector is away, what does not fit the queue is dropped and
/// counted. Thread-safe.
class TraceExporter {
public:
    /// `endpoint`: "http://host:4318"; "/v1/traces" is added where it has no path.
    explicit TraceExporter(std::string endpoint);
    ~TraceExporter();
    TraceExporter(const TraceExporter&) = delete;
    TraceExporter& operator=(const TraceExporter&) = delete;

    void record(const Served& served);
    [[nodiscard]] std::uint64_t dropped() const { return m_dropped; } ///< Requests.

private:
    class Sender;
    void run();

    const std::string m_url;
    BoundedQueue<TracedRequest> m_queue;
    std::atomic<std::uint64_t> m_dropped = 0;
    std::atomic<bool> m_stopping = false;
    std::thread m_thread;
};

} // namespace hearth::serve
