// Hosts that clients' proxies check, and leave out for how they answer.

#include <wavetank/sim/data_plane.hpp>

#include "support/data_plane.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using mesh::RoutePolicy;

class HealthCheckTest : public testing::Test {
protected:
    [[nodiscard]] static RoutePolicy checking(mesh::HealthCheck how) {
        return {.health_check = std::move(how), .update_merge_window = Duration::zero()};
    }
    [[nodiscard]] static mesh::HealthCheck over_http() {
        return {.timeout = 100ms, .interval = 1s, .http_health_check = mesh::HttpHealthCheck{}};
    }

    // Four replicas that need a millisecond, and a hundred requests a second.
    void start(const RoutePolicy& policy, DataPlaneOptions options = {}) {
        options.checks = true;
        plane_ = std::make_unique<DataPlane>(std::move(options));
        web_ = plane_->add_service("web");
        program_ =
            plane_->add_program({.work = Distribution::constant(1ms), .queue_limit = queue_limit_});
        replicas_.clear();
        for (const char* name : {"web/0", "web/1", "web/2", "web/3"}) {
            replicas_.push_back(plane_->add_replica(program_, name));
        }
        plane_->set_endpoints(web_, replicas_);
        plane_->set_route_policy(web_, policy);
        load_ = plane_->add_load(web_, {.name = "load",
                                        .requests_per_second = 100,
                                        .duration = 100s,
                                        .arrivals = Arrivals::Constant});
    }
    [[nodiscard]] std::uint64_t errors() const {
        return plane_->load_stats(load_).errors();
    }
    [[nodiscard]] mesh::HealthCheckStats stats() const {
        return plane_->upstream_counters(web_).health_check;
    }
    // Which requests are no checks.
    [[nodiscard]] std::uint64_t requests_in(Duration time) {
        const std::uint64_t before = plane_->requests_taken(replicas_[0]);
        const std::uint64_t checks = stats().attempt;
        plane_->run_until(plane_->now() + time);
        return plane_->requests_taken(replicas_[0]) - before -
               (stats().attempt - checks) / replicas_.size();
    }

    std::optional<std::uint32_t> queue_limit_{};
    std::unique_ptr<DataPlane> plane_;
    ServiceId web_{};
    ProgramId program_{};
    std::vector<ReplicaId> replicas_;
    LoadId load_{};
};

TEST_F(HealthCheckTest, ChecksEachHostAgainAfterAnInterval) {
    start(checking(over_http()));
    plane_->run_until(TimePoint{10500ms});
    // The first is at the first request, before it; others take no time, and are a second apart.
    EXPECT_EQ(stats().attempt, 4 * 11U);
    EXPECT_EQ(stats().success, 4 * 11U);
    EXPECT_EQ(stats().healthy, 4U);
    EXPECT_EQ(errors(), 0U);
}

// A wrong answer is enough; two good ones bring it back.
TEST_F(HealthCheckTest, SendsNothingToAHostWhoseAnswerIsWrong) {
    start(checking(over_http()));
    plane_->run_until(TimePoint{5s});
    plane_->set_error_rate(replicas_[0], 1);
    plane_->run_until(TimePoint{7s});
    EXPECT_GT(errors(), 0U);
    EXPECT_LT(errors(), 60U);
    EXPECT_EQ(stats().healthy, 3U);
    EXPECT_EQ(requests_in(3s), 0U);

    plane_->set_error_rate(replicas_[0], std::nullopt);
    EXPECT_EQ(requests_in(1s), 0U);
    plane_->run_until(plane_->now() + 2s);
    EXPECT_EQ(stats().healthy, 4U);
    EXPECT_GT(requests_in(2s), 30U);
}

// Silence has to last: three checks.
TEST_F(HealthCheckTest, FindsHostsThatHangOrAreGoneByThreeChecks) {
    for (const bool hangs : {true, false}) {
        start(checking(over_http()));
        plane_->run_until(TimePoint{5100ms});
        hangs ? plane_->set_speed(replicas_[0], 1e-7) : plane_->crash(replicas_[0]);
        plane_->run_until(TimePoint{7900ms});
        EXPECT_EQ(stats().healthy, 4U) << hangs;
        plane_->run_until(TimePoint{9s});
        EXPECT_EQ(stats().healthy, 3U) << hangs;
        EXPECT_GE(stats().network_failure, 3U) << hangs;
        plane_->run_until(TimePoint{9005ms});
        const std::uint64_t good = plane_->load_stats(load_).requests() - errors();
        plane_->run_until(TimePoint{14005ms});
        EXPECT_EQ(plane_->load_stats(load_).requests() - errors() - good, 500U) << hangs;
    }
}

TEST_F(HealthCheckTest, AConnectionSaysNothingOfAnswers) {
    mesh::HealthCheck over_tcp = over_http();
    over_tcp.http_health_check.reset();
    start(checking(over_tcp));
    plane_->set_error_rate(replicas_[0], 1);
    plane_->run_until(TimePoint{5s});
    EXPECT_EQ(stats().healthy, 4U);
    EXPECT_EQ(stats().failure, 0U);
    plane_->crash(replicas_[1]);
    plane_->run_until(TimePoint{10s});
    EXPECT_EQ(stats().healthy, 3U);
}

// One that is full refuses checks as it does requests.
TEST_F(HealthCheckTest, AHostThatRefusesRequestsRefusesChecks) {
    queue_limit_ = 5;
    start(checking(over_http()), {.load_balancer = "RANDOM"});
    plane_->run_until(TimePoint{5s});
    plane_->set_speed(replicas_[0], 1e-3);
    plane_->run_until(TimePoint{7s});
    EXPECT_EQ(stats().healthy, 3U);
    EXPECT_GE(stats().failure, 1U);
}

TEST_F(HealthCheckTest, AHostThatIsNewWaitsForItsFirstCheck) {
    start(checking(over_http()), {.network = Distribution::constant(40ms)});
    plane_->run_until(TimePoint{5s});
    replicas_.push_back(plane_->add_replica(program_, "web/4"));
    plane_->set_endpoints(web_, replicas_);
    plane_->run_until(TimePoint{5s + 80ms});
    EXPECT_EQ(plane_->requests_taken(replicas_[4]), 1U);  // the check
    plane_->run_until(TimePoint{6s});
    EXPECT_GT(plane_->requests_taken(replicas_[4]), 5U);
    EXPECT_EQ(stats().healthy, 5U);
}

// Endpoints are named, so that it is known who takes whose place.
class LeavingHost : public HealthCheckTest {
protected:
    void start_named(RoutePolicy policy) {
        start(policy);
        endpoints(replicas_, 0);
        plane_->run_until(TimePoint{5050ms});
    }
    // Those from `first` on have the addresses of the first ones.
    void endpoints(const std::vector<ReplicaId>& replicas, int first) {
        mesh::ClusterLoadAssignment hosts;
        auto& named = hosts.endpoints.emplace_back().lb_endpoints;
        for (std::size_t i = 0; i < replicas.size(); ++i) {
            named.push_back({.address = "10.0.0." + std::to_string(first + static_cast<int>(i)),
                             .port_value = 80});
        }
        plane_->set_endpoints(web_, replicas, hosts);
    }
    [[nodiscard]] std::vector<ReplicaId> all_but_the_first() const {
        return {replicas_.begin() + 1, replicas_.end()};
    }
};

TEST_F(LeavingHost, StaysUntilItFailsItsChecks) {
    for (const bool has_balancer : {false, true}) {
        RoutePolicy policy = checking(over_http());
        if (has_balancer) {
            policy.load_balancing = mesh::ClusterLbConfig{};
        }
        start_named(policy);
        endpoints(all_but_the_first(), 1);
        EXPECT_GT(requests_in(3s), 50U) << "it is well";
        EXPECT_EQ(stats().healthy, 4U);

        plane_->crash(replicas_[0]);
        plane_->run_until(plane_->now() + 3s);
        const std::uint64_t failed = errors();
        EXPECT_GT(failed, 0U) << "nobody knows yet";
        EXPECT_EQ(stats().healthy, 3U);
        const std::uint64_t attempts = stats().attempt;
        plane_->run_until(plane_->now() + 10s);
        EXPECT_EQ(errors(), failed);
        EXPECT_EQ(stats().attempt - attempts, 30U) << "it is not checked any more";
    }
}

TEST_F(LeavingHost, IsGoneAtOnceIfTheClusterSaysSo) {
    RoutePolicy policy = checking(over_http());
    policy.ignore_health_on_host_removal = true;
    start_named(policy);
    endpoints(all_but_the_first(), 1);
    const std::uint64_t taken = plane_->requests_taken(replicas_[0]);
    plane_->run_until(plane_->now() + 3s);
    EXPECT_EQ(plane_->requests_taken(replicas_[0]), taken);
    EXPECT_EQ(stats().healthy, 3U);
}

TEST_F(LeavingHost, IsGoneAtOnceIfItIsIll) {
    start_named(checking(over_http()));
    plane_->set_error_rate(replicas_[0], 1);
    plane_->run_until(plane_->now() + 2s);
    EXPECT_EQ(stats().healthy, 3U);
    endpoints(all_but_the_first(), 1);
    const std::uint64_t taken = plane_->requests_taken(replicas_[0]);
    plane_->run_until(plane_->now() + 3s);
    EXPECT_EQ(plane_->requests_taken(replicas_[0]), taken);
}

TEST_F(LeavingHost, IsGoneAtOnceIfAnotherHasItsAddress) {
    start_named(checking(over_http()));
    plane_->crash(replicas_[0]);
    const ReplicaId gone = std::exchange(replicas_[0], plane_->add_replica(program_, "web/0 anew"));
    endpoints(replicas_, 0);
    const std::uint64_t failed = errors();
    plane_->run_until(plane_->now() + 3s);
    EXPECT_EQ(errors(), failed) << static_cast<std::uint32_t>(gone);
    EXPECT_EQ(stats().healthy, 4U);
}

TEST_F(LeavingHost, MayComeBack) {
    start_named(checking(over_http()));
    endpoints(all_but_the_first(), 1);
    plane_->run_until(plane_->now() + 3s);
    endpoints(replicas_, 0);
    plane_->crash(replicas_[0]);
    plane_->run_until(plane_->now() + 5s);
    EXPECT_EQ(stats().healthy, 3U);
    const std::uint64_t attempts = stats().attempt;
    plane_->run_until(plane_->now() + 10s);
    EXPECT_GT(stats().attempt - attempts, 30U) << "the one that failed is checked on";
}

TEST_F(HealthCheckTest, PicksFromAllHostsIfTooFewAreHealthy) {
    RoutePolicy policy = checking(over_http());
    policy.load_balancing = mesh::ClusterLbConfig{};
    for (const double threshold : {50.0, 0.0}) {
        policy.healthy_panic_threshold = threshold;
        policy.load_balancing->common_lb_config.healthy_panic_threshold = threshold;
        start(policy);
        for (std::size_t i = 0; i < 3; ++i) {
            plane_->set_error_rate(replicas_[i], 1);
        }
        plane_->run_until(TimePoint{5s});
        EXPECT_EQ(stats().healthy, 1U);
        EXPECT_EQ(errors() > 100, threshold > 0);
        EXPECT_EQ(plane_->upstream_counters(web_).lb_healthy_panic > 100, threshold > 0);
    }
}

// Checks are no requests of any client, and a proxy that is gone makes none.
TEST_F(HealthCheckTest, EndWithTheReplicaWhoseProxyMakesThem) {
    start(checking(over_http()));
    const ProgramId calling = plane_->add_program({.calls = {{{.service = web_}}}});
    const ServiceId front = plane_->add_service("front");
    const ReplicaId caller = plane_->add_replica(calling, "front/0");
    plane_->set_endpoints(front, std::vector{caller});
    static_cast<void>(plane_->add_load(front, {.name = "other",
                                               .requests_per_second = 10,
                                               .duration = 2s,
                                               .arrivals = Arrivals::Constant}));
    plane_->run_until(TimePoint{10050ms});
    EXPECT_EQ(stats().healthy, 8U);
    const std::uint64_t requests = plane_->service_stats(web_).requests();
    EXPECT_EQ(requests, plane_->load_stats(load_).requests() + 19);
    plane_->crash(caller);
    EXPECT_EQ(stats().healthy, 4U);
    const std::uint64_t before = stats().attempt;
    plane_->run_until(TimePoint{20050ms});
    EXPECT_EQ(stats().attempt - before, 40U);
}

TEST_F(HealthCheckTest, BeginAtAnyTimeWithinTheJitter) {
    mesh::HealthCheck how = over_http();
    how.interval = 10s;
    how.initial_jitter = 10s;
    start(checking(how));
    plane_->run_until(TimePoint{15ms});
    EXPECT_EQ(stats().attempt, 4U);
    plane_->run_until(TimePoint{10s});
    EXPECT_EQ(stats().attempt, 8U);
    std::uint64_t in_each_second = 0;
    for (int second = 10; second < 20; ++second) {
        const std::uint64_t before = stats().attempt;
        plane_->run_until(TimePoint{std::chrono::seconds{second + 1}});
        in_each_second = std::max(in_each_second, stats().attempt - before);
    }
    EXPECT_LT(in_each_second, 4U);
}

}  // namespace
}  // namespace wavetank::sim
