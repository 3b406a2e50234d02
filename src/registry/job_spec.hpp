#pragma once

/// \file
/// What a Job and the template of a CronJob's Jobs have in common.

#include "registry/rules.hpp"

#include <wavetank/api/batchv1/job.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace wavetank::registry {

/// Fills in what Jobs and templates of Jobs leave open, and drops what is switched off.
void default_job_body(Cluster& cluster, api::batchv1::JobSpec& spec);

/// Checks all but the selector (`validateJobSpec`).
[[nodiscard]] FieldErrors validate_job_body(Cluster& cluster, const api::batchv1::JobSpec& spec,
                                            const Path& path);

/// Checks which failures of pods count. Requires: there is a policy.
[[nodiscard]] FieldErrors validate_pod_failure_policy(const api::batchv1::JobSpec& spec,
                                                      const Path& path);

/// Checks which indexes are enough. Requires: there is a policy.
[[nodiscard]] FieldErrors validate_success_policy(const api::batchv1::JobSpec& spec,
                                                  const Path& path);

// Policies as error messages quote them: the internal structs, in JSON.
[[nodiscard]] std::string failure_policy_json(const api::batchv1::PodFailurePolicy& policy);
[[nodiscard]] std::string success_policy_json(const api::batchv1::SuccessPolicy& policy);

/// Checks the counts and conditions of a status against each other and against the old one.
[[nodiscard]] FieldErrors validate_job_status(const api::batchv1::Job& next,
                                              const api::batchv1::Job& old);

/// Lists what is legal but unwise.
[[nodiscard]] std::vector<std::string> job_body_warnings(const api::batchv1::JobSpec& spec,
                                                         const Path& path);

/// Reports something wrong with a field whose value says nothing.
[[nodiscard]] Cause invalid_without_value(const Path& path, std::string_view detail);

/// Tells whether a condition of that type has that status.
[[nodiscard]] bool has_job_condition(const api::batchv1::Job& job, std::string_view type,
                                     std::string_view status = "True");

}  // namespace wavetank::registry
