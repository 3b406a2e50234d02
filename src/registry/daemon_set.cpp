#include "registry/daemon_set.hpp"

#include "registry/pod/pod_rules.hpp"
#include "registry/pod_bodies.hpp"
#include "registry/workload.hpp"

#include <wavetank/api/selector.hpp>

#include <charconv>

namespace wavetank::registry {
namespace {

using api::IntOrString;
using api::appsv1::DaemonSet;
using api::appsv1::DaemonSetSpec;
using api::appsv1::DaemonSetUpdateStrategy;
using api::appsv1::RollingUpdateDaemonSet;

// Upstream counts changes of the template in a field that v1 shows as an annotation only.
constexpr const char* template_generation = "deprecated.daemonset.template.generation";

std::int64_t template_generation_of(const DaemonSet& object) {
    const auto& annotations = *object.metadata.annotations;
    const auto found = annotations.find(template_generation);
    std::int64_t number = 0;
    if (found != annotations.end()) {
        const std::string& text = found->second;
        std::from_chars(text.data(), text.data() + text.size(), number);
    }
    return number;
}

void set_template_generation(DaemonSet& object, std::int64_t number) {
    if (template_generation_of(object) != number) {
        object.metadata.annotations.edit()[template_generation] = std::to_string(number);
    }
}

std::string daemon_strategy_json(const DaemonSetUpdateStrategy& strategy) {
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

FieldErrors validate_daemon_rollout(const RollingUpdateDaemonSet& update, const Path& path) {
    const IntOrString unavailable = update.maxUnavailable.value_or(IntOrString{});
    const IntOrString surge = update.maxSurge.value_or(IntOrString{});
    FieldErrors errors = validate_count_or_percent(unavailable, path / "maxUnavailable");
    append(errors, validate_count_or_percent(surge, path / "maxSurge"));
    append(errors, validate_at_most_whole(unavailable, path / "maxUnavailable"));
    append(errors, validate_at_most_whole(surge, path / "maxSurge"));
    const bool may_miss = count_or_percent(unavailable) != 0;
    const bool may_double = count_or_percent(surge) != 0;
    if (may_miss && may_double) {
        errors.push_back(api::invalid_literal(path / "maxSurge", literal_of(surge),
                                              "may not be set when maxUnavailable is non-zero"));
    } else if (!may_miss && !may_double) {
        errors.push_back(
            api::required_value(path / "maxUnavailable", "cannot be 0 when maxSurge is 0"));
    }
    return errors;
}

FieldErrors validate_daemon_strategy(const DaemonSetUpdateStrategy& strategy, const Path& path) {
    if (strategy.type == "OnDelete") {
        return {};
    }
    if (strategy.type == "RollingUpdate") {
        return strategy.rollingUpdate
                   ? validate_daemon_rollout(*strategy.rollingUpdate, path / "rollingUpdate")
                   : FieldErrors{api::required_value(path / "rollingUpdate", "")};
    }
    return {{.reason = "FieldValueNotSupported",
             .message = "Unsupported value: " + daemon_strategy_json(strategy) +
                        ": supported values: \"RollingUpdate\", \"OnDelete\"",
             .field = path.text()}};
}

FieldErrors validate_daemon_spec(Cluster& cluster, const DaemonSetSpec& spec, const Path& path) {
    FieldErrors errors;
    if (spec.selector) {
        append(errors, api::validate_selector(*spec.selector, path / "selector"));
    }
    append(errors, validate_selected(spec.selector, *spec.template_.metadata.labels,
                                     path / "template" / "metadata" / "labels"));
    if (spec.selector && spec.selector->matchLabels.empty() &&
        spec.selector->matchExpressions.empty()) {
        errors.push_back(api::invalid_literal(path / "selector", selector_json(*spec.selector),
                                              "empty selector is invalid for daemonset"));
    }
    append(errors, validate_template_body(cluster, spec.template_, path / "template"));
    append(errors, validate_endless(spec.template_, "DaemonSet", path / "template"));
    check_not_negative(errors, path / "minReadySeconds", spec.minReadySeconds);
    append(errors, validate_daemon_strategy(spec.updateStrategy, path / "updateStrategy"));
    if (spec.revisionHistoryLimit) {
        check_not_negative(errors, path / "revisionHistoryLimit", *spec.revisionHistoryLimit);
    }
    return errors;
}

}  // namespace

void Rules<DaemonSet>::set_defaults(Cluster& cluster, DaemonSet& object) {
    DaemonSetUpdateStrategy& strategy = object.spec.updateStrategy;
    if (strategy.type.empty()) {
        strategy.type = "RollingUpdate";
    }
    if (strategy.type == "RollingUpdate") {
        if (!strategy.rollingUpdate) {
            strategy.rollingUpdate.emplace();
        }
        auto& update = *strategy.rollingUpdate;
        update.maxUnavailable = update.maxUnavailable.value_or(IntOrString{1});
        update.maxSurge = update.maxSurge.value_or(IntOrString{0});
    }
    object.spec.revisionHistoryLimit = object.spec.revisionHistoryLimit.value_or(10);
    default_template_body(cluster, object.spec.template_);
}

void Rules<DaemonSet>::prepare_create(DaemonSet& object) {
    object.status = {};
    object.metadata.generation = 1;
    set_template_generation(object, std::max<std::int64_t>(1, template_generation_of(object)));
}

void Rules<DaemonSet>::prepare_update(DaemonSet& next, const DaemonSet& old) {
    next.status = old.status;
    const bool new_template = next.spec.template_ != old.spec.template_;
    set_template_generation(next, template_generation_of(old) + (new_template ? 1 : 0));
    if (next.spec != old.spec) {
        next.metadata.generation = old.metadata.generation + 1;
    }
}

void Rules<DaemonSet>::prepare_status(DaemonSet& next, const DaemonSet& old) {
    next.spec = old.spec;
    set_template_generation(next, template_generation_of(old));
}

FieldErrors Rules<DaemonSet>::validate(Cluster& cluster, const DaemonSet& object,
                                       const DaemonSet* old) {
    FieldErrors errors;
    if (old != nullptr) {
        append(errors, validate_same_selector(object.spec.selector, old->spec.selector));
    }
    append(errors, validate_daemon_spec(cluster, object.spec, Path{"spec"}));
    return errors;
}

FieldErrors Rules<DaemonSet>::validate_status(const DaemonSet& next, const DaemonSet& old) {
    const auto& status = next.status;
    FieldErrors errors = validate_counts({{"currentNumberScheduled", status.currentNumberScheduled},
                                          {"numberMisscheduled", status.numberMisscheduled},
                                          {"desiredNumberScheduled", status.desiredNumberScheduled},
                                          {"numberReady", status.numberReady},
                                          {"observedGeneration", status.observedGeneration},
                                          {"updatedNumberScheduled", status.updatedNumberScheduled},
                                          {"numberAvailable", status.numberAvailable},
                                          {"numberUnavailable", status.numberUnavailable},
                                          {"collisionCount", status.collisionCount.value_or(0)}});
    check_not_decremented(errors, Path{"status.collisionCount"}, status.collisionCount,
                          old.status.collisionCount);
    return errors;
}

std::vector<std::string> Rules<DaemonSet>::warnings(const DaemonSet& object) {
    return pod_template_warnings(object.spec.template_, Path{"spec.template"});
}

std::vector<std::string> Rules<DaemonSet>::update_warnings(const DaemonSet& next,
                                                           const DaemonSet& old) {
    return template_generation_of(next) == template_generation_of(old) ? std::vector<std::string>{}
                                                                       : warnings(next);
}

}  // namespace wavetank::registry
