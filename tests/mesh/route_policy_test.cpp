#include <wavetank/mesh/route_policy.hpp>

#include <gtest/gtest.h>

namespace wavetank::mesh {
namespace {

// Istio's numbers: with 25 active 5 retries may be, with 2 there may be 3.
TEST(Thresholds, LimitRetriesByABudgetIfThereIsOne) {
    EXPECT_EQ(Thresholds{}.retry_limit(1000), 3U);
    const Thresholds budget{.retry_budget = RetryBudget{}};
    EXPECT_EQ(budget.retry_limit(25), 5U);
    EXPECT_EQ(budget.retry_limit(2), 3U);
    EXPECT_EQ(budget.retry_limit(29), 5U);
}

}  // namespace
}  // namespace wavetank::mesh
