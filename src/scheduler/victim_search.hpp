#pragma once

/// \file
/// Which pods would have to leave which node so that a pod fits there, and where does that hurt
/// least?
///
/// Nothing is evicted here: pods leave copies of nodes (Kubernetes' "dry run").

#include "scheduler/disruption_budgets.hpp"
#include "scheduler/victim_memory.hpp"

#include <wavetank/base/time.hpp>
#include <wavetank/scheduler/filter_run.hpp>
#include <wavetank/scheduler/preemption.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace wavetank::scheduler {

/// Which nodes are tried.
struct VictimSearchRange {
    std::span<const NodeInfo* const> nodes;  ///< where evictions could help; not empty
    std::size_t start = 0;                   ///< the search goes round from here ...
    std::size_t wanted = 0;  ///< ... until there are so many candidates, one without violations
};

/// A node that was tried.
struct VictimNode {
    const NodeInfo* node = nullptr;
    VictimChoicePointer choice{};
};

/// What a search found.
struct VictimSearchResult {
    std::vector<VictimNode> candidates{};  ///< where it helps; those without violations first
    std::vector<VictimNode> rejected{};    ///< where it does not
    std::vector<std::string> errors{};
};

/// The search for one pod.
///
/// Lifetime: what it is made from is kept.
class VictimSearch {
public:
    /// Pods that have not started count as started at `now`.
    VictimSearch(const FilterRun& filters, const CycleState& state,
                 const DisruptionBudgets& budgets, WallTime now)
        : filters_(filters), state_(state), budgets_(budgets), now_(now) {}

    /// Lets the search use what `memory` has of the pod's class, and keep what it finds.
    void remember(VictimMemory& memory);

    /// Takes away all pods of lower priority; if the pod fits then, lets them stay again one by
    /// one where it still does: first those that budgets protect, each lot by importance.
    ///
    /// Departs from upstream in that pods of equal importance always keep the order of the node,
    /// upstream's only up to 12 of them.
    [[nodiscard]] VictimChoice choose_victims(const NodeInfo& node) const;

    /// Chooses victims on one node after the other.
    [[nodiscard]] VictimSearchResult search(const VictimSearchRange& range) const;

    /// Returns the index of the best candidate: fewest violations, then the least important first
    /// victim, the smallest sum of priorities, the fewest victims, the latest start of an important
    /// victim; then the first. Requires: there is one.
    [[nodiscard]] static std::size_t best_of(std::span<const VictimNode> candidates);

private:
    class Attempt;

    [[nodiscard]] VictimChoicePointer choice_on(const NodeInfo& node) const;
    [[nodiscard]] VictimCost cost_of(const VictimChoice& choice) const;

    [[nodiscard]] WallTime started(const api::corev1::Pod& pod) const;
    [[nodiscard]] bool is_more_important(const PlacedPod& left, const PlacedPod& right) const;
    [[nodiscard]] WallTime start_of_important(std::span<const PodPointer> victims) const;

    const FilterRun& filters_;
    const CycleState& state_;
    const DisruptionBudgets& budgets_;
    WallTime now_;
    std::vector<VictimMemory::Slot>* slots_ = nullptr;  // by position; null: nothing is remembered
};

/// Returns how many candidates end a search: a percentage of the nodes, but no fewer than
/// `at_least`, and never more than there are nodes.
[[nodiscard]] std::size_t candidates_wanted(std::size_t nodes, std::int32_t percentage,
                                            std::int32_t at_least);

}  // namespace wavetank::scheduler
