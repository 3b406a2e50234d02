#include <wavetank/sim/data_plane.hpp>

#include "support/rounds.hpp"
#include "support/same_stats.hpp"
#include "support/scripted_code.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;

using test::same;

// A network of services at random, to which things happen at random: the same ones for one seed,
// however departures are found.
class RandomFleet {
public:
    RandomFleet(std::uint64_t seed, bool computes_departures)
        : random_(seed), plane_(options(seed, computes_departures)) {
        nodes_ = {plane_.add_node(2), plane_.add_node(6.5)};
        places_ = {DataPlane::outside, plane_.add_place(), plane_.add_place()};
        const std::uint64_t services = 1 + random_.below(4);
        for (std::uint64_t i = 0; i < services; ++i) {
            add_service();
        }
        add_loads();
    }

    void run() {
        for (int step = 0; step < 60; ++step) {
            code_.run_until(plane_, plane_.now() + 10ms * (1 + random_.below(20)));
            disturb();
        }
        code_.run_until(plane_, plane_.now() + 100ms);
    }

    [[nodiscard]] const DataPlane& plane() const {
        return plane_;
    }
    [[nodiscard]] const std::vector<ServiceId>& services() const {
        return services_;
    }
    [[nodiscard]] const std::vector<ReplicaId>& replicas() const {
        return replicas_;
    }
    [[nodiscard]] const std::vector<LoadId>& loads() const {
        return loads_;
    }
    // How many targets each load has.
    [[nodiscard]] const std::vector<std::size_t>& targets() const {
        return targets_;
    }

private:
    DataPlaneOptions options(std::uint64_t seed, bool computes_departures) {
        std::vector<std::string> balancers{"LEAST_REQUEST", "ROUND_ROBIN", "RANDOM"};
        if (random_.below(2) == 0) {
            balancers = mesh::BalancerRegistry::defaults().names();
        }
        DataPlaneOptions made{.random = Random{seed},
                              .computes_departures = computes_departures,
                              .checks = true,
                              .code = &code_,
                              .load_balancer = balancers[random_.below(balancers.size())]};
        if (random_.below(2) == 0) {
            made.network = some_duration();
        }
        made.has_links = random_.below(3) == 0;
        has_links_ = made.has_links;
        return made;
    }

    // Constants of whole milliseconds make for many things at one time.
    Distribution some_duration() {
        const Duration mean = 1ms * (1 + random_.below(3));
        switch (random_.below(3)) {
            case 0:
                return Distribution::constant(mean);
            case 1:
                return Distribution::exponential(mean);
            default:
                return Distribution::uniform(0ms, 2 * mean);
        }
    }

    void add_service() {
        DeclaredProgram program{.work = some_duration()};
        if (random_.below(4) == 0) {
            program.wait = some_duration();
        }
        if (random_.below(4) == 0) {
            program.error_rate = 0.1;
        }
        if (random_.below(4) == 0) {
            program.concurrency = 1 + static_cast<std::uint32_t>(random_.below(3));
        }
        if (random_.below(3) == 0) {
            program.queue_limit = static_cast<std::uint32_t>(random_.below(4));
        }
        program.request_bytes = 500 * random_.below(4);
        program.response_bytes = 500 * random_.below(4);
        program.is_code = random_.below(4) == 0;
        if (program.is_code && random_.below(2) == 0) {
            program.work = Distribution{};
        }
        program.propagates_deadline = random_.below(4) == 0;
        while (random_.below(4) == 0) {
            program.filters.push_back(some_filter());
        }
        are_code_.push_back(program.is_code);
        for (const ServiceId callee : services_) {
            if (random_.below(2) == 0) {
                program.calls.push_back(
                    {{.service = callee,
                      .probability = random_.below(2) == 0 ? 1 : 0.5,
                      .repeat = 1 + static_cast<std::uint32_t>(random_.below(2))}});
            }
        }
        services_.push_back(plane_.add_service("s" + std::to_string(services_.size())));
        programs_.push_back(plane_.add_program(std::move(program)));
        endpoints_.emplace_back();
        const std::uint64_t replicas = 1 + random_.below(4);
        for (std::uint64_t i = 0; i < replicas; ++i) {
            add_replica(services_.size() - 1);
        }
    }

    void add_replica(std::size_t service) {
        const std::string name = "r" + std::to_string(replicas_.size());
        ReplicaSize size{.cpus = 1 + static_cast<std::uint32_t>(random_.below(3)),
                         .speed = random_.below(2) == 0 ? 1 : 0.5};
        if (random_.below(4) == 0) {
            size.quota = 20ms * (1 + random_.below(8));
        }
        if (random_.below(2) == 0) {
            size.node = nodes_[random_.below(nodes_.size())];
            size.weight = 1 + static_cast<std::uint32_t>(random_.below(3));
        }
        const ReplicaId replica = plane_.add_replica(programs_[service], name, size);
        if (are_code_[service]) {
            const auto last = services_.begin() + static_cast<std::ptrdiff_t>(service);
            code_.add(plane_, replica, name, {services_.begin(), last});
        }
        replicas_.push_back(replica);
        endpoints_[service].push_back(replica);
        plane_.set_endpoints(services_[service], endpoints_[service]);
    }

    void withdraw(ReplicaId replica) {
        for (std::size_t service = 0; service < services_.size(); ++service) {
            std::erase(endpoints_[service], replica);
            plane_.set_endpoints(services_[service], endpoints_[service]);
        }
    }

    void add_loads() {
        for (const ServiceId service : services_) {
            Load load{.name = "load" + std::to_string(loads_.size()),
                      .requests_per_second = 250,
                      .arrivals = random_.below(2) == 0 ? Arrivals::Constant : Arrivals::Poisson};
            switch (random_.below(5)) {
                case 0:
                    load.users = Users{.count = 5, .think = some_duration()};
                    break;
                case 1:
                    load.requests_per_second = 100;
                    load.session =
                        Session{.requests = SessionLength::geometric(3), .think = some_duration()};
                    break;
                case 2:
                    load.bursts = {{.requests_per_second = 100, .stay = 200ms},
                                   {.requests_per_second = 1000, .stay = 50ms}};
                    break;
                default:
                    break;
            }
            std::vector<LoadTarget> targets{{.service = service}};
            if (random_.below(3) == 0) {
                targets.push_back({.service = services_.front(), .name = "other", .weight = 0.5});
            }
            load.keys = RequestKeys{.header = "x-h", .count = 4, .skew = 1};
            for (LoadTarget& target : targets) {
                target.hashes = {random_.next(), random_.next(), random_.next(), random_.next()};
            }
            loads_.push_back(plane_.add_load(targets, load));
            targets_.push_back(targets.size());
        }
    }

    void disturb() {
        const ReplicaId replica = replicas_[random_.below(replicas_.size())];
        if (has_links_) {
            set_some_link();
        }
        if (random_.below(4) == 0) {
            set_some_policy();
        }
        if (random_.below(8) == 0) {
            set_some_route();
        }
        switch (random_.below(6)) {
            case 0:
                plane_.crash(replica);
                code_.end(replica);
                if (random_.below(2) == 0) {
                    withdraw(replica);
                }
                break;
            case 1:
                withdraw(replica);
                break;
            case 2:
                plane_.set_speed(replica, 0.25 * static_cast<double>(1 + random_.below(8)));
                break;
            default:
                add_replica(random_.below(services_.size()));
                break;
        }
    }

    void set_some_policy() {
        const ServiceId service = services_[random_.below(services_.size())];
        if (random_.below(4) == 0) {
            plane_.set_route_policy(service, std::nullopt);
        } else {
            plane_.set_route_policy(service, some_policy());
        }
    }

    void set_some_route() {
        const std::uint64_t which = random_.below(services_.size());
        const ServiceId service = services_[which];
        if (random_.below(3) == 0) {
            plane_.set_route(service, std::nullopt);
            return;
        }
        // Only to those before it, which it may call: in a circle, requests would be more and more.
        const auto some_taker = [&] { return services_[random_.below(which + 1)]; };
        ServiceRoute route;
        const std::uint64_t shares = 1 + random_.below(2);
        for (std::uint64_t i = 0; i < shares; ++i) {
            route.shares.push_back({.service = some_taker(), .policy = some_policy()});
        }
        if (random_.below(2) == 0) {
            route.mirrors.push_back(
                {.service = some_taker(), .fraction = {.numerator = 50}, .policy = some_policy()});
        }
        while (random_.below(3) == 0) {
            route.filters.push_back(some_filter());
        }
        if (random_.below(2) == 0) {
            route.fault.emplace();
            route.fault->delay = mesh::FaultDelay{.fixed_delay = 1ms * (1 + random_.below(4)),
                                                  .percentage = {.numerator = 30}};
            route.fault->abort =
                mesh::FaultAbort{.http_status = 503, .percentage = {.numerator = 20}};
        }
        plane_.set_route(service, route);
    }

    mesh::HttpFilter some_filter() {
        switch (random_.below(3)) {
            case 0:
                return {.name = "limit",
                        .config = mesh::LocalRateLimit{
                            .token_bucket = {.max_tokens = 5, .tokens_per_fill = 100},
                            .filter_enabled = {.numerator = 80},
                            .filter_enforced = {.numerator = 80}}};
            case 1:
                return {.name = "admission",
                        .config = mesh::AdmissionControl{.sampling_window = 2s}};
            default:
                return {.name = "adaptive",
                        .config = mesh::GradientControllerConfig{.max_concurrency_limit = 6,
                                                                 .min_rtt_interval = 500ms}};
        }
    }

    mesh::HealthCheck some_health_check() {
        mesh::HealthCheck check{.timeout = 1ms * (1 + random_.below(9)),
                                .interval = 10ms * (1 + random_.below(9)),
                                .initial_jitter = 10ms * random_.below(4),
                                .interval_jitter_percent = random_.below(2) == 0 ? 0U : 50U};
        if (random_.below(3) != 0) {
            check.http_health_check.emplace();
        }
        return check;
    }

    mesh::ClusterLbConfig some_load_balancing() {
        mesh::ClusterLbConfig config{
            .lb_policy = mesh::LbPolicy{static_cast<std::uint8_t>(random_.below(5))}};
        config.ring_hash_lb_config.minimum_ring_size = 64;
        config.maglev_lb_config.table_size = 97;
        if (random_.below(2) == 0) {
            config.least_request_lb_config.slow_start_config.slow_start_window = 100ms;
            config.round_robin_lb_config.slow_start_config.slow_start_window = 100ms;
        }
        return config;
    }

    mesh::RoutePolicy some_policy() {
        mesh::RoutePolicy policy;
        if (random_.below(6) == 0) {
            policy.kube_proxy.emplace();
            policy.kube_proxy->keep_alive = 5ms * random_.below(5);
            if (random_.below(2) == 0) {
                policy.kube_proxy->session_affinity = 20ms;
            }
        }
        if (random_.below(3) == 0) {
            policy.load_balancing = some_load_balancing();
            policy.hash_policy = {{.policy_specifier = mesh::HashHeader{.header_name = "x-h"}}};
        }
        if (random_.below(3) == 0) {
            policy.health_check = some_health_check();
            policy.ignore_new_hosts_until_first_hc = random_.below(2) == 0;
            policy.update_merge_window = 10ms * random_.below(3);
        }
        policy.hedge_on_per_try_timeout = random_.below(3) == 0;
        policy.timeout = 5ms * random_.below(6);
        policy.retry_policy.retry_on = random_.below(3) != 0 ? "5xx" : "";
        policy.retry_policy.num_retries = static_cast<std::uint32_t>(random_.below(4));
        if (random_.below(2) == 0) {
            policy.retry_policy.per_try_timeout = 2ms * (1 + random_.below(4));
        }
        policy.retry_policy.base_interval = 1ms * (1 + random_.below(10));
        policy.retry_policy.previous_hosts = random_.below(2) == 0;
        if (random_.below(4) == 0) {
            policy.retry_policy.previous_priorities_update_frequency = 1;
        }
        if (random_.below(2) == 0) {
            policy.thresholds.max_requests = 1 + static_cast<std::uint32_t>(random_.below(9));
        }
        if (random_.below(3) == 0) {
            policy.thresholds.retry_budget = mesh::RetryBudget{};
        }
        if (random_.below(2) == 0) {
            policy.outlier_detection = mesh::OutlierDetection{
                .consecutive_5xx = 1 + static_cast<std::uint32_t>(random_.below(3)),
                .interval = 5ms * (1 + random_.below(4)),
                .base_ejection_time = 10ms * (1 + random_.below(4)),
                .max_ejection_percent = 100};
            policy.healthy_panic_threshold = random_.below(2) == 0 ? 0 : 50;
            policy.update_merge_window = 10ms * random_.below(3);
        }
        if (random_.below(2) == 0) {
            policy.connection_pool = mesh::ConnPoolOptions{
                .max_requests_per_connection = static_cast<std::uint32_t>(random_.below(4)),
                .connect_timeout = 1ms * (1 + random_.below(9)),
                .idle_timeout = 10ms * random_.below(4)};
            if (random_.below(2) == 0) {
                policy.connection_pool->max_connection_duration = 20ms;
            }
            policy.thresholds.max_connections = 1 + static_cast<std::uint32_t>(random_.below(5));
            policy.thresholds.max_pending_requests = static_cast<std::uint32_t>(random_.below(9));
        }
        return policy;
    }

    void set_some_link() {
        const auto some_place = [this] { return places_[random_.below(places_.size())]; };
        const PlaceId from = some_place();
        const PlaceId to = some_place();
        Link link{.latency = some_duration()};
        link.loss = random_.below(3) == 0 ? 0.2 : 0;
        link.is_cut = random_.below(6) == 0;
        link.bandwidth = random_.below(3) == 0 ? 10e6 : 0;
        random_.below(4) == 0 ? plane_.set_local_link(from, link) : plane_.set_link(from, to, link);
        plane_.set_place(nodes_[random_.below(nodes_.size())], some_place());
    }

    Random random_;
    bool has_links_ = false;
    test::ScriptedCode code_;
    DataPlane plane_;
    std::vector<NodeId> nodes_;
    std::vector<PlaceId> places_;
    std::vector<ServiceId> services_;
    std::vector<ProgramId> programs_;                // of each service
    std::vector<bool> are_code_;                     // the same
    std::vector<std::vector<ReplicaId>> endpoints_;  // the same
    std::vector<ReplicaId> replicas_;
    std::vector<LoadId> loads_;
    std::vector<std::size_t> targets_;  // of each load, how many
};

TEST(RandomFleets, FindTheSameDeparturesWithAndWithoutEvents) {
    for (std::uint64_t seed = 0; seed < test::rounds(200); ++seed) {
        RandomFleet computed{seed, true};
        RandomFleet by_events{seed, false};

        computed.run();
        by_events.run();

        for (std::size_t i = 0; i < computed.loads().size(); ++i) {
            for (std::size_t target = 0; target < computed.targets()[i]; ++target) {
                ASSERT_TRUE(same(computed.plane().load_stats(computed.loads()[i], target),
                                 by_events.plane().load_stats(by_events.loads()[i], target)))
                    << "seed " << seed << ", load " << i << ", target " << target;
            }
            ASSERT_EQ(computed.plane().users_active(computed.loads()[i]),
                      by_events.plane().users_active(by_events.loads()[i]));
        }
        for (std::size_t i = 0; i < computed.services().size(); ++i) {
            ASSERT_TRUE(same(computed.plane().service_stats(computed.services()[i]),
                             by_events.plane().service_stats(by_events.services()[i])))
                << "seed " << seed << ", service " << i;
            ASSERT_EQ(computed.plane().upstream_counters(computed.services()[i]),
                      by_events.plane().upstream_counters(by_events.services()[i]))
                << "seed " << seed << ", service " << i;
        }
        for (std::size_t i = 0; i < computed.replicas().size(); ++i) {
            ASSERT_EQ(computed.plane().cpu_use(computed.replicas()[i]),
                      by_events.plane().cpu_use(by_events.replicas()[i]))
                << "seed " << seed << ", replica " << i;
        }
    }
}

// So many replicas and requests that the engine asks for memory ahead of its events: two services
// in a row, with a network whose messages take equally long or not, crashes and some that are
// withdrawn. The first also has a load of its own, whose requests need no records.
std::pair<mesh::ServiceStats, mesh::ServiceStats> large_fleet(const Distribution& network,
                                                              bool computes_departures) {
    constexpr std::size_t replicas = 4500;
    DataPlane plane{{.random = Random{1},
                     .network = network,
                     .computes_departures = computes_departures,
                     .checks = true}};
    std::vector<ServiceId> services;
    std::vector<ReplicaId> all;
    std::vector<ReplicaId> doomed;
    for (int hop = 0; hop < 2; ++hop) {
        DeclaredProgram program{.work = Distribution::exponential(1ms)};
        if (hop > 0) {
            program.calls = {{{.service = services.back()}}};
        }
        services.push_back(plane.add_service("s" + std::to_string(hop)));
        const ProgramId id = plane.add_program(std::move(program));
        all.clear();
        for (std::size_t i = 0; i < replicas; ++i) {
            all.push_back(plane.add_replica(id, std::to_string(hop) + "/" + std::to_string(i), {}));
        }
        plane.set_endpoints(services.back(), all);
        doomed.insert(doomed.end(), all.begin(), all.begin() + 20);
    }
    plane.add_load(services.back(), {.name = "load", .requests_per_second = 600.0 * replicas});
    plane.add_load(services.front(), {.name = "direct", .requests_per_second = 300.0 * replicas});
    plane.run_until(plane.now() + 10ms);
    for (const ReplicaId replica : doomed) {
        plane.crash(replica);
    }
    all.resize(replicas / 2);
    plane.set_endpoints(services.back(), all);
    plane.run_until(plane.now() + 5ms);
    return {plane.service_stats(services.front()), plane.service_stats(services.back())};
}

TEST(LargeFleets, FindTheSameDeparturesWithAndWithoutEvents) {
    for (const Distribution& network :
         {Distribution{}, Distribution::constant(1ms), Distribution::exponential(1ms)}) {
        const auto computed = large_fleet(network, true);
        const auto by_events = large_fleet(network, false);

        EXPECT_GT(computed.second.requests(), 10'000U);
        EXPECT_TRUE(same(computed.first, by_events.first));
        EXPECT_TRUE(same(computed.second, by_events.second));
    }
}

}  // namespace
}  // namespace wavetank::sim
