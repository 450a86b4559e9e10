#include "cli/bench_window.h"

#include <algorithm>

namespace hearth::cli {

DecodeWindow decodeWindow(const std::vector<Reply>& replies, std::int32_t promptTokens) {
    DecodeWindow window;
    std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::time_point::min();
    std::chrono::steady_clock::time_point end = std::chrono::steady_clock::time_point::max();
    for (const Reply& reply : replies) {
        if (reply.tokenTimes.empty())
            return window;
        begin = std::max(begin, reply.tokenTimes.front());
        end = std::min(end, reply.tokenTimes.back());
    }
    if (begin >= end)
        return window;
    double context = 0.0;
    for (const Reply& reply : replies)
        for (std::size_t i = 0; i < reply.tokenTimes.size(); ++i)
            if (reply.tokenTimes[i] > begin && reply.tokenTimes[i] <= end) {
                ++window.tokens;
                context += double(promptTokens) + double(i);
            }
    window.seconds = std::chrono::duration<double>(end - begin).count();
    window.meanContext = window.tokens > 0 ? context / double(window.tokens) : 0.0;
    return window;
}

} // namespace hearth::cli
