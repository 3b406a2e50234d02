#include <wavetank/sim/simulation.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <set>
#include <string>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// A Deployment and a Service of one name.
std::string service(const std::string& name, int replicas) {
    return R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: )" +
           name + R"(}
spec:
  replicas: )" +
           std::to_string(replicas) + R"(
  selector: {matchLabels: {app: )" +
           name + R"(}}
  template:
    metadata: {labels: {app: )" +
           name + R"(}}
    spec: {containers: [{name: main, image: )" +
           name + R"(}]}
---
apiVersion: v1
kind: Service
metadata: {name: )" +
           name + R"(}
spec: {selector: {app: )" +
           name + R"(}, ports: [{port: 80}]}
---
)";
}

std::string own(const std::string& kind, const std::string& name, const std::string& spec) {
    return "{apiVersion: wavetank.dev/v1, kind: " + kind + ", metadata: {name: " + name +
           "}, spec: {" + spec + "}}\n---\n";
}

std::string model(const std::string& image, const std::string& spec) {
    return own("ServiceModel", image, "image: " + image + ", " + spec);
}

std::string load(const std::string& spec) {
    return own("Workload", "visitors", "target: 'http://web', start: 10s, " + spec);
}

class DeclaredServices : public testing::Test {
protected:
    Report run(const std::string& manifests) {
        Simulation simulation{{.duration = 70s, .network = Distribution{}}};
        const auto applied = simulation.apply_text(manifests, "test.yaml");
        EXPECT_TRUE(applied) << applied.error();
        return simulation.run();
    }

    static const ServiceReport& figures(const Report& report, const std::string& name) {
        const auto found = std::ranges::find(report.services, name, &ServiceReport::name);
        EXPECT_NE(found, report.services.end()) << name;
        return *found;
    }

    static std::string refusals(const Report& report) {
        std::string text;
        for (const EventReport& event : report.events) {
            text += event.reason == "ActionRefused" ? event.object + ": " + event.message : "";
        }
        return text;
    }
};

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

std::string fault(const std::string& spec) {
    return own("Fault", "trouble", "selector: {matchLabels: {app: web}}, " + spec);
}

TEST_F(DeclaredServices, SlowDownAndRecover) {
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

TEST_F(DeclaredServices, HangAndCatchUp) {
    const Report report =
        run(service("web", 1) + model("web", "work: 4ms") +
            fault("at: 40s, duration: 10s, hang: true") + load("rate: 10, arrivals: Constant"));

    // Who came at 40 s waited for ten.
    EXPECT_EQ(report.requests_failed, 0U);
    EXPECT_NEAR(static_cast<double>(report.loads.front().latency.max / 1ms), 10'004, 1);
}

TEST_F(DeclaredServices, HaveAsManyIllPodsAsWasSaid) {
    const Report report = run(service("web", 4) + model("web", "work: 4ms") +
                              fault("at: 40s, count: 2, slowDown: {factor: 2}") +
                              load("rate: 10, arrivals: Constant"));

    const auto began = std::ranges::find(report.events, "FaultBegan", &EventReport::reason);
    ASSERT_NE(began, report.events.end());
    EXPECT_EQ(std::ranges::count(began->message, ','), 1);
}

const EventReport& event_of(const Report& report, const std::string& reason) {
    const auto found = std::ranges::find(report.events, reason, &EventReport::reason);
    EXPECT_NE(found, report.events.end()) << reason;
    return *found;
}

TEST_F(DeclaredServices, AreStartedAnewWhenTheyCrash) {
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

TEST_F(DeclaredServices, FailRequestsInABurst) {
    const Report report = run(service("web", 1) + model("web", "work: 1ms") +
                              fault("at: 30s, duration: 20s, errorBurst: {rate: 500m}") +
                              load("rate: 100, arrivals: Constant"));

    EXPECT_NEAR(static_cast<double>(report.requests_failed), 1000, 3 * std::sqrt(500.0));
    const auto& windows = report.loads.front().windows;
    EXPECT_EQ(windows.at(29).errors, 0U);
    EXPECT_GT(windows.at(31).errors, 20U);
    EXPECT_EQ(windows.at(51).errors, 0U);
}

TEST_F(DeclaredServices, AreKilledWhenTheirMemoryIsUsedUp) {
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

TEST_F(DeclaredServices, GoOnCallingThoseWhoAreGoneWhileEndpointsStall) {
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

TEST_F(DeclaredServices, CrashAgainAndAgain) {
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

TEST_F(DeclaredServices, SufferByZones) {
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

TEST_F(DeclaredServices, FeelALoadThatSwings) {
    const Report report =
        run(service("web", 1) + model("web", "work: 1ms") +
            load("arrivals: Constant, sine: {mean: 20, amplitude: 10, period: 20s}"));

    // Three periods: 20 a second on average, 30 after a quarter of one, 10 after three.
    const auto& windows = report.loads.front().windows;
    EXPECT_NEAR(static_cast<double>(report.requests_total), 1200, 2);
    EXPECT_NEAR(static_cast<double>(windows.at(15).requests), 30, 1);
    EXPECT_NEAR(static_cast<double>(windows.at(25).requests), 10, 1);
    EXPECT_NEAR(static_cast<double>(windows.at(55).requests), 30, 1);
}

TEST_F(DeclaredServices, FeelStagesThatRepeat) {
    const Report report = run(service("web", 1) + model("web", "work: 1ms") +
                              load("arrivals: Constant, repeat: true, stages: [{duration: 5s, "
                                   "rate: 10}, {duration: 5s, rate: 0}]"));

    EXPECT_NEAR(static_cast<double>(report.requests_total), 300, 6);
    EXPECT_EQ(report.loads.front().windows.at(57).requests, 0U);
}

const ServiceReport& load_figures(const Report& report, const std::string& name) {
    const auto found = std::ranges::find(report.loads, name, &ServiceReport::name);
    EXPECT_NE(found, report.loads.end()) << name;
    return *found;
}

TEST_F(DeclaredServices, FeelStagesAsK6HasThem) {
    const Report report =
        run(service("web", 1) + model("web", "work: 1ms") +
            load("arrivals: Constant, startRate: 10, stages: [{duration: 10s, target: 30}, "
                 "{duration: 10s, target: 30}, {duration: 10s, target: 0}]"));

    const auto& windows = report.loads.front().windows;
    EXPECT_NEAR(static_cast<double>(report.requests_total), 200 + 300 + 150, 2);
    EXPECT_NEAR(static_cast<double>(windows.at(15).requests), 21, 1);
    EXPECT_NEAR(static_cast<double>(windows.at(25).requests), 30, 1);
    EXPECT_NEAR(static_cast<double>(windows.at(35).requests), 13.5, 1);
}

TEST_F(DeclaredServices, FeelBursts) {
    const std::string manifests =
        service("web", 1) + model("web", "work: 1ms") +
        load("bursts: [{rate: 5, stay: 5s}, {rate: 500, stay: 1s}], duration: 50s");
    const Report report = run(manifests);

    std::uint64_t most = 0;
    for (const auto& window : report.loads.front().windows) {
        most = std::max(most, window.requests);
    }
    EXPECT_GT(most, 100U);
    EXPECT_EQ(to_json(report), to_json(run(manifests)));
}

TEST_F(DeclaredServices, ReplayATraceThatLiesBesideTheManifest) {
    const std::string folder = testing::TempDir();
    std::ofstream{folder + "rates.csv"} << "time,rate\n0,10\n600,30\n";
    std::ofstream{folder + "requests.csv"} << "0\n0.25\n0.5\n";
    std::ofstream{folder + "replay.yaml"}
        << service("web", 1) + model("web", "work: 1ms") +
               own("Workload", "rates",
                   "target: 'http://web', start: 10s, arrivals: Constant, trace: {file: rates.csv, "
                   "scale: 2, speed: 60}") +
               own("Workload", "requests",
                   "target: 'http://web', start: 10s, trace: {file: ./requests.csv}");
    Simulation simulation{{.duration = 70s, .network = Distribution{}}};
    const auto applied = simulation.apply_file(folder + "replay.yaml");
    ASSERT_TRUE(applied) << applied.error();

    const Report report = simulation.run();

    EXPECT_NEAR(static_cast<double>(load_figures(report, "rates").requests), 200 + 600, 1);
    EXPECT_EQ(load_figures(report, "requests").requests, 3U);
}

TEST_F(DeclaredServices, FeelAMixOfClasses) {
    const Report report =
        run(service("web", 1) + service("cart", 1) + model("web", "work: 1ms") +
            model("cart", "work: 2ms") +
            own("Workload", "visitors",
                "start: 10s, rate: 100, classes: [{target: 'http://web/', weight: 3}, {name: buy, "
                "target: 'http://cart/buy', weight: 1}]"));

    const auto& all = load_figures(report, "visitors");
    const auto& browse = load_figures(report, "visitors/web/");
    const auto& buy = load_figures(report, "visitors/buy");
    EXPECT_EQ(all.requests, browse.requests + buy.requests);
    EXPECT_EQ(all.requests + report.requests_unfinished, report.requests_total);
    // Of 6000, a quarter, which varies by 34.
    EXPECT_NEAR(static_cast<double>(buy.requests) / static_cast<double>(all.requests), 0.25, 0.017);
    EXPECT_EQ(buy.requests, figures(report, "default/cart:80").requests);
    EXPECT_EQ(&browse - report.loads.data(), 2);  // a load, then its classes by name
}

TEST_F(DeclaredServices, FeelSessions) {
    const Report report =
        run(service("web", 1) + model("web", "work: 1ms") +
            load("rate: 5, arrivals: Constant, session: {requests: 4, think: 1s}"));

    // 300 come; those of the last three seconds have not sent all four yet.
    EXPECT_NEAR(static_cast<double>(report.requests_total), 1200 - 15 - 10 - 5, 4);
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

class CodedServices : public DeclaredServices {
protected:
    // Runs with code behind one image.
    static Report run_with(const std::string& image, actor::Handler handler,
                           const std::string& manifests) {
        Simulation simulation{{.duration = 70s, .network = Distribution{}}};
        simulation.serve(image, std::move(handler));
        const auto applied = simulation.apply_text(manifests, "test.yaml");
        EXPECT_TRUE(applied) << applied.error();
        return simulation.run();
    }
};

TEST_F(CodedServices, AreCalledByDeclaredOnes) {
    std::string heard;
    const Report report = run_with(
        "adder",
        [&](actor::Context context, mesh::Request request) -> Task<mesh::Response> {
            heard = request.method + " " + request.path;
            co_await context.sleep(3ms);
            co_return mesh::Response::text("3");
        },
        service("web", 2) + service("adder", 1) +
            model("web", "work: 1ms, calls: [{service: 'http://adder/?a=1&b=2'}]") +
            load("rate: 10, arrivals: Constant"));

    EXPECT_EQ(heard, "GET /?a=1&b=2");
    EXPECT_EQ(report.requests_failed, 0U);
    EXPECT_EQ(report.loads.front().latency.max, 4ms);
    EXPECT_NEAR(static_cast<double>(figures(report, "default/adder:80").requests), 600, 2);
}

TEST_F(CodedServices, CallDeclaredOnes) {
    const auto relay = [](actor::Context context, mesh::Request /*request*/) {
        return context.get("http://store");
    };
    const std::string manifests = service("web", 1) + service("store", 1) + load("rate: 10");

    const Report well = run_with("web", relay, manifests + model("store", "work: 1ms, wait: 5ms"));
    EXPECT_EQ(well.requests_failed, 0U);
    EXPECT_EQ(well.loads.front().latency.p50 / 1us, 6000);

    const Report ill = run_with("web", relay, manifests + model("store", "errorRate: 1"));
    EXPECT_EQ(ill.requests_failed, ill.requests_total);
}

TEST_F(CodedServices, MayHaveADeclaredCost) {
    const auto answer = [](actor::Context context, mesh::Request) -> Task<mesh::Response> {
        co_await context.compute(10ms);
        co_return mesh::Response::text("done");
    };
    const Report report =
        run_with("web", answer,
                 service("web", 1) + model("web", "work: 20ms, wait: 50ms, concurrency: 1") +
                     load("users: {count: 3, think: 0s}"));

    // One after the other, 80 ms each; the CPU has 30 of them to do.
    EXPECT_EQ(report.loads.front().latency.p50 / 1ms, 240);
    EXPECT_EQ(report.requests_failed, 0U);
}

TEST_F(CodedServices, AnswerUsers) {
    const auto answer = [](actor::Context context, mesh::Request) -> Task<mesh::Response> {
        co_await context.compute(100ms);
        co_return mesh::Response::text("done");
    };
    const Report report =
        run_with("web", answer, service("web", 1) + load("users: {count: 5, think: 0s}"));

    EXPECT_NEAR(static_cast<double>(report.requests_total), 600 + 4, 2);
    EXPECT_EQ(report.loads.front().latency.p50 / 1ms, 500);
}

TEST_F(CodedServices, AreSlowedDownLikeAnyOther) {
    const auto answer = [](actor::Context context, mesh::Request) -> Task<mesh::Response> {
        co_await context.compute(1ms);
        co_return mesh::Response::text("done");
    };
    const Report report = run_with("web", answer,
                                   service("web", 1) + load("rate: 10, arrivals: Constant") +
                                       fault("at: 30s, slowDown: {factor: 30}"));

    EXPECT_EQ(report.loads.front().windows.at(20).p99 / 1ms, 1);
    EXPECT_EQ(report.loads.front().windows.at(40).p99 / 1ms, 30);
}

TEST_F(CodedServices, GoWithTheirPods) {
    const auto forever = [](actor::Context context, mesh::Request) -> Task<mesh::Response> {
        co_await context.sleep(1h);
        co_return mesh::Response::text("done");
    };
    const Report report = run_with(
        "web", forever,
        own("Scenario", "s", "actions: [{at: 20s, delete: {kind: Deployment, name: web}}]") +
            service("web", 1) + load("rate: 10, arrivals: Constant"));

    // All of ten seconds end with the grace period; the later ones find nobody.
    EXPECT_EQ(report.requests_failed, report.requests_total);
    EXPECT_EQ(report.requests_unfinished, 0U);
}

TEST(WorkloadKind, SaysWhatIsWrongWithIt) {
    const auto error_of = [](const std::string& text) {
        Simulation simulation;
        const auto applied = simulation.apply_text(text, testing::TempDir() + "test.yaml");
        return applied ? std::string{} : to_string(applied.error());
    };
    std::ofstream{testing::TempDir() + "bad.csv"} << "0,1\n1,x\n";
    std::ofstream{testing::TempDir() + "single.csv"} << "0\n1\n";
    const auto trace = [](const std::string& more) { return load("trace: {file: " + more + "}"); };

    EXPECT_THAT(error_of(load("startRate: 1, rate: 5")),
                HasSubstr("spec.startRate: Invalid value"));
    EXPECT_THAT(error_of(load("stages: [{duration: 1s}]")),
                HasSubstr("spec.stages[0]: Required value: exactly one of rate and target"));
    EXPECT_THAT(error_of(load("stages: [{duration: 1s, from: 1, target: 2}]")),
                HasSubstr("spec.stages[0].from: Invalid value"));
    EXPECT_THAT(error_of(load("bursts: [{rate: 1, stay: 0s}]")),
                HasSubstr("spec.bursts[0].stay: Invalid value: must be at least 1ms"));
    EXPECT_THAT(error_of(load("bursts: [{rate: 0, stay: 1s}]")), HasSubstr("spec.bursts: Invalid"));
    EXPECT_THAT(error_of(load("bursts: [{rte: 0, stay: 1s}]")), HasSubstr("spec.bursts[0].rte"));
    EXPECT_THAT(error_of(load("bursts: [{rate: 1, stay: 1s}], repeat: true")),
                HasSubstr("spec.repeat: Invalid value"));
    EXPECT_THAT(error_of(trace("gone.csv")), HasSubstr("gone.csv\" is no file that can be read"));
    EXPECT_THAT(error_of(trace("gone.csv")), HasSubstr("test.yaml:1:"));
    EXPECT_THAT(error_of(trace("''")), HasSubstr("spec.trace.file: Required value"));
    EXPECT_THAT(error_of(trace("bad.csv")),
                HasSubstr("bad.csv:2:3: Workload \"visitors\": \"x\" is no rate"));
    EXPECT_THAT(error_of(trace("single.csv, scale: 2")), HasSubstr("cannot be scaled"));
    EXPECT_THAT(error_of(trace("single.csv, speed: 0")), HasSubstr("spec.trace.speed: Invalid"));
    EXPECT_THAT(error_of(trace("single.csv}, repeat: true, request: {")),
                HasSubstr("spec.repeat: Invalid value"));
    EXPECT_THAT(error_of(own("Workload", "v", "rate: 1")), HasSubstr("exactly one of the two"));
    EXPECT_THAT(error_of(load("rate: 1, classes: [{target: 'http://a'}]")),
                HasSubstr("exactly one of the two"));
    const auto classes = [&](const std::string& list) {
        return error_of(own("Workload", "v", "rate: 1, classes: [" + list + "]"));
    };
    EXPECT_THAT(classes("{name: a}"), HasSubstr("spec.classes[0].target: Required value"));
    EXPECT_THAT(classes("{target: 'http://a', weight: 0}"), HasSubstr("spec.classes[0].weight"));
    EXPECT_THAT(classes("{target: 'http://a', priority: 256}"), HasSubstr("must be at most 255"));
    EXPECT_THAT(classes("{target: 'http://a'}, {target: 'http://a'}"),
                HasSubstr("spec.classes[1].name: Duplicate value: \"a\""));
    EXPECT_THAT(classes("{target: 'http://a'}], priority: 1, bursts: ["),
                HasSubstr("spec.priority: Invalid value"));
    EXPECT_THAT(error_of(load("rate: 1, priority: -1")), HasSubstr("spec.priority"));
    EXPECT_THAT(error_of(load("rate: 1, session: {}")), HasSubstr("spec.session.requests"));
    EXPECT_THAT(error_of(load("rate: 1, session: {requests: few}")), HasSubstr("geometric(MEAN)"));
    EXPECT_THAT(error_of(load("users: {count: 1}, session: {requests: 2}")),
                HasSubstr("spec.session: Invalid value"));
    EXPECT_THAT(error_of(load("users: {count: 1, spawnRate: 0}")),
                HasSubstr("spec.users.spawnRate: Invalid value"));
    EXPECT_THAT(error_of(load("rate: 1, duration: long")), HasSubstr("spec.duration"));
}

// A stall of S in a time D: S / D of the requests meet it, evenly spread over it, so that p99 is
// S - D / 100.
TEST(CoordinatedOmission, HidesAStallFromThoseWhoWait) {
    Simulation simulation;
    ASSERT_TRUE(simulation.apply_file(WAVETANK_SOURCE_DIR "/examples/coordinated_omission"));

    const Report report = simulation.run();

    const auto figures = [&](const std::string& name) {
        return std::ranges::find(report.loads, name, &ServiceReport::name)->latency;
    };
    EXPECT_NEAR(static_cast<double>(figures("by-schedule").p99 / 1ms), 1200, 20);
    EXPECT_NEAR(static_cast<double>(figures("by-schedule").max / 1ms), 1400, 20);
    EXPECT_LT(figures("by-answer").p99, 20ms);
    EXPECT_NEAR(static_cast<double>(figures("by-answer").max / 1ms), 1400, 20);
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
    EXPECT_THAT(error_of(fault("at: 1s, memoryLeak: {perSecond: -1}")),
                HasSubstr("spec.memoryLeak.perSecond"));
    EXPECT_THAT(error_of(load("users: {count: 0}")), HasSubstr("must be at least 1"));
    EXPECT_THAT(error_of(load("users: {count: 1, think: '-1s'}")), HasSubstr("spec.users.think"));
}

}  // namespace
}  // namespace wavetank::sim
