#include <wavetank/sim/simulation.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// A Deployment of one replica that asks for 200m, a Service, 10 ms of CPU time for each request,
/// and 40 evenly spaced requests a second from 5 s to 3 min: 400m of load.
std::string world(const std::string& metrics) {
    return R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web
        resources: {requests: {cpu: 200m}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 10
  metrics:
)" + metrics +
           R"(
---
apiVersion: wavetank.dev/v1
kind: ServiceModel
metadata: {name: web}
spec: {image: web, work: 10ms}
---
apiVersion: wavetank.dev/v1
kind: Workload
metadata: {name: visitors}
spec: {target: "http://web/", arrivals: Constant, rate: 40, start: 5s, duration: 175s}
)";
}

const std::string scenario = R"(
---
apiVersion: wavetank.dev/v1
kind: Scenario
metadata: {name: run}
spec:
  duration: 10m
)";

// Over a longer one, requests that the first pod got alone would count beside those that the others
// get now.
const std::string short_window = "  autoscaling: {rateWindow: 15s}\n";

/// Returns what the Deployment was scaled to, and when.
std::vector<std::pair<std::int64_t, std::int32_t>> scalings(const Report& report) {
    std::vector<std::pair<std::int64_t, std::int32_t>> changes;
    for (const WorkloadReport& workload : report.workloads) {
        for (const ReplicaSample& sample : workload.replicas) {
            const auto seconds =
                std::chrono::floor<std::chrono::seconds>(sample.time.time_since_epoch()).count();
            if (workload.name == "default/web" && workload.kind == "Deployment" &&
                (changes.empty() || changes.back().second != sample.desired)) {
                changes.emplace_back(seconds, sample.desired);
            }
        }
    }
    return changes;
}

Report run(const std::string& manifests) {
    Simulation simulation{{.seed = 1}};
    const auto applied = simulation.apply_text(manifests, "test.yaml");
    EXPECT_TRUE(applied) << applied.error();
    return simulation.run();
}

// In the long run 400m of load, at 50 % of 200m for each pod, are 4 pods.
//
// The pod runs after 2.5 s and is ready after 3 s. Its kubelet looks at it at 3 s and then every 10
// s, and metrics-server asks at 15 s, 30 s and so on. What it has at 15 s reaches back to before
// the pod was ready, which the autoscaler does not take; what it has at 30 s is the first to count,
// and says four times the target. When the load ends, at 3 min, the sync of that time still sees
// all of it; its recommendation holds for five minutes, so that the next sync after those is the
// first to go down.
TEST(Autoscaling, FindsTheSizeThatUtilisationAsksFor) {
    const auto changes = scalings(run(world(R"(
  - type: Resource
    resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}})") +
                                      scenario));

    ASSERT_GE(changes.size(), 3U);
    EXPECT_EQ(changes[0].second, 1);
    EXPECT_THAT(changes[1], Pair(30, 4));
    EXPECT_EQ(changes[2].first, 495);
    EXPECT_EQ(changes.back().second, 1);
}

TEST(Autoscaling, CountsRequestsOfPods) {
    const auto changes = scalings(run(world(R"(
  - type: Pods
    pods: {metric: {name: requests_per_second}, target: {type: AverageValue, averageValue: 8}})") +
                                      scenario + short_window));

    ASSERT_GE(changes.size(), 2U);
    EXPECT_EQ(std::ranges::max(changes, {}, [](const auto& each) { return each.second; }).second, 5)
        << "40 requests a second, 8 for each pod";
    EXPECT_EQ(changes.back().second, 1);
}

TEST(Autoscaling, AddsUpTheRequestsOfAService) {
    const auto changes = scalings(run(world(R"(
  - type: Object
    object:
      describedObject: {apiVersion: v1, kind: Service, name: web}
      metric: {name: requests_per_second}
      target: {type: AverageValue, averageValue: 8})") +
                                      scenario + short_window));

    EXPECT_EQ(std::ranges::max(changes, {}, [](const auto& each) { return each.second; }).second,
              5);
}

TEST(Autoscaling, FollowsAMetricThatTheScenarioDeclares) {
    const auto changes = scalings(run(world(R"(
  - type: External
    external:
      metric: {name: queue, selector: {matchLabels: {topic: orders}}}
      target: {type: AverageValue, averageValue: 10})") +
                                      scenario + R"(
  metrics:
  - name: queue
    labels: {topic: orders}
    values: [{at: 60s, value: 0}, {at: 120s, value: 60}]
  - name: queue
    labels: {topic: returns}
    values: [{at: 0s, value: 1000}]
)"));

    // At 75 s it is 15, at 90 s 30, at 105 s 45, at 120 s 60.
    EXPECT_THAT(changes,
                ElementsAre(Pair(0, 1), Pair(75, 2), Pair(90, 3), Pair(105, 5), Pair(120, 6)));
}

TEST(Autoscaling, SaysWhatIsWrongWithItsSettings) {
    Simulation simulation;
    const auto applied = simulation.apply_text(R"(
apiVersion: wavetank.dev/v1
kind: Scenario
metadata: {name: run}
spec:
  autoscaling: {syncPeriod: 1ms, tolerance: -1}
  metrics:
  - {name: "", values: [{at: 2s, value: 1}, {at: 1s, value: 1}]}
)",
                                               "test.yaml");

    ASSERT_FALSE(applied);
    for (const char* problem :
         {"spec.autoscaling.syncPeriod: Invalid value: must be at least 1s",
          "spec.autoscaling.tolerance: Invalid value", "spec.metrics[0].name: Required value",
          "spec.metrics[0].values[1].at: Invalid value: must be after the one before"}) {
        EXPECT_THAT(applied.error().message, HasSubstr(problem));
    }
}

}  // namespace
}  // namespace wavetank::sim
