#include <wavetank/mesh/cluster_balancer.hpp>

#include "support/host_lists.hpp"

#include <wavetank/mesh/host.hpp>
#include <wavetank/mesh/priority_load.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <map>

namespace wavetank::mesh {
namespace {

using std::chrono::seconds;
using test::hosts_of;
using test::hosts_weighing;
using testing::Each;
using testing::ElementsAre;

// A proxy in front of one cluster.
class Proxy {
public:
    Proxy(ClusterLbConfig config, ClusterLoadAssignment hosts)
        : balancer_(std::move(config)), hosts_(std::move(hosts)) {
        refresh();
    }

    void update(ClusterLoadAssignment hosts, TimePoint now = {}) {
        hosts_ = std::move(hosts);
        refresh(now);
    }
    void refresh(TimePoint now = {}) {
        requests_.resize(hosts_.size());
        balancer_.on_endpoints_changed(EndpointSet{requests_, &hosts_}, now, random_);
    }

    [[nodiscard]] int pick(const PickContext& context = {}) {
        const auto picked = balancer_.pick(EndpointSet{requests_, &hosts_}, context, random_);
        return picked ? static_cast<int>(*picked) : -1;
    }
    [[nodiscard]] std::vector<int> picks(int count, const PickContext& context = {}) {
        std::vector<int> made;
        for (int i = 0; i < count; ++i) {
            made.push_back(pick(context));
        }
        return made;
    }
    [[nodiscard]] std::map<int, int> counts(int count, const PickContext& context = {}) {
        std::map<int, int> counted;
        for (const int each : picks(count, context)) {
            ++counted[each];
        }
        return counted;
    }

    ClusterBalancer& balancer() {
        return balancer_;
    }
    std::vector<std::uint32_t>& requests() {
        return requests_;
    }

private:
    ClusterBalancer balancer_;
    ClusterLoadAssignment hosts_;
    std::vector<std::uint32_t> requests_;
    Random random_{7};
};

class Refusing final : public RetryHostPredicate {
public:
    explicit Refusing(std::vector<std::size_t> hosts) : hosts_(std::move(hosts)) {}

    [[nodiscard]] bool refuses(std::size_t index) const override {
        return std::ranges::find(hosts_, index) != hosts_.end();
    }

private:
    std::vector<std::size_t> hosts_;
};

TEST(ClusterBalancer, PicksNothingFromNothing) {
    for (const LbPolicy policy : {LbPolicy::RoundRobin, LbPolicy::LeastRequest, LbPolicy::Random,
                                  LbPolicy::RingHash, LbPolicy::Maglev}) {
        Proxy proxy{{.lb_policy = policy}, {}};
        EXPECT_EQ(proxy.pick(), -1);
    }
}

TEST(ClusterBalancer, NeedsNoListOfHosts) {
    ClusterBalancer balancer{{.lb_policy = LbPolicy::RoundRobin}};
    Random random{1};
    const std::vector<std::uint32_t> requests{0, 0, 0};

    const std::size_t first = *balancer.pick(EndpointSet{requests}, {}, random);

    EXPECT_EQ(*balancer.pick(EndpointSet{requests}, {}, random), (first + 1) % 3);
}

TEST(ClusterBalancer, GoesOnWithItsRoundWhenHostsComeOrGo) {
    Proxy proxy{{}, hosts_weighing({1, 1, 1})};
    while (proxy.pick() != 2) {
    }
    static_cast<void>(proxy.picks(18));
    const int next = proxy.pick();

    // Its index has come to a multiple of three plus one; modulo four, it is somewhere else.
    proxy.update(hosts_weighing({1, 1, 1, 1}));

    const std::vector<int> after = proxy.picks(8);
    EXPECT_EQ(next, 0);
    for (std::size_t i = 1; i < after.size(); ++i) {
        EXPECT_EQ(after[i], (after[i - 1] + 1) % 4);
    }
}

TEST(ClusterBalancer, TakesAListInAnotherOrderForTheSame) {
    Proxy proxy{{}, hosts_weighing({1, 1, 1})};
    while (proxy.pick() != 0) {
    }

    ClusterLoadAssignment turned = hosts_weighing({1, 1, 1});
    std::ranges::reverse(turned.endpoints[0].lb_endpoints);
    proxy.update(turned);

    EXPECT_THAT(proxy.picks(4), ElementsAre(1, 0, 2, 1));  // the hosts that were 1, 2, 0, 1
}

TEST(ClusterBalancer, LooksAtRequestsInFlightAsTheyAreAtAPick) {
    Proxy proxy{{.lb_policy = LbPolicy::LeastRequest,
                 .least_request_lb_config = {.selection_method = SelectionMethod::FullScan}},
                hosts_weighing({1, 1, 1})};

    proxy.requests() = {2, 1, 2};
    EXPECT_THAT(proxy.picks(20), Each(1));
    proxy.requests() = {0, 1, 2};
    EXPECT_THAT(proxy.picks(20), Each(0));
}

// Weights 2 and 1 with 4 requests and none: 2 / 5 against 1.
TEST(ClusterBalancer, WeighsHostsByTheirRequestsWhereWeightsDiffer) {
    Proxy proxy{{.lb_policy = LbPolicy::LeastRequest}, hosts_weighing({2, 1})};
    proxy.requests() = {4, 0};

    const auto counts = proxy.counts(1400);

    EXPECT_NEAR(counts.at(0), 400, 1);
    EXPECT_NEAR(counts.at(1), 1000, 1);
}

// One draw gives the priority and the host: of 100 equally likely values, 0 to 74 are for the first
// priority, and 19 of them for each of its first three hosts, but 18 for the last.
TEST(ClusterBalancer, RandomUsesItsDrawTwice) {
    ClusterLoadAssignment hosts{.policy = {.overprovisioning_factor = 75}};
    hosts.endpoints = {{.lb_endpoints = hosts_of({{4}})},
                       {.lb_endpoints = hosts_of({{4}}, 1), .priority = 1}};
    Proxy proxy{{.lb_policy = LbPolicy::Random}, hosts};

    const auto counts = proxy.counts(200000);

    // Five deviations of a binomial of 200000 draws are 875 at most.
    EXPECT_NEAR(counts.at(0), 200000 * 0.19, 900);
    EXPECT_NEAR(counts.at(3), 200000 * 0.18, 900);
}

TEST(ClusterBalancer, PicksAnewWhileARetryRefuses) {
    Proxy proxy{{}, hosts_weighing({1, 1, 1})};
    const Refusing refusing{{0, 1}};
    const Refusing all{{0, 1, 2}};

    EXPECT_THAT(proxy.picks(10, {.retry_host_predicate = &refusing,
                                 .host_selection_retry_max_attempts = 2}),
                Each(2));
    EXPECT_NE(proxy.pick({.retry_host_predicate = &all}), -1);
}

TEST(ClusterBalancer, SlowStartReducesTheWeightOfANewHost) {
    const auto expected_share = [](double part) { return part / (2 + part); };
    Proxy proxy{
        {.round_robin_lb_config = {.slow_start_config = {.slow_start_window = seconds{60}}}},
        hosts_weighing({1, 1})};
    const TimePoint join{seconds{1000}};
    proxy.update(hosts_weighing({1, 1, 1}), join);

    for (const auto& [age, part] : std::map<int, double>{{3, .1}, {15, .25}, {30, .5}, {45, .75}}) {
        const auto counts = proxy.counts(10000, {.now = join + seconds{age}});
        EXPECT_NEAR(counts.at(2) / 10000.0, expected_share(part), 0.001) << age;
    }
    EXPECT_NEAR(proxy.counts(9000, {.now = join + seconds{61}}).at(2), 3000, 1);
}

TEST(ClusterBalancer, AggressionBendsSlowStart) {
    Proxy proxy{{.round_robin_lb_config = {.slow_start_config = {.slow_start_window = seconds{60},
                                                                 .aggression = 2}}},
                hosts_weighing({1, 1})};
    const TimePoint join{seconds{1000}};
    proxy.update(hosts_weighing({1, 1, 1}), join);

    EXPECT_NEAR(proxy.counts(10000, {.now = join + seconds{15}}).at(2), 10000 * .5 / 2.5, 10);
}

// Envoy's table of X:Y weights 1:2 has 33, 32, 26, 15 and 0 percent for X.
TEST(ClusterBalancer, WeighsLocalitiesByWhatIsAvailable) {
    for (const auto& [healthy, percent] :
         std::map<std::uint32_t, double>{{100, 33.3}, {70, 32.9}, {50, 25.9}, {25, 14.9}}) {
        ClusterLoadAssignment hosts;
        hosts.endpoints = {
            {.locality = {.zone = "x"},
             .lb_endpoints = hosts_of({{healthy}, {100 - healthy, HealthStatus::Unhealthy}}),
             .load_balancing_weight = 1},
            {.locality = {.zone = "y"},
             .lb_endpoints = hosts_of({{100}}, 1),
             .load_balancing_weight = 2}};
        Proxy proxy{{.common_lb_config = {.locality_weighted_lb_config = true}}, hosts};

        const auto picks = proxy.picks(10000);

        const auto on_x = std::ranges::count_if(picks, [](int host) { return host < 100; });
        EXPECT_NEAR(static_cast<double>(on_x) / 100, percent, 0.1) << healthy;
    }
}

ClusterLoadAssignment zones(const std::vector<std::uint32_t>& counts) {
    ClusterLoadAssignment made;
    for (std::uint32_t i = 0; i < counts.size(); ++i) {
        made.endpoints.push_back({.locality = {.zone = "z" + std::to_string(i)},
                                  .lb_endpoints = hosts_of({{counts[i]}}, i)});
    }
    return made;
}

// Envoy's own example: proxies 40, 40, 20 and hosts 25, 50, 25 percent. The first zone keeps 62.5 %
// of its requests and sends the rest to the others, two thirds of it to the second.
TEST(ClusterBalancer, KeepsRequestsInTheirZoneAsFarAsItCanTakeThem) {
    Proxy proxy{{}, zones({2, 4, 2})};
    proxy.balancer().set_local_cluster(zones({4, 4, 2}), {.zone = "z0"});
    proxy.refresh();

    const auto picks = proxy.picks(100000);

    // Five deviations of a binomial of 100000 draws are 791 at most.
    const auto within = [&](int from, int to) {
        return static_cast<double>(
            std::ranges::count_if(picks, [&](int host) { return host >= from && host < to; }));
    };
    EXPECT_NEAR(within(0, 2), 62500, 800);
    EXPECT_NEAR(within(6, 8), 12500, 800);
    EXPECT_EQ(proxy.balancer().stats().lb_zone_routing_sampled +
                  proxy.balancer().stats().lb_zone_routing_cross_zone,
              100000);
}

TEST(ClusterBalancer, SendsAllToAZoneThatCanTakeIt) {
    Proxy proxy{{}, zones({3, 3, 3})};
    proxy.balancer().set_local_cluster(zones({1, 1, 1}), {.zone = "z1"});
    proxy.refresh();

    EXPECT_THAT(proxy.picks(30), Each(testing::AllOf(testing::Ge(3), testing::Lt(6))));
}

TEST(ClusterBalancer, FailsOnPanicIfItIsToldTo) {
    ClusterLoadAssignment hosts;
    hosts.endpoints = {{.lb_endpoints = hosts_of({{2}, {8, HealthStatus::Unhealthy}})}};
    Proxy proxy{{.common_lb_config = {.zone_aware_lb_config = {.fail_traffic_on_panic = true}}},
                hosts};

    EXPECT_EQ(proxy.pick(), -1);
    EXPECT_EQ(proxy.balancer().stats().lb_healthy_panic, 1);
}

TEST(ClusterBalancer, TakesAPriorityLoadInPlaceOfItsOwn) {
    ClusterLoadAssignment hosts;
    hosts.endpoints = {{.lb_endpoints = hosts_of({{1}})},
                       {.lb_endpoints = hosts_of({{1}}, 1), .priority = 1}};
    Proxy proxy{{}, hosts};
    const PriorityLoad second{.healthy = {0, 100}, .degraded = {0, 0}};

    EXPECT_EQ(proxy.pick(), 0);
    EXPECT_EQ(proxy.pick({.priority_load = &second}), 1);
}

TEST(ClusterBalancer, HoldsTheHostOfAHashToItsShare) {
    Proxy proxy{
        {.lb_policy = LbPolicy::RingHash,
         .common_lb_config = {.consistent_hashing_lb_config = {.hash_balance_factor = 150}}},
        hosts_weighing({1, 1, 1, 1})};
    const int own = proxy.pick({.hash = 1234567});

    for (int i = 0; i < 40; ++i) {
        ++proxy.requests()[static_cast<std::size_t>(proxy.pick({.hash = 1234567}))];
    }

    // 150 % of a fourth of 41 requests, rounded up, and one that came when there was room.
    EXPECT_LE(std::ranges::max(proxy.requests()), 17);
    EXPECT_EQ(proxy.requests()[static_cast<std::size_t>(own)], std::ranges::max(proxy.requests()));
}

TEST(ClusterBalancer, SendsARequestWithoutAHashAnywhere) {
    Proxy proxy{{.lb_policy = LbPolicy::Maglev}, hosts_weighing({1, 1, 1, 1})};

    EXPECT_EQ(proxy.counts(100).size(), 4);
    EXPECT_EQ(proxy.counts(100, {.hash = 5}).size(), 1);
}

}  // namespace
}  // namespace wavetank::mesh
