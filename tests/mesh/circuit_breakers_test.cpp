#include <wavetank/mesh/circuit_breakers.hpp>

#include <gtest/gtest.h>

namespace wavetank::mesh {
namespace {

TEST(Thresholds, LimitRetriesByABudgetIfThereIsOne) {
    EXPECT_EQ(Thresholds{}.retry_limit(1000), 3U);
    const Thresholds budget{.retry_budget = RetryBudget{}};
    EXPECT_EQ(budget.retry_limit(25), 5U);
    EXPECT_EQ(budget.retry_limit(2), 3U);
    EXPECT_EQ(budget.retry_limit(29), 5U);
}

TEST(ResourceManager, AllowsSoManyAndNoMore) {
    ResourceManager resources{{.max_connections = 2}};

    EXPECT_TRUE(resources.can_create(Resource::Connections));
    resources.increase(Resource::Connections);
    resources.increase(Resource::Connections);
    EXPECT_FALSE(resources.can_create(Resource::Connections));
    EXPECT_TRUE(resources.is_open(Resource::Connections));
    resources.decrease(Resource::Connections);
    EXPECT_TRUE(resources.can_create(Resource::Connections));
    EXPECT_FALSE(resources.is_open(Resource::Connections));
}

TEST(ResourceManager, NeverShowsThatALimitOfZeroIsReached) {
    ResourceManager resources{{.max_requests = 0}};

    EXPECT_FALSE(resources.can_create(Resource::Requests));
    EXPECT_FALSE(resources.is_open(Resource::Requests));
}

TEST(ResourceManager, TakesWhatWaitsIntoTheBudgetOfRetries) {
    ResourceManager resources{
        {.retry_budget = RetryBudget{.budget_percent = 50, .min_retry_concurrency = 0}}};
    for (int i = 0; i < 3; ++i) {
        resources.increase(Resource::Requests);
    }
    EXPECT_EQ(resources.max(Resource::Retries), 1U);
    resources.increase(Resource::PendingRequests);
    EXPECT_EQ(resources.max(Resource::Retries), 2U);
}

TEST(ResourceManager, TellsWhatIsLeftOnlyIfAsked) {
    ResourceManager resources{{.max_requests = 5, .track_remaining = true}};
    resources.increase(Resource::Requests);

    EXPECT_EQ(resources.remaining(Resource::Requests), 4U);
    EXPECT_EQ(ResourceManager{{}}.remaining(Resource::Requests), 0U);
}

// As Envoy does: with a budget the gauge says nothing, but only once a retry was thought of.
TEST(ResourceManager, TellsWhatIsLeftOfABudgetUntilItIsUsed) {
    ResourceManager resources{{.retry_budget = RetryBudget{}, .track_remaining = true}};

    EXPECT_EQ(resources.remaining(Resource::Retries), 3U);
    EXPECT_TRUE(resources.can_create(Resource::Retries));
    EXPECT_EQ(resources.remaining(Resource::Retries), 3U);
    resources.note_retry_wanted();
    EXPECT_EQ(resources.remaining(Resource::Retries), 0U);
}

}  // namespace
}  // namespace wavetank::mesh
