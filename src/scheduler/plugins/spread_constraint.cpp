#include "scheduler/plugins/spread_constraint.hpp"

#include "scheduler/plugins/tolerations.hpp"
#include "scheduler/plugins/topology_counts.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Node;
using api::corev1::Pod;
using api::corev1::TopologySpreadConstraint;

constexpr std::size_t known_places = 64;  // more than there are templates in most namespaces
constexpr std::size_t bits_max = 64;

// The constraint's selector, and for each of `matchLabelKeys` that the pod has, its own value. A
// missing selector picks nothing, whatever the keys say.
Result<api::Selector> selector_of(const TopologySpreadConstraint& constraint,
                                  const api::Labels& labels) {
    auto selector = api::Selector::from(constraint.labelSelector);
    if (!selector || selector->selects_nothing() || constraint.matchLabelKeys.empty()) {
        return selector;
    }
    const auto given = selector->requirements();
    std::vector<api::Requirement> requirements(given.begin(), given.end());
    for (const std::string& key : constraint.matchLabelKeys) {
        if (const auto label = labels.find(key); label != labels.end()) {
            requirements.push_back(api::Requirement::equals(key, label->second));
        }
    }
    return api::Selector{std::move(requirements)};
}

}  // namespace

Result<std::vector<SpreadConstraint>> read_constraints(
    std::span<const TopologySpreadConstraint> constraints, const api::Labels& labels,
    std::string_view when_unsatisfiable) {
    std::vector<SpreadConstraint> result;
    for (const TopologySpreadConstraint& constraint : constraints) {
        if (constraint.whenUnsatisfiable != when_unsatisfiable) {
            continue;
        }
        auto selector = selector_of(constraint, labels);
        if (!selector) {
            return selector.error();
        }
        result.push_back(
            {.max_skew = constraint.maxSkew,
             .topology_key = constraint.topologyKey,
             .selector = std::move(*selector),
             .min_domains = constraint.minDomains.value_or(1),
             .honors_affinity = constraint.nodeAffinityPolicy.value_or("Honor") == "Honor",
             .honors_taints = constraint.nodeTaintsPolicy.value_or("Ignore") == "Honor"});
    }
    return result;
}

bool has_all_keys(const Node& node, std::span<const SpreadConstraint> constraints) {
    return std::ranges::all_of(constraints, [&](const SpreadConstraint& constraint) {
        return domain_of(node, constraint.topology_key) != nullptr;
    });
}

bool is_counted(const SpreadConstraint& constraint, const Pod& pod, const Node& node,
                const NodeRequirement& requirement) {
    return (!constraint.honors_affinity || requirement.matches(node)) &&
           (!constraint.honors_taints ||
            tolerates_scheduling(pod.spec->tolerations, node.spec.taints));
}

PodCounter::PodCounter(std::string space, std::vector<api::Selector> selectors)
    : space_(std::move(space)), selectors_(std::move(selectors)), counts_(selectors_.size()) {
    // Every place knows of no labels at first, which any selector may pick.
    const Labels none;
    known_.resize(known_places, Match{.labels = none, .picked = compare(none)});
}

bool PodCounter::picks(const api::Selector& selector, const Labels& labels) {
    return !selector.empty() && selector.matches(*labels);
}

std::uint64_t PodCounter::compare(const Labels& labels) const {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < std::min(selectors_.size(), bits_max); ++i) {
        bits |= std::uint64_t{picks(selectors_[i], labels)} << i;
    }
    return bits;
}

std::uint64_t PodCounter::picked(const Labels& labels) {
    // Objects of the heap are at least 16 bytes apart.
    const std::size_t hash = std::hash<const void*>{}(labels.identity()) / 16;
    Match& match = known_[(hash ^ hash / known_places) % known_places];
    if (!match.labels.same_as(labels)) {
        match = {.labels = labels, .picked = compare(labels)};
    }
    return match.picked;
}

void PodCounter::add(const std::string& in_namespace, const Labels& labels) {
    if (in_namespace != space_) {
        return;
    }
    const std::uint64_t bits = picked(labels);
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        counts_[i] += i < bits_max ? static_cast<std::int64_t>(bits >> i & 1)
                                   : std::int64_t{picks(selectors_[i], labels)};
    }
}

std::span<const std::int64_t> PodCounter::count_on(const NodeInfo& node) {
    std::ranges::fill(counts_, 0);
    for (const PlacedPod& placed : node.pods()) {
        const auto& metadata = placed.pod->metadata;
        if (!metadata.deletionTimestamp) {
            add(metadata.namespace_, metadata.labels);
        }
    }
    return counts_;
}

std::optional<RequiredLabel> PodCounter::required_label() const {
    if (selectors_.empty()) {
        return std::nullopt;
    }
    const api::Selector& first = selectors_.front();
    for (const api::Requirement& requirement : first.requirements()) {
        const auto value = first.required_value_of(requirement.key());
        if (value && std::ranges::all_of(selectors_, [&](const api::Selector& selector) {
                return selector.required_value_of(requirement.key()) == value;
            })) {
            return RequiredLabel{requirement.key(), *value};
        }
    }
    return std::nullopt;
}

std::span<const std::int64_t> PodCounter::count(const PodGroup& group) {
    std::ranges::fill(counts_, 0);
    add(group.in_namespace, group.labels);
    return counts_;
}

}  // namespace wavetank::scheduler::plugins
