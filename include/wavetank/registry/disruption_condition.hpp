#pragma once

/// \file
/// The condition in which a PodDisruptionBudget says whether it allows anything (upstream's
/// `component-helpers/apps/poddisruptionbudget`). The controller and the eviction both write it.

#include <wavetank/api/policyv1/pod_disruption_budget.hpp>

#include <string>

namespace wavetank::registry {

/// Sets `DisruptionAllowed`; its time changes only when its status does.
void set_disruption_allowed(api::policyv1::PodDisruptionBudgetStatus& status,
                            api::metav1::Condition condition, api::Time now);

/// Sets it by `disruptionsAllowed`.
void update_disruption_allowed(api::policyv1::PodDisruptionBudgetStatus& status, api::Time now);

/// Tells whether it says what `disruptionsAllowed` does.
[[nodiscard]] bool is_disruption_allowed_current(
    const api::policyv1::PodDisruptionBudgetStatus& status);

/// Returns the condition; null if there is none.
[[nodiscard]] const api::metav1::Condition* find_disruption_allowed(
    const api::policyv1::PodDisruptionBudgetStatus& status);

}  // namespace wavetank::registry
