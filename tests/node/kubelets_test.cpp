#include <wavetank/node/kubelets.hpp>

#include "node_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;
using api::corev1::Node;
using api::corev1::Pod;
using test::NodeCluster;
using testing::ElementsAre;
using testing::IsEmpty;

class MissingImages final : public ImageSource {
public:
    Result<void> pull(const std::string& image) const override {
        if (image.find("nosuch") != std::string::npos && missing) {
            return Error{.reason = Reason::NotFound, .message = image + ": not found"};
        }
        return {};
    }
    bool missing = true;
};

TEST(Kubelets, MakeANewNodeReady) {
    NodeCluster cluster;

    const auto node = cluster.store.get<Node>({"", "node-1"});

    ASSERT_EQ(node->status.conditions.size(), 4U);
    EXPECT_EQ(node->status.conditions[3].status, "True");
    EXPECT_EQ(node->status.nodeInfo.kubeletVersion, "v1.37.2");
    EXPECT_THAT(node->spec.taints, IsEmpty());
    EXPECT_EQ(node->spec.podCIDR, "10.244.1.0/24");
}

TEST(Kubelets, BeatEveryFiveMinutesIfTheyAreToldTo) {
    NodeCluster cluster{{.heartbeats = Heartbeats::On}};

    cluster.pass(11min);

    const auto node = cluster.store.get<Node>({"", "node-1"});
    EXPECT_EQ(node->status.conditions[3].lastHeartbeatTime, api::Time{default_wall_epoch + 10min});
    EXPECT_EQ(node->status.conditions[3].lastTransitionTime, api::Time{default_wall_epoch});
}

TEST(Kubelets, BringAPodFromBoundToReadyInOneWriteIfAllIsInstant) {
    NodeCluster cluster{{.events = EventReporting::Off, .heartbeats = Heartbeats::Off}};
    cluster.run_pod(NodeCluster::pod_named("web"));
    const auto before = cluster.store.version();

    cluster.settle();

    EXPECT_EQ(cluster.store.version(), before + 1);
    const Pod& pod = cluster.pod("web");
    EXPECT_EQ(pod.status.phase, "Running");
    EXPECT_EQ(pod.status.podIP, "10.244.1.2");
    EXPECT_EQ(pod.status.host->hostIP, "192.168.10.11");
    EXPECT_EQ(pod.status->observedGeneration, 1);
    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
    EXPECT_EQ(pod.status.conditions->size(), 5U);
    EXPECT_TRUE(cluster.main_of("web").ready);
    EXPECT_THAT(cluster.containers.calls, ElementsAre("start web/main 10.244.1.2"));
}

TEST(Kubelets, LetPodsOfOneTemplateShareTheirStatus) {
    NodeCluster cluster;
    Pod pod = NodeCluster::pod_named("");
    pod.metadata.generateName = "web-";
    for (int i = 0; i < 2; ++i) {
        cluster.run_pod(pod);
    }
    cluster.settle();

    const auto pods = cluster.store.list<Pod>();

    EXPECT_TRUE(pods[0]->status.conditions.same_as(pods[1]->status.conditions));
    EXPECT_TRUE(pods[0]->status.body.same_as(pods[1]->status.body));
}

TEST(Kubelets, TakeTheirTimeToPullStartAndBecomeReady) {
    NodeCluster cluster{{.image_pull = Distribution::constant(3s),
                         .start_up = Distribution::constant(1s),
                         .readiness = Distribution::constant(2s),
                         .heartbeats = Heartbeats::Off}};
    cluster.run_pod(NodeCluster::pod_named("web"));
    cluster.settle();
    EXPECT_EQ(cluster.pod("web").status.phase, "Pending");
    EXPECT_EQ(cluster.main_of("web").state.waiting->reason, "ContainerCreating");
    EXPECT_EQ(cluster.condition("web", "PodReadyToStartContainers"), "False");

    cluster.pass(4s);
    EXPECT_EQ(cluster.pod("web").status.phase, "Running");
    EXPECT_EQ(cluster.condition("web", "Ready"), "False");

    cluster.pass(2s);
    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
    EXPECT_THAT(
        cluster.events(),
        ElementsAre("Normal Pulling Pulling image \"app:v1\"",
                    "Normal Pulled Successfully pulled image \"app:v1\" in 3s (3s "
                    "including waiting). Image size: 1000000 bytes.",
                    "Normal Created Container created", "Normal Started Container started"));
}

TEST(Kubelets, PullAnImageOnceANode) {
    NodeCluster cluster{{.image_pull = Distribution::constant(3s), .heartbeats = Heartbeats::Off}};
    cluster.run_pod(NodeCluster::pod_named("a"));
    cluster.pass(1s);
    cluster.run_pod(NodeCluster::pod_named("b"));
    cluster.pass(2s);
    EXPECT_EQ(cluster.condition("b", "Ready"), "True");

    cluster.run_pod(NodeCluster::pod_named("c"));
    cluster.settle();

    EXPECT_EQ(cluster.condition("c", "Ready"), "True");
}

TEST(Kubelets, NeverPullWhatMustNotBePulled) {
    NodeCluster cluster;
    Pod pod = NodeCluster::pod_named("web");
    pod.spec.edit().containers[0].imagePullPolicy = "Never";
    cluster.run_pod(pod);

    cluster.settle();

    EXPECT_EQ(cluster.main_of("web").state.waiting->reason, "ErrImageNeverPull");
    EXPECT_EQ(cluster.pod("web").status.phase, "Pending");
    EXPECT_THAT(cluster.events(),
                ElementsAre("Warning ErrImageNeverPull Container image \"app:v1\" is not present "
                            "with pull policy of Never",
                            "Warning Failed Error: ErrImageNeverPull"));
}

TEST(Kubelets, BackOffFromAnImageThatDoesNotExist) {
    MissingImages images;
    NodeCluster cluster{{.heartbeats = Heartbeats::Off, .image_source = &images}};
    Pod pod = NodeCluster::pod_named("web");
    pod.spec.edit().containers[0].image = "nosuch:v2";
    cluster.run_pod(pod);
    cluster.settle();
    EXPECT_EQ(cluster.main_of("web").state.waiting->reason, "ErrImagePull");

    cluster.pass(1s);
    EXPECT_EQ(cluster.main_of("web").state.waiting->reason, "ImagePullBackOff");
    EXPECT_EQ(cluster.main_of("web").state.waiting->message,
              "Back-off pulling image \"nosuch:v2\": ErrImagePull: nosuch:v2: not found");
    EXPECT_THAT(cluster.events(),
                ElementsAre("Normal Pulling Pulling image \"nosuch:v2\"",
                            "Warning Failed Failed to pull image \"nosuch:v2\": nosuch:v2: not "
                            "found",
                            "Warning Failed Error: ErrImagePull",
                            "Normal BackOff Back-off pulling image \"nosuch:v2\"",
                            "Warning Failed Error: ImagePullBackOff"));

    images.missing = false;
    cluster.pass(9s);
    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
}

TEST(Kubelets, RunInitContainersInOrderBeforeTheRest) {
    NodeCluster cluster{{.init_run = Distribution::constant(2s), .heartbeats = Heartbeats::Off}};
    Pod pod = NodeCluster::pod_named("web");
    pod.spec.edit().initContainers.push_back({.name = "one", .image = "setup:v1"});
    pod.spec.edit().initContainers.push_back({.name = "two", .image = "setup:v1"});
    cluster.run_pod(pod);

    cluster.pass(3s);
    EXPECT_EQ(cluster.pod("web").status.phase, "Pending");
    EXPECT_EQ(cluster.condition("web", "Initialized"), "False");
    EXPECT_TRUE(
        cluster.pod("web").status->initContainerStatuses->at(0).state.terminated.has_value());
    EXPECT_TRUE(cluster.pod("web").status->initContainerStatuses->at(1).state.running.has_value());
    EXPECT_EQ(cluster.main_of("web").state.waiting->reason, "PodInitializing");

    cluster.pass(1s);
    EXPECT_EQ(cluster.condition("web", "Initialized"), "True");
    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
    EXPECT_THAT(cluster.containers.calls, ElementsAre("start web/main 10.244.1.2"));
}

TEST(Kubelets, RestartACrashAtOnceThenBackOffTwiceAsLongEachTime) {
    NodeCluster cluster;
    cluster.run_pod(NodeCluster::pod_named("web"));
    cluster.settle();

    cluster.exit("web", 1);
    EXPECT_TRUE(cluster.main_of("web").state.running.has_value());
    EXPECT_EQ(cluster.main_of("web").restartCount, 1);
    EXPECT_EQ(cluster.main_of("web").lastState.terminated->exitCode, 1);

    std::vector<Duration> waits;
    for (int crash = 0; crash < 7; ++crash) {
        cluster.exit("web", 1);
        EXPECT_EQ(cluster.main_of("web").state.waiting->reason, "CrashLoopBackOff");
        EXPECT_EQ(cluster.pod("web").status.phase, "Running");
        const TimePoint crashed = cluster.time.now();
        cluster.time.run_until(cluster.time.next_time());
        waits.push_back(cluster.time.now() - crashed);
        EXPECT_EQ(cluster.main_of("web").restartCount, crash + 2);
    }

    EXPECT_THAT(waits, ElementsAre(10s, 20s, 40s, 80s, 160s, 300s, 300s));
}

TEST(Kubelets, ForgetCrashesAfterTenMinutesOfRunning) {
    NodeCluster cluster;
    cluster.run_pod(NodeCluster::pod_named("web"));
    cluster.settle();
    cluster.exit("web", 1);

    cluster.pass(10min + 1s);
    cluster.exit("web", 1);

    EXPECT_TRUE(cluster.main_of("web").state.running.has_value());
    EXPECT_EQ(cluster.main_of("web").restartCount, 2);
}

TEST(Kubelets, WordTheEventsOfACrashLoopAsUpstream) {
    NodeCluster cluster{{.heartbeats = Heartbeats::Off, .images = ImageStock::Complete}};
    cluster.run_pod(NodeCluster::pod_named("web"));
    cluster.settle();

    cluster.exit("web", 1);
    cluster.exit("web", 1);

    const std::string uid = cluster.pod("web").metadata.uid;
    EXPECT_THAT(
        cluster.events(),
        ElementsAre("Normal Pulled Container image \"app:v1\" already present on machine and can "
                    "be accessed by the pod x2",
                    "Normal Created Container created x2", "Normal Started Container started x2",
                    "Warning BackOff Back-off restarting failed container main in pod "
                    "web_default(" +
                        uid + ")"));
    EXPECT_EQ(cluster.main_of("web").state.waiting->message,
              "back-off 10s restarting failed container=main pod=web_default(" + uid + ")");
}

TEST(Kubelets, EndAPodThatIsNotToBeRestarted) {
    NodeCluster cluster;
    for (const char* name : {"good", "bad"}) {
        Pod pod = NodeCluster::pod_named(name);
        pod.spec.edit().restartPolicy = "Never";
        cluster.run_pod(pod);
    }
    cluster.settle();

    cluster.exit("good", 0);
    cluster.exit("bad", 3);

    EXPECT_EQ(cluster.pod("good").status.phase, "Succeeded");
    EXPECT_EQ(cluster.main_of("good").state.terminated->reason, "Completed");
    EXPECT_EQ(cluster.pod("bad").status.phase, "Failed");
    EXPECT_EQ(cluster.main_of("bad").state.terminated->reason, "Error");
    EXPECT_EQ(cluster.condition("bad", "Ready"), "False");
}

TEST(Kubelets, CountAFailedStartAndTryAgain) {
    NodeCluster cluster;
    cluster.containers.failing = true;
    cluster.run_pod(NodeCluster::pod_named("web"));
    cluster.settle();
    EXPECT_EQ(cluster.main_of("web").state.waiting->reason, "RunContainerError");

    cluster.containers.failing = false;
    cluster.pass(10s);

    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
}

TEST(Kubelets, WaitForTheConditionOfAReadinessGate) {
    NodeCluster cluster;
    Pod pod = NodeCluster::pod_named("web");
    pod.spec.edit().readinessGates.push_back({.conditionType = "example.com/gate"});
    cluster.run_pod(pod);
    cluster.settle();
    EXPECT_EQ(cluster.condition("web", "ContainersReady"), "True");
    EXPECT_EQ(cluster.condition("web", "Ready"), "False");

    Pod opened = cluster.pod("web");
    opened.status.conditions.edit().push_back({.type = "example.com/gate", .status = "True"});
    static_cast<void>(cluster.registry.update_status(opened).value());
    cluster.settle();

    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
}

TEST(Kubelets, RemoveAnIdlePodAtOnce) {
    NodeCluster cluster;
    cluster.run_pod(NodeCluster::pod_named("web"));
    cluster.settle();
    cluster.containers.calls.clear();
    std::vector<std::string> phases;
    const auto watch = cluster.store.watch<Pod>([&phases](const store::WatchEvent<Pod>& event) {
        phases.push_back(event.object->status.phase);
    });

    cluster.erase("web");
    cluster.settle();

    EXPECT_EQ(cluster.find("web"), nullptr);
    EXPECT_THAT(cluster.containers.calls, ElementsAre("drain web/main", "stop web/main"));
    EXPECT_THAT(phases, ElementsAre("Running", "Succeeded", "Succeeded", "Succeeded"));
    EXPECT_EQ(cluster.events().back(), "Normal Killing Stopping container main");
}

TEST(Kubelets, WaitUntilAPodHasNothingLeftToDo) {
    NodeCluster cluster;
    cluster.run_pod(NodeCluster::pod_named("web"));
    cluster.settle();
    cluster.containers.busy = {"web/main"};
    cluster.erase("web");
    cluster.pass(5s);
    ASSERT_NE(cluster.find("web"), nullptr);

    cluster.containers.busy.clear();
    cluster.kubelets.notify_idle(NodeCluster::key("web"));
    cluster.settle();

    EXPECT_EQ(cluster.find("web"), nullptr);
}

TEST(Kubelets, KillWhatIsBusyWhenTheGracePeriodEnds) {
    NodeCluster cluster;
    cluster.run_pod(NodeCluster::pod_named("web"));
    cluster.settle();
    cluster.containers.busy = {"web/main"};
    cluster.erase("web");
    std::string phase;
    const auto watch = cluster.store.watch<Pod>(
        [&phase](const store::WatchEvent<Pod>& event) { phase = event.object->status.phase; });

    cluster.pass(29s);
    ASSERT_NE(cluster.find("web"), nullptr);
    cluster.pass(1s);

    EXPECT_EQ(cluster.find("web"), nullptr);
    EXPECT_EQ(phase, "Failed");
}

TEST(Kubelets, SendTheTermSignalAfterThePreStopSleep) {
    NodeCluster cluster;
    Pod pod = NodeCluster::pod_named("web");
    auto& container = pod.spec.edit().containers[0];
    container.lifecycle.emplace().preStop.emplace().sleep.emplace().seconds = 5;
    cluster.run_pod(pod);
    cluster.settle();
    cluster.containers.calls.clear();
    cluster.erase("web");

    cluster.pass(4s);
    EXPECT_THAT(cluster.containers.calls, IsEmpty());
    cluster.pass(1s);

    EXPECT_THAT(cluster.containers.calls, ElementsAre("drain web/main", "stop web/main"));
    EXPECT_EQ(cluster.find("web"), nullptr);
}

TEST(Kubelets, TakeAtLeastTheTimeThatTerminationTakes) {
    NodeCluster cluster{
        {.termination = Distribution::constant(200ms), .heartbeats = Heartbeats::Off}};
    cluster.run_pod(NodeCluster::pod_named("web"));
    cluster.settle();
    cluster.erase("web");

    cluster.pass(199ms);
    ASSERT_NE(cluster.find("web"), nullptr);
    cluster.pass(1ms);

    EXPECT_EQ(cluster.find("web"), nullptr);
}

TEST(Kubelets, StopAPodThatIsForcedAwayAndGiveItsAddressBack) {
    NodeCluster cluster;
    cluster.run_pod(NodeCluster::pod_named("web"));
    cluster.settle();
    cluster.containers.calls.clear();

    cluster.erase("web", 0);
    cluster.run_pod(NodeCluster::pod_named("web"));
    cluster.settle();

    EXPECT_THAT(cluster.containers.calls,
                ElementsAre("stop web/main", "start web/main 10.244.1.3"));
    EXPECT_EQ(cluster.condition("web", "Ready"), "True");
}

TEST(Kubelets, LeavePodsOfUnknownNodesAloneUntilTheNodeJoins) {
    NodeCluster cluster;
    Pod pod = NodeCluster::pod_named("web");
    pod.spec.nodeName = "node-2";
    static_cast<void>(cluster.registry.create(pod).value());
    cluster.pass(1min);
    EXPECT_EQ(cluster.pod("web").status.podIP, "");

    cluster.add_node("node-2");

    EXPECT_EQ(cluster.pod("web").status.podIP, "10.244.2.2");
}

TEST(Kubelets, DrawDelaysByTheNameOfThePod) {
    const auto ready_after = [](const std::vector<std::string>& names) {
        NodeCluster cluster{
            {.readiness = Distribution::exponential(10s), .heartbeats = Heartbeats::Off}};
        for (const std::string& name : names) {
            cluster.run_pod(NodeCluster::pod_named(name));
        }
        while (cluster.condition("web", "Ready") != "True") {
            cluster.time.step();
        }
        return cluster.time.now();
    };

    EXPECT_EQ(ready_after({"web"}), ready_after({"a", "b", "web"}));
}

TEST(Kubelets, TellWhatTheySeeAtTheirNextLook) {
    NodeCluster cluster{
        {.start_up = Distribution::constant(300ms), .heartbeats = Heartbeats::Off, .relist = 1s}};
    cluster.pass(100ms);
    cluster.run_pod(NodeCluster::pod_named("web"));

    cluster.pass(500ms);
    EXPECT_THAT(cluster.containers.calls, ElementsAre("start web/main 10.244.1.2")) << "it runs";
    EXPECT_EQ(cluster.pod("web").status.phase, "Pending") << "but nobody has looked";
    cluster.pass(400ms);
    EXPECT_EQ(cluster.pod("web").status.phase, "Running");
    EXPECT_EQ(cluster.condition("web", "Ready"), "True");

    cluster.exit("web", 1);
    EXPECT_EQ(cluster.main_of("web").restartCount, 0);
    cluster.pass(1s);
    EXPECT_EQ(cluster.main_of("web").restartCount, 1);
}

// Somebody may keep a pod that is being deleted until its end is told.
TEST(Kubelets, TellTheEndOfAPodThatIsDeletedBeforeTheyHaveLooked) {
    NodeCluster cluster{{.heartbeats = Heartbeats::Off, .relist = 1s}};
    auto pod = NodeCluster::pod_named("task");
    pod.metadata.rare.edit().finalizers = std::vector<std::string>{"example.com/tracked"};
    pod.spec.edit().restartPolicy = "Never";
    cluster.run_pod(pod);
    cluster.pass(1100ms);
    ASSERT_EQ(cluster.pod("task").status.phase, "Running");

    cluster.exit("task", 0);
    cluster.pass(300ms);
    cluster.erase("task", 30);
    cluster.pass(3s);
    EXPECT_EQ(cluster.pod("task").status.phase, "Succeeded");
}

TEST(Kubelets, WriteNoMoreStatusesThanTheirClientLets) {
    NodeCluster cluster{{.heartbeats = Heartbeats::Off, .client = {.per_second = 50, .burst = 2}}};
    for (const char* name : {"a", "b", "c", "d"}) {
        cluster.run_pod(NodeCluster::pod_named(name));
    }

    cluster.settle();
    EXPECT_EQ(cluster.pod("b").status.phase, "Running");
    EXPECT_EQ(cluster.pod("c").status.phase, "Pending");
    cluster.pass(20ms);
    EXPECT_EQ(cluster.pod("c").status.phase, "Running");
    cluster.pass(20ms);
    EXPECT_EQ(cluster.pod("d").status.phase, "Running");
}

}  // namespace
}  // namespace wavetank::node
