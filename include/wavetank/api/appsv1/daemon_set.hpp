#pragma once

/// \file
/// A pod on every node that takes it.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::appsv1 {

/// Kubernetes' `apps/v1` RollingUpdateDaemonSet.
struct RollingUpdateDaemonSet {
    std::optional<IntOrString> maxUnavailable{};
    std::optional<IntOrString> maxSurge{};
    Unmodelled unmodelled{};

    bool operator==(const RollingUpdateDaemonSet&) const = default;
};
BOOST_DESCRIBE_STRUCT(RollingUpdateDaemonSet, (), (maxUnavailable, maxSurge))

/// Kubernetes' `apps/v1` DaemonSetUpdateStrategy.
struct DaemonSetUpdateStrategy {
    std::string type{};
    Boxed<RollingUpdateDaemonSet> rollingUpdate{};
    Unmodelled unmodelled{};

    bool operator==(const DaemonSetUpdateStrategy&) const = default;
};
BOOST_DESCRIBE_STRUCT(DaemonSetUpdateStrategy, (), (type, rollingUpdate))

/// Kubernetes' `apps/v1` DaemonSetSpec.
struct DaemonSetSpec {
    Boxed<metav1::LabelSelector> selector{};
    corev1::PodTemplateSpec template_{};
    DaemonSetUpdateStrategy updateStrategy{};
    std::int32_t minReadySeconds = 0;
    std::optional<std::int32_t> revisionHistoryLimit{};
    Unmodelled unmodelled{};

    bool operator==(const DaemonSetSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(DaemonSetSpec, (),
                      (selector, template_, updateStrategy, minReadySeconds, revisionHistoryLimit))

/// Kubernetes' `apps/v1` DaemonSetCondition.
struct DaemonSetCondition {
    std::string type{};
    std::string status{};
    std::optional<Time> lastTransitionTime{};
    std::string reason{};
    std::string message{};
    Unmodelled unmodelled{};

    bool operator==(const DaemonSetCondition&) const = default;
};
BOOST_DESCRIBE_STRUCT(DaemonSetCondition, (), (type, status, lastTransitionTime, reason, message))

/// Kubernetes' `apps/v1` DaemonSetStatus.
struct DaemonSetStatus {
    std::int32_t currentNumberScheduled = 0;
    std::int32_t numberMisscheduled = 0;
    std::int32_t desiredNumberScheduled = 0;
    std::int32_t numberReady = 0;
    std::int64_t observedGeneration = 0;
    std::int32_t updatedNumberScheduled = 0;
    std::int32_t numberAvailable = 0;
    std::int32_t numberUnavailable = 0;
    std::optional<std::int32_t> collisionCount{};
    std::vector<DaemonSetCondition> conditions{};
    Unmodelled unmodelled{};

    bool operator==(const DaemonSetStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(DaemonSetStatus, (),
                      (currentNumberScheduled, numberMisscheduled, desiredNumberScheduled,
                       numberReady, observedGeneration, updatedNumberScheduled, numberAvailable,
                       numberUnavailable, collisionCount, conditions))

/// Kubernetes' kind `DaemonSet` of `apps/v1`.
struct DaemonSet {
    metav1::ObjectMeta metadata{};
    DaemonSetSpec spec{};
    DaemonSetStatus status{};
    Unmodelled unmodelled{};

    bool operator==(const DaemonSet&) const = default;
};
BOOST_DESCRIBE_STRUCT(DaemonSet, (), (metadata, spec, status))

}  // namespace wavetank::api::appsv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<appsv1::RollingUpdateDaemonSet> =
    "RollingUpdateDaemonSet";
template <>
inline constexpr std::string_view type_name<appsv1::DaemonSetUpdateStrategy> =
    "DaemonSetUpdateStrategy";
template <>
inline constexpr std::string_view type_name<appsv1::DaemonSetSpec> = "DaemonSetSpec";
inline constexpr FieldFacts appsv1_daemon_set_spec_facts[] = {
    {.field = "selector", .presence = Presence::Always},
    {.field = "template", .presence = Presence::Always},
    {.field = "updateStrategy", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::DaemonSetSpec>{
    appsv1_daemon_set_spec_facts};
template <>
inline constexpr std::string_view type_name<appsv1::DaemonSetCondition> = "DaemonSetCondition";
inline constexpr FieldFacts appsv1_daemon_set_condition_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
    {.field = "lastTransitionTime", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::DaemonSetCondition>{
    appsv1_daemon_set_condition_facts};
template <>
inline constexpr std::string_view type_name<appsv1::DaemonSetStatus> = "DaemonSetStatus";
inline constexpr FieldFacts appsv1_daemon_set_status_facts[] = {
    {.field = "currentNumberScheduled", .presence = Presence::Always},
    {.field = "numberMisscheduled", .presence = Presence::Always},
    {.field = "desiredNumberScheduled", .presence = Presence::Always},
    {.field = "numberReady", .presence = Presence::Always},
    {.field = "conditions", .patch_key = "type", .list_keys = "type"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::DaemonSetStatus>{
    appsv1_daemon_set_status_facts};
template <>
inline constexpr std::string_view type_name<appsv1::DaemonSet> = "DaemonSet";
inline constexpr FieldFacts appsv1_daemon_set_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::DaemonSet>{
    appsv1_daemon_set_facts};

}  // namespace wavetank::api
