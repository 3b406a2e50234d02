#pragma once

/// \file
/// What all objects of a namespace may take together.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>

#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` ScopedResourceSelectorRequirement.
struct ScopedResourceSelectorRequirement {
    std::string scopeName{};
    std::string operator_{};
    std::vector<std::string> values{};

    bool operator==(const ScopedResourceSelectorRequirement&) const = default;
};
BOOST_DESCRIBE_STRUCT(ScopedResourceSelectorRequirement, (), (scopeName, operator_, values))

/// Kubernetes' `core/v1` ScopeSelector.
struct ScopeSelector {
    std::vector<ScopedResourceSelectorRequirement> matchExpressions{};
};
BOOST_DESCRIBE_STRUCT(ScopeSelector, (), (matchExpressions))

/// Kubernetes' `core/v1` ResourceQuotaSpec.
struct ResourceQuotaSpec {
    ResourceList hard{};
    std::vector<std::string> scopes{};
    Boxed<ScopeSelector> scopeSelector{};
};
BOOST_DESCRIBE_STRUCT(ResourceQuotaSpec, (), (hard, scopes, scopeSelector))

/// Kubernetes' `core/v1` ResourceQuotaStatus.
struct ResourceQuotaStatus {
    ResourceList hard{};
    ResourceList used{};
};
BOOST_DESCRIBE_STRUCT(ResourceQuotaStatus, (), (hard, used))

/// Kubernetes' kind `ResourceQuota` of `v1`.
struct ResourceQuota {
    metav1::ObjectMeta metadata{};
    ResourceQuotaSpec spec{};
    ResourceQuotaStatus status{};
};
BOOST_DESCRIBE_STRUCT(ResourceQuota, (), (metadata, spec, status))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::ScopedResourceSelectorRequirement> =
    "ScopedResourceSelectorRequirement";
inline constexpr FieldFacts corev1_scoped_requirement_facts[] = {
    {.field = "scopeName", .presence = Presence::Always},
    {.field = "operator", .presence = Presence::Always},
    {.field = "values", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ScopedResourceSelectorRequirement>{
    corev1_scoped_requirement_facts};
template <>
inline constexpr std::string_view type_name<corev1::ScopeSelector> = "ScopeSelector";
template <>
inline constexpr std::string_view type_name<corev1::ResourceQuotaSpec> = "ResourceQuotaSpec";
template <>
inline constexpr std::string_view type_name<corev1::ResourceQuotaStatus> = "ResourceQuotaStatus";
template <>
inline constexpr std::string_view type_name<corev1::ResourceQuota> = "ResourceQuota";
inline constexpr FieldFacts corev1_resource_quota_facts[] = {
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ResourceQuota>{
    corev1_resource_quota_facts};
template <>
inline constexpr KindInfo kind_info<corev1::ResourceQuota>{.version = "v1",
                                                           .kind = "ResourceQuota",
                                                           .plural = "resourcequotas",
                                                           .singular = "resourcequota",
                                                           .short_name = "quota"};

}  // namespace wavetank::api
