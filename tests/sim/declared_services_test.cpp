#include "support/manifest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::HasSubstr;

class DeclaredServices : public ManifestRun {};

TEST_F(DeclaredServices, CallEachOther) {
    const Report report =
        run(service("web", 2) + service("store", 1) +
            model("web", "work: 1ms, calls: [{service: 'http://store', repeat: 3}]") +
            model("store", "work: 2ms, wait: 5ms") + load("rate: 10, arrivals: Constant"));

    EXPECT_NEAR(static_cast<double>(report.requests_total), 600, 1);
    EXPECT_EQ(report.requests_failed, 0U);
    EXPECT_NEAR(static_cast<double>(figures(report, "default/store:80").requests), 1800, 3);
    // One CPU: the calls are done after 2, 4 and 6 ms, and 5 ms later.
    EXPECT_EQ(report.loads.front().latency.max, 12ms);
}

TEST_F(DeclaredServices, GiveTheSameReportUnderTheSameSeed) {
    const std::string manifests =
        service("web", 2) + model("web", "work: exponential(5ms)") + load("rate: 300");

    EXPECT_EQ(to_json(run(manifests)), to_json(run(manifests)));
}

TEST_F(DeclaredServices, LetUsersWaitForTheirAnswers) {
    const Report report =
        run(service("web", 1) + model("web", "work: 100ms") + load("users: {count: 5, think: 0s}"));

    // One CPU, never idle: ten requests a second, and five users wait for it.
    EXPECT_NEAR(static_cast<double>(report.requests_total), 600 + 4, 2);
    EXPECT_EQ(report.loads.front().latency.p50 / 1ms, 500 / 1);
}

TEST_F(DeclaredServices, LoseNoRequestToAScaleDown) {
    const std::string scale =
        own("Scenario", "s", "actions: [{at: 40s, scale: {name: web, replicas: 1}}]");
    const Report report = run(scale + service("web", 4) + model("web", "work: 30ms") +
                              load("rate: 20, arrivals: Constant"));

    EXPECT_EQ(report.requests_failed, 0U);
    EXPECT_NEAR(static_cast<double>(report.requests_total), 1200, 1);
}

TEST_F(DeclaredServices, AnswerWith503WhenNobodyIsThere) {
    const std::string gone =
        own("Scenario", "s", "actions: [{at: 40s, delete: {kind: Deployment, name: web}}]");
    const Report report =
        run(gone + service("web", 2) + model("web", "work: 1ms") + load("rate: 20"));

    // Of 70 seconds, 30 without anybody.
    EXPECT_NEAR(static_cast<double>(report.requests_failed), 600, 75);
}

TEST_F(DeclaredServices, UseCpuAndMemoryForTheirRequests) {
    const Report report = run(service("web", 2) +
                              model("web",
                                    "work: 20ms, wait: 480ms, memory: {base: 64Mi, "
                                    "perRequest: 1Mi}") +
                              load("rate: 20, arrivals: Constant"));

    ASSERT_EQ(report.usage.size(), 1U);
    const UsageReport& usage = report.usage.front();
    EXPECT_EQ(usage.workload, "default/web");
    EXPECT_EQ(usage.container, "main");
    // Twenty a second for 60 of 70 seconds, each for half a second.
    EXPECT_NEAR(usage.cpus, 0.4 * 60 / 70, 0.002);
    EXPECT_NEAR(usage.cpus_peak, 0.4, 0.02);
    EXPECT_EQ(usage.throttled, 0);
    EXPECT_NEAR(static_cast<double>(usage.memory_peak) / (1 << 20), 2 * 64 + 10, 1);
    EXPECT_NEAR(usage.windows.at(40).cpus, 0.4, 0.02);
    EXPECT_EQ(usage.windows.at(8).cpus, 0);
}

TEST_F(DeclaredServices, AreSlowAtFirst) {
    const Report report =
        run(service("web", 1) + model("web", "work: 2ms, warmUp: {duration: 30s, factor: 5}") +
            load("rate: 10, arrivals: Constant"));

    const auto& windows = report.loads.front().windows;
    EXPECT_EQ(windows.at(15).p50 / 1ms, 10);
    EXPECT_EQ(windows.at(50).p50 / 1ms, 2);
}

TEST_F(DeclaredServices, MeetTheirCpuLimit) {
    const auto limited = [](const std::string& limit) {
        std::string text = service("web", 1);
        text.replace(text.find("image: web"), 10,
                     "image: web, resources: {limits: {cpu: " + limit + "}}");
        return text;
    };
    const std::string load_of_five = load("rate: 5, arrivals: Constant");

    // 80 ms of CPU time, 50 in each tenth of a second: at least one pause of 20 to 50 ms.
    const Report tight = run(limited("500m") + model("web", "work: 80ms") + load_of_five);
    EXPECT_GE(tight.loads.front().latency.p50, 99ms);
    EXPECT_LE(tight.loads.front().latency.max, 180ms);
    EXPECT_NEAR(tight.usage.front().of_request, 0.8 * 60 / 70, 0.03);
    EXPECT_GT(tight.usage.front().throttled, 0.05);

    // Four threads use up two CPUs' quota in half of the time; two threads never do.
    const std::string users = load("users: {count: 4, think: 0s}");
    const Report greedy = run(limited("2") + model("web", "work: 10ms, threads: 4") + users);
    EXPECT_NEAR(greedy.usage.front().throttled, 0.5 * 60 / 70, 0.03);
    const Report modest = run(limited("2") + model("web", "work: 10ms") + users);
    EXPECT_EQ(modest.usage.front().throttled, 0);
    EXPECT_EQ(modest.loads.front().latency.p50 / 1ms, 20);
}

TEST_F(DeclaredServices, GetTheirQuotaAnewWhateverElseHappensThen) {
    std::string limited = service("web", 1);
    limited.replace(limited.find("image: web"), 10, "image: web, resources: {limits: {cpu: 500m}}");
    const auto used = [&](const std::string& wait) {
        const Report report =
            run(limited + model("web", "work: 25ms, threads: 2, concurrency: 3, wait: " + wait) +
                load("users: {count: 20, think: 0s}"));
        return report.usage.front().cpus;
    };

    // Waits that end with the period, and ones that do not.
    EXPECT_NEAR(used("75ms"), 0.45 * 60 / 70, 0.06);
    EXPECT_NEAR(used("75001us"), 0.45 * 60 / 70, 0.06);
}

// A megabyte is 8 Mbit.
TEST_F(DeclaredServices, SendPayloadsOverLinks) {
    const std::string manifests = service("web", 1) +
                                  model("web", "payload: {request: 1k, response: 1M}") +
                                  load("rate: 1, duration: 20s, arrivals: Constant");
    EXPECT_EQ(figures(run(manifests), "default/web:80").latency.max, 0ms);
    EXPECT_EQ(
        figures(run(manifests + own("Scenario", "slow", "network: {links: [{bandwidth: 80M}]}")),
                "default/web:80")
            .latency.max,
        100ms + 100us);
}

TEST_F(DeclaredServices, FeelTheirNeighboursOnAFullNode) {
    const std::string pool =
        own("Scenario", "s", "nodePools: [{count: 1, capacity: {cpu: '2', memory: 4Gi}}]");
    const Report report =
        run(pool + service("web", 1) + service("noisy", 1) + model("web", "work: 10ms") +
            model("noisy", "work: 10ms, threads: 3") +
            own("Workload", "noise", "target: 'http://noisy', start: 40s, users: {count: 3}") +
            load("rate: 10, arrivals: Constant"));

    // Shares are equal, so that each may have one CPU: the one that needs no more feels nothing.
    const auto visitors = std::ranges::find(report.loads, "visitors", &ServiceReport::name);
    EXPECT_EQ(visitors->latency.max / 1ms, 10);
    const auto noise = std::ranges::find(report.usage, "default/noisy", &UsageReport::workload);
    EXPECT_NEAR(noise->cpus_peak, 1.9, 0.01);
}

TEST(OwnKinds, SayWhatIsWrongWithThem) {
    const auto error_of = [](const std::string& text) {
        Simulation simulation;
        const auto applied = simulation.apply_text(text, "test.yaml");
        return applied ? std::string{} : to_string(applied.error());
    };

    EXPECT_THAT(error_of(model("a", "errorRate: 2")), HasSubstr("must be between 0 and 1"));
    EXPECT_THAT(error_of(model("a", "discipline: LCFS")), HasSubstr("supported values: \"FIFO\""));
    EXPECT_THAT(error_of(model("a", "concurrency: 0")), HasSubstr("must be at least 1"));
    EXPECT_THAT(error_of(model("a", "queueLimit: -1")), HasSubstr("must be at least 0"));
    EXPECT_THAT(error_of(model("a", "threads: 0")), HasSubstr("spec.threads"));
    EXPECT_THAT(error_of(model("a", "warmUp: {duration: 1s, factor: 1}")),
                HasSubstr("spec.warmUp.factor"));
    EXPECT_THAT(error_of(model("a", "memory: {base: '-1'}")), HasSubstr("spec.memory.base"));
    EXPECT_THAT(error_of(model("a", "calls: [{}]")),
                HasSubstr("spec.calls[0].service: Required value"));
    EXPECT_THAT(error_of(model("a", "calls: [{service: 'http://b', probability: '1.5'}]")),
                HasSubstr("spec.calls[0].probability"));
    EXPECT_THAT(error_of(model("a", "calls: [{service: 'http://b', parallel: [{service: c}]}]")),
                HasSubstr("either one call or parallel ones"));
    EXPECT_THAT(error_of(model("a", "wait: soon")), HasSubstr("spec.wait"));
    EXPECT_THAT(error_of(load("rate: 1, users: {count: 1}")),
                HasSubstr("exactly one of rate, stages, sine, bursts, trace and users"));
    EXPECT_THAT(error_of(load("sine: {mean: 10, amplitude: 11, period: 1m}")),
                HasSubstr("must not be greater than the mean"));
    EXPECT_THAT(error_of(load("sine: {mean: 10, amplitude: 5, period: 0s}")),
                HasSubstr("must be at least 1s"));
    EXPECT_THAT(error_of(model("a", "discipline: LCFS")), HasSubstr("\"PRIORITY\""));
    EXPECT_THAT(error_of(fault("at: 1s")), HasSubstr("exactly one of slowDown, hang, crash"));
    EXPECT_THAT(error_of(fault("at: 1s, slowDown: {factor: 1}")),
                HasSubstr("must be greater than 1 and at most 10M"));
    EXPECT_THAT(error_of(own("Fault", "f", "at: 1s, hang: true")), HasSubstr("which pods"));
    EXPECT_THAT(error_of(fault("at: later, hang: true")), HasSubstr("spec.at"));
    EXPECT_THAT(error_of(fault("at: 1s, crash: true, every: 0s")), HasSubstr("spec.every"));
    EXPECT_THAT(error_of(fault("at: 1s, errorBurst: {rate: 2}")), HasSubstr("between 0 and 1"));
    EXPECT_THAT(error_of(fault("at: 1s, link: {loss: 1}")), HasSubstr("must be less than 1"));
    EXPECT_THAT(error_of(own("Scenario", "s", "network: {links: [{latency: long}]}")),
                HasSubstr("spec.network.links[0].latency"));
    EXPECT_THAT(error_of(own("Scenario", "s", "network: {links: [{bandwidth: -1M}]}")),
                HasSubstr("spec.network.links[0].bandwidth"));
    EXPECT_THAT(error_of(model("a", "payload: {response: -1}")),
                HasSubstr("spec.payload.response"));
    EXPECT_THAT(error_of(fault("at: 1s, memoryLeak: {perSecond: -1}")),
                HasSubstr("spec.memoryLeak.perSecond"));
    EXPECT_THAT(error_of(load("users: {count: 0}")), HasSubstr("must be at least 1"));
    EXPECT_THAT(error_of(load("users: {count: 1, think: '-1s'}")), HasSubstr("spec.users.think"));
}

}  // namespace
}  // namespace wavetank::sim
