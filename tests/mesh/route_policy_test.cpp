#include <wavetank/mesh/route_policy.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace wavetank::mesh {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

RetryPolicy retrying_on(std::string_view text) {
    RetryPolicy policy;
    EXPECT_TRUE(read_retry_on(text, policy)) << text;
    return policy;
}

TEST(RetryPolicy, RetriesWhatItsConditionsSay) {
    struct Case {
        std::string_view retry_on;
        std::uint16_t status;
        ResetReason reset;
        bool expected;
    };
    using enum ResetReason;
    for (const Case& each : std::vector<Case>{
             {"5xx", 500, None, true},
             {"5xx", 404, None, false},
             {"5xx", 503, Reset, true},
             {"5xx", 504, PerTryTimeout, true},
             {"gateway-error", 500, None, false},
             {"gateway-error", 502, None, true},
             {"gateway-error", 503, ConnectionFailure, true},
             {"gateway-error", 504, PerTryTimeout, true},
             {"reset", 503, None, false},
             {"reset", 504, PerTryTimeout, true},
             {"connect-failure", 503, ConnectionFailure, true},
             {"connect-failure", 503, Reset, false},
             {"reset-before-request", 503, ConnectionFailure, true},
             {"reset-before-request", 503, Reset, false},
             {"retriable-4xx", 409, None, true},
             {"retriable-4xx", 404, None, false},
             {"503", 503, None, true},
             {"503", 503, Reset, false},
             {"retriable-status-codes", 503, None, false},
             {"unavailable,refused-stream", 503, Reset, false},
             {"connect-failure, 429", 429, None, true},
             {"", 503, Reset, false},
         }) {
        EXPECT_EQ(retrying_on(each.retry_on).would_retry(each.status, each.reset), each.expected)
            << each.retry_on << " " << each.status << " " << static_cast<int>(each.reset);
    }
}

TEST(RetryPolicy, RefusesConditionsThatDoNotExist) {
    RetryPolicy policy;
    EXPECT_THAT(read_retry_on("5xx,sometimes", policy).error().message,
                HasSubstr("\"sometimes\" is no condition for a retry; known are 5xx,"));
    EXPECT_FALSE(read_retry_on("600", policy));
    EXPECT_FALSE(read_retry_on("99", policy));
}

// Envoy's backoff_strategy.cc: 25, 50, 100, 200, 250 ms.
TEST(RetryBackOff, DoublesUpToItsMaximum) {
    const RetryBackOff usual;
    std::vector<Duration> ceilings;
    for (std::uint32_t retry = 1; retry <= 6; ++retry) {
        ceilings.push_back(usual.ceiling(retry));
    }
    EXPECT_THAT(ceilings, ElementsAre(25ms, 50ms, 100ms, 200ms, 250ms, 250ms));
    EXPECT_EQ((RetryBackOff{.base_interval = 10ms, .max_interval = 15ms}.ceiling(4)), 15ms);
}

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
