#include <wavetank/sim/data_plane.hpp>

#include "support/data_plane.hpp"
#include "support/scripted_code.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;

// A plane with one service, and a load by the clock: a request each ten milliseconds.
class DataPlaneTest : public testing::Test {
protected:
    void serve(DeclaredProgram program) {
        service_ = plane_.add_service("web");
        replica_ = plane_.add_replica(plane_.add_program(std::move(program)), "web/0");
        plane_.set_endpoints(service_, std::array{replica_});
        load_ = plane_.add_load(service_, {.name = "load",
                                           .requests_per_second = 100,
                                           .duration = 1s,
                                           .arrivals = Arrivals::Constant});
    }

    [[nodiscard]] const mesh::ServiceStats& stats() const {
        return plane_.load_stats(load_);
    }

    DataPlane plane_{{.random = Random{1}}};
    ServiceId service_{};
    ReplicaId replica_{};
    LoadId load_{};
};

TEST_F(DataPlaneTest, CountsARequestWhenItIsAnswered) {
    serve({.work = Distribution::constant(4ms)});

    plane_.run_until(TimePoint{10ms});
    EXPECT_EQ(plane_.requests_sent(load_), 1U);
    EXPECT_EQ(plane_.requests_in_flight(load_), 1U);
    EXPECT_EQ(plane_.requests_at(replica_), 1U);

    plane_.run_until(TimePoint{14ms});
    EXPECT_EQ(plane_.requests_in_flight(load_), 0U);
    EXPECT_EQ(stats().latency().max(), 4ms);
    EXPECT_EQ(plane_.cpu_use(replica_).used, 4ms);
}

TEST_F(DataPlaneTest, AnswersWithAnErrorWhatACrashEnds) {
    serve({.work = Distribution::constant(4ms)});

    plane_.run_until(TimePoint{12ms});
    plane_.crash(replica_);
    plane_.run_until(TimePoint{20ms});

    EXPECT_EQ(stats().requests(), 2U);
    EXPECT_EQ(stats().errors(), 2U);  // one was cut off, one found nobody there
    EXPECT_EQ(stats().latency().max(), 2ms);
}

TEST_F(DataPlaneTest, LetsAWithdrawnReplicaFinish) {
    serve({.work = Distribution::constant(4ms)});

    plane_.run_until(TimePoint{12ms});
    plane_.set_endpoints(service_, {});
    plane_.run_until(TimePoint{20ms});

    EXPECT_EQ(stats().requests(), 2U);
    EXPECT_EQ(stats().errors(), 1U);
}

TEST_F(DataPlaneTest, SlowsDownWhatIsAtACpu) {
    serve({.work = Distribution::constant(4ms)});

    plane_.run_until(TimePoint{12ms});
    plane_.set_speed(replica_, 0.5);
    plane_.run_until(TimePoint{19ms});

    EXPECT_EQ(stats().latency().max(), 6ms);
}

TEST_F(DataPlaneTest, TakesUpWhatALongStallHasLeft) {
    serve({.work = Distribution::constant(4ms)});

    plane_.run_until(TimePoint{12ms});
    plane_.set_speed(replica_, 1e-7);
    plane_.run_until(TimePoint{10s});
    EXPECT_EQ(plane_.requests_at(replica_), 99U);
    plane_.set_speed(replica_, 1);
    plane_.run_until(TimePoint{11s});

    EXPECT_EQ(plane_.requests_in_flight(load_), 0U);
    // Two milliseconds were left of its four, and a microsecond was done meanwhile.
    EXPECT_EQ(stats().latency().max() / 1us, 9'991'999);
}

TEST_F(DataPlaneTest, StandsStillWhenTheQuotaIsUsedUp) {
    const ServiceId service =
        test::serve(plane_, "web", {.work = Distribution::constant(80ms)}, 1, {.quota = 50ms});
    load_ = plane_.add_load(service, {.name = "load", .users = Users{}});

    plane_.run_until(TimePoint{310ms});

    // 50 ms, a pause of 50, and 30; then 20, a pause of 50, 50, another pause, and the last 10.
    EXPECT_EQ(stats().requests(), 2U);
    EXPECT_EQ(stats().latency().max(), 180ms);
    EXPECT_EQ(plane_.cpu_use(ReplicaId{0}), (CpuUse{.used = 160ms, .throttled = 150ms}));
}

TEST_F(DataPlaneTest, ThrottlesNobodyWhoGetsWhatHisQuotaIs) {
    const NodeId node = plane_.add_node(3.92);
    const ServiceId service = test::serve(plane_, "web", {.work = Distribution::constant(5s)}, 4,
                                          {.cpus = 2, .quota = 98ms, .node = node});
    plane_.add_load(service, {.name = "load", .users = Users{.count = 16}});

    plane_.run_until(TimePoint{60s});

    for (std::uint32_t i = 0; i < 4; ++i) {
        EXPECT_EQ(plane_.cpu_use(ReplicaId{i}).throttled, 0ms);
        EXPECT_NEAR(static_cast<double>(plane_.cpu_use(ReplicaId{i}).used / 1ms), 58'800, 1);
    }
}

TEST_F(DataPlaneTest, UsesAQuotaUpTheSoonerTheMoreCpusItHas) {
    const ServiceId service = test::serve(plane_, "web", {.work = Distribution::constant(40ms)}, 1,
                                          {.cpus = 4, .quota = 100ms});
    load_ = plane_.add_load(service, {.name = "load", .users = Users{.count = 4}});

    plane_.run_until(TimePoint{120ms});

    // Four CPUs for 25 ms, a pause of 75, and the other 15.
    EXPECT_EQ(stats().requests(), 4U);
    EXPECT_EQ(stats().latency().max(), 115ms);
    EXPECT_EQ(plane_.cpu_use(ReplicaId{0}), (CpuUse{.used = 180ms, .throttled = 75ms}));
}

// A service on one node, and a load from outside, over a link of 1 ms each way.
class LinkTest : public testing::Test {
protected:
    LinkTest() {
        plane_.set_place(node_, place_);
        const ProgramId program = plane_.add_program({.work = Distribution::constant(2ms)});
        const ReplicaId replica = plane_.add_replica(program, "web/0", {.node = node_});
        plane_.set_endpoints(service_, std::array{replica});
        set({});
    }

    void set(Link link) {
        link.latency = Distribution::constant(1ms);
        plane_.set_link(DataPlane::outside, place_, link);
        plane_.set_link(place_, DataPlane::outside, link);
    }

    DataPlane plane_{{.has_links = true}};
    NodeId node_ = plane_.add_node(8);
    PlaceId place_ = plane_.add_place();
    ServiceId service_ = plane_.add_service("web");
};

TEST_F(LinkTest, SendsAgainWhatACutHasSwallowed) {
    const LoadId load = plane_.add_load(service_, {.name = "load", .users = Users{}});
    plane_.run_until(TimePoint{10ms});
    set({.is_cut = true});
    plane_.run_until(TimePoint{1s});
    set({});
    plane_.run_until(TimePoint{2s});

    // What leaves at 11 ms is sent again after 200, 400 and 800 ms. Before: 0, 4 and 8 ms, of which
    // the last was at its work.
    EXPECT_EQ(plane_.load_stats(load).windows().at(0).requests, 2U);
    EXPECT_EQ(plane_.load_stats(load).latency().max(), 3ms + 200ms + 400ms + 800ms + 1ms);
}

// At 8 Mbit/s, a request takes a millisecond more and its answer two; the second stands in line
// behind the first, on both ways.
TEST_F(LinkTest, SendsMessagesOneAfterTheOther) {
    const ProgramId program = plane_.add_program(
        {.work = Distribution::constant(2ms), .request_bytes = 1000, .response_bytes = 2000});
    const ReplicaId replica = plane_.add_replica(program, "files/0", {.node = node_});
    const ServiceId files = plane_.add_service("files");
    plane_.set_endpoints(files, std::array{replica});
    set({.bandwidth = 8e6});
    const LoadId load = plane_.add_load(
        files, {.name = "load", .users = Users{.count = 2, .think = Distribution::constant(10s)}});
    plane_.run_until(TimePoint{15s});

    EXPECT_EQ(plane_.load_stats(load).requests(), 2U);
    EXPECT_EQ(plane_.load_stats(load).latency().mean(), (7ms + 9ms) / 2);
    EXPECT_EQ(plane_.load_stats(load).latency().max(), 9ms);
}

TEST_F(LinkTest, LosesNothingForEver) {
    set({.loss = 0.9});
    const LoadId load =
        plane_.add_load(service_, {.name = "load", .requests_per_second = 100, .duration = 10s});
    plane_.run_until(TimePoint{1h});

    EXPECT_EQ(plane_.requests_in_flight(load), 0U);
    // Given up after a message was lost 16 times, there or back.
    const double lost = 1 - std::pow(1 - std::pow(0.9, 16), 2);
    const auto sent = static_cast<double>(plane_.requests_sent(load));
    EXPECT_NEAR(static_cast<double>(plane_.load_stats(load).errors()) / sent, lost, 0.05);
}

TEST_F(LinkTest, LosesItsPartOfTheMessages) {
    set({.loss = 0.1});
    const LoadId load = plane_.add_load(service_, {.name = "load",
                                                   .requests_per_second = 100,
                                                   .duration = 100s,
                                                   .arrivals = Arrivals::Constant});
    plane_.run_until(TimePoint{200s});

    const metrics::Histogram latency = plane_.load_stats(load).latency();
    EXPECT_NEAR(static_cast<double>(latency.count()), 10'000, 1);
    // Each of two messages, 1 / (1 - p) times; the pauses add up to 200 ms p / (1 - 2 p) for each.
    const double mean = static_cast<double>(latency.mean() / 1us) / 1000;
    EXPECT_NEAR(mean, 4 + 2 * 200 * 0.1 / (1 - 2 * 0.1), 5);
    EXPECT_EQ(latency.percentile(0.5) / 1ms, 4);
}

TEST_F(DataPlaneTest, DividesAFullNodeByWeight) {
    const NodeId node = plane_.add_node(2);
    const ProgramId program = plane_.add_program({.work = Distribution::constant(100ms)});
    std::vector<ReplicaId> replicas;
    for (const std::uint32_t weight : {1U, 3U, 4U}) {
        replicas.push_back(plane_.add_replica(program, "r" + std::to_string(weight),
                                              {.node = node, .weight = weight}));
        const ServiceId service = plane_.add_service("s" + std::to_string(weight));
        plane_.set_endpoints(service, std::array{replicas.back()});
        plane_.add_load(service,
                        {.name = "l" + std::to_string(weight), .users = Users{.count = 2}});
    }

    plane_.run_until(TimePoint{10s});

    // Eight parts of two CPUs: the heaviest needs but one CPU of its own, so the other one is for
    // the others, three to one.
    EXPECT_EQ(plane_.cpu_use(replicas[0]).used / 1ms, 2500);
    EXPECT_EQ(plane_.cpu_use(replicas[1]).used / 1ms, 7500);
    EXPECT_EQ(plane_.cpu_use(replicas[2]).used / 1ms, 10'000);
}

TEST_F(DataPlaneTest, KeepsAWholeRequestInHand) {
    serve({.work = Distribution::constant(1ms),
           .wait = Distribution::constant(20ms),
           .concurrency = 1,
           .queue_limit = 1});

    plane_.run_until(TimePoint{2s});

    // One request in 21 ms, where two come.
    EXPECT_NEAR(static_cast<double>(stats().errors()), 100 - 1000.0 / 21, 3);
}

// Two hundred thousand requests that end as they begin, one after the other.
TEST(DataPlane, LetsInOneAfterTheOtherHoweverLongTheLine) {
    test::ScriptedCode code;
    DataPlane plane{{.checks = true, .code = &code}};
    const ServiceId service = plane.add_service("web");
    const ProgramId program = plane.add_program({.concurrency = 1, .is_code = true});
    const ReplicaId replica = plane.add_replica(program, "web/0");
    plane.set_endpoints(service, std::array{replica});
    const LoadId first = plane.add_load(service, {.name = "first", .users = Users{}});
    plane.run_until(TimePoint{1ns});
    plane.set_error_rate(replica, 1);
    const LoadId others = plane.add_load(
        service,
        {.name = "others", .users = Users{.count = 200'000, .think = Distribution::constant(1s)}});
    plane.run_until(TimePoint{2s});
    EXPECT_EQ(plane.requests_at(replica), 200'001U);

    plane.answer(RequestId{0}, 200);

    EXPECT_EQ(plane.load_stats(first).errors(), 0U);
    EXPECT_EQ(plane.load_stats(others).errors(), 200'000U);
}

TEST_F(DataPlaneTest, EndsCallsThatGoInACircle) {
    const ServiceId other = plane_.add_service("other");
    const ServiceId one = plane_.add_service("one");
    const ReplicaId first =
        plane_.add_replica(plane_.add_program({.calls = {{{.service = other}}}}), "one/0");
    const ReplicaId second =
        plane_.add_replica(plane_.add_program({.calls = {{{.service = one}}}}), "other/0");
    plane_.set_endpoints(one, std::array{first});
    plane_.set_endpoints(other, std::array{second});
    load_ = plane_.add_load(one, {.name = "load", .requests_per_second = 100});

    plane_.run_until(TimePoint{1s});

    EXPECT_GT(stats().requests(), 50U);
    EXPECT_EQ(stats().errors(), stats().requests());
    EXPECT_EQ(plane_.requests_in_flight(load_), 0U);
}

TEST_F(DataPlaneTest, LetsTimePassForUsersWhomNobodyAnswers) {
    const ServiceId nobody = plane_.add_service("nobody");
    load_ = plane_.add_load(nobody, {.name = "users", .users = Users{.count = 2}});

    plane_.run_until(TimePoint{100ms});

    EXPECT_EQ(stats().requests(), 202U);
    EXPECT_EQ(stats().errors(), 202U);
}

TEST_F(DataPlaneTest, ServesTheClassOfHigherPriorityFirst) {
    const ServiceId line = test::serve(
        plane_, "line", {.work = Distribution::constant(4ms), .discipline = Discipline::Priority});
    load_ = plane_.add_load(std::array{LoadTarget{.service = line, .name = "low"},
                                       LoadTarget{.service = line, .name = "high", .priority = 1}},
                            {.name = "mix", .times = std::vector<Duration>(20, 1ms)});

    plane_.run_until(TimePoint{1s});

    const auto& low = plane_.load_stats(load_, 0);
    const auto& high = plane_.load_stats(load_, 1);
    EXPECT_EQ(low.requests() + high.requests(), 20U);
    EXPECT_EQ(low.latency().max(), 80ms);
    // All of them, but for a low one that may have been first.
    EXPECT_LE(high.latency().max(), 4ms * (high.requests() + 1));
}

TEST_F(DataPlaneTest, LetsUsersOfASessionLeaveAfterTheirLastAnswer) {
    const ServiceId slow = test::serve(plane_, "slow", {.wait = Distribution::constant(10ms)});
    load_ = plane_.add_load(slow, {.name = "visitors",
                                   .times = {0ms, 5ms},
                                   .session = Session{.requests = SessionLength::uniform(3, 3),
                                                      .think = Distribution::constant(20ms)}});

    plane_.run_until(TimePoint{69ms});
    EXPECT_EQ(plane_.users_active(load_), 2U);
    plane_.run_until(TimePoint{70ms});
    EXPECT_EQ(plane_.users_active(load_), 1U);
    plane_.run_until(TimePoint{1s});
    EXPECT_EQ(plane_.users_active(load_), 0U);
    EXPECT_EQ(stats().requests(), 6U);
    EXPECT_EQ(stats().latency().max(), 10ms);
}

TEST_F(DataPlaneTest, LetsUsersComeOneByOneAndGoWhenTheirTimeIsUp) {
    const ServiceId service = test::serve(plane_, "quick", {});
    load_ = plane_.add_load(
        service,
        {.name = "users",
         .start = TimePoint{1s},
         .duration = 10s,
         .users = Users{.count = 4, .think = Distribution::constant(1s), .per_second = 0.5}});

    plane_.run_until(TimePoint{1min});

    // They send a second after they come (2, 4, 6 and 8 s) and each second until 11 s.
    EXPECT_EQ(stats().requests(), 10U + 8U + 6U + 4U);
    EXPECT_EQ(plane_.users_active(load_), 0U);
}

TEST_F(DataPlaneTest, FailsARequestWithItsCall) {
    const ServiceId broken =
        test::serve(plane_, "broken", {.work = Distribution::constant(1ms), .error_rate = 1});
    const ServiceId after = test::serve(plane_, "after", {});
    serve({.work = Distribution::constant(1ms),
           .calls = {{{.service = broken, .repeat = 2}}, {{.service = after}}}});

    plane_.run_until(TimePoint{2s});

    EXPECT_GT(stats().requests(), 0U);
    EXPECT_EQ(stats().errors(), stats().requests());
    EXPECT_EQ(plane_.service_stats(broken).requests(), 2 * stats().requests());
    EXPECT_EQ(plane_.service_stats(after).requests(), 0U);
    EXPECT_EQ(stats().latency().max(), 3ms);  // the two calls share one CPU
}

// What a crash ends never leaves by the filters that it came in by; another request in its record
// has not come in.
TEST_F(DataPlaneTest, ForgetsWhatHadComeInWhenAReplicaCrashes) {
    DataPlane plane{{.random = Random{1}, .network = Distribution::constant(1ms)}};
    const ServiceId web = plane.add_service("web");
    const ProgramId program =
        plane.add_program({.work = Distribution::constant(10s),
                           .filters = {{.name = "door", .config = mesh::AdmissionControl{}}}});
    const ReplicaId first = plane.add_replica(program, "web/0");
    const ReplicaId second = plane.add_replica(program, "web/1");
    plane.set_endpoints(web, std::array{first});
    const LoadId load = plane.add_load(web, {.name = "load",
                                             .requests_per_second = 10,
                                             .duration = 350ms,
                                             .arrivals = Arrivals::Constant});
    plane.run_until(TimePoint{250ms});
    ASSERT_EQ(plane.requests_in_flight(load), 2U);
    plane.crash(first);
    plane.set_endpoints(web, std::array{second});
    plane.run_until(TimePoint{300ms + 500us});
    ASSERT_EQ(plane.requests_in_flight(load), 1U);
    plane.crash(second);
    plane.run_until(TimePoint{1s});

    EXPECT_EQ(plane.load_stats(load).errors(), 3U);
    const mesh::HttpFilterStats counted = plane.upstream_counters(web).filters;
    EXPECT_EQ(counted.rq_success + counted.rq_failure, 0U);
}

}  // namespace
}  // namespace wavetank::sim
