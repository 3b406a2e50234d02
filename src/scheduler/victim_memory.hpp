#pragma once

/// \file
/// Who would have to leave which node, remembered for other pods of the same class.
///
/// What a dry run finds on a node depends on the node, its pods and its promises, on the pod's
/// class and on the budgets. It is found again only where one of these has changed.

#include "scheduler/disruption_budgets.hpp"

#include <wavetank/base/time.hpp>
#include <wavetank/scheduler/preemption.hpp>
#include <wavetank/scheduler/status.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace wavetank::scheduler {

/// How much the eviction of some pods hurts, the most important aspect first.
struct VictimCost {
    std::size_t budgets_violated = 0;
    std::int32_t priority_highest = 0;
    std::int64_t priority_sum = 0;  ///< each counted from the lowest there is
    std::size_t victims = 0;
    Duration seniority{};  ///< the earlier an important victim started, the more

    auto operator<=>(const VictimCost&) const = default;
};

/// Who has to leave one node. A status other than success says why there is no use in it.
struct VictimChoice {
    Status status{};
    std::vector<PodPointer> victims{};
    std::size_t budgets_violated = 0;
    VictimCost cost{};
    bool lasting = false;  ///< does not depend on the time at which it was made
};

using VictimChoicePointer = std::shared_ptr<const VictimChoice>;

/// The memory of one plugin.
class VictimMemory {
public:
    /// One node's place in the memory of a class.
    struct Slot {
        std::uint64_t generation = 0;  ///< of the node, when the choice was made
        VictimChoicePointer choice{};
    };

    /// Returns the places of a class by position of the nodes; forgets all if the budgets are
    /// others than before. `pod_class` is not 0. Lifetime: until the next call.
    [[nodiscard]] std::vector<Slot>& slots_of(std::uint64_t pod_class, std::size_t nodes,
                                              const DisruptionBudgets& budgets);

private:
    DisruptionBudgets budgets_;
    std::unordered_map<std::uint64_t, std::vector<Slot>> classes_;  // never walked
};

}  // namespace wavetank::scheduler
