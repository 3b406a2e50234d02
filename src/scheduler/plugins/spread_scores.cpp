#include "scheduler/plugins/spread_scores.hpp"

#include <wavetank/base/math.hpp>
#include <wavetank/scheduler/framework.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace wavetank::scheduler::plugins {

using api::corev1::Pod;

namespace {

// As Go's `math.Round` on what is not negative: halves go up.
std::int64_t rounded(double value) {
    const auto whole = static_cast<std::int64_t>(value);
    return whole + (value - static_cast<double>(whole) >= 0.5 ? 1 : 0);
}

}  // namespace

SpreadScores::SpreadScores(std::vector<SpreadConstraint> constraints, MissingKeys missing,
                           const Pod& pod, const Snapshot& snapshot, TopologyMemo& topologies)
    : constraints_(std::move(constraints)), topologies_(constraints_.size()) {
    std::vector<api::Selector> selectors;
    for (std::size_t i = 0; i < constraints_.size(); ++i) {
        const auto known = std::ranges::find(selectors, constraints_[i].selector);
        topologies_[i].selector = static_cast<std::size_t>(known - selectors.begin());
        if (known == selectors.end()) {
            selectors.push_back(constraints_[i].selector);
        }
    }
    const auto nodes = snapshot.nodes();
    selectors_ = selectors.size();
    on_node_.resize(nodes.size() * selectors_);
    counter_.emplace(pod.metadata.namespace_, std::move(selectors));
    if (missing == MissingKeys::Ignored) {
        ignored_.resize(nodes.size());
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            ignored_[i] = has_all_keys(nodes[i]->node(), constraints_) ? 0 : 1;
        }
    }
    std::string view = missing == MissingKeys::Ignored ? "nodes with all of" : "nodes by";
    for (const SpreadConstraint& constraint : constraints_) {
        view += " " + constraint.topology_key;
    }
    layout_ = topologies.view(view, snapshot);
    for (std::size_t i = 0; i < constraints_.size(); ++i) {
        topologies_[i].nodes = topologies.of(constraints_[i].topology_key, snapshot);
        topologies_[i].offset = static_cast<double>(constraints_[i].max_skew - 1);
        topologies_[i].by_host = constraints_[i].topology_key == "kubernetes.io/hostname";
        if (!topologies_[i].by_host) {
            number_domains(topologies_[i]);
            find_counted(topologies_[i], constraints_[i], pod, nodes);
        }
    }
}

// Nodes without the key are in the domain with an empty name.
void SpreadScores::number_domains(Topology& topology) {
    const NodeTopology& nodes = *topology.nodes;
    std::size_t domains = nodes.size;
    topology.without_key = nodes.nameless;
    if (!nodes.complete && nodes.nameless == NodeTopology::missing) {
        topology.without_key = static_cast<std::uint32_t>(domains++);
    }
    topology.pods.resize(domains);
    topology.seen.resize(domains);
}

void SpreadScores::find_counted(Topology& topology, const SpreadConstraint& constraint,
                                const Pod& pod, std::span<const NodeInfo* const> nodes) const {
    const NodeRequirement requirement{pod};
    if (ignored_.empty() && !constraint.honors_taints &&
        (!constraint.honors_affinity || requirement.empty())) {
        return;
    }
    topology.counted.reserve(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const bool counted =
            !ignores(i) && is_counted(constraint, pod, nodes[i]->node(), requirement);
        topology.counted.push_back(counted ? 1 : 0);
    }
}

void SpreadScores::add(std::size_t position, std::span<const std::int64_t> pods,
                       std::int64_t times) {
    for (Topology& topology : topologies_) {
        if (!topology.by_host && topology.counts(position)) {
            topology.pods[topology.domain_at(position)] += times * pods[topology.selector];
        }
    }
    for (std::size_t i = 0; i < selectors_; ++i) {
        on_node_[position * selectors_ + i] += static_cast<std::int32_t>(times * pods[i]);
    }
}

void SpreadScores::recount(const Snapshot& snapshot) {
    std::ranges::fill(on_node_, 0);
    for (Topology& topology : topologies_) {
        std::ranges::fill(topology.pods, 0);
    }
    occupied_.clear();
    std::span<const std::int64_t> picked;
    snapshot.count_pods(
        counter_->required_label(),
        [&](const PodGroup& group) {
            picked = counter_->count(group);
            return std::ranges::any_of(picked, [](std::int64_t count) { return count != 0; });
        },
        [&](const NodeInfo& node, std::int32_t pods) {
            occupied_.push_back(static_cast<std::uint32_t>(node.position()));
            add(node.position(), picked, pods);
        });
}

bool SpreadScores::follow(const PodChange& change) {
    if (change.amount_lasting == 0) {
        return false;
    }
    const auto pods = counter_->count(*change.group);
    if (std::ranges::all_of(pods, [](std::int64_t count) { return count == 0; })) {
        return false;
    }
    add(change.position, pods, change.amount_lasting);
    return true;
}

void SpreadScores::describe(std::size_t position, std::span<std::int32_t> features) const {
    if (ignores(position)) {
        std::ranges::fill(features, without);
        return;
    }
    for (std::size_t i = 0; i < topologies_.size(); ++i) {
        const Topology& topology = topologies_[i];
        const bool has_key = topology.has_key(position);
        if (topology.by_host) {
            features[i] = has_key ? on_node_[position * selectors_ + topology.selector] : without;
        } else {
            features[i] =
                static_cast<std::int32_t>(2 * topology.domain_at(position)) + (has_key ? 1 : 0);
        }
    }
}

void SpreadScores::weigh(std::span<const NodeKind> kinds) {
    ++searches_;
    for (std::size_t i = 0; i < topologies_.size(); ++i) {
        Topology& topology = topologies_[i];
        std::size_t domains = 0;
        for (const NodeKind& kind : kinds) {
            if (ignores(kind)) {
                continue;
            }
            if (topology.by_host) {
                domains += kind.feasible;
            } else if (auto& seen = topology.seen[static_cast<std::size_t>(kind.features[i] / 2)];
                       seen != searches_) {
                seen = searches_;
                ++domains;
            }
        }
        topology.weight = wavetank::log(static_cast<double>(domains + 2));
    }
}

void SpreadScores::score(std::span<const NodeKind> kinds, std::span<std::int64_t> scores) {
    weigh(kinds);
    for (std::size_t at = 0; at < kinds.size(); ++at) {
        double sum = 0;
        for (std::size_t i = 0; i < topologies_.size(); ++i) {
            const Topology& topology = topologies_[i];
            const std::int32_t feature = kinds[at].features[i];
            if (topology.by_host ? feature == without : feature % 2 == 0) {
                continue;
            }
            const std::int64_t pods =
                topology.by_host ? feature : topology.pods[static_cast<std::size_t>(feature / 2)];
            sum += static_cast<double>(pods) * topology.weight + topology.offset;
        }
        scores[at] = ignores(kinds[at]) ? ignored : rounded(sum);
    }
}

std::size_t SpreadScores::domains_among(Topology& topology,
                                        std::span<const std::uint32_t> positions) {
    if (ignored_.empty() && topology.by_host) {
        return positions.size();
    }
    if (ignored_.empty() && topology.pods.size() == 1) {
        return std::min<std::size_t>(positions.size(), 1);
    }
    std::size_t domains = 0;
    for (const std::uint32_t position : positions) {
        if (ignores(position)) {
            continue;
        }
        if (topology.by_host) {
            ++domains;
        } else if (auto& seen = topology.seen[topology.domain_at(position)]; seen != searches_) {
            seen = searches_;
            ++domains;
        }
    }
    return domains;
}

void SpreadScores::weigh(std::span<const std::uint32_t> positions) {
    ++searches_;
    for (Topology& topology : topologies_) {
        topology.weight =
            wavetank::log(static_cast<double>(domains_among(topology, positions) + 2));
    }
}

// The sum is made constraint by constraint as upstream, which decides how it is rounded.
double SpreadScores::sum_at(std::size_t position) const {
    double sum = 0;
    for (const Topology& topology : topologies_) {
        if (!topology.has_key(position)) {
            continue;
        }
        const std::int64_t pods = topology.by_host
                                      ? on_node_[position * selectors_ + topology.selector]
                                      : topology.pods[topology.domain_at(position)];
        sum += static_cast<double>(pods) * topology.weight + topology.offset;
    }
    return sum;
}

void SpreadScores::score(std::span<const std::uint32_t> positions, std::span<std::int64_t> scores) {
    weigh(positions);
    for (std::size_t i = 0; i < positions.size(); ++i) {
        scores[i] = ignores(positions[i]) ? ignored : rounded(sum_at(positions[i]));
    }
}

void SpreadScores::normalize(std::span<std::int64_t> scores) {
    std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
    std::int64_t highest = 0;
    for (const std::int64_t score : scores) {
        if (score != ignored) {
            lowest = std::min(lowest, score);
            highest = std::max(highest, score);
        }
    }
    // Many nodes have the same score, and a division takes longer than all else here.
    std::int64_t last = ignored;
    std::int64_t turned = 0;
    for (std::int64_t& score : scores) {
        if (score != last) {
            last = score;
            turned = score == ignored ? 0
                     : highest == 0   ? node_score_max
                                      : node_score_max * (highest + lowest - score) / highest;
        }
        score = turned;
    }
}

}  // namespace wavetank::scheduler::plugins
