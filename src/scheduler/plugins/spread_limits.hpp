#pragma once

/// \file
/// Where may a pod go without making its spread too uneven? Counts for hard constraints that are
/// kept up to date.

#include "scheduler/plugins/node_topology.hpp"
#include "scheduler/plugins/spread_constraint.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace wavetank::scheduler::plugins {

/// The hard constraints of one template of pods over the nodes of one snapshot.
///
/// A node has a feature for each constraint: its domain, or the pods of its domain where each node
/// is a domain of its own.
class SpreadLimits {
public:
    SpreadLimits(std::vector<SpreadConstraint> constraints, const api::corev1::Pod& pod,
                 std::span<const NodeInfo* const> nodes);

    /// Takes the pods of all nodes as they are now.
    void recount(const Snapshot& snapshot);
    /// Returns whether the features of the node have changed.
    bool follow(const PodChange& change);

    [[nodiscard]] std::size_t features() const {
        return limits_.size();
    }
    void describe(std::size_t position, std::span<std::int32_t> features) const;

    /// Tells whether kube-scheduler's Filter lets the pod go to a node with these features.
    [[nodiscard]] bool passes(std::span<const std::int32_t> features) const;

private:
    struct Limit {
        std::int64_t max_skew = 1;
        std::int64_t min_domains = 1;
        std::int64_t self = 0;  // 1 if the pod itself counts
        NodeTopology topology;
        std::vector<std::uint8_t> counted;  // by position: its pods count
        std::vector<std::int32_t> pods;     // by domain
        // Of the domains with a node that counts: how many there are, and how many of them have so
        // many pods. None has fewer than `lowest`.
        std::vector<std::uint8_t> exists;  // by domain
        std::int64_t domains = 0;
        std::vector<std::int32_t> with_pods;
        std::size_t lowest = 0;

        void forget_pods();
        void add(std::size_t domain, std::int32_t amount);
        [[nodiscard]] std::int64_t lowest_counted() const {
            return domains < min_domains ? 0 : static_cast<std::int64_t>(lowest);
        }
    };

    std::vector<Limit> limits_;
    std::optional<PodCounter> counter_;
};

}  // namespace wavetank::scheduler::plugins
