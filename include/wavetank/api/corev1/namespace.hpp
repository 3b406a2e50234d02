#pragma once

/// \file
/// A scope for names.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` NamespaceSpec.
struct NamespaceSpec {
    std::vector<std::string> finalizers{};
    Unmodelled unmodelled{};

    bool operator==(const NamespaceSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(NamespaceSpec, (), (finalizers))

/// Kubernetes' `core/v1` NamespaceCondition.
struct NamespaceCondition {
    std::string type{};
    std::string status{};
    std::optional<Time> lastTransitionTime{};
    std::string reason{};
    std::string message{};
    Unmodelled unmodelled{};

    bool operator==(const NamespaceCondition&) const = default;
};
BOOST_DESCRIBE_STRUCT(NamespaceCondition, (), (type, status, lastTransitionTime, reason, message))

/// Kubernetes' `core/v1` NamespaceStatus.
struct NamespaceStatus {
    std::string phase{};
    std::vector<NamespaceCondition> conditions{};
    Unmodelled unmodelled{};

    bool operator==(const NamespaceStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(NamespaceStatus, (), (phase, conditions))

/// Kubernetes' kind `Namespace` of `v1`.
struct Namespace {
    metav1::ObjectMeta metadata{};
    NamespaceSpec spec{};
    NamespaceStatus status{};
    Unmodelled unmodelled{};

    bool operator==(const Namespace&) const = default;
};
BOOST_DESCRIBE_STRUCT(Namespace, (), (metadata, spec, status))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::NamespaceSpec> = "NamespaceSpec";
inline constexpr FieldFacts corev1_namespace_spec_facts[] = {
    {.field = "finalizers", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NamespaceSpec>{
    corev1_namespace_spec_facts};
template <>
inline constexpr std::string_view type_name<corev1::NamespaceCondition> = "NamespaceCondition";
inline constexpr FieldFacts corev1_namespace_condition_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
    {.field = "lastTransitionTime", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NamespaceCondition>{
    corev1_namespace_condition_facts};
template <>
inline constexpr std::string_view type_name<corev1::NamespaceStatus> = "NamespaceStatus";
inline constexpr FieldFacts corev1_namespace_status_facts[] = {
    {.field = "conditions", .patch_key = "type", .list_keys = "type"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NamespaceStatus>{
    corev1_namespace_status_facts};
template <>
inline constexpr std::string_view type_name<corev1::Namespace> = "Namespace";
inline constexpr FieldFacts corev1_namespace_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::Namespace>{corev1_namespace_facts};

}  // namespace wavetank::api
