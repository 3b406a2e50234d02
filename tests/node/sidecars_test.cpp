#include "node/node_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// A pod of a regular container and two sidecars, "first" and "second".
class Sidecars : public testing::Test {
protected:
    api::corev1::Pod pod_with_sidecars(const std::string& restart_policy = "Always") {
        auto pod = test::NodeCluster::pod_named("web");
        auto& body = pod.spec.edit();
        body.restartPolicy = restart_policy;
        for (const char* name : {"first", "second"}) {
            body.initContainers.push_back(
                {.name = name, .image = "proxy:v1", .restartPolicy = "Always"});
        }
        return pod;
    }

    std::vector<std::string> take_calls() {
        return std::exchange(cluster.containers.calls, {});
    }

    test::NodeCluster cluster{{.heartbeats = Heartbeats::Off}};
};

TEST_F(Sidecars, StartInOrderBeforeTheRest) {
    cluster.run_pod(pod_with_sidecars());
    cluster.pass(10s);

    EXPECT_THAT(take_calls(),
                ElementsAre("start web/first 10.244.1.2", "start web/second 10.244.1.2",
                            "start web/main 10.244.1.2"));
    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
}

TEST_F(Sidecars, AreRestartedWhileTheOthersRun) {
    cluster.run_pod(pod_with_sidecars("Never"));
    cluster.pass(10s);
    take_calls();
    cluster.kubelets.container_exited(test::NodeCluster::key("web"), "first", {.code = 0});
    cluster.pass(10s);

    EXPECT_THAT(take_calls(), ElementsAre("start web/first 10.244.1.2"));
    EXPECT_EQ(cluster.pod("web").status->initContainerStatuses->at(0).restartCount, 1);
    EXPECT_EQ(cluster.pod("web").status.phase, "Running");
}

TEST_F(Sidecars, StopAfterTheRestInReverseOrder) {
    cluster.run_pod(pod_with_sidecars());
    cluster.pass(10s);
    take_calls();
    cluster.containers.busy = {"web/main"};
    cluster.erase("web");
    cluster.pass(5s);
    EXPECT_THAT(take_calls(), ElementsAre("drain web/main"));
    cluster.containers.busy = {"web/second"};
    cluster.pass(5s);
    EXPECT_THAT(take_calls(), ElementsAre("stop web/main", "drain web/second"));
    cluster.containers.busy.clear();
    cluster.pass(5s);

    EXPECT_THAT(take_calls(), ElementsAre("stop web/second", "drain web/first", "stop web/first"));
    EXPECT_EQ(cluster.find("web"), nullptr);
}

TEST_F(Sidecars, GetTwoSecondsWhenTheRestHasUsedUpTheTime) {
    cluster.run_pod(pod_with_sidecars());
    cluster.pass(10s);
    take_calls();
    cluster.containers.busy = {"web/main", "web/first", "web/second"};
    cluster.erase("web", 5);
    cluster.pass(4900ms);
    EXPECT_THAT(take_calls(), ElementsAre("drain web/main"));
    cluster.pass(200ms);
    EXPECT_THAT(take_calls(), ElementsAre("stop web/main", "drain web/second", "drain web/first"));
    cluster.pass(1700ms);
    EXPECT_THAT(take_calls(), IsEmpty());
    cluster.pass(300ms);

    EXPECT_THAT(take_calls(), ElementsAre("stop web/second", "stop web/first"));
    EXPECT_EQ(cluster.find("web"), nullptr);
}

TEST_F(Sidecars, DoNotKeepAPodThatIsDone) {
    cluster.run_pod(pod_with_sidecars("Never"));
    cluster.pass(10s);
    take_calls();
    cluster.containers.busy = {"web/second"};
    cluster.exit("web", 0);
    EXPECT_EQ(cluster.pod("web").status.phase, "Running");
    EXPECT_THAT(take_calls(), ElementsAre("drain web/second"));
    cluster.containers.busy.clear();
    cluster.pass(2s);

    EXPECT_THAT(take_calls(), ElementsAre("stop web/second", "drain web/first", "stop web/first"));
    EXPECT_EQ(cluster.pod("web").status.phase, "Succeeded");
    EXPECT_THAT(cluster.events(), testing::Contains("Normal Killing Stopping container second"));
}

}  // namespace
}  // namespace wavetank::node
