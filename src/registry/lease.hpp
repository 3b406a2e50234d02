#pragma once

/// \file
/// The rules of Leases.

#include "registry/rules.hpp"

#include <wavetank/api/coordinationv1/lease.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::coordinationv1::Lease> : PlainRules<api::coordinationv1::Lease> {
    using Lease = api::coordinationv1::Lease;
    static constexpr bool updates_need_version = true;
    static void prepare_create(Lease& /*object*/) {}
    static void prepare_update(Lease& /*next*/, const Lease& /*old*/) {}
    static void prepare_status(Lease& /*next*/, const Lease& /*old*/) {}
    static FieldErrors validate(Cluster& cluster, const Lease& object, const Lease* old);
};

}  // namespace wavetank::registry
