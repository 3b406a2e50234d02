#include <wavetank/mesh/kube_proxy.hpp>

#include "support/scripted_random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace wavetank::mesh {
namespace {

using namespace std::chrono_literals;
using test::ScriptedRandom;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr ServiceTraffic plain{};
const ProxyNode here{.name = "here", .zone = "a"};

ListedEndpoint ready(const std::string& node = "there") {
    return {.node = node};
}
ListedEndpoint terminating(const std::string& node = "there") {
    return {.node = node, .is_ready = false, .is_serving = true, .is_terminating = true};
}
ListedEndpoint unready(const std::string& node = "there") {
    return {.node = node, .is_ready = false, .is_serving = false};
}
ListedEndpoint in_zone(const std::string& zone, const std::string& node = "") {
    ListedEndpoint endpoint{.zone_hints = {zone}};
    if (!node.empty()) {
        endpoint.node = node;
        endpoint.node_hints = {node};
    }
    return endpoint;
}

TEST(KubeProxy, UsesEndpointsThatAreReady) {
    const std::vector endpoints{ready(), unready(), terminating(), ready("here")};
    const UsableEndpoints usable = usable_endpoints(endpoints, plain, here);
    EXPECT_THAT(usable.cluster, ElementsAre(0, 3));
    EXPECT_THAT(usable.local, IsEmpty());
    EXPECT_TRUE(usable.has_any);
}

TEST(KubeProxy, FallsBackToThoseThatTerminateAndStillServe) {
    ListedEndpoint gone = terminating();
    gone.is_serving = false;
    const std::vector endpoints{unready(), terminating(), gone};
    EXPECT_THAT(usable_endpoints(endpoints, plain, here).cluster, ElementsAre(1));
}

TEST(KubeProxy, RejectsWhereThereIsNoEndpointAndDropsWhereThereIsNoneOfItsNode) {
    const ServiceTraffic local{.is_internal_local = true};
    EXPECT_EQ(internal_traffic(std::vector{unready()}, plain, here).if_none, NoEndpoint::Rejected);
    EXPECT_EQ(internal_traffic(std::vector{unready()}, local, here).if_none, NoEndpoint::Rejected);
    const TrafficEndpoints elsewhere = internal_traffic(std::vector{ready()}, local, here);
    EXPECT_THAT(elsewhere.endpoints, IsEmpty());
    EXPECT_EQ(elsewhere.if_none, NoEndpoint::Dropped);
}

TEST(KubeProxy, AnInternalPolicyLocalUsesThoseOfItsNode) {
    const ServiceTraffic local{.is_internal_local = true};
    const std::vector endpoints{ready(), ready("here"), terminating("here")};
    EXPECT_THAT(internal_traffic(endpoints, local, here).endpoints, ElementsAre(1));
    // Falls back on the node, not to others.
    const std::vector ending{ready(), terminating("here")};
    EXPECT_THAT(internal_traffic(ending, local, here).endpoints, ElementsAre(1));
    EXPECT_THAT(usable_endpoints(endpoints, local, here).cluster, IsEmpty());
}

TEST(KubeProxy, AnExternalPolicyLocalIsForTrafficFromOutside) {
    const ServiceTraffic local{.is_external_local = true, .is_externally_accessible = true};
    const std::vector endpoints{ready(), ready("here")};
    EXPECT_THAT(external_traffic(endpoints, local, here).endpoints, ElementsAre(1));
    EXPECT_THAT(internal_traffic(endpoints, local, here).endpoints, ElementsAre(0, 1));
    // Nobody can come from outside: it is not asked.
    const ServiceTraffic inside{.is_external_local = true};
    EXPECT_THAT(usable_endpoints(endpoints, inside, here).local, IsEmpty());
}

TEST(KubeProxy, FollowsHintsForItsZone) {
    const std::vector endpoints{in_zone("a"), in_zone("b"), in_zone("a")};
    const UsableEndpoints usable = usable_endpoints(endpoints, plain, here);
    EXPECT_EQ(usable.topology_mode, TopologyMode::PreferSameZone);
    EXPECT_THAT(usable.cluster, ElementsAre(0, 2));
}

TEST(KubeProxy, IgnoresHintsIfOneIsMissingOrNoneIsForIt) {
    EXPECT_THAT(usable_endpoints(std::vector{in_zone("a"), ready()}, plain, here).cluster,
                ElementsAre(0, 1));
    EXPECT_THAT(usable_endpoints(std::vector{in_zone("b"), in_zone("c")}, plain, here).cluster,
                ElementsAre(0, 1));
    const ProxyNode nowhere{.name = "here"};
    EXPECT_EQ(usable_endpoints(std::vector{in_zone("a")}, plain, nowhere).topology_mode,
              TopologyMode::None);
    // One that is not ready need have no hint.
    EXPECT_THAT(
        usable_endpoints(std::vector{in_zone("a"), in_zone("b"), unready()}, plain, here).cluster,
        ElementsAre(0));
}

TEST(KubeProxy, PrefersHintsForItsNodeToThoseForItsZone) {
    const std::vector endpoints{in_zone("a", "there"), in_zone("a", "here"), in_zone("b", "far")};
    const UsableEndpoints usable = usable_endpoints(endpoints, plain, here);
    EXPECT_EQ(usable.topology_mode, TopologyMode::PreferSameNode);
    EXPECT_THAT(usable.cluster, ElementsAre(1));
    // None for the node: the zone it is.
    const std::vector others{in_zone("a", "there"), in_zone("b", "far")};
    EXPECT_THAT(usable_endpoints(others, plain, here).cluster, ElementsAre(0));
}

// Hints are for what is ready; the fallback goes anywhere.
TEST(KubeProxy, ForgetsHintsWhenNothingIsReady) {
    ListedEndpoint far = in_zone("b");
    far.is_ready = false;
    far.is_terminating = true;
    const UsableEndpoints usable = usable_endpoints(std::vector{far}, plain, here);
    EXPECT_EQ(usable.topology_mode, TopologyMode::None);
    EXPECT_THAT(usable.cluster, ElementsAre(0));
}

TEST(SessionAffinity, KeepsAClientWithItsEndpointUntilTheTimeIsUp) {
    SessionAffinity affinity{10s};
    ScriptedRandom random{1, 2};
    const std::array<std::uint32_t, 3> endpoints{7, 8, 9};

    EXPECT_EQ(affinity.pick(1, endpoints, TimePoint{}, random), 1U);
    EXPECT_EQ(affinity.pick(1, endpoints, TimePoint{10s}, random), 1U);
    EXPECT_EQ(affinity.pick(1, endpoints, TimePoint{20s}, random), 1U);  // from the last one on
    EXPECT_EQ(affinity.pick(1, endpoints, TimePoint{31s}, random), 2U);
}

TEST(SessionAffinity, KnowsClientsApart) {
    SessionAffinity affinity{10s};
    ScriptedRandom random{0, 1};
    const std::array<std::uint32_t, 2> endpoints{7, 8};

    EXPECT_EQ(affinity.pick(1, endpoints, TimePoint{}, random), 0U);
    EXPECT_EQ(affinity.pick(2, endpoints, TimePoint{}, random), 1U);
    EXPECT_EQ(affinity.pick(1, endpoints, TimePoint{1s}, random), 0U);
}

// The rules are asked in order: the endpoint that was there before is found again first.
TEST(SessionAffinity, TakesTheFirstEndpointThatHasSeenTheClient) {
    SessionAffinity affinity{10s};
    ScriptedRandom random{0, 0};
    const std::array<std::uint32_t, 2> both{7, 8};
    const std::array<std::uint32_t, 1> second{8};

    EXPECT_EQ(affinity.pick(1, both, TimePoint{}, random), 0U);
    EXPECT_EQ(affinity.pick(1, second, TimePoint{1s}, random), 0U);
    EXPECT_EQ(affinity.pick(1, both, TimePoint{2s}, random), 0U);
}

}  // namespace
}  // namespace wavetank::mesh
