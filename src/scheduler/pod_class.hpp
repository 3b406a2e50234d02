#pragma once

/// \file
/// Answers for one pod that serve all pods of its template.
///
/// Pods with the same spec form a class. A class holds, for every node in order, the total score of
/// such a pod there, in 16 bits, 0 where it does not fit; a decision is then a maximum over a flat
/// array, which is common to classes that ask for the same (`FigureTotals`). A pod that comes to a
/// node or leaves it changes only that node's entry. Where plugins look at other nodes, too, what
/// they say is not in the array: it is found for each kind of nodes at each decision, from counts
/// that follow each change.

#include "scheduler/figure_totals.hpp"
#include "scheduler/kind_table.hpp"
#include "scheduler/laid_out_answers.hpp"
#include "scheduler/node_search.hpp"

#include <wavetank/scheduler/algorithm.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::scheduler {

/// The answers for one class; see above.
///
/// Departs in nothing from asking the plugins: it only holds those whose answers depend on the
/// node and its pods alone, with scores that normalising leaves apart, or that keep what more they
/// depend on (`HeldAnswers`).
class PodClass {
public:
    /// Finds out what to ask; `begin` asks. `serial` names it: see `Decision::pod_class`.
    PodClass(const Profile& profile, const api::corev1::Pod& pod, const Snapshot& snapshot,
             std::uint64_t serial);

    /// Takes the totals of another class. Requires: its own would be the same.
    void share(std::shared_ptr<FigureTotals> totals) {
        totals_ = std::move(totals);
    }
    /// Returns what the kinds of all nodes depend on as long as none has pods that count; null if
    /// that is not known.
    [[nodiscard]] std::shared_ptr<const void> layout_identity() const;
    /// Returns these kinds; null if there are too many. Requires: `begin` was not called yet.
    [[nodiscard]] std::shared_ptr<const KindLayout> find_layout(const Snapshot& snapshot);
    /// Looks at all nodes. `layout` is what `find_layout` would return, or null.
    void begin(const Snapshot& snapshot, std::shared_ptr<const KindLayout> layout);

    /// Tells whether this pod is of the class, beyond having the same spec.
    [[nodiscard]] bool covers(const api::corev1::Pod& pod) const;

    enum class NodesSeen : std::uint8_t { AsBefore, Changed, Lost };
    /// Takes note of nodes that have changed. `Changed`: its totals are its own now, if they were
    /// common. `Lost`: it has to be made anew.
    [[nodiscard]] NodesSeen follow_nodes(const Snapshot& snapshot);

    /// Takes note of what has changed, and tells whether the answers serve now. They may be at
    /// another version of the snapshot.
    [[nodiscard]] bool serves(const Snapshot& snapshot);
    /// Returns its totals if other classes may have them, too; null if not.
    [[nodiscard]] std::shared_ptr<FigureTotals> common_totals() const {
        return totals_->is_common ? totals_ : nullptr;
    }
    /// Tells whether plugins look at more than one node at a time.
    [[nodiscard]] bool is_relative() const {
        return !relative_.empty();
    }
    /// Tells whether some of these are filters; then `rejections` cannot be asked.
    [[nodiscard]] bool has_relative_filters() const;
    /// Tells whether what was found when the class was made is so still.
    [[nodiscard]] bool still_right(const api::corev1::Pod& pod, const Snapshot& snapshot) const;
    [[nodiscard]] const SharedDemand& demand() const {
        return demand_;
    }

    /// Searches for the best node. Requires: `still_right()` and `serves()`.
    [[nodiscard]] ClassChoice choose(const Snapshot& snapshot, const SearchRange& range);
    /// Returns the position of the tie number `index` of the last choice, in the order of the
    /// search.
    [[nodiscard]] std::size_t tie_at(const SearchRange& range, const ClassChoice& choice,
                                     std::size_t index) const;
    /// Tells whether a node is one of these ties, given that the last choice looked at it.
    [[nodiscard]] bool is_best(std::size_t position, const ClassChoice& choice) const;

    /// Returns by position why the nodes do not do. Requires: the last choice looked at all of
    /// them, and none does; the class has no relative filters. Lifetime: until the next call.
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

private:
    struct Scorer {
        const ScorePlugin* point;
        std::int64_t weight;
    };
    // A plugin that looks at other nodes, and where its features begin among those of a node.
    struct Relative {
        HeldAnswers* held;
        const LaidOutAnswers* laid_out = nullptr;  // the same, if it is that as well
        std::size_t first_feature = 0;
        std::int64_t weight = 0;  // 0: does not score
    };

    void keep(const Profile& profile, const Snapshot& snapshot);
    [[nodiscard]] HeldAnswers* held_by(const Plugin& plugin) const;
    [[nodiscard]] std::shared_ptr<const FigureAnswers> figures_of(const Plugin& plugin) const;
    [[nodiscard]] bool prepare_filters(const Profile& profile, const Snapshot& snapshot);
    [[nodiscard]] bool prepare_scores(const Profile& profile, const Snapshot& snapshot);
    void add_relative(HeldAnswers& held, std::int64_t weight);
    [[nodiscard]] std::int64_t score_on(const NodeInfo& node,
                                        std::span<const Scorer> scorers) const;
    // Plugins that depend on the node alone.
    struct NodeAnswers {
        std::vector<const FilterPlugin*> filters;
        std::vector<Scorer> scorers;
    };

    // Returns -1 where the pod does not fit.
    [[nodiscard]] std::int64_t total_on(const NodeInfo& node, const NodeAnswers& answers) const;
    [[nodiscard]] bool fits(const NodeInfo& node, const Snapshot& snapshot) const;
    [[nodiscard]] std::vector<std::int16_t> fixed_totals(const Snapshot& snapshot) const;
    [[nodiscard]] std::int16_t fixed_total(const NodeInfo& node) const;
    [[nodiscard]] Dependence dependence_of(const Plugin& plugin, const Snapshot& snapshot);
    [[nodiscard]] NodeAnswers& node_answers(const Plugin& plugin, const Snapshot& snapshot);
    [[nodiscard]] bool outlasts_nodes(const Snapshot& snapshot) const;
    [[nodiscard]] bool wants_own_totals(const Snapshot& snapshot) const {
        return !pod_filters_.empty() || !pod_scorers_.empty() || snapshot.has_nominations();
    }
    void find_rejection(const NodeInfo& node, const Snapshot& snapshot);
    void recount(const Snapshot& snapshot);
    void describe_all(const Snapshot& snapshot);
    // Whether its answers are totals that other classes may have, too, and nothing else.
    [[nodiscard]] bool is_plain() const {
        return totals_->is_common && !is_relative();
    }
    void catch_up(const Snapshot& snapshot);
    void refresh(const Snapshot& snapshot, std::span<const std::uint32_t> positions);
    void refresh_some(const Snapshot& snapshot, std::span<const std::uint32_t> positions);
    void refine(const Snapshot& snapshot, std::span<const std::uint32_t> positions,
                std::span<std::int32_t> sums) const;
    void describe(std::size_t position);
    void judge_kinds();
    void score_kinds();

    // The first of its class, without its name; keeps the spec's identity from being reused.
    api::corev1::Pod pod_;
    SharedDemand demand_;
    std::uint64_t serial_;
    bool holds_ = false;
    std::uint64_t version_ = 0;
    CycleState state_;
    CyclePlugins plugins_;
    // Those that depend on the node alone: whether they found all alike when the class was made, or
    // not. Then those that depend on its pods, too; `totals_` has those that depend on its figures.
    NodeAnswers alike_;
    NodeAnswers apart_;
    std::vector<const FilterPlugin*> pod_filters_;
    std::vector<Scorer> pod_scorers_;
    std::vector<std::pair<const Plugin*, std::shared_ptr<const FigureAnswers>>> figures_;
    std::vector<std::pair<const Plugin*, std::unique_ptr<HeldAnswers>>> held_;
    std::vector<Relative> relative_;
    std::vector<std::pair<const CacheablePlugin*, Dependence>> dependences_;  // as they were told

    // What the figures of nodes say; with what their pods say, the totals are there, too, or in
    // `kinds_` if plugins look at other nodes.
    std::shared_ptr<FigureTotals> totals_ = std::make_shared<FigureTotals>();
    KindTable kinds_;
    std::shared_ptr<const KindLayout> layout_;  // of nodes without pods that count; may be null
    std::uint64_t known_ = 0;  // changes of the snapshot, up to which they are; not if `is_plain`
    std::vector<std::uint32_t> changed_;  // kept for its memory
    std::vector<std::int32_t> features_;
    // By kind, of the decision under way.
    std::vector<std::uint8_t> passes_;
    std::vector<std::int32_t> bonuses_;
    std::vector<std::size_t> feasible_;
    std::vector<NodeKind> scored_;
    std::vector<std::int64_t> scores_;

    // By position; empty until a pod of the class is rejected. Each is one of `statuses_`, and
    // `status_counts_` has the number of nodes with each.
    std::vector<const Status*> rejections_;
    std::vector<std::shared_ptr<const Status>> statuses_;
    std::vector<std::size_t> status_counts_;
    std::uint64_t rejections_known_ = 0;  // changes of the snapshot, up to which they are
};

}  // namespace wavetank::scheduler
