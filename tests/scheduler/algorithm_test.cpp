#include <wavetank/scheduler/algorithm.hpp>

#include "support/scheduler_cluster.hpp"
#include "support/scripted_random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavetank::scheduler {
namespace {

using test::add_node;
using test::make_node;
using test::make_pod;
using test::place_pod;

class AlgorithmTest : public testing::Test {
protected:
    Decision schedule(const api::corev1::Pod& pod,
                      AlgorithmOptions options = {.tie_break = TieBreak::Name}) {
        Algorithm algorithm{profile, Random{1}, options};
        return algorithm.schedule(pod, snapshot);
    }

    Snapshot snapshot;
    Profile profile =
        Profile::make({}, PluginRegistry::defaults(), {.snapshot = &snapshot}).value();
};

TEST_F(AlgorithmTest, FindsNothingInAnEmptyCluster) {
    const Decision decision = schedule(make_pod("a"));

    EXPECT_EQ(decision.node, nullptr);
    EXPECT_EQ(decision.status.message(), "no nodes available to schedule pods");
}

TEST_F(AlgorithmTest, PrefersTheEmptierNode) {
    add_node(snapshot, make_node("busy"));
    add_node(snapshot, make_node("idle"));
    place_pod(snapshot, make_pod("old", {"2", "8Gi"}), "busy");

    const Decision decision = schedule(make_pod("new", {"1", "4Gi"}));

    ASSERT_TRUE(decision.status.ok());
    EXPECT_EQ(decision.node->name(), "idle");
}

TEST_F(AlgorithmTest, SaysOfEveryNodeWhyItDoesNotDo) {
    auto cordoned = make_node("cordoned");
    cordoned.spec.unschedulable = true;
    add_node(snapshot, std::move(cordoned));
    add_node(snapshot, make_node("small", {"1", "1Gi"}));
    add_node(snapshot, make_node("full", {"2", "16Gi"}));
    place_pod(snapshot, make_pod("old", {"1", "1Gi"}), "full");

    const Decision decision = schedule(make_pod("new", {"2", "2Gi"}));

    EXPECT_EQ(decision.status.code, Code::Unschedulable);
    EXPECT_EQ(decision.diagnosis.message(),
              "0/3 nodes are available: 1 Insufficient memory, 1 node(s) were unschedulable, "
              "2 Insufficient cpu.");
    EXPECT_THAT(decision.diagnosis.unschedulable_plugins,
                testing::ElementsAre("NodeResourcesFit", "NodeUnschedulable"));
}

TEST_F(AlgorithmTest, BreaksTiesWithOneDraw) {
    for (const char* name : {"a", "b", "c"}) {
        add_node(snapshot, make_node(name));
    }
    test::ScriptedRandom random{2};
    Algorithm algorithm{profile, random};

    EXPECT_EQ(algorithm.schedule(make_pod("pod"), snapshot).node->name(), "c");
}

TEST_F(AlgorithmTest, LeavesRoomForNominatedPodsOfItsPriority) {
    add_node(snapshot, make_node("only", {"2", "16Gi"}));
    snapshot.nominate(api::make_object<const api::corev1::Pod>(make_pod("waiting", {"1500m", ""})),
                      "only");

    EXPECT_FALSE(schedule(make_pod("equal", {"1", ""})).status.ok());

    auto urgent = make_pod("urgent", {"1", ""});
    urgent.spec.edit().priority = 1;
    EXPECT_TRUE(schedule(urgent).status.ok());
}

TEST_F(AlgorithmTest, StartsTheNextSearchWhereTheLastOneEnded) {
    for (int i = 0; i < 150; ++i) {
        add_node(snapshot, make_node("n" + std::to_string(1000 + i)));
    }
    Algorithm algorithm{profile, Random{1}, {.tie_break = TieBreak::First}};

    const Decision first = algorithm.schedule(make_pod("a"), snapshot);
    const Decision second = algorithm.schedule(make_pod("b"), snapshot);

    EXPECT_EQ(first.node->name(), "n1000");
    EXPECT_EQ(first.nodes_feasible, 100U);
    EXPECT_EQ(second.node->name(), "n1100");
    EXPECT_EQ(algorithm.next_start(), 50U);
}

TEST(FeasibleNodesWanted, FollowsTheAdaptiveRule) {
    EXPECT_EQ(feasible_nodes_wanted(99, 10), 99U);
    EXPECT_EQ(feasible_nodes_wanted(200, 0), 100U);
    EXPECT_EQ(feasible_nodes_wanted(1000, 0), 420U);
    EXPECT_EQ(feasible_nodes_wanted(5000, 0), 500U);
    EXPECT_EQ(feasible_nodes_wanted(10000, 0), 500U);
    EXPECT_EQ(feasible_nodes_wanted(1000, 40), 400U);
}

}  // namespace
}  // namespace wavetank::scheduler
