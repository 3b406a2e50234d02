#pragma once

/// \file
/// The rules of HorizontalPodAutoscalers.

#include "registry/rules.hpp"

#include <wavetank/api/autoscalingv2/horizontal_pod_autoscaler.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::autoscalingv2::HorizontalPodAutoscaler>
    : PlainRules<api::autoscalingv2::HorizontalPodAutoscaler> {
    using HorizontalPodAutoscaler = api::autoscalingv2::HorizontalPodAutoscaler;
    static void set_defaults(Cluster& cluster, HorizontalPodAutoscaler& object);
    static void prepare_create(HorizontalPodAutoscaler& object);
    static void prepare_update(HorizontalPodAutoscaler& next, const HorizontalPodAutoscaler& old);
    static void prepare_status(HorizontalPodAutoscaler& next, const HorizontalPodAutoscaler& old);
    static FieldErrors validate(Cluster& cluster, const HorizontalPodAutoscaler& object,
                                const HorizontalPodAutoscaler* old);
    static FieldErrors validate_status(const HorizontalPodAutoscaler& next,
                                       const HorizontalPodAutoscaler& old);
};

}  // namespace wavetank::registry
