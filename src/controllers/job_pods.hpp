#pragma once

/// \file
/// What a Job asks of one of its pods: its index, how it ended, and whether that counts (upstream's
/// `indexed_job_utils.go`, `backoff_utils.go` and `pod_failure_policy.go`), without state.

#include "controllers/index_intervals.hpp"
#include "controllers/pods.hpp"

#include <wavetank/api/batchv1/job.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::controllers {

inline constexpr const char* job_finalizer = "batch.kubernetes.io/job-tracking";

[[nodiscard]] bool is_indexed(const api::batchv1::Job& job);
[[nodiscard]] bool is_suspended(const api::batchv1::Job& job);
/// Complete or Failed.
[[nodiscard]] bool is_finished(const api::batchv1::Job& job);
/// Tells whether a pod that is on its way out is not replaced before it has ended.
[[nodiscard]] bool replaces_failed_alone(const api::batchv1::Job& job);

/// Returns the condition of that type if it is True; null otherwise.
[[nodiscard]] const api::batchv1::JobCondition* true_condition(const api::batchv1::Job& job,
                                                               std::string_view type);

[[nodiscard]] bool has_job_finalizer(const api::corev1::Pod& pod);

/// Returns the index that a pod works on; -1 if it has none.
[[nodiscard]] std::int64_t completion_index_of(const api::corev1::Pod& pod);

/// Returns the index if the Job has it; nothing otherwise.
[[nodiscard]] std::optional<std::int64_t> valid_index_of(const api::batchv1::Job& job,
                                                         const api::corev1::Pod& pod);

[[nodiscard]] std::set<std::int64_t> indexes_of(const std::vector<PodPointer>& pods);

/// Returns how many pods of the same index have failed before this one, as its annotations say.
[[nodiscard]] std::int32_t failures_before(const api::corev1::Pod& pod);
[[nodiscard]] std::int32_t ignored_failures_before(const api::corev1::Pod& pod);

/// Failed, or being deleted where that counts as a failure.
[[nodiscard]] bool is_failed(const api::batchv1::Job& job, const api::corev1::Pod& pod);

/// Returns when a pod ended, as well as can be told.
[[nodiscard]] WallTime finish_time_of(const api::corev1::Pod& pod);

/// What the failure policy says of a failed pod.
struct FailureVerdict {
    std::optional<std::string> job_failure{};  ///< why the Job fails
    bool counts = true;
    bool fails_index = false;
};
[[nodiscard]] FailureVerdict judge_failure(const api::batchv1::Job& job,
                                           const api::corev1::Pod& pod);

/// Tells whether the pod's failure is one too many for its index.
[[nodiscard]] bool fails_index(const api::batchv1::Job& job, const api::corev1::Pod& pod);

/// Returns which rule of the success policy is met: "Matched rules at index 0"; nothing if none is.
[[nodiscard]] std::optional<std::string> met_success_rule(const api::batchv1::Job& job,
                                                          const IndexIntervals& succeeded);

/// Returns the active pods that go if at least `count` must: first those whose index another has or
/// that have no valid one, then by upstream's `ActivePods`.
[[nodiscard]] std::vector<PodPointer> pods_to_remove(const api::batchv1::Job& job,
                                                     std::vector<PodPointer> active,
                                                     std::int64_t count);

/// Returns the wait before another pod after so many failures, the last at `last`; at least zero.
[[nodiscard]] Duration job_back_off(std::int64_t failures, WallTime last, WallTime now);

/// Returns a pod of the Job. With an index, `replaced` is the failed pod in whose place it comes;
/// null if there was none.
[[nodiscard]] api::corev1::Pod make_job_pod(const api::batchv1::Job& job,
                                            std::optional<std::int64_t> index,
                                            const PodPointer& replaced);

}  // namespace wavetank::controllers
