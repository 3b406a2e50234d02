// What a client's proxy keeps of the hosts of a service: who is left out, and the connections.

#include <wavetank/sim/data_plane.hpp>

#include "support/data_plane.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using mesh::RoutePolicy;
using test::serve;

Load every(Duration pause, std::uint32_t requests) {
    return {.name = "load",
            .requests_per_second = 1e9 / static_cast<double>(pause.count()),
            .duration = pause * requests + 1ns,
            .arrivals = Arrivals::Constant};
}

class UpstreamTest : public testing::Test {
protected:
    // Four replicas, of which some fail.
    void start(const RoutePolicy& policy, std::size_t failing, const std::string& balancer,
               std::size_t replicas = 4) {
        plane_ = std::make_unique<DataPlane>(
            DataPlaneOptions{.random = Random{1}, .checks = true, .load_balancer = balancer});
        web_ = plane_->add_service("web");
        const ProgramId program = plane_->add_program({.work = Distribution::constant(1ms)});
        replicas_.clear();
        for (std::size_t i = 0; i < replicas; ++i) {
            replicas_.push_back(plane_->add_replica(program, "web/" + std::to_string(i)));
            if (i < failing) {
                plane_->set_error_rate(replicas_.back(), 1);
            }
        }
        plane_->set_endpoints(web_, replicas_);
        plane_->set_route_policy(web_, policy);
    }
    [[nodiscard]] static RoutePolicy ejecting(std::uint32_t percent) {
        return {.outlier_detection =
                    mesh::OutlierDetection{.consecutive_5xx = 3, .max_ejection_percent = percent},
                .update_merge_window = Duration::zero()};
    }

    std::unique_ptr<DataPlane> plane_;
    ServiceId web_{};
    std::vector<ReplicaId> replicas_;
};

TEST_F(UpstreamTest, SendsNothingMoreToAHostThatFails) {
    for (const std::string balancer :
         {"LEAST_REQUEST", "ROUND_ROBIN", "RANDOM", "RING_HASH", "PEAK_EWMA", "JOIN_IDLE_QUEUE"}) {
        start(ejecting(100), 1, balancer);
        const LoadId load = plane_->add_load(web_, every(10ms, 1000));
        plane_->run_until(TimePoint{9s});

        const std::uint64_t errors = plane_->load_stats(load).errors();
        EXPECT_LE(errors, 3U) << balancer;
        EXPECT_EQ(errors, plane_->requests_taken(replicas_[0])) << balancer;
        const mesh::OutlierStats stats = plane_->upstream_counters(web_).outlier_detection;
        EXPECT_EQ(stats.ejections_enforced_total, errors / 3) << balancer;
        EXPECT_EQ(stats.ejections_active, errors / 3) << balancer;
    }
}

// 30 s at first, at the end of the interval; then it fails again.
TEST_F(UpstreamTest, TriesAHostAgainAfterItsTime) {
    start(ejecting(100), 1, "ROUND_ROBIN");
    static_cast<void>(plane_->add_load(web_, every(100ms, 1200)));
    plane_->run_until(TimePoint{39s});
    EXPECT_EQ(plane_->requests_taken(replicas_[0]), 3U);
    plane_->run_until(TimePoint{45s});
    EXPECT_EQ(plane_->requests_taken(replicas_[0]), 6U);
    EXPECT_EQ(plane_->upstream_counters(web_).outlier_detection.ejections_active, 1U);
    const std::vector<Ejection> ejections = plane_->ejections(web_);
    ASSERT_EQ(ejections.size(), 1U);
    EXPECT_EQ(ejections[0].replica, "web/0");
    EXPECT_EQ(ejections[0].count, 2U);
    EXPECT_LT(ejections[0].first, TimePoint{2s});
    plane_->run_until(TimePoint{99s});
    EXPECT_EQ(plane_->requests_taken(replicas_[0]), 6U);
}

TEST_F(UpstreamTest, KeepsWhoMayNotBeEjected) {
    start(ejecting(10), 1, "ROUND_ROBIN");
    const LoadId load = plane_->add_load(web_, every(10ms, 400));
    plane_->run_until(TimePoint{5s});
    EXPECT_EQ(plane_->load_stats(load).errors(), 100U);
    EXPECT_EQ(plane_->upstream_counters(web_).outlier_detection.ejections_overflow, 33U);
}

TEST_F(UpstreamTest, PanicsWhenTooFewAreLeft) {
    start(ejecting(100), 3, "ROUND_ROBIN");
    static_cast<void>(plane_->add_load(web_, every(10ms, 400)));
    plane_->run_until(TimePoint{5s});
    EXPECT_GT(plane_->requests_taken(replicas_[0]), 50U);
    EXPECT_GT(plane_->upstream_counters(web_).lb_healthy_panic, 300U);

    RoutePolicy calm = ejecting(100);
    calm.healthy_panic_threshold = 0;
    start(calm, 3, "ROUND_ROBIN");
    const LoadId load = plane_->add_load(web_, every(10ms, 400));
    plane_->run_until(TimePoint{5s});
    EXPECT_EQ(plane_->load_stats(load).errors(), 9U);
    EXPECT_EQ(plane_->upstream_counters(web_).lb_healthy_panic, 0U);
}

TEST_F(UpstreamTest, FailsWhenNobodyIsLeft) {
    RoutePolicy calm = ejecting(100);
    calm.healthy_panic_threshold = 0;
    start(calm, 2, "ROUND_ROBIN", 2);
    const LoadId load = plane_->add_load(web_, every(10ms, 100));
    plane_->run_until(TimePoint{2s});
    EXPECT_EQ(plane_->load_stats(load).errors(), 100U);
    EXPECT_EQ(plane_->requests_taken(replicas_[0]) + plane_->requests_taken(replicas_[1]), 6U);
}

// The first ejection is told at once, the second a second later.
TEST_F(UpstreamTest, HearsOfLaterEjectionsWhenTheWindowEnds) {
    RoutePolicy policy = ejecting(100);
    policy.healthy_panic_threshold = 0;
    policy.update_merge_window = 1s;
    start(policy, 2, "ROUND_ROBIN");
    const LoadId load = plane_->add_load(web_, every(10ms, 400));
    plane_->run_until(TimePoint{5s});
    EXPECT_NEAR(static_cast<double>(plane_->load_stats(load).errors()), 6 + 33, 3);
}

TEST_F(UpstreamTest, CountsTimeoutsAsFailures) {
    RoutePolicy policy = ejecting(100);
    policy.timeout = 20ms;
    start(policy, 0, "ROUND_ROBIN");
    plane_->set_speed(replicas_[1], 0.01);
    const LoadId load = plane_->add_load(web_, every(50ms, 200));
    plane_->run_until(TimePoint{9s});
    EXPECT_EQ(plane_->load_stats(load).errors(), 3U);
    EXPECT_EQ(plane_->upstream_counters(web_).outlier_detection.ejections_enforced_total, 1U);
}

class ConnectionsTest : public testing::Test {
protected:
    [[nodiscard]] static RoutePolicy limited(std::uint32_t connections, std::uint32_t pending) {
        return {.timeout = Duration::zero(),
                .thresholds = {.max_connections = connections, .max_pending_requests = pending},
                .connection_pool = mesh::ConnPoolOptions{}};
    }

    DataPlane plane_{{.random = Random{1}, .checks = true}};
};

// Requests at 0, 1, 2, ... ms that take 10 ms each, over one connection.
TEST_F(ConnectionsTest, LetsSomeRequestsWaitAndRefusesTheOthers) {
    const ServiceId web = serve(plane_, "web", {.wait = Distribution::constant(10ms)});
    plane_.set_route_policy(web, limited(1, 2));
    const LoadId load = plane_.add_load(web, every(1ms, 6));
    plane_.run_until(TimePoint{1s});

    const mesh::UpstreamCounters counters = plane_.upstream_counters(web);
    EXPECT_EQ(plane_.load_stats(load).errors(), 3U);
    EXPECT_EQ(plane_.load_stats(load).latency().max(), 28ms);
    EXPECT_EQ(counters.upstream_rq_total, 3U);
    EXPECT_EQ(counters.upstream_rq_pending_total, 3U);
    EXPECT_EQ(counters.upstream_rq_pending_overflow, 3U);
    EXPECT_EQ(counters.upstream_cx_total, 1U);
    EXPECT_EQ(counters.upstream_cx_overflow, 3U);
}

TEST_F(ConnectionsTest, TakesARoundTripToMakeOne) {
    DataPlane plane{{.random = Random{1}, .network = Distribution::constant(5ms), .checks = true}};
    const ServiceId web = serve(plane, "web", {.wait = Distribution::constant(10ms)});
    plane.set_route_policy(web, limited(9, 9));
    const LoadId load = plane.add_load(web, every(100ms, 2));
    plane.run_until(TimePoint{1s});

    EXPECT_EQ(plane.load_stats(load).latency().max(), 30ms);
    EXPECT_EQ(plane.load_stats(load).latency().min(), 20ms);
}

// The first request ends after 10 ms; the others get a connection only to be given up.
TEST_F(ConnectionsTest, EndsAConnectionWithARequestThatIsGivenUp) {
    const ServiceId web = serve(plane_, "web", {.wait = Distribution::constant(10ms)});
    RoutePolicy policy = limited(1, 9);
    policy.timeout = 15ms;
    plane_.set_route_policy(web, policy);
    const LoadId load = plane_.add_load(web, every(1ms, 3));
    plane_.run_until(TimePoint{1s});

    const mesh::UpstreamCounters counters = plane_.upstream_counters(web);
    EXPECT_EQ(plane_.load_stats(load).errors(), 2U);
    EXPECT_EQ(counters.upstream_rq_timeout, 2U);
    EXPECT_EQ(counters.upstream_cx_total, 2U);
    EXPECT_EQ(counters.upstream_cx_destroy_local_with_active_rq, 2U);
}

TEST_F(ConnectionsTest, FailsWhatWaitsForAHostThatIsGone) {
    const ServiceId web = plane_.add_service("web");
    const ProgramId program = plane_.add_program({.wait = Distribution::constant(10ms)});
    const std::array replicas{plane_.add_replica(program, "web/0")};
    plane_.set_endpoints(web, replicas);
    plane_.set_route_policy(web, limited(1, 9));
    const LoadId load = plane_.add_load(web, every(1ms, 4));
    plane_.run_until(TimePoint{5ms});
    plane_.crash(replicas[0]);
    plane_.run_until(TimePoint{1s});

    EXPECT_EQ(plane_.load_stats(load).errors(), 4U);
    EXPECT_EQ(plane_.upstream_counters(web).upstream_cx_active, 0U);
}

TEST_F(ConnectionsTest, CountsRequestsThatGetAConnectionTooMany) {
    const ServiceId web = serve(plane_, "web", {.wait = Distribution::constant(10ms)});
    RoutePolicy policy = limited(9, 9);
    policy.thresholds.max_requests = 2;
    plane_.set_route_policy(web, policy);
    const LoadId load = plane_.add_load(web, every(1ms, 5));
    plane_.run_until(TimePoint{1s});

    EXPECT_EQ(plane_.load_stats(load).errors(), 3U);
    EXPECT_EQ(plane_.upstream_counters(web).upstream_rq_active_overflow, 3U);
    EXPECT_EQ(plane_.upstream_counters(web).upstream_cx_total, 3U);
}

}  // namespace
}  // namespace wavetank::sim
