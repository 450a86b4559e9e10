#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hearth::cli {

/// A request of a benchmark: so many tokens in and out.
struct TraceRequest {
    std::int32_t inputTokens = 0;
    std::int32_t outputTokens = 0;
};

/// Reads a CSV file with the columns input_tokens and output_tokens. CommandFailed if it has none,
/// or a number that is not from 1 to a million.
[[nodiscard]] std::vector<TraceRequest> readTrace(const std::string& path);

/// The first `count` requests, from the beginning again where the trace is shorter, cut to fit
/// into `context` tokens (0: as they are).
[[nodiscard]] std::vector<TraceRequest> takeRequests(const std::vector<TraceRequest>& trace,
                                                     std::size_t count, std::int32_t context);

/// When each of `count` requests begins, in seconds: a Poisson process of `rate` a second; rate 0:
/// all at once. The same at every call.
[[nodiscard]] std::vector<double> arrivalTimes(std::size_t count, double rate);

} // namespace hearth::cli
