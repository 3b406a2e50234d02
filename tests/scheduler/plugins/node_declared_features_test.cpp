#include <wavetank/scheduler/algorithm.hpp>

#include "support/scheduler_cluster.hpp"

#include <gtest/gtest.h>

namespace wavetank::scheduler {
namespace {

using api::corev1::Pod;
using test::make_pod;

class NodeDeclaredFeaturesTest : public testing::Test {
protected:
    NodeDeclaredFeaturesTest() {
        test::add_node(snapshot, test::make_node("plain"));
        auto able = test::make_node("able");
        able.status.declaredFeatures = {"RestartAllContainersOnContainerExits",
                                        "UserNamespacesHostNetworkSupport",
                                        "VolumeBindMountOptions"};
        test::add_node(snapshot, std::move(able));
    }

    Decision schedule(const Pod& pod) {
        return algorithm.schedule(pod, snapshot);
    }

    Snapshot snapshot;
    Profile profile =
        Profile::make({}, PluginRegistry::defaults(), {.snapshot = &snapshot}).value();
    // By class, nobody says why the other nodes do not do.
    Algorithm algorithm{profile, Random{1}, {.fast_path = FastPath::Off}};
};

TEST_F(NodeDeclaredFeaturesTest, SendsPodsWhereTheyCanBeServed) {
    Pod restarting = make_pod("restarting");
    restarting.spec.edit().containers.front().restartPolicyRules.emplace_back().action =
        "RestartAllContainers";
    Pod hosted = make_pod("hosted");
    hosted.spec.edit().hostNetwork = true;
    hosted.spec.edit().hostUsers = false;
    Pod mounting = make_pod("mounting");
    mounting.spec.edit().containers.front().volumeMounts.emplace_back().bindMountOptions = {"ro"};

    for (const Pod* pod : {&restarting, &hosted, &mounting}) {
        const Decision decision = schedule(*pod);

        ASSERT_NE(decision.node, nullptr) << pod->metadata.name;
        EXPECT_EQ(decision.node->name(), "able");
        ASSERT_EQ(decision.diagnosis.rejected.size(), 1U);
        EXPECT_EQ(decision.diagnosis.rejected.front().status->message(),
                  "node(s) didn't match Pod's required features");
    }
}

TEST_F(NodeDeclaredFeaturesTest, HasNothingAgainstOrdinaryPods) {
    EXPECT_EQ(schedule(make_pod("ordinary")).nodes_feasible, 2U);
}

}  // namespace
}  // namespace wavetank::scheduler
