#pragma once

/// \file
/// The rules of PriorityClasses, and what the name of one stands for.

#include "registry/rules.hpp"

#include <wavetank/api/schedulingv1/priority_class.hpp>

#include <memory>

namespace wavetank::registry {

template <>
struct Rules<api::schedulingv1::PriorityClass> : PlainRules<api::schedulingv1::PriorityClass> {
    using PriorityClass = api::schedulingv1::PriorityClass;
    static void set_defaults(Cluster& cluster, PriorityClass& object);
    static Result<> review(Cluster& cluster, const PriorityClass& object);
    static Result<> admit_update(Cluster& cluster, PriorityClass& next, const PriorityClass& old,
                                 DryRun dry_run);
    static void release(Cluster& cluster, const PriorityClass& object);
    static void prepare_create(PriorityClass& object);
    static void prepare_update(PriorityClass& next, const PriorityClass& old);
    static void prepare_status(PriorityClass& next, const PriorityClass& old);
    static FieldErrors validate(Cluster& cluster, const PriorityClass& object,
                                const PriorityClass* old);
};

/// Returns the class of pods that name none; null if there is no such.
[[nodiscard]] api::Pointer<const api::schedulingv1::PriorityClass> default_priority_class(
    const Cluster& cluster);

/// Makes the two classes that every cluster has.
void create_system_priority_classes(Cluster& cluster);

}  // namespace wavetank::registry
