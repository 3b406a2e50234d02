#include <wavetank/mesh/previous_priorities.hpp>

#include "support/host_lists.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavetank::mesh {
namespace {

using testing::ElementsAre;

TEST(PreviousPriorities, GoToTheNextPriorityAndBeginAnewAfterTheLast) {
    ClusterLoadAssignment listed;
    for (std::uint32_t i = 0; i < 3; ++i) {
        listed.endpoints.push_back({.lb_endpoints = test::hosts_of({{2}}, i), .priority = i});
    }
    const PrioritySet set = make_priority_set(listed);
    const PriorityLoad original = priority_load(set.hosts, set.host_sets, 50);
    PreviousPriorities previous{1};
    std::vector<std::uint32_t> tried;

    for (int attempt = 0; attempt < 6; ++attempt) {
        const PriorityLoad load = previous.load_of(set.hosts, set.host_sets, original);
        tried.push_back(choose_priority(0, load).priority);
        previous.on_host_attempted(tried.back());
    }

    EXPECT_THAT(tried, ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST(PreviousPriorities, ChangeOnlyEverySoManyAttempts) {
    ClusterLoadAssignment listed;
    for (std::uint32_t i = 0; i < 2; ++i) {
        listed.endpoints.push_back({.lb_endpoints = test::hosts_of({{2}}, i), .priority = i});
    }
    const PrioritySet set = make_priority_set(listed);
    const PriorityLoad original = priority_load(set.hosts, set.host_sets, 50);
    PreviousPriorities previous{2};

    previous.on_host_attempted(0);
    EXPECT_THAT(previous.load_of(set.hosts, set.host_sets, original).healthy, ElementsAre(100, 0));
    previous.on_host_attempted(0);
    EXPECT_THAT(previous.load_of(set.hosts, set.host_sets, original).healthy, ElementsAre(0, 100));
    previous.on_host_attempted(1);
    EXPECT_THAT(previous.load_of(set.hosts, set.host_sets, original).healthy, ElementsAre(0, 100));
}

}  // namespace
}  // namespace wavetank::mesh
