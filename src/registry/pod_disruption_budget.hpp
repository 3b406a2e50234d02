#pragma once

/// \file
/// The rules of PodDisruptionBudgets.

#include "registry/rules.hpp"

#include <wavetank/api/policyv1/pod_disruption_budget.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::policyv1::PodDisruptionBudget> : PlainRules<api::policyv1::PodDisruptionBudget> {
    using PodDisruptionBudget = api::policyv1::PodDisruptionBudget;
    static constexpr bool updates_need_version = true;
    static void prepare_create(PodDisruptionBudget& object);
    static void prepare_update(PodDisruptionBudget& next, const PodDisruptionBudget& old);
    static void prepare_status(PodDisruptionBudget& next, const PodDisruptionBudget& old);
    static FieldErrors validate(Cluster& cluster, const PodDisruptionBudget& object,
                                const PodDisruptionBudget* old);
    static FieldErrors validate_status(const PodDisruptionBudget& next,
                                       const PodDisruptionBudget& old);
};

}  // namespace wavetank::registry
