#include "text/stop_matcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

using hearth::ErrorCode;
using hearth::StopMatcher;

namespace {

struct Streamed {
    std::string text;
    bool stopped = false;
    std::size_t stop = 0;
};

Streamed streamed(const std::vector<std::string>& stops, const std::vector<std::string>& parts) {
    auto matcher = StopMatcher::create(stops);
    EXPECT_TRUE(matcher);
    Streamed result;
    for (const std::string& part : parts) {
        const StopMatcher::Output output = matcher->feed(part);
        result.text += output.text;
        if (output.stopped) {
            result.stopped = true;
            result.stop = output.stop;
        }
    }
    result.text += matcher->flush();
    return result;
}

// The definition, naively: the earliest end wins, then the longest.
Streamed expected(const std::vector<std::string>& stops, const std::string& text) {
    for (std::size_t end = 1; end <= text.size(); ++end) {
        std::size_t longest = stops.size();
        for (std::size_t i = 0; i < stops.size(); ++i) {
            if (std::string_view(text).substr(0, end).ends_with(stops[i]) &&
                (longest == stops.size() || stops[i].size() > stops[longest].size()))
                longest = i;
        }
        if (longest < stops.size())
            return {text.substr(0, end - stops[longest].size()), true, longest};
    }
    return {text, false, 0};
}

} // namespace

TEST(StopMatcher, fault_062_no_prefix_leaks) {
    auto matcher = StopMatcher::create({"</s>", "\nUser:"});
    ASSERT_TRUE(matcher);
    EXPECT_EQ(matcher->feed("Hello\nUs").text, "Hello");
    EXPECT_EQ(matcher->feed("ed <").text, "\nUsed ");
    EXPECT_EQ(matcher->feed("/").text, "");
    const auto last = matcher->feed("s> more");
    EXPECT_TRUE(last.stopped);
    EXPECT_EQ(last.text, "");
    EXPECT_EQ(last.stop, 0U);
    EXPECT_EQ(matcher->feed("after").text, "");
    EXPECT_EQ(matcher->flush(), "");
}

TEST(StopMatcher, fault_062_random_splits_match_the_definition) {
    std::mt19937 random(7);
    const auto word = [&](std::size_t most) {
        std::string result;
        const std::size_t length = 1 + random() % most;
        for (std::size_t i = 0; i < length; ++i)
            result += static_cast<char>('a' + random() % 3);
        return result;
    };
    for (int round = 0; round < 2000; ++round) {
        std::vector<std::string> stops;
        for (unsigned i = 0; i <= random() % 4; ++i)
            stops.push_back(word(5));
        const std::string text = word(30);
        std::vector<std::string> parts;
        for (std::size_t at = 0; at < text.size();) {
            parts.push_back(text.substr(at, 1 + random() % 4));
            at += parts.back().size();
        }
        const Streamed got = streamed(stops, parts);
        const Streamed want = expected(stops, text);
        EXPECT_EQ(got.text, want.text);
        EXPECT_EQ(got.stopped, want.stopped);
        if (want.stopped) {
            EXPECT_EQ(stops[got.stop], stops[want.stop]);
        }
    }
}

TEST(StopMatcher, HeldTextComesOutAtTheEnd) {
    EXPECT_EQ(streamed({"stop"}, {"do not sto"}).text, "do not sto");
    EXPECT_EQ(streamed({}, {"any", "thing"}).text, "anything");
}

TEST(StopMatcher, LinearForManyLongStrings) {
    std::vector<std::string> stops;
    for (int i = 0; i < 1000; ++i)
        stops.push_back(std::string(200, 'a') + std::to_string(i) + "b");
    const std::string text(1 << 20, 'a');
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(streamed(stops, {text}).text, text);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(StopMatcher, EmptyStopIsRefused) {
    const auto matcher = StopMatcher::create({"a", ""});
    ASSERT_FALSE(matcher);
    EXPECT_EQ(matcher.error().code, ErrorCode::InvalidArgument);
}
