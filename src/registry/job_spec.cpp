#include "registry/job_spec.hpp"

#include "registry/pod/pod_rules.hpp"
#include "registry/pod_bodies.hpp"

#include <wavetank/api/names.hpp>

namespace wavetank::registry {
namespace {

using api::batchv1::JobSpec;

constexpr std::int32_t parallelism_max = 100'000;  // of an indexed Job
constexpr std::int32_t failed_indexes_max = 100'000;
constexpr std::int32_t completions_many = 100'000;  // from here on other limits are lower
constexpr std::int32_t parallelism_of_many_max = 10'000;
constexpr std::int32_t failed_indexes_of_many_max = 10'000;
constexpr std::int64_t manager_length_max = 63;

void check_at_most_number(FieldErrors& errors, const Path& path, std::int64_t value,
                          std::int64_t most, std::string_view when = "") {
    if (value > most) {
        errors.push_back(api::invalid_value(
            path, value,
            "must be less than or equal to " + std::to_string(most) + std::string{when}));
    }
}

void check_optional(FieldErrors& errors, const Path& path,
                    const std::optional<std::int32_t>& value) {
    if (value) {
        check_not_negative(errors, path, *value);
    }
}

FieldErrors validate_job_numbers(const JobSpec& spec, const Path& path) {
    FieldErrors errors;
    check_optional(errors, path / "parallelism", spec.parallelism);
    check_optional(errors, path / "completions", spec.completions);
    if (spec.activeDeadlineSeconds) {
        check_not_negative(errors, path / "activeDeadlineSeconds", *spec.activeDeadlineSeconds);
    }
    check_optional(errors, path / "backoffLimit", spec.backoffLimit);
    check_optional(errors, path / "ttlSecondsAfterFinished", spec.ttlSecondsAfterFinished);
    check_optional(errors, path / "backoffLimitPerIndex", spec.backoffLimitPerIndex);
    if (spec.maxFailedIndexes) {
        check_not_negative(errors, path / "maxFailedIndexes", *spec.maxFailedIndexes);
        if (!spec.backoffLimitPerIndex) {
            errors.push_back(api::required_value(path / "backoffLimitPerIndex",
                                                 "when maxFailedIndexes is specified"));
        }
    }
    if (spec.managedBy) {
        append(errors, api::validate_domain_prefixed_path(*spec.managedBy, path / "managedBy"));
        if (std::ssize(*spec.managedBy) > manager_length_max) {
            errors.push_back(api::too_long_value(path / "managedBy", manager_length_max));
        }
    }
    return errors;
}

FieldErrors validate_many_indexes(const JobSpec& spec, const Path& path) {
    constexpr std::string_view when =
        " when completions are above 100000 and used with backoff limit per index";
    FieldErrors errors;
    if (!spec.maxFailedIndexes) {
        errors.push_back(api::required_value(path / "maxFailedIndexes",
                                             "must be specified when completions is above 100000"));
    }
    check_at_most_number(errors, path / "parallelism", spec.parallelism.value_or(0),
                         parallelism_of_many_max, when);
    check_at_most_number(errors, path / "maxFailedIndexes", spec.maxFailedIndexes.value_or(0),
                         failed_indexes_of_many_max, when);
    return errors;
}

FieldErrors validate_indexed(const JobSpec& spec, const Path& path) {
    FieldErrors errors;
    if (!spec.completions) {
        errors.push_back(
            api::required_value(path / "completions", "when completion mode is Indexed"));
    }
    check_at_most_number(errors, path / "parallelism", spec.parallelism.value_or(0),
                         parallelism_max, " when completion mode is Indexed");
    if (spec.completions && spec.maxFailedIndexes && *spec.maxFailedIndexes > *spec.completions) {
        errors.push_back(api::invalid_value(path / "maxFailedIndexes",
                                            std::int64_t{*spec.maxFailedIndexes},
                                            "must be less than or equal to completions"));
    }
    check_at_most_number(errors, path / "maxFailedIndexes", spec.maxFailedIndexes.value_or(0),
                         failed_indexes_max);
    if (spec.completions.value_or(0) > completions_many && spec.backoffLimitPerIndex) {
        append(errors, validate_many_indexes(spec, path));
    }
    return errors;
}

FieldErrors validate_unindexed(const JobSpec& spec, const Path& path) {
    constexpr std::string_view needs = "requires indexed completion mode";
    FieldErrors errors;
    if (spec.backoffLimitPerIndex) {
        errors.push_back(api::invalid_value(path / "backoffLimitPerIndex",
                                            std::int64_t{*spec.backoffLimitPerIndex}, needs));
    }
    if (spec.maxFailedIndexes) {
        errors.push_back(api::invalid_value(path / "maxFailedIndexes",
                                            std::int64_t{*spec.maxFailedIndexes}, needs));
    }
    return errors;
}

FieldErrors validate_completion_mode(const JobSpec& spec, const Path& path) {
    const std::string mode = spec.completionMode.value_or("NonIndexed");
    if (mode == "NonIndexed") {
        return validate_unindexed(spec, path);
    }
    if (mode == "Indexed") {
        return validate_indexed(spec, path);
    }
    return {api::unsupported_value(path / "completionMode", mode, {"NonIndexed", "Indexed"})};
}

FieldErrors validate_replacement(const JobSpec& spec, const Path& path) {
    if (!spec.podReplacementPolicy) {
        return {};
    }
    const std::string& policy = *spec.podReplacementPolicy;
    if (policy == "Failed" || (policy == "TerminatingOrFailed" && !spec.podFailurePolicy)) {
        return {};
    }
    return {api::unsupported_value(
        path, policy,
        spec.podFailurePolicy ? std::vector<std::string>{"Failed"}
                              : std::vector<std::string>{"Failed", "TerminatingOrFailed"})};
}

FieldErrors validate_restarts(const JobSpec& spec, const Path& path) {
    const std::string& policy = spec.template_.spec->restartPolicy;
    if (policy == "Always" || policy.empty()) {
        return {api::required_value(path, "valid values: \"OnFailure\", \"Never\"")};
    }
    if (policy != "OnFailure" && policy != "Never") {
        return {api::unsupported_value(path, policy, {"OnFailure", "Never"})};
    }
    if (spec.podFailurePolicy && policy != "Never") {
        return {api::invalid_value(
            path, policy, "only \"Never\" is supported when podFailurePolicy is specified")};
    }
    return {};
}

}  // namespace

Cause invalid_without_value(const Path& path, std::string_view detail) {
    return {.reason = "FieldValueInvalid",
            .message = "Invalid value: " + std::string{detail},
            .field = path.text()};
}

void default_job_body(Cluster& cluster, JobSpec& spec) {
    if (spec.podFailurePolicy) {
        for (auto& rule : spec.podFailurePolicy->rules) {
            for (auto& pattern : rule.onPodConditions) {
                if (pattern.status.empty()) {
                    pattern.status = "True";
                }
            }
        }
    }
    spec.scheduling = nullptr;  // WorkloadWithJob, alpha
    default_template_body(cluster, spec.template_);
}

FieldErrors validate_job_body(Cluster& cluster, const JobSpec& spec, const Path& path) {
    FieldErrors errors = validate_job_numbers(spec, path);
    append(errors, validate_completion_mode(spec, path));
    if (spec.podFailurePolicy) {
        append(errors, validate_pod_failure_policy(spec, path / "podFailurePolicy"));
    }
    if (spec.successPolicy) {
        append(errors, validate_success_policy(spec, path / "successPolicy"));
    }
    append(errors, validate_replacement(spec, path / "podReplacementPolicy"));
    append(errors, validate_template_body(cluster, spec.template_, path / "template"));
    append(errors, validate_restarts(spec, path / "template" / "spec" / "restartPolicy"));
    return errors;
}

std::vector<std::string> job_body_warnings(const JobSpec& spec, const Path& path) {
    std::vector<std::string> warnings;
    if (spec.completionMode == "Indexed" && spec.completions.value_or(0) > completions_many &&
        spec.parallelism.value_or(0) > parallelism_of_many_max) {
        warnings.push_back(path.text() +
                           ": In Indexed Jobs with a number of completions higher than 10^5 and a "
                           "parallelism higher than 10^4, Kubernetes might not be able to track "
                           "completedIndexes when a big number of indexes fail");
    }
    for (std::string& each : pod_template_warnings(spec.template_, path / "template")) {
        warnings.push_back(std::move(each));
    }
    return warnings;
}

}  // namespace wavetank::registry
