#include <wavetank/mesh/host_set.hpp>

#include "support/host_lists.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavetank::mesh {
namespace {

using test::hosts_of;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Host, IsWhatTheControlPlaneAndTheProxyMakeOfIt) {
    LbEndpoint host;

    EXPECT_EQ(health_of(host), Health::Healthy);
    host.health_status = HealthStatus::Degraded;
    EXPECT_EQ(health_of(host), Health::Degraded);
    host.health_flags = static_cast<std::uint8_t>(HealthFlag::FailedOutlierCheck);
    EXPECT_EQ(health_of(host), Health::Unhealthy);
    EXPECT_FALSE(is_excluded(host));
    host.health_status = HealthStatus::Draining;
    EXPECT_TRUE(is_excluded(host));
}

TEST(Host, IsNamedByAddressAndPort) {
    EXPECT_EQ(address_of({.address = "10.0.0.1", .port_value = 80}), "10.0.0.1:80");
    EXPECT_EQ(address_of({.address = "::1", .port_value = 80}), "[::1]:80");
}

TEST(PrioritySet, SortsHostsByPriorityHealthAndLocality) {
    const ClusterLoadAssignment listed{
        .endpoints = {
            {.locality = {.zone = "b"},
             .lb_endpoints = hosts_of({{1}, {1, HealthStatus::Unhealthy}}),
             .load_balancing_weight = 3},
            {.locality = {.zone = "a"}, .lb_endpoints = hosts_of({{1, HealthStatus::Degraded}}, 1)},
            {.lb_endpoints = hosts_of({{1, HealthStatus::Draining}}, 2), .priority = 2}}};

    const PrioritySet set = make_priority_set(listed);

    ASSERT_EQ(set.host_sets.size(), 3);
    const HostSet& first = set.host_sets[0];
    EXPECT_THAT(first.hosts, ElementsAre(0, 1, 2));
    EXPECT_THAT(first.healthy_hosts, ElementsAre(0));
    EXPECT_THAT(first.degraded_hosts, ElementsAre(2));
    EXPECT_THAT(first.hosts_per_locality.localities,
                ElementsAre(ElementsAre(2), ElementsAre(0, 1)));
    EXPECT_THAT(first.locality_weights, ElementsAre(0, 3));
    EXPECT_THAT(set.host_sets[1].hosts, IsEmpty());
    EXPECT_THAT(set.host_sets[2].excluded_hosts, ElementsAre(3));
}

TEST(PrioritySet, HasTheOwnLocalityFirstIfItHasHosts) {
    const ClusterLoadAssignment listed{
        .endpoints = {{.locality = {.zone = "a"}, .lb_endpoints = hosts_of({{1}})},
                      {.locality = {.zone = "b"}, .lb_endpoints = hosts_of({{1}}, 1)}}};

    const auto own = make_priority_set(listed, Locality{.zone = "b"}).host_sets[0];
    const auto foreign = make_priority_set(listed, Locality{.zone = "c"}).host_sets[0];

    EXPECT_TRUE(own.hosts_per_locality.has_local_locality);
    EXPECT_THAT(own.hosts_per_locality.localities, ElementsAre(ElementsAre(1), ElementsAre(0)));
    EXPECT_FALSE(foreign.hosts_per_locality.has_local_locality);
    EXPECT_THAT(foreign.hosts_per_locality.localities, ElementsAre(ElementsAre(0), ElementsAre(1)));
}

TEST(PrioritySet, ScalesWeightsOfLocalitiesByTheHostsThatAreLeft) {
    const ClusterLoadAssignment listed{.endpoints = {{.locality = {.zone = "a"},
                                                      .lb_endpoints = hosts_of({{4}}),
                                                      .load_balancing_weight = 10},
                                                     {.locality = {.zone = "b"},
                                                      .lb_endpoints = hosts_of({{2}}, 1),
                                                      .load_balancing_weight = 10}}};
    const PrioritySet set = make_priority_set(listed);

    const auto left = filtered(set.host_sets, {true, false, false, false, true, true},
                               SubsetLocalityWeights::Scaled);

    EXPECT_THAT(left[0].hosts, ElementsAre(0, 4, 5));
    EXPECT_THAT(left[0].locality_weights, ElementsAre(3, 10));  // 2.5 is rounded up
}

}  // namespace
}  // namespace wavetank::mesh
