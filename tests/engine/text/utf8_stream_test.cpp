#include "text/utf8_stream.h"

#include <gtest/gtest.h>

#include <string>

using hearth::Utf8Stream;

namespace {

bool isWhole(const std::string& text) {
    Utf8Stream check;
    return check.feed(text) == text && !check.pending();
}

} // namespace

TEST(Utf8Stream, fault_063_split_anywhere) {
    const std::string text = "aé漢🙂 e\xCC\x81 \xEF\xBF\xBD|";
    for (std::size_t first = 0; first <= text.size(); ++first) {
        for (std::size_t second = first; second <= text.size(); ++second) {
            Utf8Stream stream;
            std::string out;
            for (const std::string& part :
                 {text.substr(0, first), text.substr(first, second - first), text.substr(second)}) {
                const std::string piece = stream.feed(part);
                EXPECT_TRUE(isWhole(piece));
                out += piece;
            }
            EXPECT_EQ(out + stream.flush(), text);
        }
    }
}

TEST(Utf8Stream, fault_063_limit_reached_mid_character) {
    Utf8Stream stream;
    EXPECT_EQ(stream.feed("ok \xF0\x9F\x99"), "ok ");
    EXPECT_TRUE(stream.pending());
    EXPECT_EQ(stream.flush(), "\xEF\xBF\xBD");
    EXPECT_EQ(stream.flush(), "");
}

TEST(Utf8Stream, InvalidBytesBecomeReplacementsOnceCertain) {
    const std::string r = "\xEF\xBF\xBD";
    Utf8Stream stream;
    EXPECT_EQ(stream.feed("\xE6"), "");
    EXPECT_EQ(stream.feed("A"), r + "A");
    EXPECT_EQ(stream.feed("\x80\xFF"), r + r);
    EXPECT_EQ(stream.feed("\xED\xA0\x80"), r + r + r); // A surrogate.
    EXPECT_EQ(stream.feed("\xF0\x9F"), "");
    EXPECT_EQ(stream.feed("\xC3\xA9"), r + "é"); // One for the maximal subpart.
    EXPECT_EQ(stream.feed("\xC0\xAF"), r + r);   // Overlong.
    EXPECT_EQ(stream.flush(), "");
}
