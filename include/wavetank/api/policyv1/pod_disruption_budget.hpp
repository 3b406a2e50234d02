#pragma once

/// \file
/// How many pods of a group may be taken away at a time.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::policyv1 {

/// Kubernetes' `policy/v1` PodDisruptionBudgetSpec.
struct PodDisruptionBudgetSpec {
    std::optional<IntOrString> minAvailable{};
    Boxed<metav1::LabelSelector> selector{};
    std::optional<IntOrString> maxUnavailable{};
    std::optional<std::string> unhealthyPodEvictionPolicy{};
    Unmodelled unmodelled{};

    bool operator==(const PodDisruptionBudgetSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodDisruptionBudgetSpec, (),
                      (minAvailable, selector, maxUnavailable, unhealthyPodEvictionPolicy))

/// Kubernetes' `policy/v1` PodDisruptionBudgetStatus.
struct PodDisruptionBudgetStatus {
    std::int64_t observedGeneration = 0;
    std::map<std::string, Time> disruptedPods{};
    std::int32_t disruptionsAllowed = 0;
    std::int32_t currentHealthy = 0;
    std::int32_t desiredHealthy = 0;
    std::int32_t expectedPods = 0;
    std::vector<metav1::Condition> conditions{};
    Unmodelled unmodelled{};

    bool operator==(const PodDisruptionBudgetStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodDisruptionBudgetStatus, (),
                      (observedGeneration, disruptedPods, disruptionsAllowed, currentHealthy,
                       desiredHealthy, expectedPods, conditions))

/// Kubernetes' kind `PodDisruptionBudget` of `policy/v1`.
struct PodDisruptionBudget {
    metav1::ObjectMeta metadata{};
    PodDisruptionBudgetSpec spec{};
    PodDisruptionBudgetStatus status{};
    Unmodelled unmodelled{};

    bool operator==(const PodDisruptionBudget&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodDisruptionBudget, (), (metadata, spec, status))

}  // namespace wavetank::api::policyv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<policyv1::PodDisruptionBudgetSpec> =
    "PodDisruptionBudgetSpec";
template <>
inline constexpr std::string_view type_name<policyv1::PodDisruptionBudgetStatus> =
    "PodDisruptionBudgetStatus";
inline constexpr FieldFacts policyv1_pod_disruption_budget_status_facts[] = {
    {.field = "disruptionsAllowed", .presence = Presence::Always},
    {.field = "currentHealthy", .presence = Presence::Always},
    {.field = "desiredHealthy", .presence = Presence::Always},
    {.field = "expectedPods", .presence = Presence::Always},
    {.field = "conditions", .patch_key = "type", .list_keys = "type"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<policyv1::PodDisruptionBudgetStatus>{
    policyv1_pod_disruption_budget_status_facts};
template <>
inline constexpr std::string_view type_name<policyv1::PodDisruptionBudget> = "PodDisruptionBudget";
inline constexpr FieldFacts policyv1_pod_disruption_budget_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<policyv1::PodDisruptionBudget>{
    policyv1_pod_disruption_budget_facts};

}  // namespace wavetank::api
