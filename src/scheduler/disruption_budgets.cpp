#include "scheduler/disruption_budgets.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::scheduler {

using api::corev1::Pod;
using api::policyv1::PodDisruptionBudget;

DisruptionBudgets::DisruptionBudgets(const store::Store& store) {
    for (auto& budget : store.list<PodDisruptionBudget>()) {
        if (!budget->spec.selector) {
            continue;
        }
        auto selector = api::Selector::from(*budget->spec.selector);
        if (selector && !selector->empty()) {
            budgets_.push_back({std::move(budget), std::move(*selector)});
        }
    }
}

// A pod among `disruptedPods` is counted already.
bool DisruptionBudgets::Budget::protects(const Pod& pod) const {
    return object->metadata.namespace_ == pod.metadata.namespace_ &&
           selector.matches(*pod.metadata.labels) &&
           !object->status.disruptedPods.contains(pod.metadata.name);
}

bool DisruptionBudgets::same_as(const DisruptionBudgets& other) const {
    return std::ranges::equal(budgets_, other.budgets_, {}, &Budget::object, &Budget::object);
}

std::vector<bool> DisruptionBudgets::violations(std::span<const PlacedPod> pods) const {
    std::vector<std::int32_t> left;
    left.reserve(budgets_.size());
    for (const Budget& budget : budgets_) {
        left.push_back(budget.object->status.disruptionsAllowed);
    }
    std::vector<bool> result;
    result.reserve(pods.size());
    for (const PlacedPod& placed : pods) {
        bool violates = false;
        for (std::size_t i = 0; i < budgets_.size() && !placed.pod->metadata.labels->empty(); ++i) {
            if (budgets_[i].protects(*placed.pod) && --left[i] < 0) {
                violates = true;
                break;
            }
        }
        result.push_back(violates);
    }
    return result;
}

}  // namespace wavetank::scheduler
