#pragma once

#include "cli/bench_latency.h"

#include <string>
#include <vector>

namespace hearth::cli {

/// A streaming request to the completions API.
struct StreamRequest {
    double at = 0.0;  ///< Seconds from the beginning of the run.
    std::string body; ///< JSON.
};

/// Sends each request at its time and reads all streams on the caller's thread (libcurl's socket
/// interface over epoll), at most `concurrency` at once. `url`: of the server. What goes wrong with
/// a request is its timing's error.
[[nodiscard]] std::vector<RequestTiming> runStreams(const std::string& url, const std::string& key,
                                                    const std::vector<StreamRequest>& requests,
                                                    std::size_t concurrency);

} // namespace hearth::cli
