#include <wavetank/node/make_node.hpp>

#include "node/node_status.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;

const api::Time at_start{default_wall_epoch};
const api::Time later{default_wall_epoch + 300s};

TEST(MakeNode, GivesANodeItsCapacityAndTheUsualLabels) {
    const auto node = make_node(
        "node-1", {.cpu = api::Quantity::of(8), .zone = "zone-a", .labels = {{"disk", "ssd"}}});

    EXPECT_EQ(node.status.allocatable.at("cpu").to_string(), "8");
    EXPECT_EQ(node.status.capacity.at("memory").to_string(), "16Gi");
    EXPECT_EQ(node.status.capacity.at("pods").to_string(), "110");
    EXPECT_EQ(node.metadata.labels->at("kubernetes.io/hostname"), "node-1");
    EXPECT_EQ(node.metadata.labels->at("topology.kubernetes.io/zone"), "zone-a");
    EXPECT_EQ(node.metadata.labels->at("disk"), "ssd");
    EXPECT_FALSE(node.metadata.labels->contains("topology.kubernetes.io/region"));
}

TEST(NodeStatus, IsReadyOnceDescribed) {
    auto node = make_node("node-1");
    node.spec.taints.push_back({.key = "node.kubernetes.io/not-ready", .effect = "NoSchedule"});
    node.spec.taints.push_back({.key = "dedicated", .effect = "NoSchedule"});

    describe_node(node, 1, at_start);
    admit_pods(node, 1);

    ASSERT_EQ(node.status.conditions.size(), 4U);
    EXPECT_EQ(node.status.conditions[3].type, "Ready");
    EXPECT_EQ(node.status.conditions[3].status, "True");
    EXPECT_EQ(node.status.addresses[0].address, "192.168.10.11");
    ASSERT_EQ(node.spec.taints.size(), 1U);
    EXPECT_EQ(node.spec.taints[0].key, "dedicated");
    EXPECT_EQ(node.spec.podCIDR, "10.244.1.0/24");
}

TEST(NodeStatus, KeepsTransitionTimesThroughHeartbeats) {
    auto node = make_node("node-1");
    describe_node(node, 1, at_start);

    beat(node, later);

    EXPECT_EQ(node.status.conditions[3].lastHeartbeatTime, later);
    EXPECT_EQ(node.status.conditions[3].lastTransitionTime, at_start);
}

}  // namespace
}  // namespace wavetank::node
