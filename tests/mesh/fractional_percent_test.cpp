#include <wavetank/mesh/fractional_percent.hpp>

#include "support/scripted_random.hpp"

#include <gtest/gtest.h>

namespace wavetank::mesh {
namespace {

TEST(FractionalPercent, DrawsBelowItsNumerator) {
    test::ScriptedRandom random{29, 30};
    const FractionalPercent percent{.numerator = 30};

    EXPECT_TRUE(percent.draw(random));
    EXPECT_FALSE(percent.draw(random));
}

TEST(FractionalPercent, IsOfAHundredOrMore) {
    using Denominator = FractionalPercent::Denominator;
    EXPECT_EQ(FractionalPercent{}.whole(), 100U);
    EXPECT_EQ(FractionalPercent{.denominator = Denominator::TenThousand}.whole(), 10'000U);
    EXPECT_EQ(FractionalPercent{.denominator = Denominator::Million}.whole(), 1'000'000U);
}

}  // namespace
}  // namespace wavetank::mesh
