// Response flags of what clients get, case by case; the words are those of recorded access logs
// (tests/fidelity/vectors/envoy).

#include <wavetank/sim/data_plane.hpp>

#include "support/data_plane.hpp"
#include "support/manifest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using mesh::RoutePolicy;
using test::serve;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// One request in each ten milliseconds, ten of them.
Load ten(TimePoint start = {}) {
    return {.name = "load",
            .requests_per_second = 100,
            .start = start,
            .duration = Duration{100ms} + 1ns,
            .arrivals = Arrivals::Constant};
}

class ResponseFlagsTest : public testing::TestWithParam<bool> {
protected:
    using Counts = std::map<std::string, std::uint64_t>;

    static Counts counts(const mesh::ServiceStats& stats) {
        Counts made;
        for (const auto& [flags, count] : stats.response_flags()) {
            made[flags.text()] = count;
        }
        return made;
    }
    Counts of(ServiceId service) const {
        return counts(plane_.service_stats(service));
    }
    Counts run(ServiceId service) {
        const LoadId load = plane_.add_load(service, ten(plane_.now()));
        plane_.run_until(plane_.now() + 60s);
        return counts(plane_.load_stats(load));
    }
    static RoutePolicy retrying(const std::string& retry_on) {
        return {
            .timeout = 2s,
            .retry_policy = {
                .retry_on = retry_on, .num_retries = 1, .base_interval = 1ms, .max_interval = 1ms}};
    }
    // A service whose one replica has ended.
    ServiceId dead() {
        const ServiceId service = plane_.add_service("dead");
        const ReplicaId replica = plane_.add_replica(plane_.add_program({}), "dead/0");
        plane_.set_endpoints(service, std::span{&replica, 1});
        plane_.crash(replica);
        return service;
    }

    // Ten requests to a replica that ends before it has answered any.
    Counts lose_ten(DeclaredProgram program) {
        const ServiceId service = plane_.add_service("web");
        const ReplicaId replica =
            plane_.add_replica(plane_.add_program(std::move(program)), "web/0");
        plane_.set_endpoints(service, std::span{&replica, 1});
        const LoadId load = plane_.add_load(service, ten());
        plane_.run_until(TimePoint{5s});
        plane_.crash(replica);
        plane_.run_until(TimePoint{6s});
        EXPECT_EQ(of(service), counts(plane_.load_stats(load)));
        return of(service);
    }

    DataPlane plane_{{.random = Random{1}, .computes_departures = GetParam(), .checks = true}};
};

INSTANTIATE_TEST_SUITE_P(WithAndWithoutEvents, ResponseFlagsTest, testing::Bool());

TEST_P(ResponseFlagsTest, AServersOwnAnswerHasNone) {
    EXPECT_THAT(run(serve(plane_, "bad", {.error_rate = 1})), IsEmpty());
}

TEST_P(ResponseFlagsTest, WithoutAPolicy) {
    EXPECT_THAT(run(plane_.add_service("nobody")), ElementsAre(Pair("UH", 10U)));
    EXPECT_THAT(run(dead()), ElementsAre(Pair("UF", 10U)));
}

TEST_P(ResponseFlagsTest, WithAPolicy) {
    const ServiceId nobody = plane_.add_service("nobody");
    plane_.set_route_policy(nobody, RoutePolicy{});
    EXPECT_THAT(run(nobody), ElementsAre(Pair("UH", 10U)));
    const ServiceId gone = dead();
    plane_.set_route_policy(gone, RoutePolicy{.retry_policy = {.num_retries = 0}});
    EXPECT_THAT(run(gone), ElementsAre(Pair("UF", 10U)));
    plane_.set_route_policy(gone, retrying("connect-failure"));
    EXPECT_THAT(run(gone), ElementsAre(Pair("URX,UF", 10U)));
}

TEST_P(ResponseFlagsTest, OfTimeLimits) {
    const ServiceId slow = serve(plane_, "slow", {.wait = Distribution::constant(10s)});
    plane_.set_route_policy(slow, RoutePolicy{.timeout = 1s});
    EXPECT_THAT(run(slow), ElementsAre(Pair("UT", 10U)));
    RoutePolicy policy = retrying("reset");
    policy.retry_policy.per_try_timeout = 100ms;
    policy.thresholds.max_retries = 100;
    const ServiceId slower = serve(plane_, "slower", {.wait = Distribution::constant(10s)});
    plane_.set_route_policy(slower, policy);
    EXPECT_THAT(run(slower), ElementsAre(Pair("URX,UT", 10U)));
}

TEST_P(ResponseFlagsTest, OfAnswersAfterTheLastRetry) {
    const ServiceId bad = serve(plane_, "bad", {.error_rate = 1});
    plane_.set_route_policy(bad, retrying("5xx"));
    EXPECT_THAT(run(bad), ElementsAre(Pair("URX", 10U)));
    RoutePolicy policy = retrying("5xx");
    policy.thresholds.max_retries = 0;
    const ServiceId worse = serve(plane_, "worse", {.error_rate = 1});
    plane_.set_route_policy(worse, policy);
    EXPECT_THAT(run(worse), ElementsAre(Pair("UO", 10U)));
}

TEST_P(ResponseFlagsTest, OfCircuitBreakers) {
    RoutePolicy policy{.thresholds = {.max_requests = 1}};
    const ServiceId busy = serve(plane_, "busy", {.wait = Distribution::constant(15s)});
    policy.timeout = Duration::zero();
    plane_.set_route_policy(busy, policy);
    EXPECT_THAT(run(busy), ElementsAre(Pair("UO", 9U)));
    const ServiceId pooled = serve(plane_, "pooled", {.wait = Distribution::constant(15s)});
    policy.thresholds = {.max_connections = 1, .max_pending_requests = 1};
    policy.connection_pool.emplace();
    plane_.set_route_policy(pooled, policy);
    EXPECT_THAT(run(pooled), ElementsAre(Pair("UO", 8U)));
}

TEST_P(ResponseFlagsTest, OfAnswersThatAreLost) {
    EXPECT_THAT(lose_ten({.wait = Distribution::constant(10s)}), ElementsAre(Pair("UC", 10U)));
}

// Where there is but work, requests may have no record that could tell.
TEST_P(ResponseFlagsTest, OfWorkThatIsLost) {
    EXPECT_THAT(lose_ten({.work = Distribution::constant(10s)}), ElementsAre(Pair("UC", 10U)));
}

TEST_P(ResponseFlagsTest, OfRoutes) {
    const ServiceId web = serve(plane_, "web", {});
    const ServiceId good = serve(plane_, "good", {});
    plane_.set_route(web, ServiceRoute{.status = 301});
    EXPECT_THAT(run(web), IsEmpty());
    plane_.set_route(web, ServiceRoute{.status = 404, .flags = mesh::ResponseFlag::NoRouteFound});
    EXPECT_THAT(run(web), ElementsAre(Pair("NR", 10U)));
    plane_.set_route(web, ServiceRoute{.shares = {{good, 1, {}, 503}}});
    EXPECT_THAT(run(web), ElementsAre(Pair("NC", 10U)));
    EXPECT_THAT(of(good), ElementsAre(Pair("NC", 10U)));
}

TEST_P(ResponseFlagsTest, OfFaultsAndFilters) {
    const ServiceId web = serve(plane_, "web", {});
    const ServiceId good = serve(plane_, "good", {});
    const mesh::FractionalPercent all{.numerator = 100};
    const mesh::FaultDelay delay{.fixed_delay = 1ms, .percentage = all};
    const mesh::FaultAbort abort{.http_status = 503, .percentage = all};
    plane_.set_route(web,
                     ServiceRoute{.shares = {{good}}, .fault = mesh::HttpFault{.delay = delay}});
    EXPECT_THAT(run(web), ElementsAre(Pair("DI", 10U)));
    plane_.set_route(web, ServiceRoute{.shares = {{good}},
                                       .fault = mesh::HttpFault{.delay = delay, .abort = abort}});
    EXPECT_THAT(run(web), ElementsAre(Pair("DI,FI", 10U)));
    mesh::LocalRateLimit limit;
    limit.token_bucket = {.max_tokens = 1, .tokens_per_fill = 1, .fill_interval = 1h};
    limit.filter_enabled = all;
    limit.filter_enforced = all;
    plane_.set_route(web, ServiceRoute{.shares = {{good}}, .filters = {{"limit", limit}}});
    EXPECT_THAT(run(web), ElementsAre(Pair("RL", 9U)));
}

// The calls of a caller that ends are nobody's any more; what they come to does not matter.
TEST_P(ResponseFlagsTest, OfCallsBetweenServices) {
    for (const bool has_policy : {false, true}) {
        DataPlane plane{{.random = Random{1}, .computes_departures = GetParam(), .checks = true}};
        const ServiceId nobody = plane.add_service("nobody");
        const ServiceId slow = serve(plane, "slow", {.wait = Distribution::constant(10s)});
        if (has_policy) {
            plane.set_route_policy(slow, RoutePolicy{.timeout = 5s});
        }
        const ServiceId front = plane.add_service("front");
        const ReplicaId replica = plane.add_replica(
            plane.add_program({.calls = {{{.service = slow}, {.service = nobody}}}}), "front/0");
        plane.set_endpoints(front, std::span{&replica, 1});
        static_cast<void>(plane.add_load(front, ten()));
        plane.run_until(TimePoint{1s});
        plane.crash(replica);
        plane.run_until(TimePoint{60s});

        EXPECT_THAT(counts(plane.service_stats(nobody)), ElementsAre(Pair("UH", 10U)));
        EXPECT_THAT(counts(plane.service_stats(slow)), ElementsAre(Pair("DC", 10U))) << has_policy;
        EXPECT_THAT(counts(plane.service_stats(front)), ElementsAre(Pair("UC", 10U)));
    }
}

class ReportedFlags : public test::ManifestRun {};

TEST_F(ReportedFlags, AreInTheReportOfEachService) {
    const Report report =
        run(test::service("web", 1) + test::model("web", "work: 1ms, wait: 1s") +
            test::load("rate: 10, duration: 20s, arrivals: Constant") +
            "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: web}, "
            "spec: {hosts: [web], http: [{timeout: 100ms, route: [{destination: {host: "
            "web}}]}]}}\n---\n");
    const ServiceReport& web = figures(report, "default/web:80");
    ASSERT_GT(web.errors, 0U);
    const auto json = to_json(report);
    EXPECT_EQ(json.at("services").at(0).at("responseFlags").at("UT"), web.errors);
    EXPECT_EQ(json.at("loads").at(0).at("responseFlags").at("UT"), web.errors);
    std::ostringstream text;
    text << report;
    EXPECT_THAT(text.str(),
                testing::HasSubstr("\n  response flags UT " + std::to_string(web.errors) + "\n"));
}

}  // namespace
}  // namespace wavetank::sim
