#pragma once

/// \file
/// Pods with a number and a name that they keep, made and replaced in order.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/persistent_volume_claim.hpp>
#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::appsv1 {

/// Kubernetes' `apps/v1` RollingUpdateStatefulSetStrategy.
struct RollingUpdateStatefulSetStrategy {
    std::optional<std::int32_t> partition{};
    std::optional<IntOrString> maxUnavailable{};
    Unmodelled unmodelled{};

    bool operator==(const RollingUpdateStatefulSetStrategy&) const = default;
};
BOOST_DESCRIBE_STRUCT(RollingUpdateStatefulSetStrategy, (), (partition, maxUnavailable))

/// Kubernetes' `apps/v1` StatefulSetUpdateStrategy.
struct StatefulSetUpdateStrategy {
    std::string type{};
    Boxed<RollingUpdateStatefulSetStrategy> rollingUpdate{};
    Unmodelled unmodelled{};

    bool operator==(const StatefulSetUpdateStrategy&) const = default;
};
BOOST_DESCRIBE_STRUCT(StatefulSetUpdateStrategy, (), (type, rollingUpdate))

/// Kubernetes' `apps/v1` StatefulSetPersistentVolumeClaimRetentionPolicy.
struct StatefulSetPersistentVolumeClaimRetentionPolicy {
    std::string whenDeleted{};
    std::string whenScaled{};
    Unmodelled unmodelled{};

    bool operator==(const StatefulSetPersistentVolumeClaimRetentionPolicy&) const = default;
};
BOOST_DESCRIBE_STRUCT(StatefulSetPersistentVolumeClaimRetentionPolicy, (),
                      (whenDeleted, whenScaled))

/// Kubernetes' `apps/v1` StatefulSetOrdinals.
struct StatefulSetOrdinals {
    std::int32_t start = 0;
    Unmodelled unmodelled{};

    bool operator==(const StatefulSetOrdinals&) const = default;
};
BOOST_DESCRIBE_STRUCT(StatefulSetOrdinals, (), (start))

/// Kubernetes' `apps/v1` StatefulSetSpec.
struct StatefulSetSpec {
    std::optional<std::int32_t> replicas{};
    Boxed<metav1::LabelSelector> selector{};
    corev1::PodTemplateSpec template_{};
    std::vector<corev1::PersistentVolumeClaim> volumeClaimTemplates{};
    std::string serviceName{};
    std::string podManagementPolicy{};
    StatefulSetUpdateStrategy updateStrategy{};
    std::optional<std::int32_t> revisionHistoryLimit{};
    std::int32_t minReadySeconds = 0;
    Boxed<StatefulSetPersistentVolumeClaimRetentionPolicy> persistentVolumeClaimRetentionPolicy{};
    Boxed<StatefulSetOrdinals> ordinals{};
    Unmodelled unmodelled{};

    bool operator==(const StatefulSetSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(StatefulSetSpec, (),
                      (replicas, selector, template_, volumeClaimTemplates, serviceName,
                       podManagementPolicy, updateStrategy, revisionHistoryLimit, minReadySeconds,
                       persistentVolumeClaimRetentionPolicy, ordinals))

/// Kubernetes' `apps/v1` StatefulSetCondition.
struct StatefulSetCondition {
    std::string type{};
    std::string status{};
    std::optional<Time> lastTransitionTime{};
    std::string reason{};
    std::string message{};
    Unmodelled unmodelled{};

    bool operator==(const StatefulSetCondition&) const = default;
};
BOOST_DESCRIBE_STRUCT(StatefulSetCondition, (), (type, status, lastTransitionTime, reason, message))

/// Kubernetes' `apps/v1` StatefulSetStatus.
struct StatefulSetStatus {
    std::int64_t observedGeneration = 0;
    std::int32_t replicas = 0;
    std::int32_t readyReplicas = 0;
    std::int32_t currentReplicas = 0;
    std::int32_t updatedReplicas = 0;
    std::string currentRevision{};
    std::string updateRevision{};
    std::optional<std::int32_t> collisionCount{};
    std::vector<StatefulSetCondition> conditions{};
    std::int32_t availableReplicas = 0;
    Unmodelled unmodelled{};

    bool operator==(const StatefulSetStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(StatefulSetStatus, (),
                      (observedGeneration, replicas, readyReplicas, currentReplicas,
                       updatedReplicas, currentRevision, updateRevision, collisionCount, conditions,
                       availableReplicas))

/// Kubernetes' kind `StatefulSet` of `apps/v1`.
struct StatefulSet {
    metav1::ObjectMeta metadata{};
    StatefulSetSpec spec{};
    StatefulSetStatus status{};
    Unmodelled unmodelled{};

    bool operator==(const StatefulSet&) const = default;
};
BOOST_DESCRIBE_STRUCT(StatefulSet, (), (metadata, spec, status))

}  // namespace wavetank::api::appsv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<appsv1::RollingUpdateStatefulSetStrategy> =
    "RollingUpdateStatefulSetStrategy";
template <>
inline constexpr std::string_view type_name<appsv1::StatefulSetUpdateStrategy> =
    "StatefulSetUpdateStrategy";
template <>
inline constexpr std::string_view
    type_name<appsv1::StatefulSetPersistentVolumeClaimRetentionPolicy> =
        "StatefulSetPersistentVolumeClaimRetentionPolicy";
template <>
inline constexpr std::string_view type_name<appsv1::StatefulSetOrdinals> = "StatefulSetOrdinals";
inline constexpr FieldFacts appsv1_stateful_set_ordinals_facts[] = {
    {.field = "start", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::StatefulSetOrdinals>{
    appsv1_stateful_set_ordinals_facts};
template <>
inline constexpr std::string_view type_name<appsv1::StatefulSetSpec> = "StatefulSetSpec";
inline constexpr FieldFacts appsv1_stateful_set_spec_facts[] = {
    {.field = "selector", .presence = Presence::Always},
    {.field = "template", .presence = Presence::Always},
    {.field = "volumeClaimTemplates", .atomic = true},
    {.field = "serviceName", .presence = Presence::Always},
    {.field = "updateStrategy", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::StatefulSetSpec>{
    appsv1_stateful_set_spec_facts};
template <>
inline constexpr std::string_view type_name<appsv1::StatefulSetCondition> = "StatefulSetCondition";
inline constexpr FieldFacts appsv1_stateful_set_condition_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
    {.field = "lastTransitionTime", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::StatefulSetCondition>{
    appsv1_stateful_set_condition_facts};
template <>
inline constexpr std::string_view type_name<appsv1::StatefulSetStatus> = "StatefulSetStatus";
inline constexpr FieldFacts appsv1_stateful_set_status_facts[] = {
    {.field = "replicas", .presence = Presence::Always},
    {.field = "conditions", .patch_key = "type", .list_keys = "type"},
    {.field = "availableReplicas", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::StatefulSetStatus>{
    appsv1_stateful_set_status_facts};
template <>
inline constexpr std::string_view type_name<appsv1::StatefulSet> = "StatefulSet";
inline constexpr FieldFacts appsv1_stateful_set_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::StatefulSet>{
    appsv1_stateful_set_facts};

}  // namespace wavetank::api
