#include "registry/horizontal_pod_autoscaler.hpp"

#include "registry/pod/resources.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::registry {
namespace {

using api::Quantity;
using api::autoscalingv2::ContainerResourceMetricSource;
using api::autoscalingv2::CrossVersionObjectReference;
using api::autoscalingv2::ExternalMetricSource;
using api::autoscalingv2::HorizontalPodAutoscaler;
using api::autoscalingv2::HorizontalPodAutoscalerSpec;
using api::autoscalingv2::HPAScalingPolicy;
using api::autoscalingv2::HPAScalingRules;
using api::autoscalingv2::MetricIdentifier;
using api::autoscalingv2::MetricSpec;
using api::autoscalingv2::MetricTarget;
using api::autoscalingv2::ObjectMetricSource;
using api::autoscalingv2::PodsMetricSource;
using api::autoscalingv2::ResourceMetricSource;

constexpr std::int32_t cpu_utilization_default = 80;
constexpr std::int32_t period_seconds_max = 1800;
constexpr std::int32_t stabilization_window_seconds_max = 3600;

/// Which API versions a reference may have.
enum class ApiVersionRule : std::uint8_t { Any, Wellformed, WithGroup };

HPAScalingRules default_scale_up_rules() {
    return {.stabilizationWindowSeconds = 0,
            .selectPolicy = "Max",
            .policies = std::vector<HPAScalingPolicy>{
                {.type = "Pods", .value = 4, .periodSeconds = 15},
                {.type = "Percent", .value = 100, .periodSeconds = 15}}};
}

/// The window is not a default of the API: a flag of the controller says how long it is.
HPAScalingRules default_scale_down_rules() {
    return {.selectPolicy = "Max",
            .policies = std::vector<HPAScalingPolicy>{
                {.type = "Percent", .value = 100, .periodSeconds = 15}}};
}

void fill_rules(api::Boxed<HPAScalingRules>& rules, HPAScalingRules defaults) {
    if (!rules) {
        rules = std::move(defaults);
        return;
    }
    const auto fill = [](auto& field, auto& from) {
        if (!field) {
            field = std::move(from);
        }
    };
    fill(rules->stabilizationWindowSeconds, defaults.stabilizationWindowSeconds);
    fill(rules->selectPolicy, defaults.selectPolicy);
    fill(rules->policies, defaults.policies);
}

/// Says what is wrong with an API version; nothing if that is nothing.
std::optional<std::string> api_version_problem(const std::string& version, ApiVersionRule rule) {
    if (rule == ApiVersionRule::Any) {
        return std::nullopt;
    }
    const auto slashes = std::ranges::count(version, '/');
    if (slashes > 1) {
        return "unexpected GroupVersion string: " + version;
    }
    const bool has_group = slashes == 1 && !version.starts_with('/');
    if (rule == ApiVersionRule::WithGroup && !has_group) {
        return "apiVersion must specify API group";
    }
    return std::nullopt;
}

void check_path_segment(FieldErrors& errors, const Path& path, const std::string& value,
                        std::string_view if_empty) {
    if (value.empty()) {
        errors.push_back(api::required_value(path, if_empty));
        return;
    }
    append_problems(errors, path, value, api::check_path_segment_name(value));
}

FieldErrors validate_reference(const CrossVersionObjectReference& reference, const Path& path,
                               ApiVersionRule rule) {
    FieldErrors errors;
    check_path_segment(errors, path / "kind", reference.kind, "");
    check_path_segment(errors, path / "name", reference.name, "");
    if (const auto problem = api_version_problem(reference.apiVersion, rule)) {
        errors.push_back(api::invalid_value(path / "apiVersion", reference.apiVersion, *problem));
    }
    return errors;
}

void check_positive(FieldErrors& errors, const Path& path, const std::optional<Quantity>& value) {
    if (value && value->sign() <= 0) {
        errors.push_back(api::invalid_value(path, value->to_string(), "must be positive"));
    }
}

FieldErrors validate_target(const MetricTarget& target, const Path& path) {
    FieldErrors errors;
    if (target.type.empty()) {
        errors.push_back(api::required_value(path / "type", "must specify a metric target type"));
    }
    if (target.type != "Utilization" && target.type != "Value" && target.type != "AverageValue") {
        errors.push_back(
            api::invalid_literal(path / "type", api::json_quoted(target.type),
                                 "must be either Utilization, Value, or AverageValue"));
    }
    check_positive(errors, path / "value", target.value);
    check_positive(errors, path / "averageValue", target.averageValue);
    if (target.averageUtilization && *target.averageUtilization < 1) {
        errors.push_back(api::invalid_value(path / "averageUtilization",
                                            std::int64_t{*target.averageUtilization},
                                            "must be greater than 0"));
    }
    return errors;
}

FieldErrors validate_identifier(const MetricIdentifier& metric, const Path& path) {
    FieldErrors errors;
    check_path_segment(errors, path / "name", metric.name, "must specify a metric name");
    return errors;
}

FieldErrors validate_source(const ObjectMetricSource& source, const Path& path,
                            ApiVersionRule rule) {
    FieldErrors errors = validate_reference(source.describedObject, path / "describedObject", rule);
    append(errors, validate_identifier(source.metric, path / "metric"));
    append(errors, validate_target(source.target, path / "target"));
    if (!source.target.value && !source.target.averageValue) {
        errors.push_back(api::required_value(path / "target" / "averageValue",
                                             "must set either a target value or averageValue"));
    }
    return errors;
}

FieldErrors validate_source(const ExternalMetricSource& source, const Path& path) {
    FieldErrors errors = validate_identifier(source.metric, path / "metric");
    append(errors, validate_target(source.target, path / "target"));
    if (!source.target.value && !source.target.averageValue) {
        errors.push_back(
            api::required_value(path / "target" / "averageValue",
                                "must set either a target value for metric or a per-pod target"));
    }
    if (source.target.value && source.target.averageValue) {
        errors.push_back(api::forbidden_value(
            path / "target" / "value",
            "may not set both a target value for metric and a per-pod target"));
    }
    return errors;
}

FieldErrors validate_source(const PodsMetricSource& source, const Path& path) {
    FieldErrors errors = validate_identifier(source.metric, path / "metric");
    append(errors, validate_target(source.target, path / "target"));
    if (!source.target.averageValue) {
        errors.push_back(api::required_value(path / "target" / "averageValue",
                                             "must specify a positive target averageValue"));
    }
    return errors;
}

/// Checks the target of a resource, of pods or of one container.
FieldErrors validate_resource_target(const MetricTarget& target, const Path& path) {
    FieldErrors errors = validate_target(target, path);
    if (!target.averageUtilization && !target.averageValue) {
        errors.push_back(
            api::required_value(path / "averageUtilization",
                                "must set either a target raw value or a target utilization"));
    }
    if (target.averageUtilization && target.averageValue) {
        errors.push_back(api::forbidden_value(
            path / "averageValue", "may not set both a target raw value and a target utilization"));
    }
    return errors;
}

FieldErrors validate_source(const ResourceMetricSource& source, const Path& path) {
    FieldErrors errors;
    if (source.name.empty()) {
        errors.push_back(api::required_value(path / "name", "must specify a resource name"));
    }
    append(errors, validate_resource_target(source.target, path / "target"));
    return errors;
}

FieldErrors validate_source(const ContainerResourceMetricSource& source, const Path& path) {
    FieldErrors errors;
    if (source.name.empty()) {
        errors.push_back(api::required_value(path / "name", "must specify a resource name"));
    } else {
        append(errors, validate_container_resource_name(source.name, path / "name"));
    }
    if (source.container.empty()) {
        errors.push_back(api::required_value(path / "container", "must specify a container"));
    } else {
        append_problems(errors, path / "container", source.container,
                        api::check_dns1123_label(source.container));
    }
    append(errors, validate_resource_target(source.target, path / "target"));
    return errors;
}

const std::vector<std::string>& metric_source_types() {
    static const std::vector<std::string> types{"ContainerResource", "External", "Object", "Pods",
                                                "Resource"};
    return types;
}

/// Returns the field in which a metric of that type has its source; empty for an unknown type.
std::string source_field(const std::string& type) {
    if (!std::ranges::count(metric_source_types(), type)) {
        return {};
    }
    std::string field = type;
    field.front() = static_cast<char>(field.front() - 'A' + 'a');
    return field;
}

/// The sources that a metric gives, and what is wrong with the first of them.
struct GivenSources {
    std::vector<std::string> fields;
    FieldErrors errors;

    template <class Source, class... Rule>
    void look_at(const api::Boxed<Source>& source, const Path& path, std::string_view field,
                 Rule... rule) {
        if (!source) {
            return;
        }
        fields.emplace_back(field);
        if (fields.size() == 1) {
            errors = validate_source(*source, path / field, rule...);
        }
    }
};

FieldErrors validate_metric(const MetricSpec& metric, const Path& path, ApiVersionRule rule) {
    FieldErrors errors;
    const std::string expected = source_field(metric.type);
    const Cause unsupported =
        api::unsupported_value(path / "type", metric.type, metric_source_types());
    if (metric.type.empty()) {
        errors.push_back(api::required_value(path / "type", "must specify a metric source type"));
    }
    if (expected.empty()) {
        errors.push_back(unsupported);
    }
    GivenSources given;
    given.look_at(metric.object, path, "object", rule);
    given.look_at(metric.external, path, "external");
    given.look_at(metric.pods, path, "pods");
    given.look_at(metric.resource, path, "resource");
    given.look_at(metric.containerResource, path, "containerResource");
    append(errors, std::move(given.errors));
    if (expected.empty()) {
        errors.push_back(unsupported);
    } else if (!std::ranges::count(given.fields, expected)) {
        errors.push_back(api::required_value(
            path / expected, "must populate information for the given metric source"));
    }
    if (given.fields.size() != 1) {
        for (const std::string& field : given.fields) {
            if (field != expected) {
                errors.push_back(api::forbidden_value(
                    path / field, "must populate the given metric source only"));
            }
        }
    }
    return errors;
}

FieldErrors validate_metrics(const HorizontalPodAutoscalerSpec& spec, const Path& path,
                             ApiVersionRule rule) {
    FieldErrors errors;
    bool works_without_pods = false;
    for (std::size_t i = 0; i < spec.metrics.size(); ++i) {
        const MetricSpec& metric = spec.metrics[i];
        append(errors, validate_metric(metric, path[i], rule));
        works_without_pods |= metric.type == "Object" || metric.type == "External";
    }
    if (spec.minReplicas == 0 && !works_without_pods) {
        errors.push_back(api::forbidden_value(path,
                                              "must specify at least one Object or External metric "
                                              "to support scaling to zero replicas"));
    }
    return errors;
}

FieldErrors validate_policy(const HPAScalingPolicy& policy, const Path& path) {
    FieldErrors errors;
    if (policy.type != "Pods" && policy.type != "Percent") {
        errors.push_back(api::unsupported_value(path / "type", policy.type, {"Percent", "Pods"}));
    }
    if (policy.value <= 0) {
        errors.push_back(api::invalid_value(path / "value", std::int64_t{policy.value},
                                            "must be greater than zero"));
    }
    const auto period = std::int64_t{policy.periodSeconds};
    if (period <= 0) {
        errors.push_back(
            api::invalid_value(path / "periodSeconds", period, "must be greater than zero"));
    }
    if (period > period_seconds_max) {
        errors.push_back(api::invalid_value(
            path / "periodSeconds", period,
            "must be less than or equal to " + std::to_string(period_seconds_max)));
    }
    return errors;
}

void check_window(FieldErrors& errors, const Path& path, std::int64_t seconds) {
    if (seconds < 0) {
        errors.push_back(
            api::invalid_value(path, seconds, "must be greater than or equal to zero"));
    }
    if (seconds > stabilization_window_seconds_max) {
        errors.push_back(api::invalid_value(
            path, seconds,
            "must be less than or equal to " + std::to_string(stabilization_window_seconds_max)));
    }
}

FieldErrors validate_rules(const api::Boxed<HPAScalingRules>& rules, const Path& path) {
    FieldErrors errors;
    if (!rules) {
        return errors;
    }
    if (rules->stabilizationWindowSeconds) {
        check_window(errors, path / "stabilizationWindowSeconds",
                     *rules->stabilizationWindowSeconds);
    }
    const auto& select = rules->selectPolicy;
    if (select && *select != "Max" && *select != "Min" && *select != "Disabled") {
        errors.push_back(
            api::unsupported_value(path / "selectPolicy", *select, {"Disabled", "Max", "Min"}));
    }
    const Path policies = path / "policies";
    if (!rules->policies || rules->policies->empty()) {
        errors.push_back(api::required_value(policies, "must specify at least one Policy"));
    } else {
        for (std::size_t i = 0; i < rules->policies->size(); ++i) {
            append(errors, validate_policy((*rules->policies)[i], policies[i]));
        }
    }
    if (rules->tolerance && rules->tolerance->sign() < 0) {
        errors.push_back(api::invalid_value(path / "tolerance", rules->tolerance->to_string(),
                                            "must be greater than or equal to 0"));
    }
    return errors;
}

/// Checks the bounds by themselves. Upstream generates these rules from tags, so they come last,
/// in the words of its generator, and pass over what an update leaves as it was.
FieldErrors validate_declared(const HorizontalPodAutoscalerSpec& spec,
                              const HorizontalPodAutoscalerSpec* old) {
    FieldErrors errors;
    if (spec.minReplicas && (old == nullptr || old->minReplicas != spec.minReplicas)) {
        check_not_negative(errors, Path{"spec.minReplicas"}, *spec.minReplicas);
    }
    const Path path{"spec.maxReplicas"};
    if (old != nullptr && old->maxReplicas == spec.maxReplicas) {
        return errors;
    }
    if (spec.maxReplicas == 0) {
        errors.push_back(api::required_value(path, ""));
    } else if (spec.maxReplicas < 0) {
        errors.push_back(api::invalid_value(path, std::int64_t{spec.maxReplicas},
                                            "must be greater than or equal to 1"));
    }
    return errors;
}

ApiVersionRule target_rule(const HorizontalPodAutoscaler& object,
                           const HorizontalPodAutoscaler* old) {
    const CrossVersionObjectReference& target = object.spec.scaleTargetRef;
    if (old != nullptr && old->spec.scaleTargetRef.apiVersion == target.apiVersion &&
        old->spec.scaleTargetRef.kind == target.kind) {
        return ApiVersionRule::Any;
    }
    return target.kind == "ReplicationController" ? ApiVersionRule::Wellformed
                                                  : ApiVersionRule::WithGroup;
}

/// What an older server let through may stay.
ApiVersionRule described_object_rule(const HorizontalPodAutoscaler* old) {
    if (old == nullptr) {
        return ApiVersionRule::Wellformed;
    }
    const bool malformed = std::ranges::any_of(old->spec.metrics, [](const MetricSpec& metric) {
        return metric.type == "Object" && metric.object &&
               api_version_problem(metric.object->describedObject.apiVersion,
                                   ApiVersionRule::Wellformed);
    });
    return malformed ? ApiVersionRule::Any : ApiVersionRule::Wellformed;
}

}  // namespace

void Rules<HorizontalPodAutoscaler>::set_defaults(Cluster& /*cluster*/,
                                                  HorizontalPodAutoscaler& object) {
    HorizontalPodAutoscalerSpec& spec = object.spec;
    if (!spec.minReplicas) {
        spec.minReplicas = 1;
    }
    if (spec.metrics.empty()) {
        const MetricTarget target{.type = "Utilization",
                                  .averageUtilization = cpu_utilization_default};
        spec.metrics.push_back({.type = "Resource",
                                .resource = ResourceMetricSource{.name = "cpu", .target = target}});
    }
    if (spec.behavior) {
        fill_rules(spec.behavior->scaleUp, default_scale_up_rules());
        fill_rules(spec.behavior->scaleDown, default_scale_down_rules());
    }
}

void Rules<HorizontalPodAutoscaler>::prepare_create(HorizontalPodAutoscaler& object) {
    object.status = {};
    object.metadata.generation = 1;
}

void Rules<HorizontalPodAutoscaler>::prepare_update(HorizontalPodAutoscaler& next,
                                                    const HorizontalPodAutoscaler& old) {
    next.status = old.status;
    if (next.spec != old.spec) {
        next.metadata.generation = old.metadata.generation + 1;
    }
}

void Rules<HorizontalPodAutoscaler>::prepare_status(HorizontalPodAutoscaler& next,
                                                    const HorizontalPodAutoscaler& old) {
    next.spec = old.spec;
}

FieldErrors Rules<HorizontalPodAutoscaler>::validate(Cluster& /*cluster*/,
                                                     const HorizontalPodAutoscaler& object,
                                                     const HorizontalPodAutoscaler* old) {
    const HorizontalPodAutoscalerSpec& spec = object.spec;
    const Path path{"spec"};
    FieldErrors errors;
    if (spec.minReplicas && spec.maxReplicas < *spec.minReplicas) {
        errors.push_back(api::invalid_value(path / "maxReplicas", std::int64_t{spec.maxReplicas},
                                            "must be greater than or equal to `minReplicas`"));
    }
    append(errors, validate_reference(spec.scaleTargetRef, path / "scaleTargetRef",
                                      target_rule(object, old)));
    append(errors, validate_metrics(spec, path / "metrics", described_object_rule(old)));
    if (spec.behavior) {
        append(errors, validate_rules(spec.behavior->scaleUp, path / "behavior" / "scaleUp"));
        append(errors, validate_rules(spec.behavior->scaleDown, path / "behavior" / "scaleDown"));
    }
    append(errors, validate_declared(spec, old == nullptr ? nullptr : &old->spec));
    return errors;
}

FieldErrors Rules<HorizontalPodAutoscaler>::validate_status(
    const HorizontalPodAutoscaler& next, const HorizontalPodAutoscaler& /*old*/) {
    const auto& status = next.status;
    const Path path{"status"};
    FieldErrors errors;
    for (std::size_t i = 0; i < status.conditions.size(); ++i) {
        if (const auto& generation = status.conditions[i].observedGeneration) {
            check_not_negative(errors, (path / "conditions")[i] / "observedGeneration",
                               *generation);
        }
    }
    check_not_negative(errors, path / "currentReplicas", status.currentReplicas);
    check_not_negative(errors, path / "desiredReplicas", status.desiredReplicas);
    return errors;
}

}  // namespace wavetank::registry
