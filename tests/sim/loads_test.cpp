#include "support/manifest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::HasSubstr;

class Loads : public ManifestRun {};

TEST_F(Loads, FeelALoadThatSwings) {
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

TEST_F(Loads, FeelStagesThatRepeat) {
    const Report report = run(service("web", 1) + model("web", "work: 1ms") +
                              load("arrivals: Constant, repeat: true, stages: [{duration: 5s, "
                                   "rate: 10}, {duration: 5s, rate: 0}]"));

    EXPECT_NEAR(static_cast<double>(report.requests_total), 300, 6);
    EXPECT_EQ(report.loads.front().windows.at(57).requests, 0U);
}

TEST_F(Loads, FeelStagesAsK6HasThem) {
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

TEST_F(Loads, CountRatesByTheTimeUnitOfK6) {
    const Report report = run(service("web", 1) + model("web", "work: 1ms") +
                              load("arrivals: Constant, timeUnit: 1m, startRate: 600, stages: "
                                   "[{duration: 10s, target: 1800}, {duration: 10s, rate: 60}]"));

    EXPECT_NEAR(static_cast<double>(report.requests_total), 200 + 10, 2);
}

TEST_F(Loads, FeelBursts) {
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

TEST_F(Loads, ReplayATraceThatLiesBesideTheManifest) {
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

TEST_F(Loads, FeelAMixOfClasses) {
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

TEST_F(Loads, FeelSessions) {
    const Report report =
        run(service("web", 1) + model("web", "work: 1ms") +
            load("rate: 5, arrivals: Constant, session: {requests: 4, think: 1s}"));

    // 300 come; those of the last three seconds have not sent all four yet.
    EXPECT_NEAR(static_cast<double>(report.requests_total), 1200 - 15 - 10 - 5, 4);
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
    EXPECT_THAT(error_of(load("rate: 1, timeUnit: 0s")),
                HasSubstr("spec.timeUnit: Invalid value: must be at least 1ms"));
    EXPECT_THAT(error_of(load("users: {count: 1}, timeUnit: 1m")),
                HasSubstr("spec.timeUnit: Invalid value: it is for rates"));
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
    EXPECT_THAT(classes("{target: 'http://a', request: {keys: {header: x}}}"),
                HasSubstr("spec.classes[0].request.keys: Invalid value"));
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

}  // namespace
}  // namespace wavetank::sim
