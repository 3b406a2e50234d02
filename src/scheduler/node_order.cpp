#include "scheduler/node_order.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace wavetank::scheduler {
namespace {

std::string label(const api::corev1::Node& node, const char* beta, const char* stable) {
    const auto& labels = *node.metadata.labels;
    auto found = labels.find(beta);
    if (found == labels.end()) {
        found = labels.find(stable);
    }
    return found == labels.end() ? std::string{} : found->second;
}

}  // namespace

std::string zone_key(const api::corev1::Node& node) {
    const std::string zone =
        label(node, "failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone");
    const std::string region =
        label(node, "failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region");
    if (region.empty() && zone.empty()) {
        return {};
    }
    return region + ":" + '\0' + ":" + zone;
}

void NodeOrder::add(const std::string& zone, const std::string& node) {
    const auto [entry, fresh] = nodes_.try_emplace(zone);
    if (fresh) {
        zones_.push_back(zone);
    }
    entry->second.push_back(node);
}

void NodeOrder::remove(const std::string& zone, const std::string& node) {
    const auto entry = nodes_.find(zone);
    if (entry == nodes_.end()) {
        return;
    }
    std::erase(entry->second, node);
    if (entry->second.empty()) {
        nodes_.erase(entry);
        std::erase(zones_, zone);
    }
}

std::vector<std::string> NodeOrder::list() const {
    std::vector<const std::vector<std::string>*> by_zone;
    std::size_t rounds = 0;
    for (const std::string& zone : zones_) {
        by_zone.push_back(&nodes_.at(zone));
        rounds = std::max(rounds, by_zone.back()->size());
    }
    std::vector<std::string> order;
    for (std::size_t round = 0; round < rounds; ++round) {
        for (const auto* nodes : by_zone) {
            if (round < nodes->size()) {
                order.push_back((*nodes)[round]);
            }
        }
    }
    return order;
}

std::vector<std::string> NodeOrder::list_like(std::vector<std::string> before) const {
    std::vector<std::string> order = list();
    if (order.size() != before.size()) {  // so it is for most nodes that come or go
        return order;
    }
    std::vector<std::string_view> names{order.begin(), order.end()};
    std::vector<std::string_view> names_before{before.begin(), before.end()};
    std::ranges::sort(names);
    std::ranges::sort(names_before);
    return names == names_before ? std::move(before) : std::move(order);
}

}  // namespace wavetank::scheduler
