#include <wavetank/sim/simulation.hpp>

#include "support/json_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* tutorial = WAVETANK_SOURCE_DIR "/examples/tutorial";

// A Deployment and a Service in front of it; each test sets what it is about.
std::string web_manifests(const std::string& replicas, const std::string& cpu) {
    return R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: )" +
           replicas + R"(
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: example/web:1
        resources: {requests: {cpu: ")" +
           cpu + R"("}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
)";
}

Report run_tutorial(std::uint64_t seed) {
    Simulation simulation{{.seed = seed, .duration = 90s}};
    const auto applied = simulation.apply_file(tutorial);
    EXPECT_TRUE(applied) << applied.error();
    return simulation.run();
}

TEST(Simulation, ScalesTheTutorialFromThreeToFive) {
    const Report report = run_tutorial(1);

    const auto workload = std::find_if(
        report.workloads.begin(), report.workloads.end(),
        [](const auto& entry) { return entry.name == "default/random-number-service"; });
    ASSERT_NE(workload, report.workloads.end());
    EXPECT_EQ(workload->replicas.back().desired, 5);
    EXPECT_EQ(workload->replicas.back().ready, 5);
    EXPECT_EQ(report.requests_failed, 0U);
    EXPECT_GT(report.requests_total, 25'000U);
}

TEST(Simulation, GivesTheSameReportUnderTheSameSeed) {
    EXPECT_EQ(to_json(run_tutorial(7)), to_json(run_tutorial(7)));
    EXPECT_NE(run_tutorial(7).digest, run_tutorial(8).digest);
}

TEST(Simulation, ReportsAsItsSchemaSays) {
    std::ifstream file{WAVETANK_SOURCE_DIR "/sim/report/report.schema.json"};
    std::stringstream text;
    text << file.rdbuf();
    const auto schema = boost::json::parse(text.str()).as_object();

    EXPECT_THAT(test::SchemaCheck{schema}.complaints(to_json(run_tutorial(1))), IsEmpty());
}

TEST(Simulation, RunsPlainManifestsAndSaysWhatItAssumed) {
    Simulation simulation;
    ASSERT_TRUE(simulation.apply_text(web_manifests("2", "100m"), "web.yaml"));

    const Report report = simulation.run();

    EXPECT_EQ(report.duration, 2min);
    EXPECT_GT(report.requests_total, 0U);
    EXPECT_EQ(report.requests_failed, 0U);
    std::string assumptions;
    for (const Assumption& assumption : report.assumptions) {
        assumptions += assumption.what + "\n";
    }
    EXPECT_THAT(assumptions, HasSubstr("3 nodes"));
    EXPECT_THAT(assumptions, HasSubstr("example/web:1"));
    EXPECT_THAT(assumptions, HasSubstr("requests a second"));
}

TEST(Simulation, LeavesAPodThatFitsNowherePendingWithTheSchedulersWords) {
    Simulation simulation;
    ASSERT_TRUE(simulation.apply_text(web_manifests("1", "100"), "web.yaml"));

    simulation.run_until(TimePoint{10s});

    const auto pods = simulation.store().list<api::corev1::Pod>("default");
    ASSERT_EQ(pods.size(), 1U);
    EXPECT_EQ(pods[0]->status.phase, "Pending");
    const auto& conditions = *pods[0]->status.conditions;
    ASSERT_EQ(conditions.size(), 1U);
    EXPECT_EQ(conditions[0].type, "PodScheduled");
    EXPECT_EQ(conditions[0].reason, "Unschedulable");
    EXPECT_EQ(conditions[0].message,
              "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 "
              "Preemption is not helpful for scheduling.");
}

TEST(Simulation, AssumesTheNamespacesThatManifestsName) {
    Simulation simulation;

    ASSERT_TRUE(
        simulation.apply_text("{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: team}, "
                              "spec: {containers: [{name: main, image: main}]}}",
                              "pod.yaml"));
    const Report report = simulation.run();

    EXPECT_THAT(report.assumptions,
                Contains(Field(&Assumption::what, "the namespace team exists")));
}

TEST(Simulation, AppliesNothingWhenOneManifestIsWrong) {
    Simulation simulation;
    std::string text = web_manifests("-1", "100m");

    const auto applied = simulation.apply_text(text, "web.yaml");

    ASSERT_FALSE(applied);
    EXPECT_THAT(to_string(applied.error()), HasSubstr("web.yaml:6:3"));
    EXPECT_THAT(to_string(applied.error()),
                HasSubstr("spec.replicas: Invalid value: -1: must be greater than or equal to 0"));
    EXPECT_THAT(simulation.store().list<api::corev1::Service>("default"), IsEmpty());
}

TEST(Simulation, DoesNotMeetAnother) {
    const Report alone = run_tutorial(3);
    Simulation one{{.seed = 3, .duration = 90s}};
    Simulation two{{.seed = 4, .duration = 90s}};
    ASSERT_TRUE(one.apply_file(tutorial));
    ASSERT_TRUE(two.apply_file(tutorial));
    for (TimePoint time{10s}; time <= TimePoint{90s}; time += 10s) {
        one.run_until(time);
        two.run_until(time);
    }

    EXPECT_EQ(one.run().digest, alone.digest);
}

TEST(Simulation, MakesTheSameRequestsOfTwoBalancers) {
    std::uint64_t totals[2] = {};
    for (const auto& [index, policy] : {std::pair{0, "ROUND_ROBIN"}, std::pair{1, "RANDOM"}}) {
        Simulation simulation{{.duration = 20s, .load_balancer = policy}};
        ASSERT_TRUE(simulation.apply_file(tutorial));
        totals[index] = simulation.run().requests_total;
    }
    EXPECT_EQ(totals[0], totals[1]);
}

}  // namespace
}  // namespace wavetank::sim
