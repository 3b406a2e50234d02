#pragma once

/// \file
/// Over which domains are which pods to be spread, and how many are there?

#include "scheduler/plugins/node_selector.hpp"

#include <wavetank/api/selector.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/scheduler/snapshot.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace wavetank::scheduler::plugins {

/// A constraint, read (kube-scheduler's `topologySpreadConstraint`).
struct SpreadConstraint {
    std::int64_t max_skew = 1;
    std::string topology_key{};
    api::Selector selector{};
    std::int64_t min_domains = 1;
    bool honors_affinity = true;
    bool honors_taints = false;
};

/// Reads the constraints of one kind, "DoNotSchedule" or "ScheduleAnyway". `labels` are the pod's:
/// they add what `matchLabelKeys` say to the selectors.
/// Errors: `Invalid`, for a selector that cannot be read.
[[nodiscard]] Result<std::vector<SpreadConstraint>> read_constraints(
    std::span<const api::corev1::TopologySpreadConstraint> constraints, const api::Labels& labels,
    std::string_view when_unsatisfiable);

/// Tells whether a node has the topology keys of all constraints.
[[nodiscard]] bool has_all_keys(const api::corev1::Node& node,
                                std::span<const SpreadConstraint> constraints);

/// Tells whether a node's pods count, by the policies of a constraint.
[[nodiscard]] bool is_counted(const SpreadConstraint& constraint, const api::corev1::Pod& pod,
                              const api::corev1::Node& node, const NodeRequirement& requirement);

/// Counts pods of one namespace that selectors pick, as long as they are not being deleted. A
/// selector that picks everything counts nothing, as upstream.
///
/// Cost: remembers which sets of labels it has compared, as pods of one template share theirs.
class PodCounter {
public:
    PodCounter(std::string space, std::vector<api::Selector> selectors);

    /// Returns the number of a node's pods that each selector picks. Lifetime: until the next call.
    [[nodiscard]] std::span<const std::int64_t> count_on(const NodeInfo& node);
    /// Does the same for one pod of a group.
    [[nodiscard]] std::span<const std::int64_t> count(const PodGroup& group);
    /// Returns a label that all pods have that are counted, if that is plain to see. Lifetime: that
    /// of the counter.
    [[nodiscard]] std::optional<RequiredLabel> required_label() const;

private:
    using Labels = api::Shared<api::StringMap>;

    // Labels are kept so that their identity is not used anew.
    struct Match {
        Labels labels{};
        std::uint64_t picked = 0;  // a bit for each of the first selectors
    };

    void add(const std::string& in_namespace, const Labels& labels);
    [[nodiscard]] static bool picks(const api::Selector& selector, const Labels& labels);
    [[nodiscard]] std::uint64_t compare(const Labels& labels) const;
    [[nodiscard]] std::uint64_t picked(const Labels& labels);

    std::string space_;
    std::vector<api::Selector> selectors_;
    std::vector<std::int64_t> counts_;
    std::vector<Match> known_;  // by identity of the labels, one of several in each place
};

}  // namespace wavetank::scheduler::plugins
