#pragma once

/// \file
/// Answers for one pod that serve all pods of its template.
///
/// Pods with the same spec form a class. A class holds, for every node in order, the total score of
/// such a pod there, in 16 bits, 0 where it does not fit; a decision is then a maximum over a flat
/// array. A pod that comes to a node or leaves it makes only that node's entry stale, and a stale
/// entry is computed when a search comes to it. Scores that depend on which nodes are feasible,
/// such as those of spreading, are not in the array: they are added for the nodes of one search,
/// from counts that follow each change.

#include <wavetank/scheduler/algorithm.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace wavetank::scheduler {

/// What a search over totals found.
struct ClassChoice {
    std::int16_t best = 0;  ///< 0: no node
    std::size_t ties = 0;   ///< nodes that have it
    std::size_t feasible = 0;
    std::size_t processed = 0;  ///< nodes looked at
};

/// The answers for one class; see above.
///
/// Departs in nothing from asking the plugins: it only holds those whose answers depend on the
/// node and its pods alone, with scores that normalising leaves apart, or that keep what more they
/// depend on (`HeldAnswers`).
class PodClass {
public:
    /// `serial` names it: see `Decision::pod_class`.
    PodClass(const Profile& profile, const api::corev1::Pod& pod, const Snapshot& snapshot,
             std::uint64_t serial);

    /// Tells whether this pod is of the class, beyond having the same spec.
    [[nodiscard]] bool covers(const api::corev1::Pod& pod) const;

    /// Tells whether the answers can be held at all. They may be at another version of the
    /// snapshot.
    [[nodiscard]] bool holds() const {
        return holds_;
    }
    /// Tells whether what was found when the class was made is so still.
    [[nodiscard]] bool still_right(const api::corev1::Pod& pod, const Snapshot& snapshot) const;
    [[nodiscard]] const DemandPointer& demand() const {
        return demand_;
    }

    /// Searches from position `start` on, round the end, until more than `wanted` feasible nodes
    /// are met. Requires: `holds()` and `still_right()`.
    [[nodiscard]] ClassChoice choose(const Snapshot& snapshot, std::size_t start,
                                     std::size_t wanted);
    /// Returns total + 1 for every node in order, 0 where the pod does not fit: right for the nodes
    /// that the last choice looked at.
    [[nodiscard]] std::span<const std::int16_t> totals() const {
        return totals_;
    }

    /// Returns by position why the nodes do not do. Requires: the last choice looked at all of
    /// them, and none does. Lifetime: until the next call.
    [[nodiscard]] std::span<const Status* const> rejections(const Snapshot& snapshot);
    /// Returns what nodes have said so far, each once, and who said what the last call found.
    [[nodiscard]] const std::vector<std::shared_ptr<const Status>>& statuses() const {
        return statuses_;
    }
    [[nodiscard]] std::set<std::string> rejecting_plugins() const;

    [[nodiscard]] const CycleState& state() const {
        return state_;
    }
    [[nodiscard]] const CyclePlugins& plugins() const {
        return plugins_;
    }
    [[nodiscard]] std::uint64_t serial() const {
        return serial_;
    }

    /// Tells whether scores are missing from the totals that depend on which nodes are feasible.
    [[nodiscard]] bool has_relative_scores() const {
        return !relative_scorers_.empty();
    }
    /// Returns the totals of these nodes, given by position, with those scores if no other node is
    /// feasible. Requires: the last choice looked at them, and they have more than 0.
    /// Lifetime: until the next call.
    [[nodiscard]] std::span<const std::int64_t> totals_among(
        std::span<const std::uint32_t> positions);

private:
    struct Scorer {
        const ScorePlugin* point;
        std::int64_t weight;
    };

    struct RelativeScorer {
        HeldAnswers* held;
        std::int64_t weight;
    };

    void keep(const Profile& profile, const Snapshot& snapshot);
    [[nodiscard]] HeldAnswers* scoring_by(const Plugin& plugin) const;
    [[nodiscard]] bool prepare_filters(const Profile& profile, const Snapshot& snapshot);
    [[nodiscard]] bool prepare_scores(const Profile& profile, const Snapshot& snapshot);
    [[nodiscard]] std::int64_t score_on(const NodeInfo& node,
                                        std::span<const Scorer> scorers) const;
    [[nodiscard]] std::int16_t total_on(const NodeInfo& node, const Snapshot& snapshot) const;
    [[nodiscard]] bool fits(const NodeInfo& node, const Snapshot& snapshot) const;
    void find_fixed(const Snapshot& snapshot);
    void find_rejection(const NodeInfo& node, const Snapshot& snapshot);
    void recount(const Snapshot& snapshot);
    void catch_up(const Snapshot& snapshot);
    void mark_stale(std::uint32_t position);
    // Computes what is stale of `count` nodes from `start` on.
    void refresh(const Snapshot& snapshot, std::size_t start, std::size_t count);

    // The first of its class, without its name; keeps the spec's identity from being reused.
    api::corev1::Pod pod_;
    DemandPointer demand_;
    std::uint64_t serial_;
    bool holds_ = false;
    std::uint64_t version_ = 0;
    CycleState state_;
    CyclePlugins plugins_;
    // Those that depend on the node alone, and those that depend on its pods, too.
    std::vector<const FilterPlugin*> node_filters_;
    std::vector<const FilterPlugin*> pod_filters_;
    std::vector<Scorer> node_scorers_;
    std::vector<Scorer> pod_scorers_;
    std::vector<std::pair<const Plugin*, std::unique_ptr<HeldAnswers>>> held_;
    std::vector<RelativeScorer> relative_scorers_;

    // By position in the order of nodes.
    std::vector<std::int32_t> fixed_;  // the part of the node alone; -1 where it does not do
    std::vector<std::int16_t> totals_;
    std::vector<std::uint8_t> is_stale_;
    std::vector<std::uint32_t> stale_;  // the positions where that is so
    // Kept for their memory: to take and give back 4 KiB each time costs as much as the sums.
    std::vector<std::int64_t> sums_;
    std::vector<std::int64_t> scores_;
    std::uint64_t pod_changes_ = 0;  // of the snapshot, up to which this is known

    // By position; empty until a pod of the class is rejected. Each is one of `statuses_`, and
    // `status_counts_` has the number of nodes with each.
    std::vector<const Status*> rejections_;
    std::vector<std::shared_ptr<const Status>> statuses_;
    std::vector<std::size_t> status_counts_;
    std::uint64_t rejections_known_ = 0;  // changes of the snapshot, up to which they are
};

/// The classes of the pods that were seen of late.
class ClassTable {
public:
    explicit ClassTable(const Profile& profile) : profile_(profile) {}

    /// Returns the class of `pod`, at the snapshot's version; null if its answers cannot be held,
    /// or if it is the first pod of its class, which need not have a second.
    [[nodiscard]] PodClass* find(const api::corev1::Pod& pod, const Snapshot& snapshot);

private:
    const Profile& profile_;
    std::uint64_t classes_made_ = 0;
    std::unordered_map<const void*, std::unique_ptr<PodClass>> classes_;  // by spec; never walked
    std::unordered_set<const void*> seen_once_;                           // the same
};

/// Tells whether nothing of the profile forbids to hold answers.
[[nodiscard]] bool allows_classes(const Profile& profile);

/// Looks for the highest total from position `start` on, round the end, until more than `wanted`
/// feasible nodes are met.
[[nodiscard]] ClassChoice choose_among(std::span<const std::int16_t> totals, std::size_t start,
                                       std::size_t wanted);

/// Writes the positions of the feasible nodes that a choice looked at, in the order of the search.
void find_feasible(std::span<const std::int16_t> totals, std::size_t start,
                   const ClassChoice& choice, std::vector<std::uint32_t>& positions);

/// Returns the position of the tie number `index` of a choice, in the order of the search.
[[nodiscard]] std::size_t tie_at(std::span<const std::int16_t> totals, std::size_t start,
                                 std::int16_t best, std::size_t index);

}  // namespace wavetank::scheduler
