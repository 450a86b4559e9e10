#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hearth::cli {

/// What one request did; times in seconds from the beginning of the run.
struct RequestTiming {
    double start = 0.0;
    double first = 0.0; ///< The first piece of text; 0: none came.
    double last = 0.0;  ///< The last piece.
    double end = 0.0;
    std::vector<float> gaps; ///< Seconds between pieces.
    std::int32_t promptTokens = 0;
    std::int32_t outputTokens = 0;
    std::string error; ///< Why it failed; empty if it did not.

    /// A piece of text came.
    void piece(double now);
};

/// One figure of a run.
struct LatencyFigure {
    std::string name;
    std::string unit;
    double value = 0.0;
};

/// As LMDeploy's profile_restful_api has them: TTFT, TPOT = (E2E - TTFT) / (output - 1), ITL each
/// gap, E2E, as percentiles 50, 90 and 99 in milliseconds; throughputs over the whole run. Only of
/// requests that did not fail.
[[nodiscard]] std::vector<LatencyFigure> latencyFigures(const std::vector<RequestTiming>& timings);

/// The value below which `share` of the values are; interpolated. 0 for none.
[[nodiscard]] double percentile(std::vector<double> values, double share);

} // namespace hearth::cli
