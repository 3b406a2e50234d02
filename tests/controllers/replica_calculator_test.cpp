#include "controllers/replica_calculator.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace wavetank::controllers {
namespace {

using namespace std::chrono_literals;
using api::corev1::Pod;
using metrics::PodMetrics;

constexpr WallTime now = default_wall_epoch + 1h;

/// A pod that has been ready for half an hour and asks for one CPU.
Pod ready_pod(const std::string& name) {
    Pod pod{.metadata = {.name = name}};
    api::corev1::Container container{.name = "c"};
    container.resources.requests["cpu"] = api::Quantity::of(1);
    pod.spec.edit().containers.push_back(std::move(container));
    pod.status.phase = "Running";
    pod.status.edit().startTime = api::Time{now - 30min};
    pod.status.conditions.edit() = {
        {.type = "Ready", .status = "True", .lastTransitionTime = api::Time{now - 30min}}};
    return pod;
}

class ReplicaCalculatorTest : public testing::Test {
protected:
    ReplicaCalculatorTest() {
        add(ready_pod("a"));
        add(ready_pod("b"));
    }

    void add(Pod pod) {
        pods_.push_back(std::make_unique<const Pod>(std::move(pod)));
        facts_.emplace_back(*pods_.back());
    }

    [[nodiscard]] ReplicaFacts facts() const {
        return {.spec_replicas = static_cast<std::int32_t>(pods_.size()),
                .status_replicas = static_cast<std::int32_t>(pods_.size()),
                .now = now,
                .pods = facts_};
    }

    void forget_pods() {
        facts_.clear();
        pods_.clear();
    }

    /// Samples of the first two pods.
    [[nodiscard]] PodMetrics samples(std::int64_t a, std::int64_t b) const {
        PodMetrics samples;
        samples.of_pods.resize(pods_.size());
        samples.of_pods.at(0) = metrics::PodMetric{.timestamp = now, .window = 15s, .value = a};
        samples.of_pods.at(1) = metrics::PodMetric{.timestamp = now, .window = 15s, .value = b};
        return samples;
    }

    std::vector<std::unique_ptr<const Pod>> pods_;
    std::vector<PodFacts> facts_;
};

TEST_F(ReplicaCalculatorTest, ComparesATruncatedPercentage) {
    const auto proposal = replicas_for_utilization(facts(), {"cpu", ""}, samples(750, 869), 50);

    ASSERT_TRUE(proposal);
    EXPECT_EQ(proposal->utilization, 80) << "80.95 % are 80";
    EXPECT_EQ(proposal->usage, 809);
    EXPECT_EQ(proposal->replicas, 4) << "2 times 80 / 50 are 3.2";
}

TEST_F(ReplicaCalculatorTest, DoesNothingWithinTheTolerance) {
    EXPECT_EQ(replicas_for_average(facts(), "cpu", samples(550, 550), 500)->replicas, 2);
    EXPECT_EQ(replicas_for_average(facts(), "cpu", samples(551, 551), 500)->replicas, 3);
    EXPECT_EQ(replicas_for_average(facts(), "cpu", samples(450, 450), 500)->replicas, 2);
}

TEST_F(ReplicaCalculatorTest, CountsAPodThatOnlyStartsForNothing) {
    Pod starting = ready_pod("c");
    starting.status.edit().startTime = api::Time{now - 1min};
    starting.status.conditions.edit().front() = {
        .type = "Ready", .status = "False", .lastTransitionTime = api::Time{now - 1min}};
    add(starting);
    PodMetrics measured = samples(1000, 1000);
    measured.of_pods.at(2) = metrics::PodMetric{.timestamp = now, .window = 15s, .value = 9000};

    EXPECT_EQ(replicas_for_average(facts(), "cpu", measured, 500)->replicas, 4)
        << "2000 of three are 666: 1.33 times three";
    EXPECT_EQ(replicas_for_average(facts(), "memory", measured, 500)->replicas, 22)
        << "of other resources every sample counts";
}

TEST_F(ReplicaCalculatorTest, AssumesTheBestOfAPodWithoutASample) {
    add(ready_pod("c"));

    EXPECT_EQ(replicas_for_average(facts(), "", samples(900, 900), 500)->replicas, 4)
        << "up: as if it did nothing";
    EXPECT_EQ(replicas_for_average(facts(), "", samples(100, 100), 500)->replicas, 2)
        << "down: as if it did what it should";
    EXPECT_EQ(replicas_for_utilization(facts(), {"cpu", ""}, samples(100, 100), 50)->replicas, 3)
        << "down: as if it used all that it asks for";
}

TEST_F(ReplicaCalculatorTest, CountsSamplesOfOthersForAveragesOnly) {
    PodMetrics measured = samples(1000, 1000);
    measured.of_others.push_back({.timestamp = now, .window = 15s, .value = 4000});

    EXPECT_EQ(replicas_for_average(facts(), "cpu", measured, 500)->usage, 2000);
    EXPECT_EQ(replicas_for_utilization(facts(), {"cpu", ""}, measured, 50)->usage, 1000);
}

TEST_F(ReplicaCalculatorTest, NeedsTheRequestsOfAllPods) {
    Pod without = ready_pod("c");
    without.spec.edit().containers.front().resources.requests.clear();
    add(without);

    EXPECT_EQ(replicas_for_utilization(facts(), {"cpu", ""}, samples(1, 1), 50).error().message,
              "missing request for cpu in container c of Pod c");
    EXPECT_EQ(replicas_for_utilization(facts(), {"cpu", "d"}, samples(1, 1), 50).error().message,
              "container d not found in Pod a");
}

TEST_F(ReplicaCalculatorTest, ReadsWhatIsAskedForThePodAsAWhole) {
    Pod whole = ready_pod("a");
    whole.spec.edit().resources.emplace().requests["cpu"] = api::Quantity::of(4);
    forget_pods();
    add(whole);

    PodMetrics one;
    one.of_pods.emplace_back(metrics::PodMetric{.timestamp = now, .window = 15s, .value = 2000});
    EXPECT_EQ(replicas_for_utilization(facts(), {"cpu", ""}, one, 25)->utilization, 50);
    EXPECT_EQ(replicas_for_utilization(facts(), {"cpu", "c"}, one, 25)->utilization, 200);
}

TEST_F(ReplicaCalculatorTest, SaturatesWhatIsTooLarge) {
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    const std::vector<std::int64_t> values{largest, largest};

    EXPECT_EQ(replicas_for_external_value(facts(), values, 1)->replicas,
              std::numeric_limits<std::int32_t>::max());
    EXPECT_EQ(replicas_for_external_value(facts(), values, 1)->usage, largest);
    EXPECT_EQ(replicas_for_external_value_per_pod(facts(), values, 1).usage, largest);
}

TEST_F(ReplicaCalculatorTest, FromNothingHasNoProportion) {
    forget_pods();

    EXPECT_EQ(replicas_for_value(facts(), 2'001, 1'000)->replicas, 3);
    EXPECT_EQ(replicas_for_value_per_pod(facts(), 2'001, 1'000).replicas, 3);
}

}  // namespace
}  // namespace wavetank::controllers
