#include <wavetank/mesh/local_rate_limit.hpp>

#include <gtest/gtest.h>

namespace wavetank::mesh {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(TokenSupply, FillsAllTheTime) {
    TokenSupply supply{{.max_tokens = 4, .tokens_per_fill = 4, .fill_interval = seconds{2}}};
    const TimePoint start{};
    for (int i = 0; i < 4; ++i) {
        EXPECT_TRUE(supply.take(start));
    }
    EXPECT_FALSE(supply.take(start + milliseconds{499}));
    EXPECT_TRUE(supply.take(start + milliseconds{501}));
    EXPECT_FALSE(supply.take(start + milliseconds{900}));
    EXPECT_DOUBLE_EQ(supply.tokens(start + seconds{60}), 4);
}

TEST(LocalRateLimitFilter, RefusesWhatIsTooMuch) {
    const FractionalPercent always{.numerator = 100};
    LocalRateLimitFilter filter{{.filter_enabled = always, .filter_enforced = always}};
    Random random{1};

    EXPECT_TRUE(filter.lets_pass(TimePoint{}, random));
    EXPECT_FALSE(filter.lets_pass(TimePoint{}, random));
    EXPECT_EQ(filter.stats(),
              (LocalRateLimitStats{.enabled = 2, .ok = 1, .rate_limited = 1, .enforced = 1}));
}

TEST(LocalRateLimitFilter, OnlyCountsIfItIsNotEnforced) {
    LocalRateLimitFilter filter{{.filter_enabled = {.numerator = 100}}};
    Random random{1};

    EXPECT_TRUE(filter.lets_pass(TimePoint{}, random));
    EXPECT_TRUE(filter.lets_pass(TimePoint{}, random));
    EXPECT_EQ(filter.stats().rate_limited, 1U);
    EXPECT_EQ(filter.stats().enforced, 0U);
}

}  // namespace
}  // namespace wavetank::mesh
