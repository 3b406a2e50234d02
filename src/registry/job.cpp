#include "registry/job.hpp"

#include "registry/job_spec.hpp"
#include "registry/workload.hpp"

#include <wavetank/api/names.hpp>
#include <wavetank/api/selector.hpp>

#include <array>
#include <limits>

namespace wavetank::registry {
namespace {

using api::batchv1::Job;
using api::batchv1::JobSpec;
using api::corev1::PodTemplateSpec;

constexpr std::string_view immutable = "field is immutable";
constexpr const char* uid_label = "batch.kubernetes.io/controller-uid";
constexpr const char* uid_label_of_old = "controller-uid";
constexpr const char* name_label = "batch.kubernetes.io/job-name";
constexpr const char* name_label_of_old = "job-name";

/// Labels the template so that no other Job's pods are taken for this one's.
void generate_selector(Job& job) {
    // Upstream's default for the labels is the template's own map, which is added to here.
    auto& labels = job.spec.template_.metadata.labels;
    const bool shared = !labels->empty() && job.metadata.labels.same_as(labels);
    api::StringMap& own = labels.edit();
    own.try_emplace(name_label_of_old, job.metadata.name);
    own.try_emplace(name_label, job.metadata.name);
    own.try_emplace(uid_label_of_old, job.metadata.uid);
    own.try_emplace(uid_label, job.metadata.uid);
    if (shared) {
        job.metadata.labels = labels;
    }
    if (!job.spec.selector) {
        job.spec.selector.emplace();
    }
    job.spec.selector->matchLabels.try_emplace(uid_label, job.metadata.uid);
}

void check_has_label(FieldErrors& errors, const api::StringMap& labels, const char* key,
                     const std::string& expected) {
    const Path path = (Path{"spec.template.metadata"} / "labels").key(key);
    const auto found = labels.find(key);
    const std::string must = "must be '" + expected + "'";
    if (found == labels.end()) {
        errors.push_back(api::required_value(path, must));
    } else if (found->second != expected) {
        errors.push_back(api::invalid_literal(path, labels_literal(labels), must));
    }
}

FieldErrors validate_generated_selector(const Job& job) {
    FieldErrors errors;
    if (job.spec.manualSelector.value_or(false) || !job.spec.selector) {
        return errors;
    }
    const auto& labels = *job.spec.template_.metadata.labels;
    const auto& metadata = job.metadata;
    check_has_label(errors, labels, uid_label_of_old, metadata.uid);
    check_has_label(errors, labels, name_label_of_old, metadata.name);
    check_has_label(errors, labels, uid_label, metadata.uid);
    check_has_label(errors, labels, name_label, metadata.name);
    const auto selector = api::Selector::from(job.spec.selector);
    if (selector && !selector->matches({{uid_label, metadata.uid},
                                        {name_label, metadata.name},
                                        {uid_label_of_old, metadata.uid},
                                        {name_label_of_old, metadata.name}})) {
        errors.push_back(api::invalid_literal("spec.selector", selector_json(*job.spec.selector),
                                              "`selector` not auto-generated"));
    }
    return errors;
}

FieldErrors validate_job_selector(const JobSpec& spec) {
    const Path path{"spec"};
    FieldErrors errors;
    if (!spec.selector) {
        errors.push_back(api::required_value(path / "selector", ""));
    } else {
        append(errors, api::validate_selector(*spec.selector, path / "selector"));
    }
    append(errors, validate_selected(spec.selector, *spec.template_.metadata.labels,
                                     path / "template" / "metadata" / "labels"));
    return errors;
}

// The last index ends the host name of a pod.
FieldErrors validate_longest_hostname(const Job& job) {
    if (job.spec.completionMode != "Indexed" || job.spec.completions.value_or(0) <= 0) {
        return {};
    }
    const std::string longest = job.metadata.name + "-" + std::to_string(*job.spec.completions - 1);
    if (api::check_dns1123_label(longest).empty()) {
        return {};
    }
    return {api::invalid_value("metadata.name", job.metadata.name,
                               "will not able to create pod with invalid DNS label: " + longest)};
}

FieldErrors validate_completions_update(const JobSpec& next, const JobSpec& old) {
    const Path path{"spec.completions"};
    if (next.completions == old.completions) {
        return {};
    }
    const std::string shown = next.completions ? std::to_string(*next.completions) : "null";
    if (next.completionMode != "Indexed") {
        return {api::invalid_literal(path, shown, immutable)};
    }
    if (next.completions && next.completions != next.parallelism) {
        return {api::invalid_literal(path, shown,
                                     "can only be modified in tandem with spec.parallelism")};
    }
    return {};
}

/// Tells whether the template of a Job may still change: it is suspended, and has no pods.
bool has_mutable_template(const Job& job) {
    return job.spec.suspend.value_or(false) && job.status.active == 0 &&
           (!job.status.startTime || has_job_condition(job, "Suspended"));
}

void copy_node_affinity(api::corev1::PodSpecBody& to, const api::corev1::PodSpecBody& from) {
    if (!from.affinity) {
        if (to.affinity) {
            to.affinity->nodeAffinity.reset();
            if (*to.affinity == api::corev1::Affinity{}) {
                to.affinity.reset();
            }
        }
        return;
    }
    if (!to.affinity) {
        to.affinity.emplace();
    }
    to.affinity->nodeAffinity = from.affinity->nodeAffinity;
}

void copy_resources(api::corev1::PodSpecBody& to, const api::corev1::PodSpecBody& from) {
    const auto copy = [](auto& into, const auto& out_of) {
        for (std::size_t i = 0; into.size() == out_of.size() && i < into.size(); ++i) {
            if (into[i].name == out_of[i].name) {
                into[i].resources = out_of[i].resources;
            }
        }
    };
    copy(to.containers, from.containers);
    copy(to.initContainers, from.initContainers);
}

FieldErrors validate_template_update(const Job& next, const Job& old) {
    const PodTemplateSpec& wanted = next.spec.template_;
    if (wanted == old.spec.template_) {
        return {};
    }
    PodTemplateSpec allowed = old.spec.template_;
    const bool is_mutable = has_mutable_template(old);
    if (is_mutable) {
        auto& body = allowed.spec.edit();
        copy_node_affinity(body, *wanted.spec.body);
        body.nodeSelector = wanted.spec->nodeSelector;
        body.tolerations = wanted.spec->tolerations;
        body.schedulingGates = wanted.spec->schedulingGates;
        allowed.metadata.annotations = wanted.metadata.annotations;
        allowed.metadata.labels = wanted.metadata.labels;
        copy_resources(body, *wanted.spec.body);
    }
    // Upstream compares the whole template, or the spec alone where resources may change.
    const bool same = is_mutable ? wanted.spec == allowed.spec : wanted == allowed;
    if (same) {
        return {};
    }
    return {api::invalid_literal(is_mutable ? "spec.template.spec" : "spec.template",
                                 "{\"Volumes\":...}", immutable)};
}

template <class T>
std::string shown_optional(const std::optional<T>& value) {
    if constexpr (std::is_same_v<T, std::string>) {
        return value ? api::quoted(*value) : "null";
    } else {
        return value ? std::to_string(*value) : "null";
    }
}

FieldErrors validate_job_update(const Job& next, const Job& old) {
    const JobSpec& spec = next.spec;
    const JobSpec& was = old.spec;
    FieldErrors errors = validate_completions_update(spec, was);
    append(errors, validate_same_selector(spec.selector, was.selector));
    append(errors, validate_template_update(next, old));
    const auto same = [&](std::string_view field, bool is_same, const std::string& shown) {
        if (!is_same) {
            errors.push_back(api::invalid_literal(Path{"spec"} / field, shown, immutable));
        }
    };
    same("completionMode", spec.completionMode == was.completionMode,
         shown_optional(spec.completionMode));
    same("podFailurePolicy", spec.podFailurePolicy == was.podFailurePolicy,
         spec.podFailurePolicy ? failure_policy_json(*spec.podFailurePolicy) : "null");
    same("backoffLimitPerIndex", spec.backoffLimitPerIndex == was.backoffLimitPerIndex,
         shown_optional(spec.backoffLimitPerIndex));
    same("managedBy", spec.managedBy == was.managedBy, shown_optional(spec.managedBy));
    same("successPolicy", spec.successPolicy == was.successPolicy,
         spec.successPolicy ? success_policy_json(*spec.successPolicy) : "null");
    return errors;
}

}  // namespace

void Rules<Job>::set_defaults(Cluster& cluster, Job& object) {
    constexpr std::int32_t backoff_limit = 6;
    JobSpec& spec = object.spec;
    if (!spec.completions && !spec.parallelism) {
        spec.completions = 1;
    }
    spec.parallelism = spec.parallelism.value_or(1);
    if (!spec.backoffLimit) {
        spec.backoffLimit =
            spec.backoffLimitPerIndex ? std::numeric_limits<std::int32_t>::max() : backoff_limit;
    }
    if (object.metadata.labels->empty()) {
        object.metadata.labels = spec.template_.metadata.labels;
    }
    spec.completionMode = spec.completionMode.value_or("NonIndexed");
    spec.suspend = spec.suspend.value_or(false);
    if (!spec.podReplacementPolicy) {
        spec.podReplacementPolicy = spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed";
    }
    spec.manualSelector = spec.manualSelector.value_or(false);
    default_job_body(cluster, spec);
}

Propagation Rules<Job>::default_propagation(const Job& /*object*/) {
    return Propagation::Orphan;
}

void Rules<Job>::prepare_create(Job& object) {
    if (!object.spec.manualSelector.value_or(false)) {
        generate_selector(object);
    }
    object.status = {};
    object.metadata.generation = 1;
}

void Rules<Job>::prepare_update(Job& next, const Job& old) {
    next.status = old.status;
    if (next.spec != old.spec) {
        next.metadata.generation = old.metadata.generation + 1;
    }
}

void Rules<Job>::prepare_status(Job& next, const Job& old) {
    next.spec = old.spec;
}

FieldErrors Rules<Job>::validate(Cluster& cluster, const Job& object, const Job* old) {
    FieldErrors errors;
    if (old == nullptr) {
        append(errors, validate_generated_selector(object));
    }
    append(errors, validate_job_body(cluster, object.spec, Path{"spec"}));
    append(errors, validate_job_selector(object.spec));
    if (old != nullptr) {
        append(errors, validate_job_update(object, *old));
    }
    append(errors, validate_longest_hostname(object));
    return errors;
}

FieldErrors Rules<Job>::validate_status(const Job& next, const Job& old) {
    return validate_job_status(next, old);
}

std::vector<std::string> Rules<Job>::warnings(const Job& object) {
    std::vector<std::string> warnings = name_warnings(object.metadata.name);
    for (std::string& each : job_body_warnings(object.spec, Path{"spec"})) {
        warnings.push_back(std::move(each));
    }
    return warnings;
}

std::vector<std::string> Rules<Job>::update_warnings(const Job& next, const Job& old) {
    return next.metadata.generation == old.metadata.generation
               ? std::vector<std::string>{}
               : job_body_warnings(next.spec, Path{"spec"});
}

}  // namespace wavetank::registry
