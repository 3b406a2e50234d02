#include <wavetank/mesh/priority_load.hpp>

#include "support/host_lists.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavetank::mesh {
namespace {

using testing::ElementsAre;

struct PriorityHosts {
    std::uint32_t healthy = 0;
    std::uint32_t degraded = 0;
    std::uint32_t unhealthy = 0;
    std::uint32_t draining = 0;
};

PriorityLoad load_of(const std::vector<PriorityHosts>& priorities, std::uint32_t threshold = 50,
                     std::uint32_t overprovisioning_factor = 140) {
    ClusterLoadAssignment listed{.policy = {.overprovisioning_factor = overprovisioning_factor}};
    for (std::uint32_t i = 0; i < priorities.size(); ++i) {
        listed.endpoints.push_back(
            {.lb_endpoints = test::hosts_of({{priorities[i].healthy},
                                             {priorities[i].degraded, HealthStatus::Degraded},
                                             {priorities[i].unhealthy, HealthStatus::Unhealthy},
                                             {priorities[i].draining, HealthStatus::Draining}},
                                            i),
             .priority = i});
    }
    const PrioritySet set = make_priority_set(listed);
    return priority_load(set.hosts, set.host_sets, threshold);
}

// The documentation has 50/50, 25/75 and 7/93 for the rows after the first; the code counts.
TEST(PriorityLoad, IsEnvoysToTheInteger) {
    EXPECT_THAT(load_of({{.healthy = 72, .unhealthy = 28}, {.healthy = 100}}).healthy,
                ElementsAre(100, 0));
    EXPECT_THAT(
        load_of({{.healthy = 50, .unhealthy = 50}, {.healthy = 60, .unhealthy = 40}}).healthy,
        ElementsAre(70, 30));
    EXPECT_THAT(load_of({{.healthy = 25, .unhealthy = 75}, {.healthy = 100}}).healthy,
                ElementsAre(35, 65));
    EXPECT_THAT(
        load_of({{.healthy = 5, .unhealthy = 95}, {.healthy = 65, .unhealthy = 35}}).healthy,
        ElementsAre(8, 92));
}

TEST(PriorityLoad, GivesTheRestOfRoundingToTheFirstWithHosts) {
    const PriorityLoad load = load_of({{.healthy = 25, .unhealthy = 75},
                                       {.healthy = 25, .unhealthy = 75},
                                       {.healthy = 20, .unhealthy = 80}},
                                      0);

    EXPECT_THAT(load.healthy, ElementsAre(37, 35, 28));
    EXPECT_THAT(load.in_panic, ElementsAre(false, false, false));
}

TEST(PriorityLoad, GoesByTheNumberOfHostsWhereAllAreInPanic) {
    const PriorityLoad load =
        load_of({{.healthy = 2, .unhealthy = 8}, {.healthy = 1, .unhealthy = 4}});

    EXPECT_THAT(load.healthy, ElementsAre(67, 33));
    EXPECT_THAT(load.in_panic, ElementsAre(true, true));
}

TEST(PriorityLoad, LetsOnePriorityPanicWhileAnotherDoesNot) {
    const PriorityLoad load =
        load_of({{.healthy = 1, .unhealthy = 19}, {.healthy = 13, .unhealthy = 7}});

    EXPECT_THAT(load.healthy, ElementsAre(8, 92));
    EXPECT_THAT(load.in_panic, ElementsAre(true, false));
}

TEST(PriorityLoad, NeverPanicsWhereOtherPrioritiesCanTakeAll) {
    const PriorityLoad load = load_of({{.unhealthy = 4}, {.healthy = 4}});

    EXPECT_THAT(load.healthy, ElementsAre(0, 100));
    EXPECT_THAT(load.in_panic, ElementsAre(false, false));
}

TEST(PriorityLoad, GivesDegradedHostsWhatIsLeft) {
    const PriorityLoad load = load_of({{.healthy = 5, .degraded = 3, .unhealthy = 2}});

    EXPECT_THAT(load.healthy, ElementsAre(70));
    EXPECT_THAT(load.degraded, ElementsAre(30));
}

TEST(PriorityLoad, DoesNotCountHostsThatDrain) {
    EXPECT_THAT(load_of({{.healthy = 2, .draining = 6}, {.healthy = 4}}).healthy,
                ElementsAre(100, 0));
}

TEST(PriorityLoad, IsAllOnNobodyWithoutPanicAndHosts) {
    EXPECT_THAT(load_of({{.unhealthy = 4}, {.unhealthy = 4}}, 0).healthy, ElementsAre(100, 0));
    EXPECT_THAT(load_of({{}}).healthy, ElementsAre(100));
}

TEST(PriorityLoad, CountsWeightsWhereItIsToldTo) {
    ClusterLoadAssignment listed{.policy = {.weighted_priority_health = true}};
    auto hosts = test::hosts_of({{1}, {1, HealthStatus::Unhealthy}});
    hosts[0].load_balancing_weight = 9;
    listed.endpoints = {{.lb_endpoints = hosts},
                        {.lb_endpoints = test::hosts_of({{2}}, 1), .priority = 1}};
    const PrioritySet set = make_priority_set(listed);

    EXPECT_THAT(priority_load(set.hosts, set.host_sets, 50).healthy, ElementsAre(100, 0));
}

TEST(PriorityLoad, ChoosesHealthyHostsOfAllPrioritiesBeforeDegradedOnes) {
    const PriorityLoad load{.healthy = {10, 50}, .degraded = {30, 10}};

    EXPECT_EQ(choose_priority(109, load), (ChosenPriority{0, HostAvailability::Healthy}));
    EXPECT_EQ(choose_priority(10, load), (ChosenPriority{1, HostAvailability::Healthy}));
    EXPECT_EQ(choose_priority(60, load), (ChosenPriority{0, HostAvailability::Degraded}));
    EXPECT_EQ(choose_priority(99, load), (ChosenPriority{1, HostAvailability::Degraded}));
}

}  // namespace
}  // namespace wavetank::mesh
