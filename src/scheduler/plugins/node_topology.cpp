#include "scheduler/plugins/node_topology.hpp"

#include "scheduler/plugins/topology_counts.hpp"

#include <string_view>
#include <unordered_map>

namespace wavetank::scheduler::plugins {

NodeTopology NodeTopology::of(const std::string& key, std::span<const NodeInfo* const> nodes) {
    NodeTopology topology;
    topology.domains.reserve(nodes.size());
    std::unordered_map<std::string_view, std::uint32_t> numbers;  // never walked
    for (const NodeInfo* info : nodes) {
        const std::string* const domain = domain_of(info->node(), key);
        if (domain == nullptr) {
            topology.domains.push_back(missing);
            topology.complete = false;
            continue;
        }
        const auto next = static_cast<std::uint32_t>(numbers.size());
        const auto [known, is_new] = numbers.try_emplace(*domain, next);
        topology.domains.push_back(known->second);
        topology.apart = topology.apart && is_new;
        topology.nameless = domain->empty() ? known->second : topology.nameless;
    }
    topology.size = numbers.size();
    return topology;
}

void TopologyMemo::follow(const Snapshot& snapshot) {
    if (snapshot_ != &snapshot || version_ != snapshot.layout_version()) {
        snapshot_ = &snapshot;
        version_ = snapshot.layout_version();
        known_.clear();
        views_.clear();
    }
}

std::shared_ptr<const void> TopologyMemo::view(const std::string& name, const Snapshot& snapshot) {
    follow(snapshot);
    auto& view = views_[name];
    if (view == nullptr) {
        view = std::make_shared<const char>();
    }
    return view;
}

std::shared_ptr<const NodeTopology> TopologyMemo::of(const std::string& key,
                                                     const Snapshot& snapshot) {
    follow(snapshot);
    auto& topology = known_[key];
    if (topology == nullptr) {
        topology = std::make_shared<const NodeTopology>(NodeTopology::of(key, snapshot.nodes()));
    }
    return topology;
}

}  // namespace wavetank::scheduler::plugins
