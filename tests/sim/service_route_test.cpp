// Services whose requests others take.

#include <wavetank/sim/data_plane.hpp>

#include "support/data_plane.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using mesh::RoutePolicy;
using test::serve;

constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();

Load steady_load(double requests_per_second) {
    return {.name = "load",
            .requests_per_second = requests_per_second,
            .duration = Duration{1s} + 1ns,  // with the one at its end
            .arrivals = Arrivals::Constant};
}

RoutePolicy plain() {
    return {.timeout = {}, .thresholds = {.max_requests = unlimited, .max_retries = unlimited}};
}

class ServiceRouteTest : public testing::Test {
protected:
    void run(Duration duration) {
        plane_.run_until(plane_.now() + duration);
    }

    DataPlane plane_{{.random = Random{1}, .checks = true}};
    ServiceId web_ = serve(plane_, "web", {});
    ServiceId good_ = serve(plane_, "good", {.work = Distribution::constant(1us)});
    ServiceId bad_ = serve(plane_, "bad", {.error_rate = 1});
};

TEST_F(ServiceRouteTest, SharesRequestsByWeight) {
    plane_.set_route(web_, ServiceRoute{.shares = {{good_, 3, plain()}, {bad_, 1, plain()}}});
    const LoadId load = plane_.add_load(web_, steady_load(20'000));
    run(2s);

    EXPECT_EQ(plane_.load_stats(load).requests(), 20'000U);
    EXPECT_EQ(plane_.service_stats(web_).requests(), 20'000U);
    const std::uint64_t failed = plane_.service_stats(bad_).requests();
    EXPECT_NEAR(static_cast<double>(failed), 5'000, 3 * std::sqrt(20'000 * 0.25 * 0.75));
    EXPECT_EQ(plane_.load_stats(load).errors(), failed);
    EXPECT_EQ(plane_.service_stats(good_).requests(), 20'000U - failed);
    EXPECT_EQ(plane_.service_stats(good_).errors(), 0U);
    EXPECT_EQ(plane_.upstream_counters(bad_).upstream_rq_total, failed);
    EXPECT_EQ(plane_.upstream_counters(web_).upstream_rq_total, 0U);
}

// Who draws what does not depend on weights of others, nor on the past.
TEST_F(ServiceRouteTest, ARequestKeepsItsDrawAsWeightsShift) {
    std::uint64_t before = 0;
    for (const std::uint32_t weight : {10U, 30U, 60U}) {
        DataPlane plane{{.random = Random{5}}};
        const ServiceId web = serve(plane, "web", {});
        const ServiceId old = serve(plane, "old", {});
        const ServiceId canary = serve(plane, "canary", {});
        plane.set_route(
            web, ServiceRoute{.shares = {{canary, weight, plain()}, {old, 100 - weight, plain()}}});
        static_cast<void>(plane.add_load(web, steady_load(1'000)));
        plane.run_until(TimePoint{2s});
        EXPECT_GT(plane.service_stats(canary).requests(), before);
        before = plane.service_stats(canary).requests();
    }
}

TEST_F(ServiceRouteTest, RetriesStayWithTheServiceThatTookTheRequest) {
    RoutePolicy policy = plain();
    policy.retry_policy = {.retry_on = "5xx", .num_retries = 2};
    plane_.set_route(web_, ServiceRoute{.shares = {{good_, 1, policy}, {bad_, 1, policy}}});
    static_cast<void>(plane_.add_load(web_, steady_load(1'000)));
    run(5s);
    EXPECT_EQ(plane_.upstream_counters(bad_).upstream_rq_total,
              3 * plane_.service_stats(bad_).requests());
    EXPECT_EQ(plane_.service_stats(web_).errors(), plane_.service_stats(bad_).requests());
}

TEST_F(ServiceRouteTest, AnswersAtOnceWithoutAShare) {
    plane_.set_route(web_, ServiceRoute{.status = 404});
    const LoadId load = plane_.add_load(
        web_, {.name = "users", .users = Users{.count = 3, .think = Distribution::constant(1ms)}});
    run(1s);
    EXPECT_GT(plane_.load_stats(load).requests(), 2'900U);
    EXPECT_EQ(plane_.load_stats(load).latency().max(), Duration::zero());
    EXPECT_EQ(plane_.load_stats(load).errors(), 0U);  // they are the client's
}

TEST_F(ServiceRouteTest, ChangesUnderWayAndEnds) {
    const LoadId load = plane_.add_load(web_, steady_load(1'000));
    run(Duration{250ms} + 500us);
    plane_.set_route(web_, ServiceRoute{.shares = {{bad_, 1, plain()}}});
    run(250ms);
    plane_.set_route(web_, std::nullopt);
    run(1s);
    EXPECT_EQ(plane_.load_stats(load).requests(), 1'000U);
    EXPECT_EQ(plane_.load_stats(load).errors(), 250U);
}

TEST_F(ServiceRouteTest, AServiceWithoutEndpointsRefuses) {
    const ServiceId nobody = plane_.add_service("nobody");
    plane_.set_route(web_, ServiceRoute{.shares = {{nobody, 1, plain()}}});
    const LoadId load = plane_.add_load(web_, steady_load(10));
    run(2s);
    EXPECT_EQ(plane_.load_stats(load).errors(), 10U);
}

TEST_F(ServiceRouteTest, CallsOfReplicasGoTheSameWay) {
    const ServiceId front = serve(plane_, "front", {.calls = {{{.service = web_, .repeat = 2}}}});
    plane_.set_route(web_, ServiceRoute{.shares = {{bad_, 1, plain()}}});
    const LoadId load = plane_.add_load(front, steady_load(100));
    run(2s);
    EXPECT_EQ(plane_.load_stats(load).errors(), 100U);
    EXPECT_EQ(plane_.service_stats(bad_).requests(), 200U);
}

}  // namespace
}  // namespace wavetank::sim
