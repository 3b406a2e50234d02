#pragma once

/// \file
/// How many replicas a workload should have, by what is measured of it.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::autoscalingv2 {

/// Kubernetes' `autoscaling/v2` CrossVersionObjectReference.
struct CrossVersionObjectReference {
    std::string kind{};
    std::string name{};
    std::string apiVersion{};
    Unmodelled unmodelled{};

    bool operator==(const CrossVersionObjectReference&) const = default;
};
BOOST_DESCRIBE_STRUCT(CrossVersionObjectReference, (), (kind, name, apiVersion))

/// Kubernetes' `autoscaling/v2` HPAScalingPolicy.
struct HPAScalingPolicy {
    std::string type{};
    std::int32_t value = 0;
    std::int32_t periodSeconds = 0;
    Unmodelled unmodelled{};

    bool operator==(const HPAScalingPolicy&) const = default;
};
BOOST_DESCRIBE_STRUCT(HPAScalingPolicy, (), (type, value, periodSeconds))

/// Kubernetes' `autoscaling/v2` HPAScalingRules.
struct HPAScalingRules {
    std::optional<std::int32_t> stabilizationWindowSeconds{};
    std::optional<std::string> selectPolicy{};
    std::optional<std::vector<HPAScalingPolicy>> policies{};
    std::optional<Quantity> tolerance{};
    Unmodelled unmodelled{};

    bool operator==(const HPAScalingRules&) const = default;
};
BOOST_DESCRIBE_STRUCT(HPAScalingRules, (),
                      (stabilizationWindowSeconds, selectPolicy, policies, tolerance))

/// Kubernetes' `autoscaling/v2` HorizontalPodAutoscalerBehavior.
struct HorizontalPodAutoscalerBehavior {
    Boxed<HPAScalingRules> scaleUp{};
    Boxed<HPAScalingRules> scaleDown{};
    Unmodelled unmodelled{};

    bool operator==(const HorizontalPodAutoscalerBehavior&) const = default;
};
BOOST_DESCRIBE_STRUCT(HorizontalPodAutoscalerBehavior, (), (scaleUp, scaleDown))

/// Kubernetes' `autoscaling/v2` MetricIdentifier.
struct MetricIdentifier {
    std::string name{};
    Boxed<metav1::LabelSelector> selector{};
    Unmodelled unmodelled{};

    bool operator==(const MetricIdentifier&) const = default;
};
BOOST_DESCRIBE_STRUCT(MetricIdentifier, (), (name, selector))

/// Kubernetes' `autoscaling/v2` MetricTarget.
struct MetricTarget {
    std::string type{};
    std::optional<Quantity> value{};
    std::optional<Quantity> averageValue{};
    std::optional<std::int32_t> averageUtilization{};
    Unmodelled unmodelled{};

    bool operator==(const MetricTarget&) const = default;
};
BOOST_DESCRIBE_STRUCT(MetricTarget, (), (type, value, averageValue, averageUtilization))

/// Kubernetes' `autoscaling/v2` ObjectMetricSource.
struct ObjectMetricSource {
    CrossVersionObjectReference describedObject{};
    MetricTarget target{};
    MetricIdentifier metric{};
    Unmodelled unmodelled{};

    bool operator==(const ObjectMetricSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(ObjectMetricSource, (), (describedObject, target, metric))

/// Kubernetes' `autoscaling/v2` PodsMetricSource.
struct PodsMetricSource {
    MetricIdentifier metric{};
    MetricTarget target{};
    Unmodelled unmodelled{};

    bool operator==(const PodsMetricSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodsMetricSource, (), (metric, target))

/// Kubernetes' `autoscaling/v2` ResourceMetricSource.
struct ResourceMetricSource {
    std::string name{};
    MetricTarget target{};
    Unmodelled unmodelled{};

    bool operator==(const ResourceMetricSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(ResourceMetricSource, (), (name, target))

/// Kubernetes' `autoscaling/v2` ContainerResourceMetricSource.
struct ContainerResourceMetricSource {
    std::string name{};
    MetricTarget target{};
    std::string container{};
    Unmodelled unmodelled{};

    bool operator==(const ContainerResourceMetricSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(ContainerResourceMetricSource, (), (name, target, container))

/// Kubernetes' `autoscaling/v2` ExternalMetricSource.
struct ExternalMetricSource {
    MetricIdentifier metric{};
    MetricTarget target{};
    Unmodelled unmodelled{};

    bool operator==(const ExternalMetricSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(ExternalMetricSource, (), (metric, target))

/// Kubernetes' `autoscaling/v2` MetricSpec.
struct MetricSpec {
    std::string type{};
    Boxed<ObjectMetricSource> object{};
    Boxed<PodsMetricSource> pods{};
    Boxed<ResourceMetricSource> resource{};
    Boxed<ContainerResourceMetricSource> containerResource{};
    Boxed<ExternalMetricSource> external{};
    Unmodelled unmodelled{};

    bool operator==(const MetricSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(MetricSpec, (), (type, object, pods, resource, containerResource, external))

/// Kubernetes' `autoscaling/v2` HorizontalPodAutoscalerSpec.
struct HorizontalPodAutoscalerSpec {
    CrossVersionObjectReference scaleTargetRef{};
    std::optional<std::int32_t> minReplicas{};
    std::int32_t maxReplicas = 0;
    std::vector<MetricSpec> metrics{};
    Boxed<HorizontalPodAutoscalerBehavior> behavior{};
    Unmodelled unmodelled{};

    bool operator==(const HorizontalPodAutoscalerSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(HorizontalPodAutoscalerSpec, (),
                      (scaleTargetRef, minReplicas, maxReplicas, metrics, behavior))

/// Kubernetes' `autoscaling/v2` MetricValueStatus.
struct MetricValueStatus {
    std::optional<Quantity> value{};
    std::optional<Quantity> averageValue{};
    std::optional<std::int32_t> averageUtilization{};
    Unmodelled unmodelled{};

    bool operator==(const MetricValueStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(MetricValueStatus, (), (value, averageValue, averageUtilization))

/// Kubernetes' `autoscaling/v2` ObjectMetricStatus.
struct ObjectMetricStatus {
    MetricIdentifier metric{};
    MetricValueStatus current{};
    CrossVersionObjectReference describedObject{};
    Unmodelled unmodelled{};

    bool operator==(const ObjectMetricStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(ObjectMetricStatus, (), (metric, current, describedObject))

/// Kubernetes' `autoscaling/v2` PodsMetricStatus.
struct PodsMetricStatus {
    MetricIdentifier metric{};
    MetricValueStatus current{};
    Unmodelled unmodelled{};

    bool operator==(const PodsMetricStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodsMetricStatus, (), (metric, current))

/// Kubernetes' `autoscaling/v2` ResourceMetricStatus.
struct ResourceMetricStatus {
    std::string name{};
    MetricValueStatus current{};
    Unmodelled unmodelled{};

    bool operator==(const ResourceMetricStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(ResourceMetricStatus, (), (name, current))

/// Kubernetes' `autoscaling/v2` ContainerResourceMetricStatus.
struct ContainerResourceMetricStatus {
    std::string name{};
    MetricValueStatus current{};
    std::string container{};
    Unmodelled unmodelled{};

    bool operator==(const ContainerResourceMetricStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(ContainerResourceMetricStatus, (), (name, current, container))

/// Kubernetes' `autoscaling/v2` ExternalMetricStatus.
struct ExternalMetricStatus {
    MetricIdentifier metric{};
    MetricValueStatus current{};
    Unmodelled unmodelled{};

    bool operator==(const ExternalMetricStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(ExternalMetricStatus, (), (metric, current))

/// Kubernetes' `autoscaling/v2` MetricStatus.
struct MetricStatus {
    std::string type{};
    Boxed<ObjectMetricStatus> object{};
    Boxed<PodsMetricStatus> pods{};
    Boxed<ResourceMetricStatus> resource{};
    Boxed<ContainerResourceMetricStatus> containerResource{};
    Boxed<ExternalMetricStatus> external{};
    Unmodelled unmodelled{};

    bool operator==(const MetricStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(MetricStatus, (), (type, object, pods, resource, containerResource, external))

/// Kubernetes' `autoscaling/v2` HorizontalPodAutoscalerCondition.
struct HorizontalPodAutoscalerCondition {
    std::string type{};
    std::string status{};
    std::optional<Time> lastTransitionTime{};
    std::string reason{};
    std::string message{};
    std::optional<std::int64_t> observedGeneration{};
    Unmodelled unmodelled{};

    bool operator==(const HorizontalPodAutoscalerCondition&) const = default;
};
BOOST_DESCRIBE_STRUCT(HorizontalPodAutoscalerCondition, (),
                      (type, status, lastTransitionTime, reason, message, observedGeneration))

/// Kubernetes' `autoscaling/v2` HorizontalPodAutoscalerStatus.
struct HorizontalPodAutoscalerStatus {
    std::optional<std::int64_t> observedGeneration{};
    std::optional<Time> lastScaleTime{};
    std::int32_t currentReplicas = 0;
    std::int32_t desiredReplicas = 0;
    std::vector<MetricStatus> currentMetrics{};
    std::vector<HorizontalPodAutoscalerCondition> conditions{};
    Unmodelled unmodelled{};

    bool operator==(const HorizontalPodAutoscalerStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(HorizontalPodAutoscalerStatus, (),
                      (observedGeneration, lastScaleTime, currentReplicas, desiredReplicas,
                       currentMetrics, conditions))

/// Kubernetes' kind `HorizontalPodAutoscaler` of `autoscaling/v2`.
struct HorizontalPodAutoscaler {
    metav1::ObjectMeta metadata{};
    HorizontalPodAutoscalerSpec spec{};
    HorizontalPodAutoscalerStatus status{};
    Unmodelled unmodelled{};

    bool operator==(const HorizontalPodAutoscaler&) const = default;
};
BOOST_DESCRIBE_STRUCT(HorizontalPodAutoscaler, (), (metadata, spec, status))

}  // namespace wavetank::api::autoscalingv2

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<autoscalingv2::CrossVersionObjectReference> =
    "CrossVersionObjectReference";
inline constexpr FieldFacts autoscalingv2_cross_version_object_reference_facts[] = {
    {.field = "kind", .presence = Presence::Always},
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<autoscalingv2::CrossVersionObjectReference>{
        autoscalingv2_cross_version_object_reference_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::HPAScalingPolicy> = "HPAScalingPolicy";
inline constexpr FieldFacts autoscalingv2_hpa_scaling_policy_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "value", .presence = Presence::Always},
    {.field = "periodSeconds", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::HPAScalingPolicy>{
    autoscalingv2_hpa_scaling_policy_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::HPAScalingRules> = "HPAScalingRules";
inline constexpr FieldFacts autoscalingv2_hpa_scaling_rules_facts[] = {
    {.field = "policies", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::HPAScalingRules>{
    autoscalingv2_hpa_scaling_rules_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::HorizontalPodAutoscalerBehavior> =
    "HorizontalPodAutoscalerBehavior";
template <>
inline constexpr std::string_view type_name<autoscalingv2::MetricIdentifier> = "MetricIdentifier";
inline constexpr FieldFacts autoscalingv2_metric_identifier_facts[] = {
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::MetricIdentifier>{
    autoscalingv2_metric_identifier_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::MetricTarget> = "MetricTarget";
inline constexpr FieldFacts autoscalingv2_metric_target_facts[] = {
    {.field = "type", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::MetricTarget>{
    autoscalingv2_metric_target_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::ObjectMetricSource> =
    "ObjectMetricSource";
inline constexpr FieldFacts autoscalingv2_object_metric_source_facts[] = {
    {.field = "describedObject", .presence = Presence::Always},
    {.field = "target", .presence = Presence::Always},
    {.field = "metric", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::ObjectMetricSource>{
    autoscalingv2_object_metric_source_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::PodsMetricSource> = "PodsMetricSource";
inline constexpr FieldFacts autoscalingv2_pods_metric_source_facts[] = {
    {.field = "metric", .presence = Presence::Always},
    {.field = "target", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::PodsMetricSource>{
    autoscalingv2_pods_metric_source_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::ResourceMetricSource> =
    "ResourceMetricSource";
inline constexpr FieldFacts autoscalingv2_resource_metric_source_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "target", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::ResourceMetricSource>{
    autoscalingv2_resource_metric_source_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::ContainerResourceMetricSource> =
    "ContainerResourceMetricSource";
inline constexpr FieldFacts autoscalingv2_container_resource_metric_source_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "target", .presence = Presence::Always},
    {.field = "container", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<autoscalingv2::ContainerResourceMetricSource>{
        autoscalingv2_container_resource_metric_source_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::ExternalMetricSource> =
    "ExternalMetricSource";
inline constexpr FieldFacts autoscalingv2_external_metric_source_facts[] = {
    {.field = "metric", .presence = Presence::Always},
    {.field = "target", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::ExternalMetricSource>{
    autoscalingv2_external_metric_source_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::MetricSpec> = "MetricSpec";
inline constexpr FieldFacts autoscalingv2_metric_spec_facts[] = {
    {.field = "type", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::MetricSpec>{
    autoscalingv2_metric_spec_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::HorizontalPodAutoscalerSpec> =
    "HorizontalPodAutoscalerSpec";
inline constexpr FieldFacts autoscalingv2_horizontal_pod_autoscaler_spec_facts[] = {
    {.field = "scaleTargetRef", .presence = Presence::Always},
    {.field = "maxReplicas", .presence = Presence::Always},
    {.field = "metrics", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<autoscalingv2::HorizontalPodAutoscalerSpec>{
        autoscalingv2_horizontal_pod_autoscaler_spec_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::MetricValueStatus> = "MetricValueStatus";
template <>
inline constexpr std::string_view type_name<autoscalingv2::ObjectMetricStatus> =
    "ObjectMetricStatus";
inline constexpr FieldFacts autoscalingv2_object_metric_status_facts[] = {
    {.field = "metric", .presence = Presence::Always},
    {.field = "current", .presence = Presence::Always},
    {.field = "describedObject", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::ObjectMetricStatus>{
    autoscalingv2_object_metric_status_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::PodsMetricStatus> = "PodsMetricStatus";
inline constexpr FieldFacts autoscalingv2_pods_metric_status_facts[] = {
    {.field = "metric", .presence = Presence::Always},
    {.field = "current", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::PodsMetricStatus>{
    autoscalingv2_pods_metric_status_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::ResourceMetricStatus> =
    "ResourceMetricStatus";
inline constexpr FieldFacts autoscalingv2_resource_metric_status_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "current", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::ResourceMetricStatus>{
    autoscalingv2_resource_metric_status_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::ContainerResourceMetricStatus> =
    "ContainerResourceMetricStatus";
inline constexpr FieldFacts autoscalingv2_container_resource_metric_status_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "current", .presence = Presence::Always},
    {.field = "container", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<autoscalingv2::ContainerResourceMetricStatus>{
        autoscalingv2_container_resource_metric_status_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::ExternalMetricStatus> =
    "ExternalMetricStatus";
inline constexpr FieldFacts autoscalingv2_external_metric_status_facts[] = {
    {.field = "metric", .presence = Presence::Always},
    {.field = "current", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::ExternalMetricStatus>{
    autoscalingv2_external_metric_status_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::MetricStatus> = "MetricStatus";
inline constexpr FieldFacts autoscalingv2_metric_status_facts[] = {
    {.field = "type", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::MetricStatus>{
    autoscalingv2_metric_status_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::HorizontalPodAutoscalerCondition> =
    "HorizontalPodAutoscalerCondition";
inline constexpr FieldFacts autoscalingv2_horizontal_pod_autoscaler_condition_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
    {.field = "lastTransitionTime", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<autoscalingv2::HorizontalPodAutoscalerCondition>{
        autoscalingv2_horizontal_pod_autoscaler_condition_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::HorizontalPodAutoscalerStatus> =
    "HorizontalPodAutoscalerStatus";
inline constexpr FieldFacts autoscalingv2_horizontal_pod_autoscaler_status_facts[] = {
    {.field = "desiredReplicas", .presence = Presence::Always},
    {.field = "currentMetrics", .presence = Presence::Always, .atomic = true},
    {.field = "conditions", .patch_key = "type", .list_keys = "type"},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<autoscalingv2::HorizontalPodAutoscalerStatus>{
        autoscalingv2_horizontal_pod_autoscaler_status_facts};
template <>
inline constexpr std::string_view type_name<autoscalingv2::HorizontalPodAutoscaler> =
    "HorizontalPodAutoscaler";
inline constexpr FieldFacts autoscalingv2_horizontal_pod_autoscaler_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<autoscalingv2::HorizontalPodAutoscaler>{
    autoscalingv2_horizontal_pod_autoscaler_facts};

}  // namespace wavetank::api
