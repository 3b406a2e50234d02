// What a Scenario says of images, disks, processes and kubelets.

#include "support/manifest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using namespace test;
using api::corev1::Node;
using api::corev1::Pod;
using testing::ElementsAre;
using testing::HasSubstr;

class NodeSettings : public testing::Test {
protected:
    static std::string nodes(const std::string& more, const std::string& capacity = "") {
        return own("Scenario", "nodes",
                   "nodePools: [{count: 1, capacity: {cpu: 4, memory: 16Gi" + capacity +
                       "}}], latencies: {startUp: 0s, readiness: 0s}" + more);
    }
    void start(const std::string& manifests) {
        const auto applied = simulation.apply_text(manifests, "test.yaml");
        ASSERT_TRUE(applied) << applied.error();
    }
    static std::string refusal(const std::string& settings) {
        Simulation refusing{{}};
        const auto applied = refusing.apply_text(nodes(settings), "test.yaml");
        return applied ? "" : to_string(applied.error());
    }
    int ready_at(Duration time) {
        simulation.run_until(TimePoint{time});
        int ready = 0;
        for (const auto& pod : simulation.store().list<Pod>()) {
            ready += std::ranges::any_of(*pod->status.conditions, [](const auto& condition) {
                return condition.type == "Ready" && condition.status == "True";
            });
        }
        return ready;
    }
    std::string condition(const std::string& type) {
        const auto node = simulation.store().get<Node>({.name = "node-1"});
        return std::ranges::find(node->status.conditions, type, &api::corev1::NodeCondition::type)
            ->status;
    }

    Simulation simulation{{.duration = 15min, .network = Distribution{}}};
};

// A megabit is 125,000 bytes: two seconds for the one, then six for the other.
TEST_F(NodeSettings, LetImagesComeOverALine) {
    start(nodes(", registry: {bandwidth: 1M, images: [{name: web, size: 250k}, {name: api, size: "
                "750k}]}") +
          service("web", 1) + service("api", 1));
    EXPECT_EQ(ready_at(1'900ms), 0);
    EXPECT_EQ(ready_at(7'900ms), 1) << "the one or the other";
    EXPECT_EQ(ready_at(8'100ms), 2);
}

TEST_F(NodeSettings, LetImagesShareALine) {
    start(nodes(", registry: {bandwidth: 1M, images: [{name: web, size: 250k}, {name: api, size: "
                "750k}]}, kubelet: {serializeImagePulls: false}") +
          service("web", 1) + service("api", 1));
    EXPECT_EQ(ready_at(3'900ms), 0);
    EXPECT_EQ(ready_at(4'100ms), 1);
    EXPECT_EQ(ready_at(7'900ms), 1);
    EXPECT_EQ(ready_at(8'100ms), 2);
}

TEST_F(NodeSettings, LetNodesListTheirImages) {
    start(nodes(", registry: {images: [{name: 'web', size: 500Mi}]}, kubelet: "
                "{nodeStatusMaxImages: 1}") +
          service("web", 1) + service("api", 1));
    simulation.run_until(TimePoint{31s});

    const auto node = simulation.store().get<Node>({.name = "node-1"});
    ASSERT_EQ(node->status.images.size(), 1U);
    EXPECT_THAT(node->status.images[0].names, ElementsAre("web:latest"));
    EXPECT_EQ(node->status.images[0].sizeBytes, 500 << 20);
}

// ImageLocality: of two nodes, the next pod goes to the one that has the image, which would
// otherwise have less of what pods request.
TEST_F(NodeSettings, LetTheSchedulerKnowWhereImagesAre) {
    const auto second_node = [](const std::string& registry) {
        Simulation run{{.duration = 5min, .network = Distribution{}}};
        const std::string pod =
            "{apiVersion: v1, kind: Pod, metadata: {name: NAME}, spec: {containers: [{name: c, "
            "image: 'big:1', resources: {requests: {cpu: 8}}}]}}";
        const auto named = [&](const std::string& name) {
            std::string text = pod;
            return text.replace(text.find("NAME"), 4, name);
        };
        EXPECT_TRUE(run.apply_text(
            own("Scenario", "nodes",
                "nodePools: [{count: 2, capacity: {cpu: 64, memory: 64Gi}}], actions: [{at: 60s, "
                "apply: " +
                    named("second") + "}]" + registry) +
                named("first") + "\n",
            "test.yaml"));
        run.run_until(TimePoint{90s});
        const auto node_of = [&](const std::string& name) {
            return run.store().get<Pod>({.namespace_ = "default", .name = name})->spec.nodeName;
        };
        return node_of("second") == node_of("first");
    };
    EXPECT_FALSE(second_node(""));
    EXPECT_TRUE(second_node(", registry: {images: [{name: 'big:1', size: 1Gi}]}"));
}

TEST_F(NodeSettings, LetLogsFillADisk) {
    start(nodes("", ", ephemeral-storage: 10Gi") + service("web", 1) +
          model("web", "work: 1ms, disk: {base: 1Gi, perRequest: 1Mi}") +
          load("rate: 100, arrivals: Constant"));
    // 8.5 GiB may be used. What remains of them is gone after 7,680 requests, at 86.8 s.
    simulation.run_until(TimePoint{85s});
    EXPECT_EQ(condition("DiskPressure"), "False");
    simulation.run_until(TimePoint{105s});
    EXPECT_EQ(condition("DiskPressure"), "True");
    const auto pods = simulation.store().list<Pod>();
    const auto evicted = std::ranges::find_if(
        pods, [](const auto& pod) { return *pod->status->reason == "Evicted"; });
    ASSERT_NE(evicted, pods.end());
    EXPECT_THAT(*(*evicted)->status->message,
                HasSubstr("The node was low on resource: ephemeral-storage."));
}

TEST_F(NodeSettings, LetANodeRunOutOfProcesses) {
    start(nodes(", kubelet: {processesMax: 1000, evictionHard: {pid.available: 10%}}") +
          service("web", 2) + model("web", "work: 1ms, processes: {base: 460}"));
    simulation.run_until(TimePoint{30s});

    EXPECT_EQ(condition("PIDPressure"), "True");
}

TEST_F(NodeSettings, TurnOffWhatEvictionHardDoesNotName) {
    start(nodes(", kubelet: {evictionHard: {pid.available: '10'}}", ", ephemeral-storage: 10Gi") +
          service("web", 1) + model("web", "work: 1ms, disk: {base: 9Gi}"));
    simulation.run_until(TimePoint{60s});

    EXPECT_EQ(condition("DiskPressure"), "False");
}

// A tenth or less: 75 of a thousand.
TEST_F(NodeSettings, TakeAPartOfAPercent) {
    start(nodes(", kubelet: {processesMax: 1000, evictionHard: {pid.available: 7.5%}}") +
          service("web", 2) + model("web", "work: 1ms, processes: {base: 461}"));
    simulation.run_until(TimePoint{30s});

    EXPECT_EQ(condition("PIDPressure"), "False") << "78 are left";
}

TEST_F(NodeSettings, IgnoreAllAndNothingAsUpstreamDoes) {
    start(nodes(", kubelet: {processesMax: 1000, evictionHard: {pid.available: 100%, "
                "memory.available: 0%, imagefs.available: 100%}}",
                ", ephemeral-storage: 10Gi") +
          service("web", 2) + model("web", "work: 1ms, processes: {base: 461}"));
    simulation.run_until(TimePoint{30s});

    EXPECT_EQ(condition("PIDPressure"), "False");
    EXPECT_EQ(condition("DiskPressure"), "False");
}

// Several Scenarios: a later one says something else of the same things.
class SeveralScenarios : public NodeSettings {
protected:
    const std::string first = nodes(
        ", registry: {bandwidth: 1M, images: [{name: web, size: 250k}, {name: api, size: 750k}]}, "
        "kubelet: {processesMax: 1000, evictionHard: {pid.available: 10%}}");
    const std::string second =
        own("Scenario", "second",
            "registry: {images: [{name: api, size: 500k}]}, kubelet: {serializeImagePulls: false, "
            "nodeStatusMaxImages: 1}");
    const std::string pods =
        service("web", 1) + service("api", 1) + model("web", "work: 1ms, processes: {base: 950}");

    // Of 125,000 bytes a second, each image has half until the smaller one is there.
    void expect_what_both_say() {
        EXPECT_EQ(ready_at(3'900ms), 0);
        EXPECT_EQ(ready_at(4'100ms), 1);
        EXPECT_EQ(ready_at(5'900ms), 1);
        EXPECT_EQ(ready_at(6'100ms), 2);
        simulation.run_until(TimePoint{31s});
        EXPECT_EQ(condition("PIDPressure"), "True");
        const auto node = simulation.store().get<Node>({.name = "node-1"});
        EXPECT_EQ(node->status.images.size(), 1U);
    }
};

TEST_F(SeveralScenarios, KeepWhatTheLaterOneDoesNotSay) {
    start(first + second + pods);

    expect_what_both_say();
}

TEST_F(SeveralScenarios, KeepItWhenTheyAreAppliedOneByOne) {
    start(first + pods);
    start(second);

    expect_what_both_say();
}

TEST_F(SeveralScenarios, KeepLatencies) {
    start(own("Scenario", "first",
              "nodePools: [{count: 1, capacity: {cpu: 4, memory: 16Gi}}], latencies: {imagePull: "
              "1s, startUp: 0s, readiness: 0s}") +
          own("Scenario", "second", "seed: 3") + service("web", 1));
    EXPECT_EQ(ready_at(900ms), 0);
    EXPECT_EQ(ready_at(1'100ms), 1) << "not after the two seconds of nobody's saying";
}

TEST_F(NodeSettings, SayWhatIsWrongAndWhere) {
    const std::map<std::string, std::string> refusals{
        {", registry: {bandwidth: 0}",
         "spec.registry.bandwidth: Invalid value: must be greater than 0"},
        {", registry: {images: [{size: 1Mi}]}",
         "spec.registry.images[0].name: Required value: as containers have it"},
        {", registry: {images: [{name: a, size: -1}]}",
         "spec.registry.images[0].size: Invalid value: must be greater than or equal to 0"},
        {", registry: {images: [{name: a, size: 1}, {name: a, size: 2}]}",
         "spec.registry.images[1].name: Duplicate value: \"a\""},
        {", kubelet: {maxParallelImagePulls: 2}",
         "spec.kubelet.maxParallelImagePulls: Invalid value: 2: must not be larger than 1 unless "
         "serializeImagePulls is false"},
        {", kubelet: {evictionHard: {nodefs.inodesFree: 5%}}",
         "spec.kubelet.evictionHard[nodefs.inodesFree]: Unsupported value: "
         "\"nodefs.inodesFree\": supported values: \"imagefs.available\", "
         "\"memory.available\", \"pid.available\""},
        {", kubelet: {evictionHard: {memory.available: 5%}}",
         "spec.kubelet.evictionHard[memory.available]: Invalid value: \"5%\": must be an amount "
         "above "
         "0: \"100Mi\""},
        {", kubelet: {evictionHard: {memory.available: '0'}}",
         "spec.kubelet.evictionHard[memory.available]: Invalid value: \"0\": must be an amount "
         "above "
         "0: \"100Mi\""},
        {", kubelet: {evictionHard: {imagefs.available: 7.5%}}",
         "spec.kubelet.evictionHard[imagefs.available]: Invalid value: \"7.5%\": must be a whole "
         "percentage"},
        {", kubelet: {evictionHard: {pid.available: x%}}",
         "spec.kubelet.evictionHard[pid.available]: Invalid value: \"x%\": must be between 0% and "
         "100%"},
        {", kubelet: {evictionHard: {imagefs.available: 5Gi}}",
         "spec.kubelet.evictionHard[imagefs.available]: Invalid value: \"5Gi\": must be a "
         "percentage: \"15%\""},
        {", kubelet: {evictionHard: {pid.available: 101%}}",
         "spec.kubelet.evictionHard[pid.available]: Invalid value: \"101%\": must be between 0% "
         "and 100%"},
        {", kubelet: {imageGCHighThresholdPercent: 70}",
         "spec.kubelet.imageGCLowThresholdPercent: Invalid value: 80: must be less than "
         "imageGCHighThresholdPercent, 70"},
        {", kubelet: {imageGCLowThresholdPercent: -1}",
         "spec.kubelet.imageGCLowThresholdPercent: Invalid value: -1: must be between 0 and 100, "
         "inclusive"},
        {", kubelet: {nodeStatusMaxImages: -2}",
         "spec.kubelet.nodeStatusMaxImages: Invalid value: -2: must be -1 or greater"},
        {", kubelet: {processesMax: 0}",
         "spec.kubelet.processesMax: Invalid value: 0: must be between 1 and 4194304, inclusive"},
        {", kubelet: {processesMax: 9223372036854775807}",
         "spec.kubelet.processesMax: Invalid value: 9223372036854775807: must be between 1 and "
         "4194304, inclusive"},
        {", registry: {images: [{name: a, size: 2E}]}",
         "spec.registry.images[0].size: Invalid value: 2E: must be at most 1Pi"},
        {", registry: {images: [{name: a, size: 1}, {name: 'a:latest', size: 2}]}",
         "spec.registry.images[1].name: Duplicate value: \"a:latest\""},
    };
    for (const auto& [settings, message] : refusals) {
        EXPECT_THAT(refusal(settings), HasSubstr(message)) << settings;
    }
}

}  // namespace
}  // namespace wavetank::sim
