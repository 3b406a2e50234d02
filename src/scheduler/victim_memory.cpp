#include "scheduler/victim_memory.hpp"

namespace wavetank::scheduler {

std::vector<VictimMemory::Slot>& VictimMemory::slots_of(std::uint64_t pod_class, std::size_t nodes,
                                                        const DisruptionBudgets& budgets) {
    constexpr std::size_t classes_max = 16;
    const bool full = classes_.size() >= classes_max && !classes_.contains(pod_class);
    if (full || !budgets.same_as(budgets_)) {
        classes_.clear();
        budgets_ = budgets;
    }
    auto& slots = classes_[pod_class];
    slots.resize(nodes);
    return slots;
}

}  // namespace wavetank::scheduler
