#include "base/checked.h"

#include <gtest/gtest.h>

using hearth::Checked;

TEST(Checked, OverflowIsInvalidAndStaysSo) {
    const Checked huge(~std::uint64_t{0});
    EXPECT_FALSE((huge + Checked(1)).valid());
    EXPECT_FALSE((huge * Checked(2)).valid());
    EXPECT_FALSE((Checked(1) - Checked(2)).valid());
    EXPECT_FALSE((huge + Checked(1) - Checked(5)).valid());
    EXPECT_FALSE(huge.alignedUp(32).valid());
    EXPECT_FALSE(Checked(5).alignedUp(0).valid());
}

TEST(Checked, NarrowingIsChecked) {
    EXPECT_EQ(Checked(300).get<std::uint8_t>(), std::nullopt);
    EXPECT_EQ(Checked(200).get<std::uint8_t>(), 200);
    EXPECT_EQ(Checked(-1).get<std::int64_t>(), std::nullopt);
    EXPECT_EQ(Checked(33).alignedUp(32).get<int>(), 64);
    EXPECT_TRUE(Checked(10).atMost(10));
    EXPECT_FALSE(Checked(11).atMost(10));
}
