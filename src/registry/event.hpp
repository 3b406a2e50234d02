#pragma once

/// \file
/// The rules of Events.

#include "registry/rules.hpp"

#include <wavetank/api/corev1/event.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::corev1::Event> : PlainRules<api::corev1::Event> {
    using Event = api::corev1::Event;
    static constexpr NameRule name_rule = NameRule::PathSegment;
    static void prepare_create(Event& object);
    static void prepare_update(Event& next, const Event& old);
    static void prepare_status(Event& next, const Event& old);
    static FieldErrors validate(Cluster& cluster, const Event& object, const Event* old);
};

}  // namespace wavetank::registry
