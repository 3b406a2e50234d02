#pragma once

/// \file
/// The rules of DaemonSets.

#include "registry/rules.hpp"

#include <wavetank/api/appsv1/daemon_set.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::appsv1::DaemonSet> : PlainRules<api::appsv1::DaemonSet> {
    using DaemonSet = api::appsv1::DaemonSet;
    static void set_defaults(Cluster& cluster, DaemonSet& object);
    static void prepare_create(DaemonSet& object);
    static void prepare_update(DaemonSet& next, const DaemonSet& old);
    static void prepare_status(DaemonSet& next, const DaemonSet& old);
    static FieldErrors validate(Cluster& cluster, const DaemonSet& object, const DaemonSet* old);
    static FieldErrors validate_status(const DaemonSet& next, const DaemonSet& old);
    static std::vector<std::string> warnings(const DaemonSet& object);
    static std::vector<std::string> update_warnings(const DaemonSet& next, const DaemonSet& old);
};

}  // namespace wavetank::registry
