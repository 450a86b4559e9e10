#pragma once

#include "hearth/engine.h"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::cli {

/// A finished reply.
struct Reply {
    std::string text;
    std::vector<std::int32_t> tokens;
    std::vector<std::chrono::steady_clock::time_point> tokenTimes; ///< When each token came.
    std::vector<LogitsEvent> logits;
    FinishReason reason = FinishReason::Stop;
    RequestStatistics statistics;
};

/// Runs requests and waits for all of them. `onText` gets the first one's text as it comes, on the
/// caller's thread. Ctrl+C ends the replies early, keeping their text. CommandFailed if one fails.
std::vector<Reply> runRequests(Engine& engine, std::vector<Request> requests,
                               const std::function<void(std::string_view)>& onText = {});
Reply runRequest(Engine& engine, Request request,
                 const std::function<void(std::string_view)>& onText = {});

/// CommandFailed if Ctrl+C cut one of the replies short.
void requireWhole(const std::vector<Reply>& replies);

[[nodiscard]] std::string_view reasonText(FinishReason reason);

} // namespace hearth::cli
