#pragma once

/// \file
/// A number of equal pods, with a rollout from one template to the next.
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

/// Kubernetes' `apps/v1` RollingUpdateDeployment.
struct RollingUpdateDeployment {
    std::optional<IntOrString> maxUnavailable{};
    std::optional<IntOrString> maxSurge{};
    Unmodelled unmodelled{};

    bool operator==(const RollingUpdateDeployment&) const = default;
};
BOOST_DESCRIBE_STRUCT(RollingUpdateDeployment, (), (maxUnavailable, maxSurge))

/// Kubernetes' `apps/v1` DeploymentStrategy.
struct DeploymentStrategy {
    std::string type{};
    Boxed<RollingUpdateDeployment> rollingUpdate{};
    Unmodelled unmodelled{};

    bool operator==(const DeploymentStrategy&) const = default;
};
BOOST_DESCRIBE_STRUCT(DeploymentStrategy, (), (type, rollingUpdate))

/// Kubernetes' `apps/v1` DeploymentSpec.
struct DeploymentSpec {
    std::optional<std::int32_t> replicas{};
    Boxed<metav1::LabelSelector> selector{};
    corev1::PodTemplateSpec template_{};
    DeploymentStrategy strategy{};
    std::int32_t minReadySeconds = 0;
    std::optional<std::int32_t> revisionHistoryLimit{};
    bool paused = false;
    std::optional<std::int32_t> progressDeadlineSeconds{};
    Unmodelled unmodelled{};

    bool operator==(const DeploymentSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(DeploymentSpec, (),
                      (replicas, selector, template_, strategy, minReadySeconds,
                       revisionHistoryLimit, paused, progressDeadlineSeconds))

/// Kubernetes' `apps/v1` DeploymentCondition.
struct DeploymentCondition {
    std::string type{};
    std::string status{};
    std::optional<Time> lastUpdateTime{};
    std::optional<Time> lastTransitionTime{};
    std::string reason{};
    std::string message{};
    Unmodelled unmodelled{};

    bool operator==(const DeploymentCondition&) const = default;
};
BOOST_DESCRIBE_STRUCT(DeploymentCondition, (),
                      (type, status, lastUpdateTime, lastTransitionTime, reason, message))

/// Kubernetes' `apps/v1` DeploymentStatus.
struct DeploymentStatus {
    std::int64_t observedGeneration = 0;
    std::int32_t replicas = 0;
    std::int32_t updatedReplicas = 0;
    std::int32_t readyReplicas = 0;
    std::int32_t availableReplicas = 0;
    std::int32_t unavailableReplicas = 0;
    std::optional<std::int32_t> terminatingReplicas{};
    std::vector<DeploymentCondition> conditions{};
    std::optional<std::int32_t> collisionCount{};
    Unmodelled unmodelled{};

    bool operator==(const DeploymentStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(DeploymentStatus, (),
                      (observedGeneration, replicas, updatedReplicas, readyReplicas,
                       availableReplicas, unavailableReplicas, terminatingReplicas, conditions,
                       collisionCount))

/// Kubernetes' kind `Deployment` of `apps/v1`.
struct Deployment {
    metav1::ObjectMeta metadata{};
    DeploymentSpec spec{};
    DeploymentStatus status{};
    Unmodelled unmodelled{};

    bool operator==(const Deployment&) const = default;
};
BOOST_DESCRIBE_STRUCT(Deployment, (), (metadata, spec, status))

}  // namespace wavetank::api::appsv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<appsv1::RollingUpdateDeployment> =
    "RollingUpdateDeployment";
template <>
inline constexpr std::string_view type_name<appsv1::DeploymentStrategy> = "DeploymentStrategy";
template <>
inline constexpr std::string_view type_name<appsv1::DeploymentSpec> = "DeploymentSpec";
inline constexpr FieldFacts appsv1_deployment_spec_facts[] = {
    {.field = "selector", .presence = Presence::Always},
    {.field = "template", .presence = Presence::Always},
    {.field = "strategy", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::DeploymentSpec>{
    appsv1_deployment_spec_facts};
template <>
inline constexpr std::string_view type_name<appsv1::DeploymentCondition> = "DeploymentCondition";
inline constexpr FieldFacts appsv1_deployment_condition_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
    {.field = "lastUpdateTime", .presence = Presence::Always},
    {.field = "lastTransitionTime", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::DeploymentCondition>{
    appsv1_deployment_condition_facts};
template <>
inline constexpr std::string_view type_name<appsv1::DeploymentStatus> = "DeploymentStatus";
inline constexpr FieldFacts appsv1_deployment_status_facts[] = {
    {.field = "conditions", .patch_key = "type", .list_keys = "type"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::DeploymentStatus>{
    appsv1_deployment_status_facts};
template <>
inline constexpr std::string_view type_name<appsv1::Deployment> = "Deployment";
inline constexpr FieldFacts appsv1_deployment_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::Deployment>{
    appsv1_deployment_facts};

}  // namespace wavetank::api
