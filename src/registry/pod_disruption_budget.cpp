#include "registry/pod_disruption_budget.hpp"

#include "registry/workload.hpp"

#include <wavetank/api/selector.hpp>

namespace wavetank::registry {
namespace {

using api::IntOrString;
using api::policyv1::PodDisruptionBudget;
using api::policyv1::PodDisruptionBudgetSpec;

/// Writes the spec as upstream's error does: the internal struct, in JSON.
std::string spec_json(const PodDisruptionBudgetSpec& spec) {
    const auto bound = [](const std::optional<IntOrString>& value) {
        return value ? literal_of(*value) : "null";
    };
    const auto& policy = spec.unhealthyPodEvictionPolicy;
    return "{\"MinAvailable\":" + bound(spec.minAvailable) +
           ",\"Selector\":" + (spec.selector ? selector_json(*spec.selector) : "null") +
           ",\"MaxUnavailable\":" + bound(spec.maxUnavailable) +
           ",\"UnhealthyPodEvictionPolicy\":" + (policy ? api::json_quoted(*policy) : "null") + "}";
}

FieldErrors validate_bound(const std::optional<IntOrString>& bound, const Path& path) {
    if (!bound) {
        return {};
    }
    FieldErrors errors = validate_count_or_percent(*bound, path);
    append(errors, validate_at_most_whole(*bound, path));
    return errors;
}

}  // namespace

void Rules<PodDisruptionBudget>::prepare_create(PodDisruptionBudget& object) {
    object.status = {};
    object.metadata.generation = 1;
}

void Rules<PodDisruptionBudget>::prepare_update(PodDisruptionBudget& next,
                                                const PodDisruptionBudget& old) {
    next.status = old.status;
    if (next.spec != old.spec) {
        next.metadata.generation = old.metadata.generation + 1;
    }
}

void Rules<PodDisruptionBudget>::prepare_status(PodDisruptionBudget& next,
                                                const PodDisruptionBudget& old) {
    next.spec = old.spec;
}

FieldErrors Rules<PodDisruptionBudget>::validate(Cluster& /*cluster*/,
                                                 const PodDisruptionBudget& object,
                                                 const PodDisruptionBudget* /*old*/) {
    const PodDisruptionBudgetSpec& spec = object.spec;
    const Path path{"spec"};
    FieldErrors errors;
    if (spec.minAvailable && spec.maxUnavailable) {
        errors.push_back(api::invalid_literal(
            path, spec_json(spec), "minAvailable and maxUnavailable cannot be both set"));
    }
    append(errors, validate_bound(spec.minAvailable, path / "minAvailable"));
    append(errors, validate_bound(spec.maxUnavailable, path / "maxUnavailable"));
    if (spec.selector) {
        append(errors, api::validate_selector(*spec.selector, path / "selector"));
    }
    const auto& policy = spec.unhealthyPodEvictionPolicy;
    if (policy && *policy != "AlwaysAllow" && *policy != "IfHealthyBudget") {
        errors.push_back(api::unsupported_value(path / "unhealthyPodEvictionPolicy", *policy,
                                                {"AlwaysAllow", "IfHealthyBudget"}));
    }
    return errors;
}

FieldErrors Rules<PodDisruptionBudget>::validate_status(const PodDisruptionBudget& next,
                                                        const PodDisruptionBudget& /*old*/) {
    const auto& status = next.status;
    return validate_counts({{"disruptionsAllowed", status.disruptionsAllowed},
                            {"currentHealthy", status.currentHealthy},
                            {"desiredHealthy", status.desiredHealthy},
                            {"expectedPods", status.expectedPods}});
}

}  // namespace wavetank::registry
