#pragma once

/// \file
/// Jobs that begin by the clock.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/batchv1/job.hpp>
#include <wavetank/api/corev1/reference.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::batchv1 {

/// Kubernetes' `batch/v1` CronJobSpec.
struct CronJobSpec {
    std::string schedule{};
    std::optional<std::string> timeZone{};
    std::optional<std::int64_t> startingDeadlineSeconds{};
    std::string concurrencyPolicy{};
    std::optional<bool> suspend{};
    JobTemplateSpec jobTemplate{};
    std::optional<std::int32_t> successfulJobsHistoryLimit{};
    std::optional<std::int32_t> failedJobsHistoryLimit{};
    Unmodelled unmodelled{};

    bool operator==(const CronJobSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(CronJobSpec, (),
                      (schedule, timeZone, startingDeadlineSeconds, concurrencyPolicy, suspend,
                       jobTemplate, successfulJobsHistoryLimit, failedJobsHistoryLimit))

/// Kubernetes' `batch/v1` CronJobStatus.
struct CronJobStatus {
    std::vector<corev1::ObjectReference> active{};
    std::optional<Time> lastScheduleTime{};
    std::optional<Time> lastSuccessfulTime{};
    Unmodelled unmodelled{};

    bool operator==(const CronJobStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(CronJobStatus, (), (active, lastScheduleTime, lastSuccessfulTime))

/// Kubernetes' kind `CronJob` of `batch/v1`.
struct CronJob {
    metav1::ObjectMeta metadata{};
    CronJobSpec spec{};
    CronJobStatus status{};
    Unmodelled unmodelled{};

    bool operator==(const CronJob&) const = default;
};
BOOST_DESCRIBE_STRUCT(CronJob, (), (metadata, spec, status))

}  // namespace wavetank::api::batchv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<batchv1::CronJobSpec> = "CronJobSpec";
inline constexpr FieldFacts batchv1_cron_job_spec_facts[] = {
    {.field = "schedule", .presence = Presence::Always},
    {.field = "jobTemplate", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<batchv1::CronJobSpec>{
    batchv1_cron_job_spec_facts};
template <>
inline constexpr std::string_view type_name<batchv1::CronJobStatus> = "CronJobStatus";
inline constexpr FieldFacts batchv1_cron_job_status_facts[] = {
    {.field = "active", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<batchv1::CronJobStatus>{
    batchv1_cron_job_status_facts};
template <>
inline constexpr std::string_view type_name<batchv1::CronJob> = "CronJob";
inline constexpr FieldFacts batchv1_cron_job_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<batchv1::CronJob>{batchv1_cron_job_facts};

}  // namespace wavetank::api
