#pragma once

/// \file
/// A claim to storage, as a StatefulSet's template holds it. Claims of their own are kept as JSON.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/volume.hpp>
#include <wavetank/api/metav1.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` PersistentVolumeClaimCondition.
struct PersistentVolumeClaimCondition {
    std::string type{};
    std::string status{};
    std::optional<Time> lastProbeTime{};
    std::optional<Time> lastTransitionTime{};
    std::string reason{};
    std::string message{};
    Unmodelled unmodelled{};

    bool operator==(const PersistentVolumeClaimCondition&) const = default;
};
BOOST_DESCRIBE_STRUCT(PersistentVolumeClaimCondition, (),
                      (type, status, lastProbeTime, lastTransitionTime, reason, message))

/// Kubernetes' `core/v1` ModifyVolumeStatus.
struct ModifyVolumeStatus {
    std::string targetVolumeAttributesClassName{};
    std::string status{};
    Unmodelled unmodelled{};

    bool operator==(const ModifyVolumeStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(ModifyVolumeStatus, (), (targetVolumeAttributesClassName, status))

/// Kubernetes' `core/v1` PersistentVolumeClaimStatus.
struct PersistentVolumeClaimStatus {
    std::string phase{};
    std::vector<std::string> accessModes{};
    ResourceList capacity{};
    std::vector<PersistentVolumeClaimCondition> conditions{};
    ResourceList allocatedResources{};
    StringMap allocatedResourceStatuses{};
    std::optional<std::string> currentVolumeAttributesClassName{};
    Boxed<ModifyVolumeStatus> modifyVolumeStatus{};
    boost::json::value healthStatus{};
    Unmodelled unmodelled{};

    bool operator==(const PersistentVolumeClaimStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(PersistentVolumeClaimStatus, (),
                      (phase, accessModes, capacity, conditions, allocatedResources,
                       allocatedResourceStatuses, currentVolumeAttributesClassName,
                       modifyVolumeStatus, healthStatus))

/// Kubernetes' kind `PersistentVolumeClaim` of `v1`. It says its kind, as it does within others.
struct PersistentVolumeClaim {
    std::string kind{};
    std::string apiVersion{};
    metav1::ObjectMeta metadata{};
    PersistentVolumeClaimSpec spec{};
    PersistentVolumeClaimStatus status{};
    Unmodelled unmodelled{};

    bool operator==(const PersistentVolumeClaim&) const = default;
};
BOOST_DESCRIBE_STRUCT(PersistentVolumeClaim, (), (kind, apiVersion, metadata, spec, status))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::PersistentVolumeClaimCondition> =
    "PersistentVolumeClaimCondition";
inline constexpr FieldFacts corev1_persistent_volume_claim_condition_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
    {.field = "lastProbeTime", .presence = Presence::Always},
    {.field = "lastTransitionTime", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PersistentVolumeClaimCondition>{
    corev1_persistent_volume_claim_condition_facts};
template <>
inline constexpr std::string_view type_name<corev1::ModifyVolumeStatus> = "ModifyVolumeStatus";
inline constexpr FieldFacts corev1_modify_volume_status_facts[] = {
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ModifyVolumeStatus>{
    corev1_modify_volume_status_facts};
template <>
inline constexpr std::string_view type_name<corev1::PersistentVolumeClaimStatus> =
    "PersistentVolumeClaimStatus";
inline constexpr FieldFacts corev1_persistent_volume_claim_status_facts[] = {
    {.field = "accessModes", .atomic = true},
    {.field = "conditions", .patch_key = "type", .list_keys = "type"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PersistentVolumeClaimStatus>{
    corev1_persistent_volume_claim_status_facts};
template <>
inline constexpr std::string_view type_name<corev1::PersistentVolumeClaim> =
    "PersistentVolumeClaim";
inline constexpr FieldFacts corev1_persistent_volume_claim_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PersistentVolumeClaim>{
    corev1_persistent_volume_claim_facts};

}  // namespace wavetank::api
