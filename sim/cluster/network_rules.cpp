#include "sim/cluster/network_rules.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace wavetank::sim {
namespace {

constexpr std::string_view zone_label = "topology.kubernetes.io/zone";
constexpr std::string_view region_label = "topology.kubernetes.io/region";

const std::string* find_label(const api::StringMap& labels, std::string_view label) {
    const auto found = labels.find(std::string{label});
    return found == labels.end() ? nullptr : &found->second;
}

bool differ(const api::StringMap& left, const api::StringMap& right, std::string_view label) {
    const std::string* const one = find_label(left, label);
    const std::string* const other = find_label(right, label);
    return one == nullptr || other == nullptr ? one != other : *one != *other;
}

}  // namespace

NetworkRules::NetworkRules(PlannedNetwork planned, Distribution everywhere)
    : planned_(std::move(planned)), everywhere_(std::move(everywhere)) {}

void NetworkRules::add_node(DataPlane& plane, NodeId node, const api::StringMap& labels) {
    if (nodes_.empty()) {
        set_links(plane, 0);
    }
    nodes_.emplace_back(node, labels);
    put(plane, node, labels);
}

void NetworkRules::begin(DataPlane& plane, const PlannedLink& link) {
    troubles_.push_back(&link);
    put_all(plane);
}

void NetworkRules::end(DataPlane& plane, const PlannedLink& link) {
    const auto latest = std::ranges::find(troubles_, &link);
    if (latest != troubles_.end()) {
        troubles_.erase(latest);
    }
    put_all(plane);
}

// What the rules see of a node.
std::string NetworkRules::kind_of(const api::StringMap& labels) const {
    std::string kind;
    for (const std::string_view label : {zone_label, region_label}) {
        const std::string* const value = find_label(labels, label);
        kind += value == nullptr ? "-" : "=" + *value;
        kind += '\n';
    }
    const auto add = [&](const PlannedLink& rule) {
        kind += rule.from.matches(labels) ? '1' : '0';
        kind += rule.to.matches(labels) ? '1' : '0';
    };
    std::ranges::for_each(planned_.links, add);
    for (const PlannedLink* const trouble : troubles_) {
        add(*trouble);
    }
    return kind;
}

void NetworkRules::put(DataPlane& plane, NodeId node, const api::StringMap& labels) {
    const auto [kind, is_new] = place_of_kind_.try_emplace(kind_of(labels), labels_.size());
    const std::size_t place = kind->second;
    if (is_new) {
        labels_.push_back(labels);
        if (places_.size() < labels_.size()) {
            places_.push_back(plane.add_place());
        }
        set_links(plane, place);
    }
    plane.set_place(node, places_[place]);
}

// Other rules may tell other nodes apart.
void NetworkRules::put_all(DataPlane& plane) {
    labels_.resize(1);
    place_of_kind_.clear();
    set_links(plane, 0);
    for (const auto& [node, labels] : nodes_) {
        put(plane, node, labels);
    }
}

// Sets the links of a place to itself and those before it.
void NetworkRules::set_links(DataPlane& plane, std::size_t place) const {
    for (std::size_t other = 0; other <= place; ++other) {
        plane.set_link(places_[place], places_[other], link(place, other));
        plane.set_link(places_[other], places_[place], link(other, place));
    }
    plane.set_local_link(places_[place], local_link(place));
}

// What is said later counts more.
Link NetworkRules::link(std::size_t from, std::size_t to) const {
    Link made{.latency = everywhere_};
    const bool is_between_nodes = from != 0 && to != 0;
    const auto take = [&](const std::optional<Distribution>& latency, std::string_view label) {
        if (is_between_nodes && latency && differ(labels_[from], labels_[to], label)) {
            made.latency = *latency;
        }
    };
    take(planned_.between_zones, zone_label);
    take(planned_.between_regions, region_label);
    impose_all(made, labels_[from], labels_[to]);
    return made;
}

// Within one node of a place.
Link NetworkRules::local_link(std::size_t place) const {
    Link made{.latency = planned_.same_node.value_or(everywhere_)};
    impose_all(made, labels_[place], labels_[place]);
    return made;
}

void NetworkRules::impose_all(Link& link, const api::StringMap& from,
                              const api::StringMap& to) const {
    const auto impose = [&](const PlannedLink& rule) {
        const bool there = rule.from.matches(from) && rule.to.matches(to);
        const bool back = rule.from.matches(to) && rule.to.matches(from);
        if (!there && (rule.is_one_way || !back)) {
            return;
        }
        link.latency = rule.latency.value_or(link.latency);
        link.delay = rule.delay.value_or(link.delay);
        link.loss = rule.loss.value_or(link.loss);
        link.bandwidth = rule.bandwidth.value_or(link.bandwidth);
        link.is_cut = link.is_cut || rule.is_cut;
    };
    std::ranges::for_each(planned_.links, impose);
    for (const PlannedLink* const trouble : troubles_) {
        impose(*trouble);
    }
}

}  // namespace wavetank::sim
