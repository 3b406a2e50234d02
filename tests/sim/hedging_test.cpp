// Attempts that go on beside the next one, and what filters of proxies do to requests.

#include <wavetank/sim/data_plane.hpp>

#include "support/data_plane.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using mesh::RoutePolicy;

Load one_every(Duration pause, std::uint32_t count) {
    return {.name = "load",
            .requests_per_second = 1e9 / static_cast<double>(pause.count()),
            .duration = pause * count + 1ns,
            .arrivals = Arrivals::Constant};
}

class HedgingTest : public testing::Test {
protected:
    HedgingTest() : plane_({.checks = true}) {}

    [[nodiscard]] static RoutePolicy hedging(std::uint32_t num_retries) {
        return {.timeout = 3s,
                .retry_policy = {.retry_on = "5xx",
                                 .num_retries = num_retries,
                                 .per_try_timeout = 300ms,
                                 .base_interval = 1ms,
                                 .max_interval = 1ms,
                                 .previous_hosts = true,
                                 .host_selection_retry_max_attempts = 100},
                .hedge_on_per_try_timeout = true};
    }
    // Two replicas that need so long.
    void start(Duration one, Duration other, const RoutePolicy& policy, std::uint32_t count) {
        web_ = plane_.add_service("web");
        const ProgramId program = plane_.add_program({.work = Distribution::constant(100ms)});
        replicas_ = {plane_.add_replica(program, "one"), plane_.add_replica(program, "other")};
        plane_.set_speed(replicas_[0], 100e6 / static_cast<double>(one.count()));
        plane_.set_speed(replicas_[1], 100e6 / static_cast<double>(other.count()));
        plane_.set_endpoints(web_, replicas_);
        plane_.set_route_policy(web_, policy);
        load_ = plane_.add_load(web_, one_every(5s, count));
    }
    [[nodiscard]] mesh::UpstreamCounters counters() const {
        return plane_.upstream_counters(web_);
    }
    [[nodiscard]] Duration latency_max() const {
        return plane_.load_stats(load_).latency().max();
    }

    DataPlane plane_;
    ServiceId web_{};
    std::vector<ReplicaId> replicas_;
    LoadId load_{};
};

// The first answers after half a second, the second would at 800 ms.
TEST_F(HedgingTest, TakesTheFirstAttemptIfThatIsFirst) {
    start(500ms, 500ms, hedging(1), 1);
    plane_.run_until(TimePoint{20s});
    EXPECT_EQ(plane_.load_stats(load_).requests(), 1U);
    EXPECT_NEAR(static_cast<double>(latency_max().count()), 500e6, 5e6);
    EXPECT_EQ(counters().upstream_rq_total, 2U);
    EXPECT_EQ(counters().upstream_rq_retry, 1U);
    EXPECT_EQ(counters().upstream_rq_retry_success, 0U);
    EXPECT_EQ(counters().upstream_rq_per_try_timeout, 0U);
}

// Whoever is asked first, the quick one's answer comes: at once, or after the time of one try.
TEST_F(HedgingTest, TakesTheSecondIfThatIsFirst) {
    start(2s, 100ms, hedging(2), 100);
    plane_.run_until(TimePoint{600s});
    EXPECT_EQ(plane_.load_stats(load_).requests(), 100U);
    EXPECT_EQ(plane_.load_stats(load_).errors(), 0U);
    EXPECT_LE(latency_max(), 410ms);
    EXPECT_GT(counters().upstream_rq_retry, 30U);
    EXPECT_EQ(counters().upstream_rq_retry, counters().upstream_rq_retry_success);
    EXPECT_EQ(counters().upstream_rq_total, 100 + counters().upstream_rq_retry);
}

// Nothing is left to try: what is under way goes on.
TEST_F(HedgingTest, WaitsForAttemptsWhenNoneMayFollow) {
    start(1200ms, 1500ms, hedging(1), 1);
    plane_.run_until(TimePoint{20s});
    EXPECT_EQ(plane_.load_stats(load_).errors(), 0U);
    EXPECT_GE(latency_max(), 1190ms);
    EXPECT_LE(latency_max(), 1510ms);
    EXPECT_EQ(counters().upstream_rq_retry_limit_exceeded, 1U);
}

TEST_F(HedgingTest, EndsAllAttemptsAtTheTimeLimit) {
    start(10s, 10s, hedging(1), 1);
    plane_.run_until(TimePoint{60s});
    EXPECT_EQ(plane_.load_stats(load_).errors(), 1U);
    EXPECT_NEAR(static_cast<double>(latency_max().count()), 3e9, 3e7);
    EXPECT_EQ(counters().upstream_rq_timeout, 2U);
}

// One of two fails, and late: the other one's answer counts, whichever comes first.
TEST_F(HedgingTest, AFailureLeavesTheOthersTheirChance) {
    start(500ms, 700ms, hedging(1), 40);
    plane_.set_error_rate(replicas_[0], 1);
    plane_.run_until(TimePoint{300s});
    EXPECT_EQ(plane_.load_stats(load_).requests(), 40U);
    EXPECT_EQ(plane_.load_stats(load_).errors(), 0U);
}

TEST_F(HedgingTest, OverConnectionsToo) {
    RoutePolicy policy = hedging(2);
    policy.connection_pool = mesh::ConnPoolOptions{};
    start(2s, 100ms, policy, 100);
    plane_.run_until(TimePoint{600s});
    EXPECT_EQ(plane_.load_stats(load_).errors(), 0U);
    EXPECT_LE(latency_max(), 410ms);
    EXPECT_GT(counters().upstream_cx_destroy_local_with_active_rq, 30U);
}

// ---- Deadlines

// A client gives up after 50 ms; what it asked for would make two calls of 40 ms, one after the
// other. Whoever passes the deadline on begins with the second, and ends it in time.
TEST(Deadlines, ArePassedOnToCalls) {
    for (const bool passes : {false, true}) {
        DataPlane plane({.checks = true});
        const ServiceId back =
            test::serve(plane, "back", {.wait = Distribution::constant(40ms)}, 4);
        const ServiceId middle =
            test::serve(plane, "middle",
                        {.calls = {{{.service = back}}, {{.service = back}}, {{.service = back}}},
                         .propagates_deadline = passes},
                        4);
        plane.set_route_policy(middle,
                               RoutePolicy{.timeout = 50ms, .retry_policy = {.num_retries = 0}});
        const LoadId load = plane.add_load(middle, one_every(100ms, 100));
        plane.run_until(TimePoint{20s});
        EXPECT_EQ(plane.load_stats(load).errors(), 100U);
        // The third call is not made any more; of the second, its client hears after 10 ms.
        EXPECT_EQ(plane.service_stats(back).requests(), passes ? 200U : 300U);
        EXPECT_EQ(plane.service_stats(back).errors(), passes ? 100U : 0U);
    }
}

// Where the client has tried again, what is still at work on its first attempt calls nobody more.
TEST(Deadlines, AnAttemptThatWasGivenUpCallsNobody) {
    DataPlane plane({.checks = true});
    const ServiceId back = test::serve(plane, "back", {.work = Distribution::constant(1ms)}, 4);
    const ServiceId middle = test::serve(plane, "middle",
                                         {.wait = Distribution::constant(40ms),
                                          .calls = {{{.service = back}}},
                                          .propagates_deadline = true},
                                         4);
    plane.set_route_policy(
        middle,
        RoutePolicy{.timeout = 1s, .retry_policy = {.retry_on = "5xx", .per_try_timeout = 20ms}});
    static_cast<void>(plane.add_load(middle, one_every(200ms, 10)));
    plane.run_until(TimePoint{20s});
    EXPECT_EQ(plane.upstream_counters(middle).upstream_rq_per_try_timeout, 20U);
    EXPECT_EQ(plane.service_stats(back).requests(), 20U);
    EXPECT_EQ(plane.service_stats(back).errors(), 20U);
}

// A request says so much to "middle" that its call goes to "there"; that is so, too, of an attempt
// that is given up on its way.
TEST(Forwarding, IsThatOfTheRequestWhoeverHasGivenItUp) {
    DataPlane plane({.network = Distribution::constant(30ms), .checks = true});
    const ServiceId back = test::serve(plane, "back", {});
    const ServiceId there = test::serve(plane, "there", {});
    const ProgramId program = plane.add_program({.calls = {{{.service = back}}}});
    const ReplicaId replica = plane.add_replica(program, "middle/0");
    const ServiceId middle = plane.add_service("middle");
    plane.set_endpoints(middle, std::span{&replica, 1});
    const RoutePolicy policy{.timeout = 20ms, .retry_policy = {.num_retries = 0}};
    plane.set_route(middle,
                    ServiceRoute{.shares = {{.service = middle, .policy = policy, .message = 7}}});
    plane.set_forwarded(program, {.message = 7}, {.calls = {{.service = there}}});
    const LoadId load = plane.add_load(middle, one_every(200ms, 10));
    plane.run_until(TimePoint{20s});
    EXPECT_EQ(plane.load_stats(load).errors(), 10U);
    EXPECT_EQ(plane.service_stats(there).requests(), 10U);
    EXPECT_EQ(plane.service_stats(back).requests(), 0U);
}

// ---- Filters

class FiltersTest : public testing::Test {
protected:
    FiltersTest() : plane_({.checks = true}) {}

    [[nodiscard]] static mesh::HttpFilter ten_a_second() {
        return {.name = "limit",
                .config =
                    mesh::LocalRateLimit{.token_bucket = {.max_tokens = 10, .tokens_per_fill = 10},
                                         .filter_enabled = {.numerator = 100},
                                         .filter_enforced = {.numerator = 100}}};
    }
    // A route that does nothing but filter.
    [[nodiscard]] static ServiceRoute filtering(ServiceId taker, const mesh::HttpFilter& filter) {
        return {.shares = {{.service = taker, .policy = {.timeout = {}}}}, .filters = {filter}};
    }

    DataPlane plane_;
};

TEST_F(FiltersTest, AClientsProxyLetsAsManyPassAsThereAreTokens) {
    const ServiceId web = test::serve(plane_, "web", {.work = Distribution::constant(1ms)}, 2);
    const ServiceId asked = plane_.add_service("asked");
    const ServiceId also_asked = plane_.add_service("also asked");
    plane_.set_route(asked, filtering(web, ten_a_second()));
    plane_.set_route(also_asked, filtering(web, ten_a_second()));
    const std::vector<LoadTarget> one{{.service = asked}};
    static_cast<void>(plane_.add_load(one, one_every(10ms, 1000)));
    plane_.run_until(TimePoint{10s});
    const auto stats = plane_.upstream_counters(asked).filters.http_local_rate_limit;
    EXPECT_EQ(stats.enabled, 1000U);
    EXPECT_NEAR(static_cast<double>(stats.ok), 109, 1);
    EXPECT_EQ(stats.enforced, 1000 - stats.ok);
    EXPECT_EQ(plane_.service_stats(web).requests(), stats.ok);
    EXPECT_EQ(plane_.service_stats(asked).requests(), 1000U);
    EXPECT_EQ(plane_.service_stats(asked).errors(), 0U);  // 429 is not the server's fault
}

// A replica that calls two services has one bucket for both.
TEST_F(FiltersTest, FiltersOfOneNameShareWhatTheyCount) {
    const ServiceId web = test::serve(plane_, "web", {.work = Distribution::constant(1ms)}, 2);
    const ServiceId one = plane_.add_service("one");
    const ServiceId other = plane_.add_service("other");
    plane_.set_route(one, filtering(web, ten_a_second()));
    plane_.set_route(other, filtering(web, ten_a_second()));
    const ServiceId front = test::serve(
        plane_, "front", {.calls = {{{.service = one, .probability = 0.5}}, {{.service = other}}}});
    static_cast<void>(plane_.add_load(front, one_every(10ms, 1000)));
    plane_.run_until(TimePoint{11s});
    EXPECT_NEAR(static_cast<double>(plane_.service_stats(web).requests()), 109, 2);
    EXPECT_GT(plane_.upstream_counters(one).filters.http_local_rate_limit.ok, 20U);
    EXPECT_GT(plane_.upstream_counters(other).filters.http_local_rate_limit.ok, 20U);
}

TEST_F(FiltersTest, EachReplicaHasABucketOfItsOwn) {
    const ServiceId web = test::serve(
        plane_, "web", {.work = Distribution::constant(1ms), .filters = {ten_a_second()}}, 3);
    const LoadId load = plane_.add_load(web, one_every(2ms, 5000));
    plane_.run_until(TimePoint{10s});
    const auto stats = plane_.upstream_counters(web).filters.http_local_rate_limit;
    EXPECT_EQ(stats.enabled, 5000U);
    EXPECT_NEAR(static_cast<double>(stats.ok), 3 * 109, 6);
    EXPECT_EQ(plane_.load_stats(load).requests(), 5000U);
    EXPECT_EQ(plane_.load_stats(load).errors(), 0U);
}

// All requests fail: of twenty, one is let pass.
TEST_F(FiltersTest, AdmissionControlRefusesWhatWouldFail) {
    const ServiceId web = test::serve(
        plane_, "web",
        {.work = Distribution::constant(1ms),
         .error_rate = 1,
         .filters = {{.name = "admission",
                      .config = mesh::AdmissionControl{.max_rejection_probability = 95}}}});
    static_cast<void>(plane_.add_load(web, one_every(10ms, 3000)));
    plane_.run_until(TimePoint{30s});
    const mesh::HttpFilterStats stats = plane_.upstream_counters(web).filters;
    EXPECT_EQ(stats.rq_success, 0U);
    EXPECT_EQ(stats.rq_failure + stats.rq_rejected, 3000U);
    EXPECT_GT(stats.rq_rejected, 2500U);
}

// Twice as much as the replica can do: without the filter, its line would grow for ever.
TEST_F(FiltersTest, AdaptiveConcurrencyKeepsTheLineShort) {
    for (const bool has_filter : {true, false}) {
        DataPlane plane({.checks = true});
        DeclaredProgram program{.work = Distribution::constant(10ms)};
        if (has_filter) {
            program.filters.push_back(
                {.name = "adaptive",
                 .config = mesh::GradientControllerConfig{.max_concurrency_limit = 20}});
        }
        const ServiceId web = test::serve(plane, "web", program);
        const LoadId load = plane.add_load(web, one_every(5ms, 4000));
        plane.run_until(TimePoint{20s});
        EXPECT_EQ(plane.upstream_counters(web).filters.rq_blocked > 1000, has_filter);
        EXPECT_EQ(plane.load_stats(load).latency().max() < 400ms, has_filter);
    }
}

}  // namespace
}  // namespace wavetank::sim
