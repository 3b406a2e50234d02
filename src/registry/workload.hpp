#pragma once

/// \file
/// What do the kinds that make pods from a template have in common?

#include "registry/rules.hpp"

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/metav1.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::registry {

/// What validation needs of a ReplicaSet's or a Deployment's spec.
struct TemplateOwner {
    std::int32_t replicas = 0;
    std::int32_t min_ready_seconds = 0;
    const api::Boxed<api::metav1::LabelSelector>& selector;
    const api::corev1::PodTemplateSpec& pod_template;
};

/// Checks replicas and the rest of what both kinds have, in the order of their fields.
[[nodiscard]] FieldErrors validate_replicas_and_selector(const TemplateOwner& owner);
[[nodiscard]] FieldErrors validate_template_of(Cluster& cluster, const TemplateOwner& owner);

/// Returns a number, or a text in quotes, as error messages quote it.
[[nodiscard]] std::string literal_of(const api::IntOrString& value);

/// Returns the number or the number of percent, as upstream's `getIntOrPercentValue`.
[[nodiscard]] std::int64_t count_or_percent(const api::IntOrString& value);

/// Reports what is neither a number of at least 0 nor a percentage.
[[nodiscard]] FieldErrors validate_count_or_percent(const api::IntOrString& value,
                                                    const Path& path);

/// Reports more than 100 %.
[[nodiscard]] FieldErrors validate_at_most_whole(const api::IntOrString& value, const Path& path);

/// Returns labels in JSON, "null" for none, as error messages quote them.
[[nodiscard]] std::string labels_literal(const api::StringMap& labels);

/// Reports labels that a selector does not match. One that picks nothing matches no labels.
[[nodiscard]] FieldErrors validate_selected(const api::Boxed<api::metav1::LabelSelector>& selector,
                                            const api::StringMap& labels, const Path& path);

/// Reports a template that may end, or that its owner would not replace. `owner` is its kind.
[[nodiscard]] FieldErrors validate_endless(const api::corev1::PodTemplateSpec& pod_template,
                                           std::string_view owner, const Path& path);

/// Reports a number that is smaller than it was.
void check_not_decremented(FieldErrors& errors, const Path& path,
                           const std::optional<std::int32_t>& next,
                           const std::optional<std::int32_t>& old);

/// Returns the selector in upstream's JSON, as error messages quote it.
[[nodiscard]] std::string selector_json(const api::metav1::LabelSelector& selector);

/// Reports a selector that is not the old one.
[[nodiscard]] FieldErrors validate_same_selector(const api::Boxed<api::metav1::LabelSelector>& next,
                                                 const api::Boxed<api::metav1::LabelSelector>& old);

/// Advises against names that pods cannot have as their hostnames.
[[nodiscard]] std::vector<std::string> name_warnings(const std::string& name);

/// One count of a status, with the name of its field.
struct StatusCount {
    std::string_view field;
    std::int64_t value = 0;
};

/// Reports counts below zero, in the given order.
[[nodiscard]] FieldErrors validate_counts(const std::vector<StatusCount>& counts);

/// Reports that `part` exceeds `whole`.
void check_at_most(FieldErrors& errors, const StatusCount& part, std::int64_t whole,
                   std::string_view whole_name);

}  // namespace wavetank::registry
