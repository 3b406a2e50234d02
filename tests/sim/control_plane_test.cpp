// The kinds of workload that the control plane runs, and nodes that fall silent.

#include "support/manifest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using namespace test;
using api::appsv1::DaemonSet;
using api::appsv1::StatefulSet;
using api::batchv1::Job;
using api::corev1::Node;
using api::corev1::Pod;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string pool =
    own("Scenario", "nodes", "nodePools: [{count: 3, capacity: {cpu: 4, memory: 16Gi}}]");

std::string workload(const std::string& version, const std::string& kind, const std::string& spec) {
    return "{apiVersion: " + version + ", kind: " + kind + ", metadata: {name: it}, spec: {" +
           spec + "}}\n---\n";
}

const std::string pod_template =
    "selector: {matchLabels: {app: it}}, "
    "template: {metadata: {labels: {app: it}}, spec: {containers: [{name: c, image: it}]}}";

std::string job_template(const std::string& policy) {
    return "template: {spec: {restartPolicy: " + policy + ", containers: [{name: c, image: it}]}}";
}

class ControlPlane : public testing::Test {
protected:
    void start(const std::string& manifests) {
        const auto applied = simulation.apply_text(manifests, "test.yaml");
        ASSERT_TRUE(applied) << applied.error();
    }

    template <class T>
    api::Pointer<const T> get(const std::string& name) {
        return simulation.store().get<T>({.namespace_ = "default", .name = name});
    }

    std::vector<std::string> pod_names() {
        std::vector<std::string> names;
        for (const auto& pod : simulation.store().list<Pod>()) {
            names.push_back(pod->metadata.name);
        }
        std::ranges::sort(names);
        return names;
    }

    Simulation simulation{{.duration = 15min, .network = Distribution{}}};
};

TEST_F(ControlPlane, RunsAStatefulSetInOrder) {
    start(pool +
          workload("apps/v1", "StatefulSet", "serviceName: it, replicas: 3, " + pod_template));
    simulation.run_until(TimePoint{60s});

    EXPECT_THAT(pod_names(), ElementsAre("it-0", "it-1", "it-2"));
    EXPECT_EQ(get<StatefulSet>("it")->status.readyReplicas, 3);
}

TEST_F(ControlPlane, RunsADaemonSetOnEachNode) {
    start(pool + workload("apps/v1", "DaemonSet", pod_template));
    simulation.run_until(TimePoint{60s});

    std::set<std::string> nodes;
    for (const auto& pod : simulation.store().list<Pod>()) {
        nodes.insert(pod->spec.nodeName);
    }
    EXPECT_EQ(nodes.size(), 3U);
    EXPECT_EQ(get<DaemonSet>("it")->status.numberReady, 3);
}

TEST_F(ControlPlane, RunsAJobToItsEnd) {
    start(pool + model("it", "work: 10s") +
          workload(
              "batch/v1", "Job",
              "completions: 4, parallelism: 2, completionMode: Indexed, " + job_template("Never")));
    simulation.run_until(TimePoint{15s});
    EXPECT_EQ(get<Job>("it")->status.active, 2);
    simulation.run_until(TimePoint{60s});

    const auto& status = get<Job>("it")->status;
    EXPECT_EQ(status.succeeded, 4);
    EXPECT_EQ(status.completedIndexes, "0-3");
    EXPECT_EQ(status.conditions.back().type, "Complete");
}

TEST_F(ControlPlane, CountsNoPodsOfNodesThatHaveEnded) {
    start(pool + model("it", "work: 10s") + service("web", 1) +
          workload("batch/v1", "Job", "completions: 2, parallelism: 2, " + job_template("Never")));
    const Report report = simulation.run();
    ASSERT_EQ(pod_names().size(), 3U);

    std::size_t pods = 0;
    for (const NodeReport& node : report.nodes) {
        pods += node.pods;
    }
    EXPECT_EQ(pods, 1U) << "the one that still runs";
}

TEST_F(ControlPlane, GivesUpOnAJobThatFails) {
    start(pool + model("it", "work: 1s, errorRate: 1") +
          workload("batch/v1", "Job",
                   "backoffLimit: 1, ttlSecondsAfterFinished: 60, " + job_template("Never")));
    simulation.run_until(TimePoint{60s});
    const auto failed = get<Job>("it");
    ASSERT_NE(failed, nullptr);
    EXPECT_EQ(failed->status.failed, 2);
    EXPECT_EQ(failed->status.conditions.back().reason, "BackoffLimitExceeded");
    simulation.run_until(TimePoint{3min});

    EXPECT_EQ(get<Job>("it"), nullptr);
    EXPECT_TRUE(pod_names().empty());
}

TEST_F(ControlPlane, LetsABudgetRefuseAnEviction) {
    start(pool + service("web", 2) +
          "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web}, "
          "spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}}\n");
    simulation.run_until(TimePoint{30s});
    const std::string pod = pod_names().front();
    const auto answer = simulation.registry().handle(
        {.method = "POST",
         .target = "/api/v1/namespaces/default/pods/" + pod + "/eviction",
         .body = R"({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": ")" + pod +
                 "\"}}"});

    EXPECT_EQ(answer.code, 429);
    EXPECT_THAT(boost::json::serialize(answer.body),
                HasSubstr("The disruption budget web needs 2 healthy pods and has 2 currently"));
}

class SilentNodes : public ControlPlane {
protected:
    static std::string trouble(const std::string& node, const std::string& effect) {
        return own("Fault", "trouble",
                   "at: 100s, duration: 9m, nodes: {matchLabels: {kubernetes.io/hostname: " + node +
                       "}}, " + effect);
    }
};

TEST_F(SilentNodes, LoseTheirPodsAndComeBack) {
    for (const std::string effect :
         {"nodeCrash: true", "nodeFreeze: true", "heartbeatLoss: true"}) {
        Simulation other{{.duration = 15min, .network = Distribution{}}};
        ASSERT_TRUE(other.apply_text(pool + service("web", 1), "test.yaml"));
        other.run_until(TimePoint{60s});
        const std::string node = other.store().list<Pod>().front()->spec.nodeName;
        Simulation same{{.duration = 15min, .network = Distribution{}}};
        const auto applied =
            same.apply_text(pool + service("web", 1) + trouble(node, effect), "test.yaml");
        ASSERT_TRUE(applied) << applied.error();
        const auto ready = [&] {
            const auto found = same.store().get<Node>({.name = node});
            return std::ranges::find(found->status.conditions, "Ready",
                                     &api::corev1::NodeCondition::type)
                ->status;
        };
        same.run_until(TimePoint{140s});
        EXPECT_EQ(ready(), "True") << effect;
        same.run_until(TimePoint{170s});
        EXPECT_EQ(ready(), "Unknown") << effect;
        // DefaultTolerationSeconds gives pods five minutes more.
        same.run_until(TimePoint{490s});
        const auto pods = same.store().list<Pod>();
        ASSERT_EQ(pods.size(), 2U) << effect;
        EXPECT_EQ(std::ranges::count_if(
                      pods, [&](const auto& pod) { return pod->spec.nodeName != node; }),
                  1)
            << effect;
        same.run_until(TimePoint{12min});
        EXPECT_EQ(ready(), "True") << effect;
        EXPECT_EQ(same.store().list<Pod>().size(), 1U) << effect;
        const auto healed = same.store().get<Node>({.name = node});
        EXPECT_TRUE(healed->spec.taints.empty()) << effect;
    }
}

TEST_F(SilentNodes, AreNoReasonToDoAnythingIfAllAre) {
    start(pool + service("web", 2) +
          own("Fault", "trouble",
              "at: 100s, nodes: {matchLabels: {kubernetes.io/os: linux}}, "
              "heartbeatLoss: true"));
    simulation.run_until(TimePoint{14min});

    for (const auto& pod : simulation.store().list<Pod>()) {
        EXPECT_FALSE(pod->metadata.deletionTimestamp);
    }
}

TEST_F(SilentNodes, NeedToBeNamed) {
    const auto applied =
        simulation.apply_text(own("Fault", "trouble", "at: 1s, nodeCrash: true"), "test.yaml");

    ASSERT_FALSE(applied);
    EXPECT_THAT(to_string(applied.error()), HasSubstr("spec.nodes: Required value: which nodes"));
}

TEST_F(ControlPlane, OfANodeThatIsShutDownEndsItsPodsFirst) {
    start(service("web", 3) + pool +
          own("Fault", "maintenance",
              "at: 60s, duration: 2m, nodes: {matchLabels: {kubernetes.io/os: linux}}, count: 1, "
              "nodeShutdown: {gracePeriod: 20s}"));
    simulation.run_until(TimePoint{70s});
    std::size_t failed = 0;
    std::size_t ready = 0;
    for (const auto& pod : simulation.store().list<Pod>()) {
        failed += pod->status.phase == "Failed" && *pod->status->reason == "Terminated" ? 1 : 0;
        ready += pod->status.phase == "Running" ? 1 : 0;
    }
    EXPECT_EQ(failed, 1);
    EXPECT_EQ(ready, 3);
}

TEST_F(ControlPlane, OfANodeThatRunsOutOfMemoryEvictsAPod) {
    start(service("web", 2) + model("web", "work: 1ms, memory: {base: 200Mi}") +
          own("Scenario", "one", "nodePools: [{count: 1, capacity: {cpu: 4, memory: 1Gi}}]") +
          own("Fault", "leak",
              "at: 60s, selector: {matchLabels: {app: web}}, count: 1, memoryLeak: {perSecond: "
              "20Mi}"));
    simulation.run_until(TimePoint{100s});

    const auto pods = simulation.store().list<Pod>();
    const auto evicted = std::ranges::find_if(
        pods, [](const auto& pod) { return *pod->status->reason == "Evicted"; });
    ASSERT_NE(evicted, pods.end());
    EXPECT_THAT(*(*evicted)->status->message,
                HasSubstr("The node was low on resource: memory. Threshold quantity: 100Mi"));
}

// Returns how many of three replicas serve half a second after they were asked for.
std::int32_t ready_soon(SimulationOptions options) {
    options.network = Distribution{};
    options.image_pull = Distribution{};
    options.start_up = Distribution::constant(300ms);
    options.readiness = Distribution{};
    Simulation simulation{std::move(options)};
    EXPECT_TRUE(simulation.apply_text(pool + service("web", 3), "test.yaml"));
    simulation.run_until(TimePoint{500ms});
    return simulation.store()
        .get<api::appsv1::Deployment>({.namespace_ = "default", .name = "web"})
        ->status.readyReplicas;
}

TEST(ControlPlaneTimes, AreZeroUnlessAskedFor) {
    EXPECT_EQ(ready_soon({}), 3);
    EXPECT_EQ(ready_soon({.control_plane = ControlPlaneTiming::upstream()}), 0)
        << "kubelets look once a second";
    EXPECT_EQ(ready_soon({.image_pulls = node::ImagePulls{.bytes_per_second = 1'000'000}}), 0)
        << "an image takes a second of its node";
}

// Three of four replicas are taken away at 20 s, one of them after another request at the latest.
std::uint64_t failed_in_scale_down(const ControlPlaneTiming& timing, const std::string& end = "") {
    Simulation simulation{{.duration = 40s, .network = Distribution{}, .control_plane = timing}};
    std::string web = service("web", 4);
    const std::string container = "{name: main, image: web";
    web.insert(web.find(container) + container.size(), end);
    EXPECT_TRUE(simulation.apply_text(
        pool + web + model("web", "work: 1ms") +
            load("rate: 1000, duration: 25s, arrivals: Constant") +
            own("Scenario", "down", "actions: [{at: 20s, scale: {name: web, replicas: 1}}]"),
        "test.yaml"));
    return simulation.run().requests_failed;
}

TEST(ControlPlaneTimes, LetClientsHearLateOfReplicasThatAreGone) {
    EXPECT_EQ(failed_in_scale_down({}), 0U);
    // For a tenth of a second, three of four requests go where nobody answers.
    const std::uint64_t failed = failed_in_scale_down(ControlPlaneTiming::upstream());
    EXPECT_GT(failed, 50U);
    EXPECT_LT(failed, 120U);
    EXPECT_EQ(failed_in_scale_down(ControlPlaneTiming::upstream(),
                                   ", lifecycle: {preStop: {sleep: {seconds: 1}}}"),
              0U)
        << "that is what people let their pods sleep for";
}

}  // namespace
}  // namespace wavetank::sim
