#pragma once

/// \file
/// The rules of ReplicaSets.

#include "registry/rules.hpp"

#include <wavetank/api/appsv1/replica_set.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::appsv1::ReplicaSet> : PlainRules<api::appsv1::ReplicaSet> {
    using ReplicaSet = api::appsv1::ReplicaSet;
    static void set_defaults(Cluster& cluster, ReplicaSet& object);
    static void prepare_create(ReplicaSet& object);
    static void prepare_update(ReplicaSet& next, const ReplicaSet& old);
    static void prepare_status(ReplicaSet& next, const ReplicaSet& old);
    static FieldErrors validate(Cluster& cluster, const ReplicaSet& object, const ReplicaSet* old);
    static FieldErrors validate_status(const ReplicaSet& next, const ReplicaSet& old);
    static std::vector<std::string> warnings(const ReplicaSet& object);
};

}  // namespace wavetank::registry
