#include "registry/workload.hpp"

#include "registry/pod/pod_rules.hpp"
#include "registry/pod_bodies.hpp"

#include <wavetank/api/selector.hpp>

#include <boost/json.hpp>

namespace wavetank::registry {
namespace {

using api::metav1::LabelSelector;

std::vector<api::SelectorExpression> expressions_of(const LabelSelector& selector) {
    std::vector<api::SelectorExpression> expressions;
    for (const auto& requirement : selector.matchExpressions) {
        expressions.push_back({requirement.key, requirement.operator_, requirement.values});
    }
    return expressions;
}

boost::json::object labels_json(const api::StringMap& labels) {
    boost::json::object object;
    for (const auto& [key, value] : labels) {
        object[key] = value;
    }
    return object;
}

constexpr std::string_view mismatch = "`selector` does not match template `labels`";

bool is_percent(const api::IntOrString& value) {
    return value.is_string() && api::check_percent(value.string_value()).empty();
}

}  // namespace

std::string literal_of(const api::IntOrString& value) {
    return value.is_string() ? api::quoted(value.string_value()) : value.to_string();
}

std::int64_t count_or_percent(const api::IntOrString& value) {
    if (!is_percent(value)) {
        return value.int_value();
    }
    std::string number = value.string_value();
    number.pop_back();
    return api::IntOrString{number}.int_value();
}

FieldErrors validate_count_or_percent(const api::IntOrString& value, const Path& path) {
    FieldErrors errors;
    if (!value.is_string()) {
        check_not_negative(errors, path, value.int_value());
        return errors;
    }
    for (const std::string& problem : api::check_percent(value.string_value())) {
        errors.push_back(api::invalid_literal(path, literal_of(value), problem));
    }
    return errors;
}

FieldErrors validate_at_most_whole(const api::IntOrString& value, const Path& path) {
    if (!is_percent(value) || count_or_percent(value) <= 100) {
        return {};
    }
    return {api::invalid_literal(path, literal_of(value), "must not be greater than 100%")};
}

FieldErrors validate_replicas_and_selector(const TemplateOwner& owner) {
    FieldErrors errors;
    const Path path{"spec.selector"};
    check_not_negative(errors, Path{"spec.replicas"}, owner.replicas);
    check_not_negative(errors, Path{"spec.minReadySeconds"}, owner.min_ready_seconds);
    if (!owner.selector) {
        errors.push_back(api::required_value(path, ""));
        return errors;
    }
    const LabelSelector& selector = *owner.selector;
    append(errors, api::validate_selector(selector.matchLabels, expressions_of(selector), path));
    if (selector.matchLabels.empty() && selector.matchExpressions.empty()) {
        errors.push_back(api::invalid_literal(path, selector_json(selector),
                                              "empty selector is invalid for deployment"));
    }
    return errors;
}

FieldErrors validate_template_of(Cluster& cluster, const TemplateOwner& owner) {
    FieldErrors errors;
    api::Selector selector = api::Selector::nothing();
    if (owner.selector) {
        auto made =
            api::Selector::from(owner.selector->matchLabels, expressions_of(*owner.selector));
        if (!made) {
            return {api::invalid_literal("spec.selector", selector_json(*owner.selector),
                                         "invalid label selector")};
        }
        selector = std::move(*made);
    }
    const Path path{"spec.template"};
    const api::corev1::PodTemplateSpec& pod_template = owner.pod_template;
    const api::StringMap& labels = *pod_template.metadata.labels;
    if (!selector.empty() && !selector.matches(labels)) {
        errors.push_back(
            api::invalid_literal(path / "metadata" / "labels", labels_literal(labels), mismatch));
    }
    append(errors, validate_template_body(cluster, pod_template, path));
    append(errors, validate_endless(pod_template, "ReplicaSet", path));
    return errors;
}

std::string labels_literal(const api::StringMap& labels) {
    return labels.empty() ? "null" : boost::json::serialize(labels_json(labels));
}

FieldErrors validate_selected(const api::Boxed<LabelSelector>& selector,
                              const api::StringMap& labels, const Path& path) {
    const auto compiled = api::Selector::from(selector);
    if (!compiled || compiled->matches(labels)) {
        return {};
    }
    return {api::invalid_literal(path, labels_literal(labels), mismatch)};
}

FieldErrors validate_endless(const api::corev1::PodTemplateSpec& pod_template,
                             std::string_view owner, const Path& path) {
    FieldErrors errors;
    const Path spec = path / "spec";
    if (pod_template.spec->restartPolicy != "Always") {
        errors.push_back(api::unsupported_value(spec / "restartPolicy",
                                                pod_template.spec->restartPolicy, {"Always"}));
    }
    if (pod_template.spec->activeDeadlineSeconds) {
        errors.push_back(api::forbidden_value(
            spec / "activeDeadlineSeconds",
            "activeDeadlineSeconds in " + std::string{owner} + " is not Supported"));
    }
    return errors;
}

void check_not_decremented(FieldErrors& errors, const Path& path,
                           const std::optional<std::int32_t>& next,
                           const std::optional<std::int32_t>& old) {
    if (next.value_or(0) < old.value_or(0)) {
        errors.push_back(
            api::invalid_value(path, std::int64_t{next.value_or(0)}, "cannot be decremented"));
    }
}

std::string selector_json(const LabelSelector& selector) {
    boost::json::object object;
    if (!selector.matchLabels.empty()) {
        object["matchLabels"] = labels_json(selector.matchLabels);
    }
    boost::json::array expressions;
    for (const auto& requirement : selector.matchExpressions) {
        boost::json::object expression{{"key", requirement.key},
                                       {"operator", requirement.operator_}};
        if (!requirement.values.empty()) {
            expression["values"] =
                boost::json::array(requirement.values.begin(), requirement.values.end());
        }
        expressions.push_back(std::move(expression));
    }
    if (!expressions.empty()) {
        object["matchExpressions"] = std::move(expressions);
    }
    return boost::json::serialize(object);
}

FieldErrors validate_same_selector(const api::Boxed<LabelSelector>& next,
                                   const api::Boxed<LabelSelector>& old) {
    if (next == old) {
        return {};
    }
    return {api::invalid_literal("spec.selector", next ? selector_json(*next) : "null",
                                 "field is immutable")};
}

std::vector<std::string> name_warnings(const std::string& name) {
    std::string text;
    for (const std::string& problem : api::check_dns1123_label(name)) {
        text += (text.empty() ? "" : " ") + problem;
    }
    if (text.empty()) {
        return {};
    }
    return {
        "metadata.name: this is used in Pod names and hostnames, which can result in "
        "surprising behavior; a DNS label is recommended: [" +
        text + "]"};
}

FieldErrors validate_counts(const std::vector<StatusCount>& counts) {
    FieldErrors errors;
    const Path path{"status"};
    for (const StatusCount& count : counts) {
        if (count.value < 0) {
            check_not_negative(errors, path / count.field, count.value);
        }
    }
    return errors;
}

void check_at_most(FieldErrors& errors, const StatusCount& part, std::int64_t whole,
                   std::string_view whole_name) {
    if (part.value > whole) {
        errors.push_back(api::invalid_value(Path{"status"} / part.field, part.value,
                                            "cannot be greater than " + std::string{whole_name}));
    }
}

}  // namespace wavetank::registry
