#include "cli/bench_latency.h"
#include "cli/bench_trace.h"
#include "cli/console.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hearth::cli {

namespace {

TEST(BenchTrace, ReadsTheColumnsByName) {
    const auto trace = readTrace(HEARTH_TEST_DATA "/traces/chat_lengths.csv");
    ASSERT_EQ(trace.size(), 200U);
    EXPECT_EQ(trace[0].inputTokens, 719);
    EXPECT_EQ(trace[0].outputTokens, 228);
    const test::TemporaryFolder folder;
    const auto path = folder.write("t.csv", "output_tokens,id,input_tokens\r\n5,x,7\r\n\r\n");
    const auto other = readTrace(path.string());
    ASSERT_EQ(other.size(), 1U);
    EXPECT_EQ(other[0].inputTokens, 7);
    EXPECT_EQ(other[0].outputTokens, 5);
}

TEST(BenchTrace, RefusesWhatIsNoTrace) {
    const test::TemporaryFolder folder;
    for (const char* content :
         {"", "a,b\n1,2\n", "input_tokens,output_tokens\n", "input_tokens,output_tokens\n1\n",
          "input_tokens,output_tokens\n0,1\n", "input_tokens,output_tokens\n1,-2\n",
          "input_tokens,output_tokens\n1,2x\n", "input_tokens,output_tokens\n99999999999,1\n"})
        EXPECT_THROW(static_cast<void>(readTrace(folder.write("t.csv", content).string())),
                     CommandFailed)
            << content;
    EXPECT_THROW(static_cast<void>(readTrace("/nowhere/t.csv")), CommandFailed);
}

TEST(BenchTrace, RequestsFitIntoTheContext) {
    const std::vector<TraceRequest> trace{{100, 20}, {5000, 5000}};
    const auto requests = takeRequests(trace, 3, 1000);
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_EQ(requests[0].inputTokens, 100);
    EXPECT_EQ(requests[1].outputTokens, 500);
    EXPECT_EQ(requests[1].inputTokens, 499);
    EXPECT_EQ(requests[2].inputTokens, 100);
}

TEST(BenchTrace, ArrivalsHaveTheRate) {
    const auto times = arrivalTimes(10000, 50.0);
    EXPECT_EQ(times.front(), 0.0);
    EXPECT_NEAR(times.back(), 200.0, 10.0);
    EXPECT_EQ(arrivalTimes(10000, 50.0), times);
    EXPECT_EQ(arrivalTimes(3, 0.0), std::vector<double>(3, 0.0));
}

TEST(BenchLatency, Percentiles) {
    EXPECT_EQ(percentile({}, 0.5), 0.0);
    EXPECT_EQ(percentile({3.0, 1.0, 2.0}, 0.5), 2.0);
    EXPECT_NEAR(percentile({1.0, 2.0}, 0.9), 1.9, 1e-9);
}

TEST(BenchLatency, FiguresAsTheDefinitionsSay) {
    RequestTiming timing;
    timing.start = 1.0;
    for (const double time : {1.5, 1.6, 1.8, 2.0})
        timing.piece(time);
    timing.end = 2.0;
    timing.promptTokens = 10;
    timing.outputTokens = 6; // two events had two tokens
    RequestTiming failed;
    failed.error = "HTTP status 500";
    const auto figures = latencyFigures({timing, failed});
    const auto value = [&](const std::string& name) {
        for (const LatencyFigure& figure : figures)
            if (figure.name == name)
                return figure.value;
        return std::nan("");
    };
    EXPECT_NEAR(value("requests"), 1.0, 1e-9);
    EXPECT_NEAR(value("output"), 6.0, 1e-9);
    EXPECT_NEAR(value("input and output"), 16.0, 1e-9);
    EXPECT_NEAR(value("TTFT p50"), 500.0, 1e-6);
    EXPECT_NEAR(value("TPOT p90"), 100.0, 1e-6);
    EXPECT_NEAR(value("ITL p50"), 200.0, 1e-3);
    EXPECT_NEAR(value("E2E p99"), 1000.0, 1e-6);
}

} // namespace

} // namespace hearth::cli
