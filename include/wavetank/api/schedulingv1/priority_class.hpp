#pragma once

/// \file
/// What the name of a priority stands for.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::schedulingv1 {

/// Kubernetes' kind `PriorityClass` of `scheduling.k8s.io/v1`.
struct PriorityClass {
    metav1::ObjectMeta metadata{};
    std::int32_t value = 0;
    bool globalDefault = false;
    std::string description{};
    std::optional<std::string> preemptionPolicy{};
    Unmodelled unmodelled{};

    bool operator==(const PriorityClass&) const = default;
};
BOOST_DESCRIBE_STRUCT(PriorityClass, (),
                      (metadata, value, globalDefault, description, preemptionPolicy))

}  // namespace wavetank::api::schedulingv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<schedulingv1::PriorityClass> = "PriorityClass";
inline constexpr FieldFacts schedulingv1_priority_class_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "value", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<schedulingv1::PriorityClass>{
    schedulingv1_priority_class_facts};

}  // namespace wavetank::api
