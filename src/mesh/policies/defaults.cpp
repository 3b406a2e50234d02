#include <wavetank/mesh/cluster_balancer.hpp>
#include <wavetank/mesh/load_balancer.hpp>
#include <wavetank/mesh/policies/least_request.hpp>
#include <wavetank/mesh/policies/random_choice.hpp>
#include <wavetank/mesh/policies/round_robin.hpp>

#include <utility>

namespace wavetank::mesh {

BalancerRegistry BalancerRegistry::defaults() {
    BalancerRegistry registry;
    registry.add("LEAST_REQUEST", [] { return std::make_unique<LeastRequest>(); });
    registry.add("MAGLEV", [] {
        return std::make_unique<ClusterBalancer>(ClusterLbConfig{.lb_policy = LbPolicy::Maglev});
    });
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
