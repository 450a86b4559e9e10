#include "cli/bench_trace.h"

#include "cli/console.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <random>
#include <string_view>

#include <fmt/format.h>

namespace hearth::cli {

namespace {

constexpr std::int32_t kMostTokens = 1'000'000;

std::vector<std::string_view> columns(std::string_view line) {
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    std::vector<std::string_view> all;
    for (std::size_t start = 0; start <= line.size();) {
        const std::size_t end = std::min(line.find(',', start), line.size());
        all.push_back(line.substr(start, end - start));
        start = end + 1;
    }
    return all;
}

std::size_t columnOf(const std::vector<std::string_view>& header, std::string_view name,
                     const std::string& path) {
    const auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end())
        throw CommandFailed(fmt::format("{}: the first line names no column {}", path, name));
    return std::size_t(found - header.begin());
}

std::int32_t tokensAt(const std::vector<std::string_view>& values, std::size_t column,
                      const std::string& path, std::size_t line) {
    std::int32_t tokens = 0;
    const std::string_view text = column < values.size() ? values[column] : std::string_view();
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), tokens);
    if (problem != std::errc() || end != text.data() + text.size() || tokens < 1 ||
        tokens > kMostTokens)
        throw CommandFailed(fmt::format("{}, line {}: \"{}\" is no number of tokens from 1 to {}",
                                        path, line, text, kMostTokens));
    return tokens;
}

} // namespace

std::vector<TraceRequest> readTrace(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line))
        throw CommandFailed(path + ": can't be read, or is empty");
    const std::vector<std::string_view> header = columns(line);
    const std::size_t input = columnOf(header, "input_tokens", path);
    const std::size_t output = columnOf(header, "output_tokens", path);
    std::vector<TraceRequest> trace;
    for (std::size_t number = 2; std::getline(file, line); ++number) {
        if (line.empty() || line == "\r")
            continue;
        const std::vector<std::string_view> values = columns(line);
        trace.push_back({tokensAt(values, input, path, number),
                         tokensAt(values, output, path, number)});
    }
    if (trace.empty())
        throw CommandFailed(path + ": there are no requests in it");
    return trace;
}

std::vector<TraceRequest> takeRequests(const std::vector<TraceRequest>& trace, std::size_t count,
                                       std::int32_t context) {
    std::vector<TraceRequest> requests;
    for (std::size_t i = 0; i < count; ++i) {
        TraceRequest request = trace[i % trace.size()];
        if (context > 0) {
            request.outputTokens = std::min(request.outputTokens, std::max(context / 2, 1));
            request.inputTokens =
                std::max(std::min(request.inputTokens, context - request.outputTokens - 1), 1);
        }
        requests.push_back(request);
    }
    return requests;
}

std::vector<double> arrivalTimes(std::size_t count, double rate) {
    std::vector<double> times(count, 0.0);
    if (rate <= 0.0)
        return times;
    std::mt19937 random(1);
    std::exponential_distribution<double> gap(rate);
    double now = 0.0;
    for (double& time : times) {
        time = now;
        now += gap(random);
    }
    return times;
}

} // namespace hearth::cli
