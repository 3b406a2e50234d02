#pragma once

/// \file
/// How good is a node for spreading? Counts that are kept up to date, and scores made from them.

#include "scheduler/plugins/node_topology.hpp"
#include "scheduler/plugins/spread_constraint.hpp"

#include <wavetank/scheduler/held_answers.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace wavetank::scheduler::plugins {

/// Which nodes take part in scoring.
enum class MissingKeys : std::uint8_t {
    Ignored,  ///< those that have the keys of all constraints
    Allowed,  ///< all, with the keys they have; a missing one makes a domain of its own
};

/// The scores of the nodes of one snapshot for one template of pods.
///
/// Nodes are given by their position in the order of nodes. Before `recount` they count as empty.
class SpreadScores {
public:
    static constexpr std::int64_t ignored = -1;

    /// Requires: `constraints` is not empty. `topologies` are those of `snapshot`.
    SpreadScores(std::vector<SpreadConstraint> constraints, MissingKeys missing,
                 const api::corev1::Pod& pod, const Snapshot& snapshot, TopologyMemo& topologies);

    /// Returns the constraints that are scored.
    [[nodiscard]] const std::vector<SpreadConstraint>& constraints() const {
        return constraints_;
    }

    /// Takes the pods of all nodes as they are now.
    void recount(const Snapshot& snapshot);
    /// Takes a change since then. Returns whether the features of the node have changed.
    bool follow(const PodChange& change);

    /// A node has a feature for each constraint: its domain, or for host names its own pods.
    [[nodiscard]] std::size_t features() const {
        return topologies_.size();
    }
    void describe(std::size_t position, std::span<std::int32_t> features) const;
    /// See `LaidOutAnswers`.
    [[nodiscard]] std::shared_ptr<const void> layout() const {
        return layout_;
    }
    [[nodiscard]] std::span<const std::uint32_t> occupied() const {
        return occupied_;
    }
    /// Does what the other `score` does, for the kinds of feasible nodes.
    void score(std::span<const NodeKind> kinds, std::span<std::int64_t> scores);

    /// Writes what kube-scheduler's Score returns if these nodes are the feasible ones; `ignored`
    /// for a node that does not take part. Fewer pods give lower scores.
    void score(std::span<const std::uint32_t> positions, std::span<std::int64_t> scores);

    /// Turns the scores round: 0 for ignored nodes, up to `node_score_max` for the others.
    static void normalize(std::span<std::int64_t> scores);

private:
    // The features of a node that is ignored, or lacks the key of host names.
    static constexpr std::int32_t without = -1;

    // A constraint with its domains numbered.
    struct Topology {
        bool by_host = false;      // counts are those of the node itself
        std::size_t selector = 0;  // index of its counts
        double weight = 0;         // in the search under way
        double offset = 0;
        std::shared_ptr<const NodeTopology> nodes;
        std::uint32_t without_key = 0;      // the domain of nodes that lack the key
        std::vector<std::uint8_t> counted;  // by position: adds to its domain's pods; empty: all do
        std::vector<std::int64_t> pods;     // by domain
        std::vector<std::uint64_t> seen;    // by domain: the last search that met it

        [[nodiscard]] bool has_key(std::size_t position) const {
            return nodes->domains[position] != NodeTopology::missing;
        }
        [[nodiscard]] std::size_t domain_at(std::size_t position) const {
            const std::uint32_t domain = nodes->domains[position];
            return domain == NodeTopology::missing ? without_key : domain;
        }
        [[nodiscard]] bool counts(std::size_t position) const {
            return counted.empty() || counted[position] != 0;
        }
    };

    void number_domains(Topology& topology);
    void find_counted(Topology& topology, const SpreadConstraint& constraint,
                      const api::corev1::Pod& pod, std::span<const NodeInfo* const> nodes) const;
    [[nodiscard]] bool ignores(std::size_t position) const {
        return !ignored_.empty() && ignored_[position] != 0;
    }
    void add(std::size_t position, std::span<const std::int64_t> pods, std::int64_t times);
    void weigh(std::span<const std::uint32_t> positions);
    void weigh(std::span<const NodeKind> kinds);
    [[nodiscard]] bool ignores(const NodeKind& kind) const {
        return !ignored_.empty() && kind.features.front() == without;
    }
    [[nodiscard]] double sum_at(std::size_t position) const;
    [[nodiscard]] std::size_t domains_among(Topology& topology,
                                            std::span<const std::uint32_t> positions);

    std::vector<SpreadConstraint> constraints_;
    std::vector<Topology> topologies_;   // by constraint
    std::optional<PodCounter> counter_;  // of the distinct selectors
    std::size_t selectors_ = 0;
    std::vector<std::int32_t> on_node_;    // by position and selector
    std::vector<std::uint8_t> ignored_;    // by position; empty if none is
    std::vector<std::uint32_t> occupied_;  // positions with pods, at the last count of all
    std::shared_ptr<const void> layout_;
    std::uint64_t searches_ = 0;
};

}  // namespace wavetank::scheduler::plugins
