#include "registry/deployment.hpp"

#include "registry/pod/pod_rules.hpp"
#include "registry/pod_bodies.hpp"
#include "registry/workload.hpp"

namespace wavetank::registry {
namespace {

using api::IntOrString;
using api::appsv1::Deployment;
using api::appsv1::DeploymentSpec;
using api::appsv1::DeploymentStrategy;
using api::appsv1::RollingUpdateDeployment;

FieldErrors validate_rolling_update(const RollingUpdateDeployment& update, const Path& path) {
    const IntOrString unavailable = update.maxUnavailable.value_or(IntOrString{});
    const IntOrString surge = update.maxSurge.value_or(IntOrString{});
    FieldErrors errors = validate_count_or_percent(unavailable, path / "maxUnavailable");
    append(errors, validate_count_or_percent(surge, path / "maxSurge"));
    if (count_or_percent(unavailable) == 0 && count_or_percent(surge) == 0) {
        errors.push_back(api::invalid_literal(path / "maxUnavailable", literal_of(unavailable),
                                              "may not be 0 when `maxSurge` is 0"));
    }
    append(errors, validate_at_most_whole(unavailable, path / "maxUnavailable"));
    return errors;
}

/// Writes the strategy as upstream's error does: the internal struct, in JSON.
std::string strategy_json(const DeploymentStrategy& strategy) {
    const auto bound = [](const std::optional<IntOrString>& value) {
        return literal_of(value.value_or(IntOrString{}));
    };
    std::string update = "null";
    if (strategy.rollingUpdate) {
        update = "{\"MaxUnavailable\":" + bound(strategy.rollingUpdate->maxUnavailable) +
                 ",\"MaxSurge\":" + bound(strategy.rollingUpdate->maxSurge) + "}";
    }
    return "{\"Type\":" + api::json_quoted(strategy.type) + ",\"RollingUpdate\":" + update + "}";
}

FieldErrors validate_strategy(const DeploymentStrategy& strategy, const Path& path) {
    if (strategy.type == "Recreate") {
        if (!strategy.rollingUpdate) {
            return {};
        }
        return {api::forbidden_value(path / "rollingUpdate",
                                     "may not be specified when strategy `type` is 'Recreate'")};
    }
    if (strategy.type == "RollingUpdate") {
        return validate_rolling_update(*strategy.rollingUpdate, path / "rollingUpdate");
    }
    return {{.reason = "FieldValueNotSupported",
             .message = "Unsupported value: " + strategy_json(strategy) +
                        ": supported values: \"Recreate\", \"RollingUpdate\"",
             .field = path.text()}};
}

FieldErrors validate_times(const DeploymentSpec& spec) {
    FieldErrors errors;
    if (spec.revisionHistoryLimit) {
        check_not_negative(errors, Path{"spec.revisionHistoryLimit"}, *spec.revisionHistoryLimit);
    }
    if (spec.progressDeadlineSeconds) {
        const Path path{"spec.progressDeadlineSeconds"};
        check_not_negative(errors, path, *spec.progressDeadlineSeconds);
        if (*spec.progressDeadlineSeconds <= spec.minReadySeconds) {
            errors.push_back(api::invalid_value(path, std::int64_t{*spec.progressDeadlineSeconds},
                                                "must be greater than minReadySeconds"));
        }
    }
    return errors;
}

}  // namespace

void Rules<Deployment>::set_defaults(Cluster& cluster, Deployment& object) {
    DeploymentSpec& spec = object.spec;
    if (!spec.replicas) {
        spec.replicas = 1;
    }
    DeploymentStrategy& strategy = spec.strategy;
    if (strategy.type.empty()) {
        strategy.type = "RollingUpdate";
    }
    if (strategy.type == "RollingUpdate") {
        if (!strategy.rollingUpdate) {
            strategy.rollingUpdate.emplace();
        }
        if (!strategy.rollingUpdate->maxUnavailable) {
            strategy.rollingUpdate->maxUnavailable = "25%";
        }
        if (!strategy.rollingUpdate->maxSurge) {
            strategy.rollingUpdate->maxSurge = "25%";
        }
    }
    if (!spec.revisionHistoryLimit) {
        spec.revisionHistoryLimit = 10;
    }
    if (!spec.progressDeadlineSeconds) {
        spec.progressDeadlineSeconds = 600;
    }
    default_template_body(cluster, spec.template_);
}

void Rules<Deployment>::prepare_create(Deployment& object) {
    object.status = {};
    object.metadata.generation = 1;
}

void Rules<Deployment>::prepare_update(Deployment& next, const Deployment& old) {
    next.status = old.status;
    // Annotations count, because they are copied to the ReplicaSets.
    if (next.spec != old.spec || next.metadata.annotations != old.metadata.annotations) {
        next.metadata.generation = old.metadata.generation + 1;
    }
}

void Rules<Deployment>::prepare_status(Deployment& next, const Deployment& old) {
    next.spec = old.spec;
    next.metadata.labels = old.metadata.labels;
}

FieldErrors Rules<Deployment>::validate(Cluster& cluster, const Deployment& object,
                                        const Deployment* old) {
    const DeploymentSpec& spec = object.spec;
    // minReadySeconds is checked after the strategy, so it is not given here.
    const TemplateOwner owner{.replicas = spec.replicas.value_or(0),
                              .selector = spec.selector,
                              .pod_template = spec.template_};
    FieldErrors errors = validate_replicas_and_selector(owner);
    append(errors, validate_template_of(cluster, owner));
    append(errors, validate_strategy(spec.strategy, Path{"spec.strategy"}));
    check_not_negative(errors, Path{"spec.minReadySeconds"}, spec.minReadySeconds);
    append(errors, validate_times(spec));
    if (old != nullptr) {
        append(errors, validate_same_selector(spec.selector, old->spec.selector));
    }
    return errors;
}

FieldErrors Rules<Deployment>::validate_status(const Deployment& next, const Deployment& old) {
    const auto& status = next.status;
    FieldErrors errors =
        validate_counts({{"observedGeneration", status.observedGeneration},
                         {"replicas", status.replicas},
                         {"updatedReplicas", status.updatedReplicas},
                         {"readyReplicas", status.readyReplicas},
                         {"availableReplicas", status.availableReplicas},
                         {"unavailableReplicas", status.unavailableReplicas},
                         {"terminatingReplicas", status.terminatingReplicas.value_or(0)},
                         {"collisionCount", status.collisionCount.value_or(0)}});
    constexpr std::string_view all = "status.replicas";
    check_at_most(errors, {"updatedReplicas", status.updatedReplicas}, status.replicas, all);
    check_at_most(errors, {"readyReplicas", status.readyReplicas}, status.replicas, all);
    check_at_most(errors, {"availableReplicas", status.availableReplicas}, status.replicas, all);
    check_at_most(errors, {"availableReplicas", status.availableReplicas}, status.readyReplicas,
                  "readyReplicas");
    check_not_decremented(errors, Path{"status.collisionCount"}, status.collisionCount,
                          old.status.collisionCount);
    return errors;
}

std::vector<std::string> Rules<Deployment>::warnings(const Deployment& object) {
    std::vector<std::string> warnings = name_warnings(object.metadata.name);
    for (std::string& each : pod_template_warnings(object.spec.template_, Path{"spec.template"})) {
        warnings.push_back(std::move(each));
    }
    return warnings;
}

}  // namespace wavetank::registry
