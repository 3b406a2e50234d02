#pragma once

/// \file
/// A number of equal pods.
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

/// Kubernetes' `apps/v1` ReplicaSetSpec.
struct ReplicaSetSpec {
    std::optional<std::int32_t> replicas{};
    std::int32_t minReadySeconds = 0;
    Boxed<metav1::LabelSelector> selector{};
    corev1::PodTemplateSpec template_{};
    Unmodelled unmodelled{};

    bool operator==(const ReplicaSetSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(ReplicaSetSpec, (), (replicas, minReadySeconds, selector, template_))

/// Kubernetes' `apps/v1` ReplicaSetCondition.
struct ReplicaSetCondition {
    std::string type{};
    std::string status{};
    std::optional<Time> lastTransitionTime{};
    std::string reason{};
    std::string message{};
    Unmodelled unmodelled{};

    bool operator==(const ReplicaSetCondition&) const = default;
};
BOOST_DESCRIBE_STRUCT(ReplicaSetCondition, (), (type, status, lastTransitionTime, reason, message))

/// Kubernetes' `apps/v1` ReplicaSetStatus.
struct ReplicaSetStatus {
    std::int32_t replicas = 0;
    std::int32_t fullyLabeledReplicas = 0;
    std::int32_t readyReplicas = 0;
    std::int32_t availableReplicas = 0;
    std::optional<std::int32_t> terminatingReplicas{};
    std::int64_t observedGeneration = 0;
    std::vector<ReplicaSetCondition> conditions{};
    Unmodelled unmodelled{};

    bool operator==(const ReplicaSetStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(ReplicaSetStatus, (),
                      (replicas, fullyLabeledReplicas, readyReplicas, availableReplicas,
                       terminatingReplicas, observedGeneration, conditions))

/// Kubernetes' kind `ReplicaSet` of `apps/v1`.
struct ReplicaSet {
    metav1::ObjectMeta metadata{};
    ReplicaSetSpec spec{};
    ReplicaSetStatus status{};
    Unmodelled unmodelled{};

    bool operator==(const ReplicaSet&) const = default;
};
BOOST_DESCRIBE_STRUCT(ReplicaSet, (), (metadata, spec, status))

}  // namespace wavetank::api::appsv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<appsv1::ReplicaSetSpec> = "ReplicaSetSpec";
inline constexpr FieldFacts appsv1_replica_set_spec_facts[] = {
    {.field = "selector", .presence = Presence::Always},
    {.field = "template", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::ReplicaSetSpec>{
    appsv1_replica_set_spec_facts};
template <>
inline constexpr std::string_view type_name<appsv1::ReplicaSetCondition> = "ReplicaSetCondition";
inline constexpr FieldFacts appsv1_replica_set_condition_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
    {.field = "lastTransitionTime", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::ReplicaSetCondition>{
    appsv1_replica_set_condition_facts};
template <>
inline constexpr std::string_view type_name<appsv1::ReplicaSetStatus> = "ReplicaSetStatus";
inline constexpr FieldFacts appsv1_replica_set_status_facts[] = {
    {.field = "replicas", .presence = Presence::Always},
    {.field = "conditions", .patch_key = "type", .list_keys = "type"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::ReplicaSetStatus>{
    appsv1_replica_set_status_facts};
template <>
inline constexpr std::string_view type_name<appsv1::ReplicaSet> = "ReplicaSet";
inline constexpr FieldFacts appsv1_replica_set_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::ReplicaSet>{
    appsv1_replica_set_facts};

}  // namespace wavetank::api
