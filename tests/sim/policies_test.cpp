// Requests to services that have a policy: how long they may take, how often they are tried.

#include <wavetank/sim/data_plane.hpp>

#include "support/data_plane.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using mesh::RoutePolicy;
using test::serve;

constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();

// Tries again at once: pauses are whole milliseconds, below one.
RoutePolicy retrying(std::uint32_t retries) {
    return {.retry_policy = {.retry_on = "5xx",
                             .num_retries = retries,
                             .base_interval = 1ms,
                             .max_interval = 1ms},
            .thresholds = {.max_requests = unlimited, .max_retries = unlimited}};
}

Load steady(double requests_per_second, Duration duration = 1s) {
    return {.name = "load",
            .requests_per_second = requests_per_second,
            .duration = duration + 1ns,  // with the one at its end
            .arrivals = Arrivals::Constant};
}

class PolicyTest : public testing::Test {
protected:
    void run(Duration duration) {
        plane_.run_until(plane_.now() + duration);
    }

    DataPlane plane_{{.random = Random{1}, .checks = true}};
};

// Attempts a request: (1 - p^(r+1)) / (1 - p); what fails in the end: p^(r+1).
TEST_F(PolicyTest, RetriesAmplifyAsTheGeometricSeriesSays) {
    for (const double p : {0.1, 0.3, 0.5, 0.9}) {
        for (const std::uint32_t retries : {1U, 2U, 3U}) {
            DataPlane plane{{.random = Random{7}}};
            const ServiceId web = serve(plane, "web", {.error_rate = p});
            plane.set_route_policy(web, retrying(retries));
            const LoadId load = plane.add_load(web, steady(20'000));
            plane.run_until(TimePoint{2s});

            const auto requests = static_cast<double>(plane.load_stats(load).requests());
            ASSERT_EQ(requests, 20'000);
            const double failed = std::pow(p, retries + 1);
            double mean = 0;
            double square = 0;
            for (std::uint32_t tries = 1; tries <= retries + 1; ++tries) {
                const double end = tries <= retries ? 1 - p : 1;
                mean += tries * std::pow(p, tries - 1) * end;
                square += tries * tries * std::pow(p, tries - 1) * end;
            }
            EXPECT_NEAR(mean, (1 - failed) / (1 - p), 1e-12);
            const mesh::UpstreamCounters counters = plane.upstream_counters(web);
            EXPECT_NEAR(static_cast<double>(counters.upstream_rq_total) / requests, mean,
                        3 * std::sqrt((square - mean * mean) / requests))
                << p << " " << retries;
            EXPECT_NEAR(static_cast<double>(plane.load_stats(load).errors()) / requests, failed,
                        3 * std::sqrt(failed * (1 - failed) / requests));
            EXPECT_EQ(counters.upstream_rq_total,
                      counters.upstream_rq_retry + static_cast<std::uint64_t>(requests));
            EXPECT_EQ(counters.upstream_rq_retry_limit_exceeded, plane.load_stats(load).errors());
        }
    }
}

// Three tries at each of k hops make 3^k requests of one, if all fail.
TEST_F(PolicyTest, RetriesMultiplyAlongAChain) {
    std::vector<ServiceId> chain{serve(plane_, "last", {.error_rate = 1})};
    for (int i = 0; i < 3; ++i) {
        chain.push_back(
            serve(plane_, "hop" + std::to_string(i), {.calls = {{{.service = chain.back()}}}}));
    }
    for (const ServiceId service : chain) {
        plane_.set_route_policy(service, retrying(2));
    }
    plane_.add_load(chain.back(), steady(10));
    run(2s);

    std::vector<std::uint64_t> attempts;
    for (const ServiceId service : chain) {
        attempts.push_back(plane_.upstream_counters(service).upstream_rq_total);
    }
    EXPECT_EQ(attempts, (std::vector<std::uint64_t>{810, 270, 90, 30}));
}

TEST_F(PolicyTest, EndsARequestWhenItsTimeIsUp) {
    const ServiceId web = serve(plane_, "web", {.work = Distribution::constant(70ms)});
    plane_.set_route_policy(web, RoutePolicy{.timeout = 50ms});
    const LoadId load = plane_.add_load(web, steady(5));
    run(2s);

    EXPECT_EQ(plane_.load_stats(load).requests(), 5U);
    EXPECT_EQ(plane_.load_stats(load).errors(), 5U);
    EXPECT_EQ(plane_.load_stats(load).latency().max(), 50ms);
    EXPECT_EQ(plane_.upstream_counters(web).upstream_rq_timeout, 5U);
}

// An answer in the very nanosecond in which the time is up is in time.
TEST_F(PolicyTest, TakesAnAnswerThatIsJustInTime) {
    const ServiceId web = serve(plane_, "web", {.work = Distribution::constant(50ms)});
    plane_.set_route_policy(web, RoutePolicy{.timeout = 50ms});
    const LoadId load = plane_.add_load(web, steady(5));
    run(2s);

    EXPECT_EQ(plane_.load_stats(load).errors(), 0U);
}

// What a client gives up is work all the same: the second and third attempt stand in line behind
// the first.
TEST_F(PolicyTest, LeavesTheWorkOfAbandonedAttemptsToTheReplica) {
    const ServiceId web = plane_.add_service("web");
    const ReplicaId replica =
        plane_.add_replica(plane_.add_program({.work = Distribution::constant(30ms)}), "web/0");
    plane_.set_endpoints(web, std::array{replica});
    RoutePolicy policy = retrying(2);
    policy.retry_policy.per_try_timeout = 10ms;
    plane_.set_route_policy(web, policy);
    const LoadId load = plane_.add_load(web, steady(1));

    run(1s + 29ms);
    EXPECT_EQ(plane_.requests_at(replica), 3U);
    run(2ms);
    EXPECT_EQ(plane_.load_stats(load).errors(), 1U);
    EXPECT_EQ(plane_.load_stats(load).latency().max(), 30ms);
    EXPECT_EQ(plane_.requests_at(replica), 2U);
    run(1s);
    EXPECT_EQ(plane_.cpu_use(replica).used, 90ms);
    const mesh::UpstreamCounters counters = plane_.upstream_counters(web);
    EXPECT_EQ(counters.upstream_rq_total, 3U);
    EXPECT_EQ(counters.upstream_rq_per_try_timeout, 3U);
    EXPECT_EQ(counters.upstream_rq_retry, 2U);
    EXPECT_EQ(counters.upstream_rq_retry_limit_exceeded, 1U);
}

// Pauses are drawn from 0 to 24 whole milliseconds, 12 on average.
TEST_F(PolicyTest, PausesBeforeARetry) {
    const ServiceId web = serve(plane_, "web", {.error_rate = 1});
    RoutePolicy policy = retrying(1);
    policy.retry_policy.base_interval = 25ms;
    policy.retry_policy.max_interval.reset();
    plane_.set_route_policy(web, policy);
    const LoadId load = plane_.add_load(web, steady(10'000));
    run(2s);

    const auto latency = plane_.load_stats(load).latency();
    EXPECT_EQ(latency.max(), 24ms);
    const double deviation = std::sqrt((25.0 * 25.0 - 1) / 12) * 1e6;
    EXPECT_NEAR(static_cast<double>(latency.mean().count()), 12e6, 3 * deviation / 100);
}

TEST_F(PolicyTest, RefusesWhatIsMoreThanMayBeInFlight) {
    const ServiceId web = serve(plane_, "web", {.work = Distribution::constant(15ms)}, 9);
    plane_.set_route_policy(web, RoutePolicy{.thresholds = {.max_requests = 1}});
    const LoadId load = plane_.add_load(web, steady(100));
    run(2s);

    EXPECT_EQ(plane_.load_stats(load).errors(), 50U);
    EXPECT_EQ(plane_.upstream_counters(web).upstream_rq_active_overflow, 50U);
    EXPECT_EQ(plane_.upstream_counters(web).upstream_rq_retry, 0U);
}

TEST_F(PolicyTest, DoesNotRetryMoreThanMayBeUnderWay) {
    const ServiceId web = serve(plane_, "web", {.error_rate = 1});
    RoutePolicy policy = retrying(1);
    policy.thresholds.max_retries = 0;
    plane_.set_route_policy(web, policy);
    const LoadId load = plane_.add_load(web, steady(100));
    run(2s);

    EXPECT_EQ(plane_.load_stats(load).errors(), 100U);
    EXPECT_EQ(plane_.upstream_counters(web).upstream_rq_retry_overflow, 100U);
    EXPECT_EQ(plane_.upstream_counters(web).upstream_rq_total, 100U);
}

// With a fifth of what is active as budget, hardly more than a fifth is added when all fails.
TEST_F(PolicyTest, KeepsRetriesWithinTheirBudget) {
    const ServiceId broken = serve(plane_, "broken", {.error_rate = 1});
    const ServiceId web = serve(
        plane_, "web", {.wait = Distribution::constant(100ms), .calls = {{{.service = broken}}}});
    RoutePolicy policy = retrying(3);
    policy.thresholds.retry_budget = mesh::RetryBudget{};
    plane_.set_route_policy(web, policy);
    const LoadId load = plane_.add_load(web, steady(1000, 10s));
    run(12s);

    const mesh::UpstreamCounters counters = plane_.upstream_counters(web);
    EXPECT_EQ(plane_.load_stats(load).errors(), 10'000U);
    EXPECT_NEAR(static_cast<double>(counters.upstream_rq_total), 12'500, 250);
    EXPECT_GT(counters.upstream_rq_retry_overflow, 5'000U);
}

TEST_F(PolicyTest, TriesAnotherReplicaWhenOneCrashes) {
    const ServiceId web = plane_.add_service("web");
    const ProgramId program = plane_.add_program({.work = Distribution::constant(30ms)});
    const std::array replicas{plane_.add_replica(program, "web/0"),
                              plane_.add_replica(program, "web/1")};
    plane_.set_endpoints(web, std::array{replicas[0]});
    plane_.set_route_policy(web, retrying(1));
    const LoadId load = plane_.add_load(web, steady(1));

    run(1s + 10ms);
    plane_.set_endpoints(web, std::array{replicas[1]});
    plane_.crash(replicas[0]);
    run(1s);

    EXPECT_EQ(plane_.load_stats(load).errors(), 0U);
    EXPECT_EQ(plane_.load_stats(load).latency().max(), 40ms);
    EXPECT_EQ(plane_.upstream_counters(web).upstream_rq_retry_success, 1U);
}

// Of two replicas one fails everything. A retry that passes over what was tried finds the other.
TEST_F(PolicyTest, PassesOverReplicasThatWereTried) {
    const ServiceId web = plane_.add_service("web");
    const ProgramId program = plane_.add_program({});
    const std::array replicas{plane_.add_replica(program, "web/0"),
                              plane_.add_replica(program, "web/1")};
    plane_.set_endpoints(web, replicas);
    plane_.set_error_rate(replicas[0], 1);
    plane_.set_route_policy(web, retrying(1));
    const LoadId load = plane_.add_load(web, steady(1000));
    run(2s);
    EXPECT_NEAR(static_cast<double>(plane_.load_stats(load).errors()), 250, 3 * 13.7);

    RoutePolicy policy = retrying(1);
    policy.retry_policy.previous_hosts = true;
    policy.retry_policy.host_selection_retry_max_attempts = 30;
    plane_.set_route_policy(web, policy);
    Load second = steady(1000);
    second.name = "second";
    second.start = TimePoint{2s};
    const LoadId careful = plane_.add_load(web, second);
    run(2s);
    EXPECT_EQ(plane_.load_stats(careful).requests(), 1000U);
    EXPECT_EQ(plane_.load_stats(careful).errors(), 0U);
}

}  // namespace
}  // namespace wavetank::sim
