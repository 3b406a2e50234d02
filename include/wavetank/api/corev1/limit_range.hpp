#pragma once

/// \file
/// What each pod, container or claim of a namespace may ask for, and what it gets by default.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>

#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` LimitRangeItem.
struct LimitRangeItem {
    std::string type{};
    ResourceList max{};
    ResourceList min{};
    ResourceList default_{};
    ResourceList defaultRequest{};
    ResourceList maxLimitRequestRatio{};
};
BOOST_DESCRIBE_STRUCT(LimitRangeItem, (),
                      (type, max, min, default_, defaultRequest, maxLimitRequestRatio))

/// Kubernetes' `core/v1` LimitRangeSpec.
struct LimitRangeSpec {
    std::vector<LimitRangeItem> limits{};
};
BOOST_DESCRIBE_STRUCT(LimitRangeSpec, (), (limits))

/// Kubernetes' kind `LimitRange` of `v1`.
struct LimitRange {
    metav1::ObjectMeta metadata{};
    LimitRangeSpec spec{};
};
BOOST_DESCRIBE_STRUCT(LimitRange, (), (metadata, spec))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::LimitRangeItem> = "LimitRangeItem";
inline constexpr FieldFacts corev1_limit_range_item_facts[] = {
    {.field = "type", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::LimitRangeItem>{
    corev1_limit_range_item_facts};
template <>
inline constexpr std::string_view type_name<corev1::LimitRangeSpec> = "LimitRangeSpec";
inline constexpr FieldFacts corev1_limit_range_spec_facts[] = {
    {.field = "limits", .presence = Presence::Always, .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::LimitRangeSpec>{
    corev1_limit_range_spec_facts};
template <>
inline constexpr std::string_view type_name<corev1::LimitRange> = "LimitRange";
inline constexpr FieldFacts corev1_limit_range_facts[] = {
    {.field = "spec", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::LimitRange>{
    corev1_limit_range_facts};
template <>
inline constexpr KindInfo kind_info<corev1::LimitRange>{.version = "v1",
                                                        .kind = "LimitRange",
                                                        .plural = "limitranges",
                                                        .singular = "limitrange",
                                                        .short_name = "limits"};

}  // namespace wavetank::api
