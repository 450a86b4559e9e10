#include "cli/bench_latency.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace hearth::cli {

namespace {

constexpr double kMilliseconds = 1e3;

void addPercentiles(std::vector<LatencyFigure>& figures, const char* name,
                    const std::vector<double>& seconds) {
    for (const int percent : {50, 90, 99})
        figures.push_back({fmt::format("{} p{}", name, percent), "ms",
                           kMilliseconds * percentile(seconds, percent / 100.0)});
}

} // namespace

void RequestTiming::piece(double now) {
    if (first == 0.0)
        first = now;
    else
        gaps.push_back(static_cast<float>(now - last));
    last = now;
}

double percentile(std::vector<double> values, double share) {
    if (values.empty())
        return 0.0;
    std::sort(values.begin(), values.end());
    const double place = share * double(values.size() - 1);
    const auto below = std::size_t(std::floor(place));
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (place - double(below)) * (values[above] - values[below]);
}

std::vector<LatencyFigure> latencyFigures(const std::vector<RequestTiming>& timings) {
    std::vector<double> ttft;
    std::vector<double> tpot;
    std::vector<double> itl;
    std::vector<double> e2e;
    double begin = 1e300;
    double end = 0.0;
    double input = 0.0;
    double output = 0.0;
    for (const RequestTiming& timing : timings) {
        if (!timing.error.empty())
            continue;
        begin = std::min(begin, timing.start);
        end = std::max(end, timing.end);
        input += timing.promptTokens;
        output += timing.outputTokens;
        e2e.push_back(timing.end - timing.start);
        if (timing.first == 0.0)
            continue;
        ttft.push_back(timing.first - timing.start);
        if (timing.outputTokens > 1)
            tpot.push_back((timing.end - timing.first) / (timing.outputTokens - 1));
        itl.insert(itl.end(), timing.gaps.begin(), timing.gaps.end());
    }
    const double seconds = std::max(end - begin, 1e-9);
    std::vector<LatencyFigure> figures{
        {"requests", "req/s", double(e2e.size()) / seconds},
        {"output", "tok/s", output / seconds},
        {"input and output", "tok/s", (input + output) / seconds}};
    addPercentiles(figures, "TTFT", ttft);
    addPercentiles(figures, "TPOT", tpot);
    addPercentiles(figures, "ITL", itl);
    addPercentiles(figures, "E2E", e2e);
    return figures;
}

} // namespace hearth::cli
