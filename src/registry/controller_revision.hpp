#pragma once

/// \file
/// The rules of ControllerRevisions, whose data never change.

#include "registry/rules.hpp"

#include <wavetank/api/appsv1/controller_revision.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::appsv1::ControllerRevision> : PlainRules<api::appsv1::ControllerRevision> {
    using ControllerRevision = api::appsv1::ControllerRevision;
    static void prepare_create(ControllerRevision& /*object*/) {}
    static void prepare_update(ControllerRevision& /*next*/, const ControllerRevision& /*old*/) {}
    static void prepare_status(ControllerRevision& /*next*/, const ControllerRevision& /*old*/) {}
    static FieldErrors validate(Cluster& cluster, const ControllerRevision& object,
                                const ControllerRevision* old);
};

}  // namespace wavetank::registry
