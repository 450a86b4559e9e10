#include "formats/json_file.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <string>

using namespace hearth;

TEST(JsonFile, ReadsAndCapsTheSize) {
    const test::TemporaryFolder folder;
    const auto path = folder.write("a.json", R"({"a": [1, 2.5, "x"]})");
    ASSERT_TRUE(readJson(path, 1000));
    EXPECT_EQ((*readJson(path, 1000))["a"][1], 2.5);
    EXPECT_EQ(readJson(path, 10).error().code, ErrorCode::Corrupt);
    EXPECT_EQ(readJson(folder.path() / "b.json", 10).error().code, ErrorCode::NotFound);
}

TEST(JsonFile, NamesFileAndByteOfASyntaxError) {
    const auto parsed = parseJson(R"({"a": 1,})", "config.json");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, ErrorCode::Corrupt);
    EXPECT_EQ(parsed.error().path, "config.json");
    EXPECT_EQ(parsed.error().offset, 8u);
    EXPECT_FALSE(parseJson("", "x"));
    EXPECT_FALSE(parseJson("\"\xff\"", "x"));
    EXPECT_FALSE(parseJson("[1e400]", "x"));
}

TEST(JsonFile, CapsTheNesting) {
    const auto nested = [](int depth) {
        return std::string(static_cast<std::size_t>(depth), '[') +
               std::string(static_cast<std::size_t>(depth), ']');
    };
    EXPECT_TRUE(parseJson(nested(kMaxJsonDepth), "x"));
    const auto deep = parseJson(nested(kMaxJsonDepth + 1), "x");
    ASSERT_FALSE(deep);
    EXPECT_EQ(deep.error().offset, static_cast<std::uint64_t>(kMaxJsonDepth));
    EXPECT_FALSE(parseJson(std::string(1'000'000, '{'), "x"));
    EXPECT_TRUE(parseJson("\"" + std::string(1000, '[') + "\\\"[\"", "x"));
}
