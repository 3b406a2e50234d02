#pragma once

/// \file
/// The rules of Pods, but for those of the spec's body.

#include "registry/rules.hpp"

#include <wavetank/api/corev1/pod.hpp>

#include <cstdint>
#include <optional>

namespace wavetank::registry {

template <>
struct Rules<api::corev1::Pod> : PlainRules<api::corev1::Pod> {
    using Pod = api::corev1::Pod;
    static void set_defaults(Cluster& cluster, Pod& object);
    static Result<> admit(Cluster& cluster, Pod& object, DryRun dry_run);
    static void prepare_create(Pod& object);
    static void prepare_update(Pod& next, const Pod& old);
    static void prepare_status(Pod& next, const Pod& old);
    static FieldErrors validate(Cluster& cluster, const Pod& object, const Pod* old);
    static Result<> review(Cluster& cluster, const Pod& object);
    static FieldErrors validate_status(const Pod& next, const Pod& old);
    static std::vector<std::string> warnings(const Pod& object);
};

/// Returns for how many seconds the pod may still run when it is deleted; 0 for one that has no
/// node or has finished.
[[nodiscard]] std::int64_t grace_of(const api::corev1::Pod& pod,
                                    std::optional<std::int64_t> requested);

/// Assigns the pod to the node and notes that it is scheduled.
void set_node(Cluster& cluster, api::corev1::Pod& pod, const std::string& node);

}  // namespace wavetank::registry
