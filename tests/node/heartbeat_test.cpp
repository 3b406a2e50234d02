// Leases, and kubelets that are cut off.

#include "node_cluster.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;
using api::coordinationv1::Lease;
using api::corev1::Node;
using api::corev1::Pod;
using test::NodeCluster;

WallTime renewal(const NodeCluster& cluster) {
    return cluster.store.get<Lease>({"kube-node-lease", "node-1"})->spec.renewTime->value;
}

TEST(Heartbeats, RenewALeaseEveryTenSeconds) {
    NodeCluster cluster{{.leases = Leases::On}};
    cluster.pass(10s);
    const WallTime first = renewal(cluster);
    cluster.pass(40s);

    EXPECT_EQ(renewal(cluster) - first, 40s);
    EXPECT_EQ(cluster.store.size<Lease>(), 1U);
}

// A kubelet knows the Lease as it has written it, and looks again if that does not do.
TEST(Heartbeats, RenewALeaseThatOthersHaveChanged) {
    NodeCluster cluster{{.leases = Leases::On}};
    cluster.pass(30s);
    Lease changed = *cluster.store.get<Lease>({"kube-node-lease", "node-1"});
    changed.metadata.annotations.edit()["touched"] = "yes";
    ASSERT_TRUE(cluster.registry.update(std::move(changed)));

    cluster.pass(30s);

    const auto lease = cluster.store.get<Lease>({"kube-node-lease", "node-1"});
    EXPECT_LE(cluster.time.wall() - renewal(cluster), 10s);
    EXPECT_EQ(lease->metadata.annotations->at("touched"), "yes");
}

TEST(Heartbeats, MakeALeaseAnewThatIsGone) {
    NodeCluster cluster{{.leases = Leases::On}};
    cluster.pass(30s);
    ASSERT_TRUE(cluster.registry.remove<Lease>({"kube-node-lease", "node-1"}));
    cluster.pass(30s);

    ASSERT_EQ(cluster.store.size<Lease>(), 1U);
    EXPECT_LE(cluster.time.wall() - renewal(cluster), 10s);
}

// The garbage collector takes what the Node before it owned.
TEST(Heartbeats, GiveANodeOfAnOldNameItsOwnLease) {
    NodeCluster cluster{{.leases = Leases::On}};
    cluster.pass(10s);
    ASSERT_TRUE(cluster.registry.remove<Node>({"", "node-1"}));
    cluster.settle();
    cluster.add_node("node-1");
    cluster.pass(10s);
    ASSERT_TRUE(cluster.registry.remove<Lease>({"kube-node-lease", "node-1"}));
    cluster.pass(10s);

    const auto lease = cluster.store.get<Lease>({"kube-node-lease", "node-1"});
    ASSERT_NE(lease, nullptr);
    EXPECT_EQ(lease->metadata.ownerReferences->front().uid,
              cluster.store.get<Node>({"", "node-1"})->metadata.uid);
}

TEST(Heartbeats, AreNotSentUnlessAskedFor) {
    const NodeCluster cluster;

    EXPECT_EQ(cluster.store.size<Lease>(), 0U);
}

TEST(Heartbeats, StopWithTheKubelet) {
    NodeCluster cluster{{.leases = Leases::On}};
    cluster.pass(10s);
    cluster.kubelets.silence("node-1");
    const WallTime last = renewal(cluster);
    cluster.pass(5min);
    EXPECT_EQ(renewal(cluster), last);
    cluster.kubelets.wake("node-1");
    cluster.settle();

    EXPECT_EQ(renewal(cluster), cluster.time.wall());
}

TEST(SilentKubelets, DoLaterWhatTheyHaveMissed) {
    NodeCluster cluster;
    cluster.run_pod(NodeCluster::pod_named("old"));
    cluster.settle();
    cluster.kubelets.silence("node-1");
    cluster.run_pod(NodeCluster::pod_named("new"));
    cluster.erase("old");
    cluster.pass(1min);
    EXPECT_EQ(cluster.pod("new").status.phase, "Pending");
    EXPECT_NE(cluster.find("old"), nullptr);
    cluster.kubelets.wake("node-1");
    cluster.settle();

    EXPECT_EQ(cluster.pod("new").status.phase, "Running");
    EXPECT_EQ(cluster.find("old"), nullptr);
}

TEST(SilentKubelets, SayAgainHowTheirPodsAre) {
    NodeCluster cluster;
    cluster.run_pod(NodeCluster::pod_named("web"));
    cluster.settle();
    cluster.kubelets.silence("node-1");
    Pod doubted = cluster.pod("web");
    for (auto& condition : doubted.status.conditions.edit()) {
        condition.status = condition.type == "Ready" ? "False" : condition.status;
    }
    ASSERT_TRUE(cluster.registry.update_status(std::move(doubted)));
    cluster.pass(1min);
    EXPECT_EQ(cluster.condition("web", "Ready"), "False");
    cluster.kubelets.wake("node-1");
    cluster.settle();

    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
}

TEST(SilentKubelets, AreWokenAsOftenAsTheyWereSilenced) {
    NodeCluster cluster;
    cluster.kubelets.silence("node-1");
    cluster.kubelets.silence("node-1");
    cluster.kubelets.wake("node-1");
    cluster.run_pod(NodeCluster::pod_named("web"));
    cluster.settle();
    EXPECT_EQ(cluster.pod("web").status.phase, "Pending");
    cluster.kubelets.wake("node-1");
    cluster.settle();

    EXPECT_EQ(cluster.pod("web").status.phase, "Running");
}

}  // namespace
}  // namespace wavetank::node
