#include <wavetank/registry/disruption_condition.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::registry {
namespace {

using api::metav1::Condition;
using api::policyv1::PodDisruptionBudgetStatus;

Condition condition_by_count(const PodDisruptionBudgetStatus& status) {
    const bool any = status.disruptionsAllowed > 0;
    return {.type = "DisruptionAllowed",
            .status = any ? "True" : "False",
            .observedGeneration = status.observedGeneration,
            .reason = any ? "SufficientPods" : "InsufficientPods"};
}

}  // namespace

const Condition* find_disruption_allowed(const PodDisruptionBudgetStatus& status) {
    const auto found = std::ranges::find(status.conditions, "DisruptionAllowed", &Condition::type);
    return found == status.conditions.end() ? nullptr : &*found;
}

void set_disruption_allowed(PodDisruptionBudgetStatus& status, Condition condition, api::Time now) {
    const auto found = std::ranges::find(status.conditions, condition.type, &Condition::type);
    if (found == status.conditions.end()) {
        condition.lastTransitionTime = now;
        status.conditions.push_back(std::move(condition));
        return;
    }
    condition.lastTransitionTime =
        found->status == condition.status ? found->lastTransitionTime : now;
    *found = std::move(condition);
}

void update_disruption_allowed(PodDisruptionBudgetStatus& status, api::Time now) {
    set_disruption_allowed(status, condition_by_count(status), now);
}

bool is_disruption_allowed_current(const PodDisruptionBudgetStatus& status) {
    const Condition* found = find_disruption_allowed(status);
    const Condition wanted = condition_by_count(status);
    return found != nullptr && found->status == wanted.status && found->reason == wanted.reason &&
           found->observedGeneration == wanted.observedGeneration;
}

}  // namespace wavetank::registry
