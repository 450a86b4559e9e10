#include "serve/ollama/ollama_common.h"
#include "serve/ollama/ollama_duration.h"

#include <gtest/gtest.h>

namespace hearth::serve {

namespace {

TEST(OllamaDuration, ReadsWhatGoWrites) {
    EXPECT_DOUBLE_EQ(*parseGoDuration("5m"), 300.0);
    EXPECT_DOUBLE_EQ(*parseGoDuration("1h30m"), 5400.0);
    EXPECT_DOUBLE_EQ(*parseGoDuration("-1.5h"), -5400.0);
    EXPECT_DOUBLE_EQ(*parseGoDuration("300ms"), 0.3);
    EXPECT_DOUBLE_EQ(*parseGoDuration("10µs"), 1e-5);
    EXPECT_DOUBLE_EQ(*parseGoDuration("0"), 0.0);
    for (const char* wrong : {"", "-", "5", "m", "5x", "5m3", "inf s", "1e3s", "--5m", "5 m"})
        EXPECT_FALSE(parseGoDuration(wrong)) << wrong;
}

TEST(OllamaDuration, KeepAliveIsANumberOrADuration) {
    const auto read = [](const char* json) {
        Reading reading;
        const auto value = keepAliveType().read(Json::parse(json), reading);
        return value && !reading.failed() ? value->seconds : -99.0;
    };
    EXPECT_DOUBLE_EQ(read("300"), 300.0);
    EXPECT_DOUBLE_EQ(read("0"), 0.0);
    EXPECT_DOUBLE_EQ(read("-1"), -1.0);
    EXPECT_DOUBLE_EQ(read("\"-1\""), -1.0);
    EXPECT_DOUBLE_EQ(read("\"5m\""), 300.0);
    EXPECT_DOUBLE_EQ(read("\"soon\""), -99.0);
    EXPECT_DOUBLE_EQ(read("[]"), -99.0);
    EXPECT_DOUBLE_EQ(read("1e300"), -99.0);
    EXPECT_EQ(KeepAlive{-1.0}.idleTime().count(), 0);
    EXPECT_EQ(KeepAlive{0.2}.idleTime().count(), 1);
}

} // namespace

} // namespace hearth::serve
