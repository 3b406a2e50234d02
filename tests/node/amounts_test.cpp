#include "node/amounts.hpp"

#include <gtest/gtest.h>

namespace wavetank::node {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

TEST(Amounts, AddUpToAMost) {
    EXPECT_EQ(add_amount(2, 3), 5);
    EXPECT_EQ(add_amount(2, -3), 2);
    EXPECT_EQ(add_amount(amount_most, most), amount_most);
    EXPECT_LT(0 - amount_most - amount_most, 0);
}

TEST(Amounts, AreSharedAsIfThereWereNoEndOfBits) {
    EXPECT_EQ(share_of(199, 15), 29);
    EXPECT_EQ(share_of(most, 0), 0);
    EXPECT_EQ(share_of(most, 50), most / 2);
    EXPECT_EQ(share_of(most, 100), most);
}

TEST(Amounts, HavePercentages) {
    EXPECT_EQ(percent_of(29, 199), 14);
    EXPECT_EQ(percent_of(most / 2, most), 50);
    EXPECT_EQ(percent_of(most, most), 100);
    EXPECT_EQ(percent_of(0, most), 0);
}

}  // namespace
}  // namespace wavetank::node
