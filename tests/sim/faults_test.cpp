#include "support/manifest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <string>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::HasSubstr;

class Faults : public ManifestRun {};

const EventReport& event_of(const Report& report, const std::string& reason) {
    const auto found = std::ranges::find(report.events, reason, &EventReport::reason);
    EXPECT_NE(found, report.events.end()) << reason;
    return *found;
}

TEST_F(Faults, SlowDownAndRecover) {
    const Report report = run(service("web", 1) + model("web", "work: 4ms") +
                              fault("at: 40005ms, duration: 10s, slowDown: {factor: 5}") +
                              load("rate: 10, arrivals: Constant"));

    EXPECT_EQ(report.loads.front().latency.max, 20ms);
    EXPECT_EQ(report.loads.front().latency.p50 / 1ms, 4 / 1);
    const auto& windows = report.loads.front().windows;
    EXPECT_EQ(windows.at(39).p99 / 1ms, 4 / 1);
    EXPECT_EQ(windows.at(45).p50 / 1ms, 20 / 1);
    EXPECT_EQ(windows.at(55).p99 / 1ms, 4 / 1);
    EXPECT_EQ(report.events.back().reason, "FaultEnded");
}

TEST_F(Faults, HangAndCatchUp) {
    const Report report =
        run(service("web", 1) + model("web", "work: 4ms") +
            fault("at: 40s, duration: 10s, hang: true") + load("rate: 10, arrivals: Constant"));

    // Who came at 40 s waited for ten.
    EXPECT_EQ(report.requests_failed, 0U);
    EXPECT_NEAR(static_cast<double>(report.loads.front().latency.max / 1ms), 10'004, 1);
}

TEST_F(Faults, HaveAsManyIllPodsAsWasSaid) {
    const Report report = run(service("web", 4) + model("web", "work: 4ms") +
                              fault("at: 40s, count: 2, slowDown: {factor: 2}") +
                              load("rate: 10, arrivals: Constant"));

    const auto began = std::ranges::find(report.events, "FaultBegan", &EventReport::reason);
    ASSERT_NE(began, report.events.end());
    EXPECT_EQ(std::ranges::count(began->message, ','), 1);
}

TEST_F(Faults, AreStartedAnewWhenTheyCrash) {
    const Report report =
        run(service("web", 2) + model("web", "work: 100ms") +
            fault("at: 40s, count: 1, crash: true") + load("rate: 10, arrivals: Constant"));

    // What was in hand fails, and at most a few that are sent before all have heard of it.
    EXPECT_GE(report.requests_failed, 1U);
    EXPECT_LE(report.requests_failed, 3U);
    EXPECT_THAT(event_of(report, "FaultEnded").message, HasSubstr("1 of 1 pods are ready again"));
    EXPECT_GT(event_of(report, "FaultEnded").time, TimePoint{40s});
    EXPECT_LT(event_of(report, "FaultEnded").time, TimePoint{45s});
}

TEST_F(Faults, FailRequestsInABurst) {
    const Report report = run(service("web", 1) + model("web", "work: 1ms") +
                              fault("at: 30s, duration: 20s, errorBurst: {rate: 500m}") +
                              load("rate: 100, arrivals: Constant"));

    EXPECT_NEAR(static_cast<double>(report.requests_failed), 1000, 3 * std::sqrt(500.0));
    const auto& windows = report.loads.front().windows;
    EXPECT_EQ(windows.at(29).errors, 0U);
    EXPECT_GT(windows.at(31).errors, 20U);
    EXPECT_EQ(windows.at(51).errors, 0U);
}

TEST_F(Faults, AreKilledWhenTheirMemoryIsUsedUp) {
    std::string limited = service("web", 1);
    limited.replace(limited.find("image: web"), 10,
                    "image: web, resources: {limits: {memory: 128Mi}}");
    const Report report = run(limited + model("web", "work: 1ms, memory: {base: 64Mi}") +
                              fault("at: 20s, memoryLeak: {perSecond: 8Mi}") + load("rate: 10"));

    EXPECT_THAT(event_of(report, "OOMKilled").message, HasSubstr("of 128 Mi"));
    // 64 Mi more are there after 8 s; the new container leaks no more.
    EXPECT_NEAR(static_cast<double>(report.usage.front().memory_peak) / (1 << 20), 128, 8);
    EXPECT_EQ(report.usage.front().windows.at(50).memory >> 20, 64);
    EXPECT_GT(report.requests_failed, 0U);
    EXPECT_EQ(report.loads.front().windows.at(40).errors, 0U);
}

TEST_F(Faults, GoOnCallingThoseWhoAreGoneWhileEndpointsStall) {
    const std::string scale =
        own("Scenario", "s", "actions: [{at: 30s, scale: {name: web, replicas: 1}}]");
    const Report report = run(scale + service("web", 2) + model("web", "work: 1ms") +
                              fault("at: 25s, duration: 20s, endpointStall: true") +
                              load("rate: 100, arrivals: Constant"));

    // From the end of the grace of a pod that is idle to the end of the stall, half of them fail
    // and are quick about it, so that more and more are tried there.
    const auto& windows = report.loads.front().windows;
    EXPECT_EQ(windows.at(29).errors, 0U);
    EXPECT_GT(windows.at(40).errors, 30U);
    EXPECT_EQ(windows.at(46).errors, 0U);
}

TEST_F(Faults, LetEndpointsStallThoughOthersAreStartedAnew) {
    const std::string scale =
        own("Scenario", "s", "actions: [{at: 30s, scale: {name: web, replicas: 1}}]");
    const Report report =
        run(scale + service("web", 2) + service("other", 1) + model("web", "work: 1ms") +
            fault("at: 25s, duration: 20s, endpointStall: true") +
            own("Fault", "crash", "at: 35s, selector: {matchLabels: {app: other}}, crash: true") +
            load("rate: 100, arrivals: Constant"));

    EXPECT_GT(report.loads.front().windows.at(42).errors, 30U);
    EXPECT_EQ(report.loads.front().windows.at(46).errors, 0U);
}

TEST_F(Faults, DoNotEndEachOther) {
    const Report report = run(
        service("web", 1) + model("web", "work: 1ms, warmUp: {duration: 40s, factor: 3}") +
        fault("at: 15s, duration: 40s, slowDown: {factor: 10}") +
        own("Fault", "short",
            "at: 20s, duration: 5s, selector: {matchLabels: {app: web}}, slowDown: {factor: 2}") +
        load("rate: 10, arrivals: Constant"));

    const auto& windows = report.loads.front().windows;
    EXPECT_EQ(windows.at(12).p50 / 1ms, 3);
    EXPECT_EQ(windows.at(17).p50 / 1ms, 30);
    EXPECT_EQ(windows.at(22).p50 / 1ms, 60);
    EXPECT_EQ(windows.at(30).p50 / 1ms, 30);
    EXPECT_EQ(windows.at(50).p50 / 1ms, 10);
    EXPECT_EQ(windows.at(60).p50 / 1ms, 1);
}

TEST_F(Faults, CrashAgainAndAgain) {
    const std::string crash = "at: 20s, every: constant(10s), count: 1, random: true, crash: true";
    const Report report =
        run(service("web", 5) + model("web", "work: 1ms") + fault(crash) + load("rate: 10"));

    std::set<std::string> befallen;
    for (const EventReport& event : report.events) {
        if (event.reason == "FaultBegan") {
            befallen.insert(event.message);
        }
    }
    EXPECT_EQ(std::ranges::count(report.events, "FaultBegan", &EventReport::reason), 6);
    EXPECT_GT(befallen.size(), 1U);
}

TEST_F(Faults, SufferByZones) {
    const std::string pool = own("Scenario", "s",
                                 "nodePools: [{count: 2, capacity: {cpu: '4', memory: 4Gi}, "
                                 "zones: [a, b]}]");
    const Report report = run(pool + service("web", 4) + model("web", "work: 1ms") +
                              own("Fault", "f",
                                  "at: 30s, hang: true, "
                                  "nodes: {matchLabels: {topology.kubernetes.io/zone: a}}") +
                              load("rate: 10"));

    EXPECT_EQ(std::ranges::count(event_of(report, "FaultBegan").message, ','), 1);
}

TEST_F(Faults, BefallLinksBetweenZones) {
    const std::string pool =
        own("Scenario", "s",
            "network: {betweenZones: 4ms}, nodePools: [{count: 2, capacity: {cpu: '4', memory: "
            "4Gi}, zones: [a, b]}]");
    std::string in_b = service("store", 1);
    in_b.replace(in_b.find("{containers"), 1, "{nodeSelector: {topology.kubernetes.io/zone: b}, ");
    std::string in_a = service("web", 1);
    in_a.replace(in_a.find("{containers"), 1, "{nodeSelector: {topology.kubernetes.io/zone: a}, ");
    const std::string zone_b = "{matchLabels: {topology.kubernetes.io/zone: b}}";
    const Report report = run(
        pool + in_a + in_b + model("web", "work: 1ms, calls: [{service: 'http://store'}]") +
        model("store", "work: 1ms") +
        own("Fault", "slow", "at: 20s, duration: 10s, link: {to: " + zone_b + ", delay: 50ms}") +
        own("Fault", "cut", "at: 40s, duration: 5s, link: {to: " + zone_b + ", cut: true}") +
        load("rate: 10, arrivals: Constant"));

    const auto& windows = report.loads.front().windows;
    EXPECT_EQ(windows.at(15).p50 / 1ms, 10);
    EXPECT_EQ(windows.at(25).p50 / 1ms, 110);
    EXPECT_EQ(windows.at(42).requests, 0U);
    EXPECT_EQ(windows.at(55).p50 / 1ms, 10);
    EXPECT_EQ(report.requests_failed, 0U);
    EXPECT_GT(report.loads.front().latency.max, 5s);
}

// Messages of a load that says where it comes from travel from there.
TEST_F(Faults, BefallLinksFromThePlaceOfALoad) {
    const std::string pool =
        own("Scenario", "s",
            "network: {sameNode: 1ms, betweenZones: 4ms}, nodePools: [{count: 2, capacity: {cpu: "
            "'4', memory: 4Gi}, zones: [a, b]}]");
    std::string in_b = service("web", 1);
    in_b.replace(in_b.find("{containers"), 1, "{nodeSelector: {topology.kubernetes.io/zone: b}, ");
    const std::string site = pool + in_b + model("web", "work: 1ms");
    const auto latency_from = [&](const std::string& from) {
        const Report report = run(site + load("rate: 10, arrivals: Constant" + from));
        EXPECT_EQ(report.requests_failed, 0U);
        return report.loads.front().latency.p50 / 1ms;
    };
    EXPECT_EQ(latency_from(""), 1);
    EXPECT_EQ(latency_from(", from: {zone: a}"), 9);
    EXPECT_EQ(latency_from(", from: {zone: b}"), 1);
    EXPECT_EQ(latency_from(", from: {node: node-2}"), 3);
}

}  // namespace
}  // namespace wavetank::sim
