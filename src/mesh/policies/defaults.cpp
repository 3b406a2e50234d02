#include <wavetank/mesh/cluster_balancer.hpp>
#include <wavetank/mesh/load_balancer.hpp>
#include <wavetank/mesh/policies/c3.hpp>
#include <wavetank/mesh/policies/client_side_weighted_round_robin.hpp>
#include <wavetank/mesh/policies/ipvs.hpp>
#include <wavetank/mesh/policies/join_idle_queue.hpp>
#include <wavetank/mesh/policies/least_request.hpp>
#include <wavetank/mesh/policies/peak_ewma.hpp>
#include <wavetank/mesh/policies/prequal.hpp>
#include <wavetank/mesh/policies/random_choice.hpp>
#include <wavetank/mesh/policies/round_robin.hpp>

#include <utility>

namespace wavetank::mesh {

BalancerRegistry BalancerRegistry::defaults() {
    BalancerRegistry registry;
    const auto add_ipvs = [&](std::string name, IpvsScheduler scheduler) {
        registry.add(std::move(name), [scheduler] { return std::make_unique<Ipvs>(scheduler); });
    };
    registry.add("C3", [] { return std::make_unique<C3>(); });
    registry.add("CLIENT_SIDE_WEIGHTED_ROUND_ROBIN",
                 [] { return std::make_unique<ClientSideWeightedRoundRobin>(); });
    add_ipvs("IPVS_DH", IpvsScheduler::DestinationHashing);
    add_ipvs("IPVS_LC", IpvsScheduler::LeastConnection);
    add_ipvs("IPVS_NQ", IpvsScheduler::NeverQueue);
    add_ipvs("IPVS_RR", IpvsScheduler::RoundRobin);
    add_ipvs("IPVS_SED", IpvsScheduler::ShortestExpectedDelay);
    add_ipvs("IPVS_SH", IpvsScheduler::SourceHashing);
    registry.add("JOIN_IDLE_QUEUE", [] { return std::make_unique<JoinIdleQueue>(); });
    registry.add("LEAST_REQUEST", [] { return std::make_unique<LeastRequest>(); });
    registry.add("MAGLEV", [] {
        return std::make_unique<ClusterBalancer>(ClusterLbConfig{.lb_policy = LbPolicy::Maglev});
    });
    registry.add("PEAK_EWMA", [] { return std::make_unique<PeakEwma>(); });
    registry.add("PREQUAL", [] { return std::make_unique<Prequal>(); });
    registry.add("RANDOM", [] { return std::make_unique<RandomChoice>(); });
    registry.add("RING_HASH", [] {
        return std::make_unique<ClusterBalancer>(ClusterLbConfig{.lb_policy = LbPolicy::RingHash});
    });
    registry.add("ROUND_ROBIN", [] { return std::make_unique<RoundRobin>(); });
    return registry;
}

void BalancerRegistry::add(std::string name, Factory factory) {
    factories_.insert_or_assign(std::move(name), std::move(factory));
}

std::unique_ptr<LoadBalancer> BalancerRegistry::make(std::string_view name) const {
    const auto found = factories_.find(name);
    return found == factories_.end() ? nullptr : found->second();
}

std::vector<std::string> BalancerRegistry::names() const {
    std::vector<std::string> names;
    for (const auto& [name, factory] : factories_) {
        names.push_back(name);
    }
    return names;
}

}  // namespace wavetank::mesh
