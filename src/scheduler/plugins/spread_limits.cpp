#include "scheduler/plugins/spread_limits.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::scheduler::plugins {

using api::corev1::Pod;

SpreadLimits::SpreadLimits(std::vector<SpreadConstraint> constraints, const Pod& pod,
                           std::span<const NodeInfo* const> nodes) {
    const NodeRequirement requirement{pod};
    std::vector<api::Selector> selectors;
    for (const SpreadConstraint& constraint : constraints) {
        Limit& limit = limits_.emplace_back();
        limit.max_skew = constraint.max_skew;
        limit.min_domains = constraint.min_domains;
        limit.self = constraint.selector.matches(*pod.metadata.labels) ? 1 : 0;
        limit.topology = NodeTopology::of(constraint.topology_key, nodes);
        limit.exists.resize(limit.topology.size);
        limit.pods.resize(limit.topology.size);
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const auto& node = nodes[i]->node();
            const bool counted =
                has_all_keys(node, constraints) && is_counted(constraint, pod, node, requirement);
            limit.counted.push_back(counted ? 1 : 0);
            if (counted) {
                limit.exists[limit.topology.domains[i]] = 1;
            }
        }
        limit.domains = std::ranges::count(limit.exists, 1);
        limit.forget_pods();
        selectors.push_back(constraint.selector);
    }
    counter_.emplace(pod.metadata.namespace_, std::move(selectors));
}

void SpreadLimits::Limit::forget_pods() {
    std::ranges::fill(pods, 0);
    with_pods.assign(1, static_cast<std::int32_t>(domains));
    lowest = 0;
}

void SpreadLimits::Limit::add(std::size_t domain, std::int32_t amount) {
    const auto before = static_cast<std::size_t>(pods[domain]);
    pods[domain] += amount;
    const auto after = static_cast<std::size_t>(pods[domain]);
    if (after >= with_pods.size()) {
        with_pods.resize(after + 1);
    }
    --with_pods[before];
    ++with_pods[after];
    lowest = std::min(lowest, after);
    while (with_pods[lowest] == 0) {
        ++lowest;
    }
}

void SpreadLimits::recount(const Snapshot& snapshot) {
    std::vector<std::vector<std::int32_t>> sums;
    for (const Limit& limit : limits_) {
        sums.emplace_back(limit.pods.size());
    }
    std::span<const std::int64_t> picked;
    snapshot.count_pods(
        counter_->required_label(),
        [&](const PodGroup& group) {
            picked = counter_->count(group);
            return std::ranges::any_of(picked, [](std::int64_t count) { return count != 0; });
        },
        [&](const NodeInfo& node, std::int32_t pods) {
            for (std::size_t i = 0; i < limits_.size(); ++i) {
                if (limits_[i].counted[node.position()] != 0 && picked[i] != 0) {
                    sums[i][limits_[i].topology.domains[node.position()]] += pods;
                }
            }
        });
    // One domain after the other: in between, a sum may be below zero.
    for (std::size_t i = 0; i < limits_.size(); ++i) {
        limits_[i].forget_pods();
        for (std::size_t domain = 0; domain < sums[i].size(); ++domain) {
            if (sums[i][domain] != 0) {
                limits_[i].add(domain, sums[i][domain]);
            }
        }
    }
}

bool SpreadLimits::follow(const PodChange& change) {
    if (change.amount_lasting == 0) {
        return false;
    }
    bool described_otherwise = false;
    const auto counts = counter_->count(*change.group);
    for (std::size_t i = 0; i < limits_.size(); ++i) {
        Limit& limit = limits_[i];
        if (limit.counted[change.position] != 0 && counts[i] != 0) {
            limit.add(limit.topology.domains[change.position], change.amount_lasting);
            described_otherwise = described_otherwise || limit.topology.apart;
        }
    }
    return described_otherwise;
}

void SpreadLimits::describe(std::size_t position, std::span<std::int32_t> features) const {
    for (std::size_t i = 0; i < limits_.size(); ++i) {
        const NodeTopology& topology = limits_[i].topology;
        const std::uint32_t domain = topology.domains[position];
        if (domain == NodeTopology::missing) {
            features[i] = -1;
        } else {
            features[i] =
                topology.apart ? limits_[i].pods[domain] : static_cast<std::int32_t>(domain);
        }
    }
}

bool SpreadLimits::passes(std::span<const std::int32_t> features) const {
    for (std::size_t i = 0; i < limits_.size(); ++i) {
        const Limit& limit = limits_[i];
        if (features[i] < 0) {
            return false;
        }
        const std::int64_t pods =
            limit.topology.apart ? features[i] : limit.pods[static_cast<std::size_t>(features[i])];
        if (pods + limit.self - limit.lowest_counted() > limit.max_skew) {
            return false;
        }
    }
    return true;
}

}  // namespace wavetank::scheduler::plugins
