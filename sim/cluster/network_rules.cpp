#include "sim/cluster/network_rules.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace wavetank::sim {
namespace {

constexpr std::string_view zone_label = "topology.kubernetes.io/zone";
constexpr std::string_view region_label = "topology.kubernetes.io/region";

bool differ(const api::StringMap& left, const api::StringMap& right, std::string_view label) {
    const std::string key{label};
    const auto one = left.find(key);
    const auto other = right.find(key);
    const bool has_one = one != left.end();
    return has_one != (other != right.end()) || (has_one && one->second != other->second);
}

}  // namespace

NetworkRules::NetworkRules(PlannedNetwork planned, Distribution everywhere)
    : planned_(std::move(planned)), everywhere_(std::move(everywhere)) {}

void NetworkRules::add_node(DataPlane& plane, NodeId node, const api::StringMap& labels) {
    const Place& added = places_.emplace_back(Place{.node = node, .labels = labels});
    for (const Place& other : places_) {
        set(plane, added, other);
        set(plane, other, added);
    }
}

void NetworkRules::begin(DataPlane& plane, const PlannedLink& link) {
    troubles_.push_back(&link);
    set_all(plane);
}

void NetworkRules::end(DataPlane& plane, const PlannedLink& link) {
    const auto latest = std::ranges::find(troubles_, &link);
    if (latest != troubles_.end()) {
        troubles_.erase(latest);
    }
    set_all(plane);
}

void NetworkRules::set_all(DataPlane& plane) const {
    for (const Place& from : places_) {
        for (const Place& to : places_) {
            set(plane, from, to);
        }
    }
}

void NetworkRules::set(DataPlane& plane, const Place& from, const Place& to) const {
    plane.set_link(from.node, to.node, link(from, to));
}

// What is said later counts more.
Link NetworkRules::link(const Place& from, const Place& to) const {
    Link made{.latency = everywhere_};
    if (from.node && to.node) {
        const auto take = [&](const std::optional<Distribution>& latency, bool counts) {
            if (counts && latency) {
                made.latency = *latency;
            }
        };
        take(planned_.same_node, from.node == to.node);
        take(planned_.between_zones, differ(from.labels, to.labels, zone_label));
        take(planned_.between_regions, differ(from.labels, to.labels, region_label));
    }
    const auto impose = [&](const PlannedLink& rule) {
        const bool there = rule.from.matches(from.labels) && rule.to.matches(to.labels);
        const bool back = rule.from.matches(to.labels) && rule.to.matches(from.labels);
        if (!there && (rule.is_one_way || !back)) {
            return;
        }
        made.latency = rule.latency.value_or(made.latency);
        made.delay = rule.delay.value_or(made.delay);
        made.loss = rule.loss.value_or(made.loss);
        made.bandwidth = rule.bandwidth.value_or(made.bandwidth);
        made.is_cut = made.is_cut || rule.is_cut;
    };
    std::ranges::for_each(planned_.links, impose);
    for (const PlannedLink* const trouble : troubles_) {
        impose(*trouble);
    }
    return made;
}

}  // namespace wavetank::sim
