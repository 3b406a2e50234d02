// Which failures of a Job's pods count, and which indexes are enough.

#include "registry/job_indexes.hpp"
#include "registry/job_spec.hpp"

#include <wavetank/api/names.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace wavetank::registry {
namespace {

using api::batchv1::JobSpec;
using api::batchv1::PodFailurePolicy;
using api::batchv1::PodFailurePolicyOnExitCodesRequirement;
using api::batchv1::PodFailurePolicyOnPodConditionsPattern;
using api::batchv1::PodFailurePolicyRule;
using api::batchv1::SuccessPolicy;
using api::batchv1::SuccessPolicyRule;

constexpr std::int64_t failure_rules_max = 20;
constexpr std::int64_t job_exit_codes_max = 255;
constexpr std::int64_t patterns_max = 20;
constexpr std::int64_t success_rules_max = 20;
constexpr std::size_t success_indexes_length_max = 64 * 1024;

const std::vector<std::string>& actions() {
    static const std::vector<std::string> names{"Count", "FailIndex", "FailJob", "Ignore"};
    return names;
}
const std::vector<std::string>& exit_code_operators() {
    static const std::vector<std::string> names{"In", "NotIn"};
    return names;
}
const std::vector<std::string>& statuses() {
    static const std::vector<std::string> names{"False", "True", "Unknown"};
    return names;
}

// A list of texts as Go's %q prints it.
std::string go_quoted(const std::vector<std::string>& texts) {
    std::string shown;
    for (const std::string& text : texts) {
        shown += (shown.empty() ? "" : " ") + api::quoted(text);
    }
    return "valid values: [" + shown + "]";
}

FieldErrors validate_one_of(const std::string& value, const std::vector<std::string>& allowed,
                            const Path& path) {
    if (value.empty()) {
        return {api::required_value(path, go_quoted(allowed))};
    }
    if (std::ranges::find(allowed, value) == allowed.end()) {
        return {api::unsupported_value(path, value, allowed)};
    }
    return {};
}

std::string numbers_json(const std::vector<std::int32_t>& numbers) {
    std::string text;
    for (const std::int32_t number : numbers) {
        text += (text.empty() ? "" : ",") + std::to_string(number);
    }
    return "[" + text + "]";
}

FieldErrors validate_exit_code_values(const PodFailurePolicyOnExitCodesRequirement& codes,
                                      const Path& path) {
    FieldErrors errors;
    if (codes.values.empty()) {
        errors.push_back(api::invalid_literal(path, numbers_json(codes.values),
                                              "at least one value is required"));
    } else if (std::ssize(codes.values) > job_exit_codes_max) {
        errors.push_back(api::too_many_values(path, std::ssize(codes.values), job_exit_codes_max));
    }
    std::set<std::int32_t> seen;
    for (std::size_t i = 0; i < codes.values.size(); ++i) {
        const std::int32_t value = codes.values[i];
        if (codes.operator_ == "In" && value == 0) {
            errors.push_back(api::invalid_value(path[i], std::int64_t{value},
                                                "must not be 0 for the In operator"));
        }
        if (!seen.insert(value).second) {
            errors.push_back({.reason = "FieldValueDuplicate",
                              .message = "Duplicate value: " + std::to_string(value),
                              .field = path[i].text()});
        }
    }
    if (!std::ranges::is_sorted(codes.values)) {
        errors.push_back(api::invalid_literal(path, numbers_json(codes.values), "must be ordered"));
    }
    return errors;
}

FieldErrors validate_exit_codes(const PodFailurePolicyOnExitCodesRequirement& codes,
                                const JobSpec& spec, const Path& path) {
    FieldErrors errors = validate_one_of(codes.operator_, exit_code_operators(), path / "operator");
    const auto is_named = [&](const auto& containers) {
        return std::ranges::any_of(
            containers, [&](const auto& each) { return each.name == *codes.containerName; });
    };
    const auto& pod = *spec.template_.spec.body;
    if (codes.containerName && !is_named(pod.containers) && !is_named(pod.initContainers)) {
        errors.push_back(api::invalid_value(
            path / "containerName", *codes.containerName,
            "must be one of the container or initContainer names in the pod template"));
    }
    append(errors, validate_exit_code_values(codes, path / "values"));
    return errors;
}

FieldErrors validate_patterns(const std::vector<PodFailurePolicyOnPodConditionsPattern>& patterns,
                              const Path& path) {
    FieldErrors errors;
    if (std::ssize(patterns) > patterns_max) {
        errors.push_back(api::too_many_values(path, std::ssize(patterns), patterns_max));
    }
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        append_problems(errors, path[i] / "type", patterns[i].type,
                        api::check_qualified_name(patterns[i].type));
        append(errors, validate_one_of(patterns[i].status, statuses(), path[i] / "status"));
    }
    return errors;
}

FieldErrors validate_failure_rule(const PodFailurePolicyRule& rule, const JobSpec& spec,
                                  const Path& path) {
    FieldErrors errors;
    if (rule.action == "FailIndex") {
        if (!spec.backoffLimitPerIndex) {
            errors.push_back(api::invalid_value(path / "action", rule.action,
                                                "requires the backoffLimitPerIndex to be set"));
        }
    } else {
        append(errors, validate_one_of(rule.action, actions(), path / "action"));
    }
    if (rule.onExitCodes) {
        append(errors, validate_exit_codes(*rule.onExitCodes, spec, path / "onExitCodes"));
    }
    if (!rule.onPodConditions.empty()) {
        append(errors, validate_patterns(rule.onPodConditions, path / "onPodConditions"));
    }
    if (rule.onExitCodes && !rule.onPodConditions.empty()) {
        errors.push_back(invalid_without_value(
            path, "specifying both OnExitCodes and OnPodConditions is not supported"));
    }
    if (!rule.onExitCodes && rule.onPodConditions.empty()) {
        errors.push_back(invalid_without_value(
            path, "specifying one of OnExitCodes and OnPodConditions is required"));
    }
    return errors;
}

FieldErrors validate_success_rule(const SuccessPolicyRule& rule, std::int32_t completions,
                                  const Path& path) {
    FieldErrors errors;
    if (!rule.succeededCount && !rule.succeededIndexes) {
        errors.push_back(api::required_value(
            path, "at least one of succeededCount or succeededIndexes must be specified"));
    }
    IndexList indexes;
    if (rule.succeededIndexes) {
        const Path field = path / "succeededIndexes";
        if (rule.succeededIndexes->size() > success_indexes_length_max) {
            errors.push_back(api::too_long_value(field, success_indexes_length_max));
        }
        indexes = read_indexes(*rule.succeededIndexes, completions);
        if (indexes.problem) {
            errors.push_back(
                api::invalid_value(field, *rule.succeededIndexes,
                                   "error parsing succeededIndexes: " + *indexes.problem));
        }
    }
    if (!rule.succeededCount) {
        return errors;
    }
    const std::int64_t count = *rule.succeededCount;
    const Path field = path / "succeededCount";
    check_not_negative(errors, field, count);
    if (count > completions) {
        errors.push_back(api::invalid_value(field, count,
                                            "must be less than or equal to " +
                                                std::to_string(completions) +
                                                " (the number of specified completions)"));
    }
    if (rule.succeededIndexes && count > indexes.total) {
        errors.push_back(api::invalid_value(
            field, count,
            "must be less than or equal to " + std::to_string(indexes.total) +
                " (the number of indexes in the specified succeededIndexes field)"));
    }
    return errors;
}

}  // namespace

FieldErrors validate_pod_failure_policy(const JobSpec& spec, const Path& path) {
    const auto& rules = spec.podFailurePolicy->rules;
    FieldErrors errors;
    if (std::ssize(rules) > failure_rules_max) {
        errors.push_back(
            api::too_many_values(path / "rules", std::ssize(rules), failure_rules_max));
    }
    for (std::size_t i = 0; i < rules.size(); ++i) {
        append(errors, validate_failure_rule(rules[i], spec, (path / "rules")[i]));
    }
    return errors;
}

FieldErrors validate_success_policy(const JobSpec& spec, const Path& path) {
    if (spec.completionMode.value_or("NonIndexed") != "Indexed") {
        return {api::invalid_literal(path, success_policy_json(*spec.successPolicy),
                                     "requires indexed completion mode")};
    }
    const auto& rules = spec.successPolicy->rules;
    FieldErrors errors;
    if (rules.empty()) {
        errors.push_back(api::required_value(
            path / "rules",
            "at least one rules must be specified when the successPolicy is specified"));
    }
    if (std::ssize(rules) > success_rules_max) {
        errors.push_back(
            api::too_many_values(path / "rules", std::ssize(rules), success_rules_max));
    }
    for (std::size_t i = 0; i < rules.size(); ++i) {
        append(errors,
               validate_success_rule(rules[i], spec.completions.value_or(0), (path / "rules")[i]));
    }
    return errors;
}

std::string failure_policy_json(const PodFailurePolicy& policy) {
    std::string rules;
    for (const PodFailurePolicyRule& rule : policy.rules) {
        std::string codes = "null";
        if (const auto& given = rule.onExitCodes) {
            codes = "{\"ContainerName\":" +
                    (given->containerName ? api::json_quoted(*given->containerName) : "null") +
                    ",\"Operator\":" + api::json_quoted(given->operator_) +
                    ",\"Values\":" + numbers_json(given->values) + "}";
        }
        std::string patterns;
        for (const auto& pattern : rule.onPodConditions) {
            patterns += (patterns.empty() ? "" : ",") + std::string{"{\"Type\":"} +
                        api::json_quoted(pattern.type) +
                        ",\"Status\":" + api::json_quoted(pattern.status) + "}";
        }
        rules += (rules.empty() ? "" : ",") + std::string{"{\"Action\":"} +
                 api::json_quoted(rule.action) + ",\"OnExitCodes\":" + codes +
                 ",\"OnPodConditions\":" + (patterns.empty() ? "null" : "[" + patterns + "]") + "}";
    }
    return "{\"Rules\":[" + rules + "]}";
}

std::string success_policy_json(const SuccessPolicy& policy) {
    std::string rules;
    for (const SuccessPolicyRule& rule : policy.rules) {
        rules += (rules.empty() ? "" : ",") + std::string{"{\"SucceededIndexes\":"} +
                 (rule.succeededIndexes ? api::json_quoted(*rule.succeededIndexes) : "null") +
                 ",\"SucceededCount\":" +
                 (rule.succeededCount ? std::to_string(*rule.succeededCount) : "null") + "}";
    }
    return "{\"Rules\":[" + rules + "]}";
}

}  // namespace wavetank::registry
