#pragma once

/// \file
/// Pods that run until enough of them have succeeded.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::batchv1 {

/// Kubernetes' `batch/v1` PodFailurePolicyOnExitCodesRequirement.
struct PodFailurePolicyOnExitCodesRequirement {
    std::optional<std::string> containerName{};
    std::string operator_{};
    std::vector<std::int32_t> values{};
    Unmodelled unmodelled{};

    bool operator==(const PodFailurePolicyOnExitCodesRequirement&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodFailurePolicyOnExitCodesRequirement, (),
                      (containerName, operator_, values))

/// Kubernetes' `batch/v1` PodFailurePolicyOnPodConditionsPattern.
struct PodFailurePolicyOnPodConditionsPattern {
    std::string type{};
    std::string status{};
    Unmodelled unmodelled{};

    bool operator==(const PodFailurePolicyOnPodConditionsPattern&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodFailurePolicyOnPodConditionsPattern, (), (type, status))

/// Kubernetes' `batch/v1` PodFailurePolicyRule.
struct PodFailurePolicyRule {
    std::string action{};
    Boxed<PodFailurePolicyOnExitCodesRequirement> onExitCodes{};
    std::vector<PodFailurePolicyOnPodConditionsPattern> onPodConditions{};
    Unmodelled unmodelled{};

    bool operator==(const PodFailurePolicyRule&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodFailurePolicyRule, (), (action, onExitCodes, onPodConditions))

/// Kubernetes' `batch/v1` PodFailurePolicy.
struct PodFailurePolicy {
    std::vector<PodFailurePolicyRule> rules{};
    Unmodelled unmodelled{};

    bool operator==(const PodFailurePolicy&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodFailurePolicy, (), (rules))

/// Kubernetes' `batch/v1` SuccessPolicyRule.
struct SuccessPolicyRule {
    std::optional<std::string> succeededIndexes{};
    std::optional<std::int32_t> succeededCount{};
    Unmodelled unmodelled{};

    bool operator==(const SuccessPolicyRule&) const = default;
};
BOOST_DESCRIBE_STRUCT(SuccessPolicyRule, (), (succeededIndexes, succeededCount))

/// Kubernetes' `batch/v1` SuccessPolicy.
struct SuccessPolicy {
    std::vector<SuccessPolicyRule> rules{};
    Unmodelled unmodelled{};

    bool operator==(const SuccessPolicy&) const = default;
};
BOOST_DESCRIBE_STRUCT(SuccessPolicy, (), (rules))

/// Kubernetes' `batch/v1` JobSpec.
struct JobSpec {
    std::optional<std::int32_t> parallelism{};
    std::optional<std::int32_t> completions{};
    std::optional<std::int64_t> activeDeadlineSeconds{};
    Boxed<PodFailurePolicy> podFailurePolicy{};
    Boxed<SuccessPolicy> successPolicy{};
    std::optional<std::int32_t> backoffLimit{};
    std::optional<std::int32_t> backoffLimitPerIndex{};
    std::optional<std::int32_t> maxFailedIndexes{};
    Boxed<metav1::LabelSelector> selector{};
    std::optional<bool> manualSelector{};
    corev1::PodTemplateSpec template_{};
    std::optional<std::int32_t> ttlSecondsAfterFinished{};
    std::optional<std::string> completionMode{};
    std::optional<bool> suspend{};
    std::optional<std::string> podReplacementPolicy{};
    std::optional<std::string> managedBy{};
    boost::json::value scheduling{};
    Unmodelled unmodelled{};

    bool operator==(const JobSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(JobSpec, (),
                      (parallelism, completions, activeDeadlineSeconds, podFailurePolicy,
                       successPolicy, backoffLimit, backoffLimitPerIndex, maxFailedIndexes,
                       selector, manualSelector, template_, ttlSecondsAfterFinished, completionMode,
                       suspend, podReplacementPolicy, managedBy, scheduling))

/// Kubernetes' `batch/v1` UncountedTerminatedPods.
struct UncountedTerminatedPods {
    std::vector<std::string> succeeded{};
    std::vector<std::string> failed{};
    Unmodelled unmodelled{};

    bool operator==(const UncountedTerminatedPods&) const = default;
};
BOOST_DESCRIBE_STRUCT(UncountedTerminatedPods, (), (succeeded, failed))

/// Kubernetes' `batch/v1` JobCondition.
struct JobCondition {
    std::string type{};
    std::string status{};
    std::optional<Time> lastProbeTime{};
    std::optional<Time> lastTransitionTime{};
    std::string reason{};
    std::string message{};
    Unmodelled unmodelled{};

    bool operator==(const JobCondition&) const = default;
};
BOOST_DESCRIBE_STRUCT(JobCondition, (),
                      (type, status, lastProbeTime, lastTransitionTime, reason, message))

/// Kubernetes' `batch/v1` JobStatus.
struct JobStatus {
    std::vector<JobCondition> conditions{};
    std::optional<Time> startTime{};
    std::optional<Time> completionTime{};
    std::int32_t active = 0;
    std::int32_t succeeded = 0;
    std::int32_t failed = 0;
    std::optional<std::int32_t> terminating{};
    std::string completedIndexes{};
    std::optional<std::string> failedIndexes{};
    Boxed<UncountedTerminatedPods> uncountedTerminatedPods{};
    std::optional<std::int32_t> ready{};
    Unmodelled unmodelled{};

    bool operator==(const JobStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(JobStatus, (),
                      (conditions, startTime, completionTime, active, succeeded, failed,
                       terminating, completedIndexes, failedIndexes, uncountedTerminatedPods,
                       ready))

/// Kubernetes' kind `Job` of `batch/v1`.
struct Job {
    metav1::ObjectMeta metadata{};
    JobSpec spec{};
    JobStatus status{};
    Unmodelled unmodelled{};

    bool operator==(const Job&) const = default;
};
BOOST_DESCRIBE_STRUCT(Job, (), (metadata, spec, status))

/// Kubernetes' `batch/v1` JobTemplateSpec.
struct JobTemplateSpec {
    metav1::ObjectMeta metadata{};
    JobSpec spec{};
    Unmodelled unmodelled{};

    bool operator==(const JobTemplateSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(JobTemplateSpec, (), (metadata, spec))

}  // namespace wavetank::api::batchv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<batchv1::PodFailurePolicyOnExitCodesRequirement> =
    "PodFailurePolicyOnExitCodesRequirement";
inline constexpr FieldFacts batchv1_pod_failure_policy_on_exit_codes_requirement_facts[] = {
    {.field = "operator", .presence = Presence::Always},
    {.field = "values", .presence = Presence::Always, .list_set = true},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<batchv1::PodFailurePolicyOnExitCodesRequirement>{
        batchv1_pod_failure_policy_on_exit_codes_requirement_facts};
template <>
inline constexpr std::string_view type_name<batchv1::PodFailurePolicyOnPodConditionsPattern> =
    "PodFailurePolicyOnPodConditionsPattern";
inline constexpr FieldFacts batchv1_pod_failure_policy_on_pod_conditions_pattern_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<batchv1::PodFailurePolicyOnPodConditionsPattern>{
        batchv1_pod_failure_policy_on_pod_conditions_pattern_facts};
template <>
inline constexpr std::string_view type_name<batchv1::PodFailurePolicyRule> = "PodFailurePolicyRule";
inline constexpr FieldFacts batchv1_pod_failure_policy_rule_facts[] = {
    {.field = "action", .presence = Presence::Always},
    {.field = "onPodConditions", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<batchv1::PodFailurePolicyRule>{
    batchv1_pod_failure_policy_rule_facts};
template <>
inline constexpr std::string_view type_name<batchv1::PodFailurePolicy> = "PodFailurePolicy";
inline constexpr FieldFacts batchv1_pod_failure_policy_facts[] = {
    {.field = "rules", .presence = Presence::Always, .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<batchv1::PodFailurePolicy>{
    batchv1_pod_failure_policy_facts};
template <>
inline constexpr std::string_view type_name<batchv1::SuccessPolicyRule> = "SuccessPolicyRule";
template <>
inline constexpr std::string_view type_name<batchv1::SuccessPolicy> = "SuccessPolicy";
inline constexpr FieldFacts batchv1_success_policy_facts[] = {
    {.field = "rules", .presence = Presence::Always, .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<batchv1::SuccessPolicy>{
    batchv1_success_policy_facts};
template <>
inline constexpr std::string_view type_name<batchv1::JobSpec> = "JobSpec";
inline constexpr FieldFacts batchv1_job_spec_facts[] = {
    {.field = "template", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<batchv1::JobSpec>{batchv1_job_spec_facts};
template <>
inline constexpr std::string_view type_name<batchv1::UncountedTerminatedPods> =
    "UncountedTerminatedPods";
inline constexpr FieldFacts batchv1_uncounted_terminated_pods_facts[] = {
    {.field = "succeeded", .list_set = true},
    {.field = "failed", .list_set = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<batchv1::UncountedTerminatedPods>{
    batchv1_uncounted_terminated_pods_facts};
template <>
inline constexpr std::string_view type_name<batchv1::JobCondition> = "JobCondition";
inline constexpr FieldFacts batchv1_job_condition_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
    {.field = "lastProbeTime", .presence = Presence::Always},
    {.field = "lastTransitionTime", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<batchv1::JobCondition>{
    batchv1_job_condition_facts};
template <>
inline constexpr std::string_view type_name<batchv1::JobStatus> = "JobStatus";
inline constexpr FieldFacts batchv1_job_status_facts[] = {
    {.field = "conditions", .patch_key = "type", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<batchv1::JobStatus>{
    batchv1_job_status_facts};
template <>
inline constexpr std::string_view type_name<batchv1::Job> = "Job";
inline constexpr FieldFacts batchv1_job_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<batchv1::Job>{batchv1_job_facts};
template <>
inline constexpr std::string_view type_name<batchv1::JobTemplateSpec> = "JobTemplateSpec";
inline constexpr FieldFacts batchv1_job_template_spec_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<batchv1::JobTemplateSpec>{
    batchv1_job_template_spec_facts};

}  // namespace wavetank::api
