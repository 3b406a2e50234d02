#pragma once

/// \file
/// How does one object point at another?
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

/// Kubernetes' `core/v1` ObjectReference.
struct ObjectReference {
    Text kind{};
    Text namespace_{};
    Text name{};
    Uid uid{};
    Text apiVersion{};
    Shared<std::string> resourceVersion{};
    Shared<std::string> fieldPath{};
    Unmodelled unmodelled{};

    bool operator==(const ObjectReference&) const = default;
};
BOOST_DESCRIBE_STRUCT(ObjectReference, (),
                      (kind, namespace_, name, uid, apiVersion, resourceVersion, fieldPath))

/// Kubernetes' `core/v1` LocalObjectReference.
struct LocalObjectReference {
    std::string name{};
    Unmodelled unmodelled{};

    bool operator==(const LocalObjectReference&) const = default;
};
BOOST_DESCRIBE_STRUCT(LocalObjectReference, (), (name))

/// Kubernetes' `core/v1` TypedLocalObjectReference.
struct TypedLocalObjectReference {
    std::optional<std::string> apiGroup{};
    std::string kind{};
    std::string name{};
    Unmodelled unmodelled{};

    bool operator==(const TypedLocalObjectReference&) const = default;
};
BOOST_DESCRIBE_STRUCT(TypedLocalObjectReference, (), (apiGroup, kind, name))

/// Kubernetes' `core/v1` ObjectFieldSelector.
struct ObjectFieldSelector {
    std::string apiVersion{};
    std::string fieldPath{};
    Unmodelled unmodelled{};

    bool operator==(const ObjectFieldSelector&) const = default;
};
BOOST_DESCRIBE_STRUCT(ObjectFieldSelector, (), (apiVersion, fieldPath))

/// Kubernetes' `core/v1` ResourceFieldSelector.
struct ResourceFieldSelector {
    std::string containerName{};
    std::string resource{};
    Quantity divisor{};
    Unmodelled unmodelled{};

    bool operator==(const ResourceFieldSelector&) const = default;
};
BOOST_DESCRIBE_STRUCT(ResourceFieldSelector, (), (containerName, resource, divisor))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::ObjectReference> = "ObjectReference";
template <>
inline constexpr std::string_view type_name<corev1::LocalObjectReference> = "LocalObjectReference";
template <>
inline constexpr std::string_view type_name<corev1::TypedLocalObjectReference> =
    "TypedLocalObjectReference";
inline constexpr FieldFacts corev1_typed_local_object_reference_facts[] = {
    {.field = "apiGroup", .presence = Presence::Always},
    {.field = "kind", .presence = Presence::Always},
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::TypedLocalObjectReference>{
    corev1_typed_local_object_reference_facts};
template <>
inline constexpr std::string_view type_name<corev1::ObjectFieldSelector> = "ObjectFieldSelector";
inline constexpr FieldFacts corev1_object_field_selector_facts[] = {
    {.field = "fieldPath", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ObjectFieldSelector>{
    corev1_object_field_selector_facts};
template <>
inline constexpr std::string_view type_name<corev1::ResourceFieldSelector> =
    "ResourceFieldSelector";
inline constexpr FieldFacts corev1_resource_field_selector_facts[] = {
    {.field = "resource", .presence = Presence::Always},
    {.field = "divisor", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ResourceFieldSelector>{
    corev1_resource_field_selector_facts};

}  // namespace wavetank::api
