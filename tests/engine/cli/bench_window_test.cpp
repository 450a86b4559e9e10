#include "cli/bench_window.h"

#include <gtest/gtest.h>

using namespace hearth::cli;

namespace {

/// A reply whose tokens came at these milliseconds.
Reply replyAt(const std::vector<int>& milliseconds) {
    Reply reply;
    for (const int time : milliseconds)
        reply.tokenTimes.emplace_back(std::chrono::milliseconds(1000 + time));
    return reply;
}

} // namespace

TEST(BenchWindow, ReachesFromTheLastBeginToTheFirstEnd) {
    // The first request decodes while the second's prompt is read.
    const DecodeWindow window = decodeWindow(
        {replyAt({0, 100, 200, 210, 220, 230}), replyAt({200, 210, 220, 230, 240, 250})}, 50);
    EXPECT_NEAR(window.seconds, 0.030, 1e-9);
    EXPECT_EQ(window.tokens, 6);
    EXPECT_NEAR(window.tokensPerSecond(), 200.0, 1e-6);
    EXPECT_NEAR(window.meanContext, 50.0 + (3 + 4 + 5 + 1 + 2 + 3) / 6.0, 1e-9);
}

TEST(BenchWindow, IsEmptyWhereNotAllDecodeTogether) {
    EXPECT_EQ(decodeWindow({replyAt({0, 10}), replyAt({20, 30})}, 5).tokens, 0);
    EXPECT_EQ(decodeWindow({replyAt({0, 10}), replyAt({})}, 5).tokens, 0);
}
